//! Answers in XML, as the Query protocol has them: lists in `member`, maps in `entry`, instants in ISO 8601, blobs in base64,
//! policy documents percent-encoded (RFC 3986).
//!
//! The writer runs twice, once for the size and once into an exact, wiped buffer: an answer may hold a secret.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use strongroom::clock::Timestamp;
use strongroom::operation::{Sink, Spec, Tell};
use strongroom::{SecretBytes, SecretText};

/// The answer to a call that was done; one without a result has no element for it.
#[must_use]
pub fn response(service: &str, name: &str, result: Option<&dyn Tell>, request_id: &str) -> SecretBytes {
    write(&mut |writer| {
        writer.open_named(name, "Response", namespace(service));
        if let Some(result) = result {
            writer.put(&["<", name, "Result>"]);
            result.tell(writer);
            writer.put(&["</", name, "Result>"]);
        }
        writer.put(&["<ResponseMetadata><RequestId>", request_id, "</RequestId></ResponseMetadata>"]);
        writer.put(&["</", name, "Response>"]);
    })
}

/// A refusal.
#[must_use]
pub fn error(service: &str, status: u16, code: &str, message: &str, request_id: &str) -> SecretBytes {
    write(&mut |writer| {
        writer.open_named("Error", "Response", namespace(service));
        let fault = if status < 500 { "Sender" } else { "Receiver" };
        writer.put(&["<Error><Type>", fault, "</Type><Code>", code, "</Code><Message>"]);
        writer.escaped(message);
        writer.put(&["</Message></Error><RequestId>", request_id, "</RequestId></ErrorResponse>"]);
    })
}

fn namespace(service: &str) -> &'static str {
    match service {
        "sts" => "https://sts.amazonaws.com/doc/2011-06-15/",
        _ => "https://iam.amazonaws.com/doc/2010-05-08/",
    }
}

fn write(tell: &mut dyn FnMut(&mut Writer<'_>)) -> SecretBytes {
    let mut measure = Writer { out: None, at: 0, encode: false };
    tell(&mut measure);
    let written = SecretBytes::fill_with(measure.at, |out| {
        tell(&mut Writer { out: Some(out), at: 0, encode: false });
        Ok::<(), std::convert::Infallible>(())
    });
    match written {
        Ok(text) => text,
        Err(never) => match never {},
    }
}

/// Without `out` it only measures.
struct Writer<'o> {
    out: Option<&'o mut [u8]>,
    at: usize,
    /// The next text is a policy document.
    encode: bool,
}

impl Writer<'_> {
    fn bytes(&mut self, bytes: &[u8]) {
        let end = self.at.saturating_add(bytes.len());
        if let Some(place) = self.out.as_mut().and_then(|out| out.get_mut(self.at..end)) {
            place.copy_from_slice(bytes);
        }
        self.at = end;
    }
    fn put(&mut self, texts: &[&str]) {
        for text in texts {
            self.bytes(text.as_bytes());
        }
    }
    fn open_named(&mut self, name: &str, end: &str, namespace: &str) {
        self.put(&["<", name, end, " xmlns=\"", namespace, "\">"]);
    }
    fn element(&mut self, name: &str, value: &dyn Tell) {
        self.put(&["<", name, ">"]);
        value.tell(self);
        self.put(&["</", name, ">"]);
    }
    /// XML 1.0, section 2.2: what is no character of XML at all is replaced; what a reader would change (section 2.11) is
    /// written as a reference.
    fn escaped(&mut self, text: &str) {
        let mut rest = text;
        while let Some(special) = rest.find(is_special) {
            let (plain, behind) = rest.split_at_checked(special).unwrap_or((rest, ""));
            self.bytes(plain.as_bytes());
            let mut chars = behind.chars();
            match chars.next() {
                Some('&') => self.bytes(b"&amp;"),
                Some('<') => self.bytes(b"&lt;"),
                Some('>') => self.bytes(b"&gt;"),
                Some('"') => self.bytes(b"&quot;"),
                Some('\'') => self.bytes(b"&apos;"),
                Some('\t') => self.bytes(b"&#x9;"),
                Some('\n') => self.bytes(b"&#xA;"),
                Some('\r') => self.bytes(b"&#xD;"),
                Some(_) => self.bytes("\u{FFFD}".as_bytes()),
                None => {}
            }
            rest = chars.as_str();
        }
        self.bytes(rest.as_bytes());
    }
    /// RFC 3986, section 2.1: all but the unreserved characters.
    fn percent_encoded(&mut self, text: &str) {
        for byte in text.bytes() {
            if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
                self.bytes(&[byte]);
            } else {
                let _ = write!(self, "%{byte:02X}");
            }
        }
    }
    fn base64(&mut self, bytes: &[u8]) {
        let end = self.at.saturating_add(base64::encoded_len(bytes.len(), true).unwrap_or(usize::MAX));
        if let Some(place) = self.out.as_mut().and_then(|out| out.get_mut(self.at..end)) {
            // The place has the encoded length, so it always fits.
            let _ = STANDARD.encode_slice(bytes, place);
        }
        self.at = end;
    }
}

fn is_special(c: char) -> bool {
    matches!(c, '&' | '<' | '>' | '"' | '\'' | '\0'..='\x1F' | '\u{FFFE}' | '\u{FFFF}')
}
/// Members of IAM's answers that hold a policy, which AWS sends percent-encoded.
fn is_document(wire: &str) -> bool {
    matches!(wire, "PolicyDocument" | "AssumeRolePolicyDocument" | "Document")
}

/// Cannot fail: what does not fit was not measured.
impl std::fmt::Write for Writer<'_> {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.bytes(text.as_bytes());
        Ok(())
    }
}
impl Sink for Writer<'_> {
    fn structure(&mut self, members: &mut dyn FnMut(&mut dyn Sink)) {
        members(self);
    }
    fn member(&mut self, spec: &'static Spec, value: &dyn Tell) {
        self.encode = is_document(spec.wire);
        self.element(spec.wire, value);
        self.encode = false;
    }
    fn list(&mut self, len: usize, each: &mut dyn FnMut(usize, &mut dyn Sink)) {
        for index in 0..len {
            self.bytes(b"<member>");
            each(index, self);
            self.bytes(b"</member>");
        }
    }
    fn map(&mut self, entries: &mut dyn FnMut(&mut dyn Sink)) {
        entries(self);
    }
    fn entry(&mut self, key: &str, value: &dyn Tell) {
        self.bytes(b"<entry><key>");
        self.escaped(key);
        self.bytes(b"</key>");
        self.element("value", value);
        self.bytes(b"</entry>");
    }
    fn text(&mut self, text: &str) {
        if self.encode { self.percent_encoded(text) } else { self.escaped(text) }
    }
    fn secret_text(&mut self, text: &SecretText) {
        self.escaped(text.expose());
    }
    fn blob(&mut self, bytes: &[u8]) {
        self.base64(bytes);
    }
    fn secret_blob(&mut self, bytes: &SecretBytes) {
        self.base64(bytes.expose());
    }
    fn integer(&mut self, number: i64) {
        let _ = write!(self, "{number}");
    }
    fn boolean(&mut self, value: bool) {
        self.bytes(if value { b"true" } else { b"false" });
    }
    /// To the second, as IAM and STS have it.
    fn timestamp(&mut self, instant: Timestamp) {
        let text = instant.to_string();
        self.put(&[text.split('.').next().unwrap_or_default(), "Z"]);
    }
}
