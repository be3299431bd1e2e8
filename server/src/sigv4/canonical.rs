//! What was signed: the canonical request, hashed as it is made, and the string to sign.

use sha2::{Digest, Sha256};

use super::Fault;
use super::authorization::{ALGORITHM, Authorization};
use super::head::{AMZ, Head};

/// Algorithm, time, scope and the hash of the canonical request, a line each, of a request to the path `/` without a query.
///
/// # Errors
/// `Incomplete` when the list of signed headers is not sorted, names a header that is not there, or leaves out one that must be
/// signed; `Invalid` when the request says of its body what is not so, or that it is not signed.
pub fn string_to_sign(
    method: &str,
    head: &Head<'_>,
    authorization: &Authorization<'_>,
    time: &str,
    body: &[u8],
) -> Result<String, Fault> {
    let body = hex_sha256(body);
    let body = std::str::from_utf8(&body).unwrap_or_default();
    check_body(head, body)?;
    let mut canonical = Sha256::new();
    canonical.update(method);
    canonical.update("\n/\n\n");
    headers(head, authorization.signed_headers, &mut canonical)?;
    for part in ["\n", authorization.signed_headers, "\n", body] {
        canonical.update(part);
    }
    let hash = hex(&canonical.finalize().into());
    let mut text = String::with_capacity(ALGORITHM.len() + time.len() + authorization.scope.len() + hash.len() + 3);
    for line in [ALGORITHM, time, authorization.scope] {
        text.push_str(line);
        text.push('\n');
    }
    text.push_str(std::str::from_utf8(&hash).unwrap_or_default());
    Ok(text)
}

/// SHA-256 as 64 lower-case hexadecimal digits.
#[must_use]
pub fn hex_sha256(bytes: &[u8]) -> [u8; 64] {
    hex(&Sha256::digest(bytes).into())
}

/// The body is hashed here, always; whoever says something of it must say the same.
fn check_body(head: &Head<'_>, body: &str) -> Result<(), Fault> {
    match head.content_sha256 {
        None => Ok(()),
        Some(said) if said == body => Ok(()),
        Some(said) if said == "UNSIGNED-PAYLOAD" || said.starts_with("STREAMING-") => {
            Err(Fault::invalid("The payload must be signed as a whole: unsigned payloads and chunks are not taken."))
        }
        Some(_) => Err(Fault::invalid("The provided 'x-amz-content-sha256' header does not match what was computed.")),
    }
}

/// The canonical headers, a line each: name, colon, value without white space at its ends and with single spaces inside.
fn headers(head: &Head<'_>, list: &str, canonical: &mut Sha256) -> Result<(), Fault> {
    let mut previous = "";
    let (mut host, mut content_type, mut amz) = (false, head.content_type.is_none(), 0_usize);
    for name in list.split(';') {
        if name <= previous || name.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(Fault::incomplete("'SignedHeaders' must be lower-case names in their order, each once."));
        }
        previous = name;
        let Some(value) = head.headers.get(name) else {
            return Err(Fault::incomplete("'SignedHeaders' names a header that the request does not have."));
        };
        host |= name == "host";
        content_type |= name == "content-type";
        amz = amz.saturating_add(usize::from(name.starts_with(AMZ)));
        canonical.update(name);
        canonical.update(":");
        trimmed(value.as_bytes(), canonical);
        canonical.update("\n");
    }
    // Each signed one is there, and once.
    if host && content_type && amz == head.amz_headers {
        return Ok(());
    }
    let unsigned = if !host {
        "host"
    } else if !content_type {
        "content-type"
    } else {
        let names = head.headers.keys().map(http::HeaderName::as_str).filter(|name| name.starts_with(AMZ));
        names.into_iter().find(|name| !list.split(';').any(|signed| signed == *name)).unwrap_or(AMZ)
    };
    Err(Fault::incomplete(format!("'{unsigned}' must be a 'SignedHeader' in the AWS Authorization.")))
}

fn trimmed(value: &[u8], canonical: &mut Sha256) {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t');
    // Nearly every value is its own canonical form.
    let plain = !value.contains(&b'\t')
        && !value.windows(2).any(|pair| pair == b"  ")
        && !value.starts_with(b" ")
        && !value.ends_with(b" ");
    if plain {
        return canonical.update(value);
    }
    let mut words = value.split(is_space).filter(|word| !word.is_empty());
    if let Some(first) = words.next() {
        canonical.update(first);
    }
    for word in words {
        canonical.update(b" ");
        canonical.update(word);
    }
}

fn hex(bytes: &[u8; 32]) -> [u8; 64] {
    let digit = |value: u8| if value < 10 { b'0' + value } else { b'a' + value - 10 };
    let mut text = [0; 64];
    for ([high, low], byte) in text.as_chunks_mut::<2>().0.iter_mut().zip(bytes) {
        *high = digit(byte >> 4);
        *low = digit(byte & 15);
    }
    text
}
