//! The form of HTTP/1.1 that is taken, held against the bytes themselves, before they are parsed: what two readers could take
//! for two different requests is refused (RFC 9112, sections 2.2, 3, 5 and 6.3). The parser behind is more lenient in line ends
//! and repeated lengths than a store of secrets should be.

use http::uri::PathAndQuery;
use zeroize::Zeroizing;

/// Why a head is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// Lines end in CR LF; neither stands alone, and no other control character stands anywhere.
    Bytes,
    /// `METHOD /target HTTP/1.1`.
    RequestLine,
    /// `name: value`, unfolded.
    Field,
    /// A name that stands there twice.
    Duplicate,
    /// More lines than anybody sends.
    TooMany,
    /// A length that is no plain number, or a transfer coding.
    Length,
    /// Longer than allowed.
    TooLong,
}

impl Refused {
    pub(crate) const ALL: [Self; 7] =
        [Self::Bytes, Self::RequestLine, Self::Field, Self::Duplicate, Self::TooMany, Self::Length, Self::TooLong];

    /// To whoever sent it.
    pub(crate) fn message(self) -> &'static str {
        match self {
            Self::Bytes => "The head of the request has a control character, or a line that does not end in CR LF.",
            Self::RequestLine => {
                "The first line of the request must be a method, a target that begins with / and the version 1.1."
            }
            Self::Field => "A header field of the request is not of the form name: value, on a line of its own.",
            Self::Duplicate => "A header field of the request is there more than once.",
            Self::TooMany => "The request has too many header fields.",
            Self::Length => "The length of the body must be one plain Content-Length, without a transfer coding.",
            Self::TooLong => "The head of the request is too long.",
        }
    }
    /// As metrics and logs name it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Bytes => "bytes",
            Self::RequestLine => "request_line",
            Self::Field => "field",
            Self::Duplicate => "duplicate_field",
            Self::TooMany => "too_many_fields",
            Self::Length => "length",
            Self::TooLong => "head_too_long",
        }
    }
}

/// Where a connection stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Before the first byte of a head.
    Start,
    /// Within a head.
    Head,
    /// Within a body, so many bytes before its end.
    Body(u64),
}

/// Follows the bytes of one connection.
pub(crate) struct Strict {
    place: Place,
    /// A head that came in parts, so far. It may hold credentials.
    head: Zeroizing<Vec<u8>>,
    head_max: usize,
    fields_max: usize,
}

impl Strict {
    pub(crate) fn new(head_max: usize, fields_max: usize) -> Self {
        Self { place: Place::Start, head: Zeroizing::default(), head_max, fields_max }
    }
    pub(crate) fn place(&self) -> Place {
        self.place
    }
    /// The part of a head that has come so far: nothing of it is known to be good.
    pub(crate) fn unfinished(&self) -> &[u8] {
        &self.head
    }
    /// Takes the next bytes of the connection.
    ///
    /// # Errors
    /// Why the first head among them that is not taken is not, and how many of the bytes come before it. Nothing that comes
    /// after it means anything.
    pub(crate) fn take(&mut self, bytes: &[u8]) -> Result<(), (Refused, usize)> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let before = bytes.len().saturating_sub(rest.len());
            rest = self.step(rest).map_err(|why| (why, before))?;
        }
        Ok(())
    }
    /// Takes bytes of one head, or of one body; returns those behind them.
    fn step<'b>(&mut self, bytes: &'b [u8]) -> Result<&'b [u8], Refused> {
        if let Place::Body(left) = self.place {
            let here = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
            let left = left.saturating_sub(here as u64);
            self.place = if left == 0 { Place::Start } else { Place::Body(left) };
            return Ok(bytes.get(here..).unwrap_or_default());
        }
        self.place = Place::Head;
        let Some(end) = self.end_in(bytes) else {
            self.keep(bytes)?;
            return Ok(&[]);
        };
        let (last, rest) = bytes.split_at_checked(end).unwrap_or((bytes, &[]));
        let length = if self.head.is_empty() {
            self.check(last)?
        } else {
            self.keep(last)?;
            let head = std::mem::take(&mut self.head);
            self.check(&head)?
        };
        self.place = if length == 0 { Place::Start } else { Place::Body(length) };
        Ok(rest)
    }
    /// Where, in the bytes that come next, the head is over. Its end may lie across two parts.
    fn end_in(&self, bytes: &[u8]) -> Option<usize> {
        let across = (1..END.len()).rev().find(|&here| {
            let (before, after) = END.split_at(here);
            self.head.ends_with(before) && bytes.starts_with(after)
        });
        match across {
            Some(here) => Some(END.len() - here),
            None => bytes.windows(END.len()).position(|window| window == END).map(|at| at + END.len()),
        }
    }
    fn keep(&mut self, bytes: &[u8]) -> Result<(), Refused> {
        if self.head.len().saturating_add(bytes.len()) > self.head_max {
            return Err(Refused::TooLong);
        }
        // Nothing good begins like this, and who waits for the end of a head may wait for long.
        if self.head.is_empty() && bytes.first().is_some_and(|byte| !byte.is_ascii_uppercase()) {
            return Err(Refused::RequestLine);
        }
        plain(bytes)?;
        if self.head.capacity() < self.head_max {
            // At once: a buffer that grows leaves copies behind.
            let mut head = Zeroizing::new(Vec::with_capacity(self.head_max));
            head.extend_from_slice(&self.head);
            self.head = head;
        }
        self.head.extend_from_slice(bytes);
        Ok(())
    }
    /// The length of the body that follows a head.
    fn check(&self, head: &[u8]) -> Result<u64, Refused> {
        if head.len() > self.head_max {
            return Err(Refused::TooLong);
        }
        plain(head)?;
        let head = std::str::from_utf8(head).map_err(|_| Refused::Bytes)?;
        let mut lines = head.strip_suffix("\r\n\r\n").ok_or(Refused::Bytes)?.split("\r\n");
        request_line(lines.next().unwrap_or_default())?;
        let mut names: Vec<&str> = Vec::with_capacity(self.fields_max);
        let mut length = None;
        for line in lines {
            let (name, value) = field(line)?;
            if names.len() >= self.fields_max {
                return Err(Refused::TooMany);
            }
            if names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
                return Err(Refused::Duplicate);
            }
            names.push(name);
            if name.eq_ignore_ascii_case("content-length") {
                length = Some(number(value)?);
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                return Err(Refused::Length);
            }
        }
        Ok(length.unwrap_or(0))
    }
}

/// No control characters but tabs and line ends; a line end is CR LF. At the start and the end of the bytes there may be half of
/// one: the whole head is looked at once more.
fn plain(bytes: &[u8]) -> Result<(), Refused> {
    let mut before = b'\r';
    let mut is_first = true;
    for byte in bytes {
        let is_control = matches!(byte, 0..=8 | 11..=12 | 14..=31 | 127);
        let is_line_end = (before == b'\r') == (*byte == b'\n');
        if is_control || !(is_line_end || is_first) {
            return Err(Refused::Bytes);
        }
        before = *byte;
        is_first = false;
    }
    Ok(())
}

fn request_line(line: &str) -> Result<(), Refused> {
    let mut words = line.split(' ');
    let (Some(method), Some(target), Some("HTTP/1.1"), None) = (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(Refused::RequestLine);
    };
    let is_method = (1..=METHOD_MAX).contains(&method.len()) && method.bytes().all(|byte| byte.is_ascii_uppercase());
    // The origin form alone, neither a whole URI nor `*`; and nothing that the parser behind would refuse.
    let is_plain = target.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#');
    let is_target = target.starts_with('/') && is_plain && PathAndQuery::try_from(target).is_ok();
    if is_method && is_target { Ok(()) } else { Err(Refused::RequestLine) }
}

/// Name and value of a line. A line that begins with white space continues the one before: that form is obsolete, and refused.
fn field(line: &str) -> Result<(&str, &str), Refused> {
    let (name, value) = line.split_once(':').ok_or(Refused::Field)?;
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || !name.bytes().all(is_token) {
        return Err(Refused::Field);
    }
    Ok((name, value))
}

/// Digits, after one space at most.
fn number(value: &str) -> Result<u64, Refused> {
    let digits = value.strip_prefix(' ').unwrap_or(value);
    if !(1..=DIGITS_MAX).contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Refused::Length);
    }
    digits.parse().map_err(|_| Refused::Length)
}

const END: &[u8] = b"\r\n\r\n";
const METHOD_MAX: usize = 16;
/// Of 2^63.
const DIGITS_MAX: usize = 18;

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(bytes: &[u8]) -> Result<Place, Refused> {
        let mut strict = Strict::new(1024, 8);
        strict.take(bytes).map_err(|(why, _)| why)?;
        Ok(strict.place())
    }
    fn in_parts(bytes: &[u8], len: usize) -> Result<Place, Refused> {
        let mut strict = Strict::new(1024, 8);
        for part in bytes.chunks(len) {
            strict.take(part).map_err(|(why, _)| why)?;
        }
        Ok(strict.place())
    }

    #[test]
    fn what_is_taken_is_taken_in_parts_of_every_size() {
        let two =
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na\0\nGET /x?y=1 HTTP/1.1\r\nhost: a\r\nB:\r\n\r\n";
        for len in 1..=two.len() {
            assert_eq!(in_parts(two, len), Ok(Place::Start), "parts of {len}");
        }
        assert_eq!(whole(b"POST / HTTP/1.1\r\nContent-Length:3\r\n\r\nab"), Ok(Place::Body(1)));
        assert_eq!(whole(b"POST / HTTP/1.1\r\nContent-Le"), Ok(Place::Head));
        assert_eq!(whole(b"POST / HTTP/1.1\r\nX: \xc3\xa4\r\n\r\n"), Ok(Place::Start));
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_refused_in_parts_of_every_size() {
        let refused: &[(&[u8], Refused)] = &[
            (b"GET / HTTP/1.1\nHost: a\r\n\r\n", Refused::Bytes),
            (b"GET / HTTP/1.1\r\nHost: a\n\r\n\r\n", Refused::Bytes),
            (b"GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n", Refused::Bytes),
            (b"GET / HTTP/1.1\r\nHost: a\0\r\n\r\n", Refused::Bytes),
            (b"GET / HTTP/1.1\r\nHost: a\x7f\r\n\r\n", Refused::Bytes),
            (b"GET / HTTP/1.1\r\nHost: \xff\r\n\r\n", Refused::Bytes),
            (b"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", Refused::RequestLine),
            (b"GET / HTTP/1.0\r\nHost: a\r\n\r\n", Refused::RequestLine),
            (b"GET / HTTP/2\r\nHost: a\r\n\r\n", Refused::RequestLine),
            (b"GET /\r\n\r\n", Refused::RequestLine),
            (b"GET  / HTTP/1.1\r\n\r\n", Refused::RequestLine),
            (b"GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n", Refused::RequestLine),
            (b"GET /#x HTTP/1.1\r\nHost: a\r\n\r\n", Refused::RequestLine),
            (b"GET /< HTTP/1.1\r\nHost: a\r\n\r\n", Refused::RequestLine),
            (b"GET /\xc3\xa4 HTTP/1.1\r\nHost: a\r\n\r\n", Refused::RequestLine),
            (b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", Refused::RequestLine),
            (b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", Refused::RequestLine),
            (b"get / HTTP/1.1\r\nHost: a\r\n\r\n", Refused::RequestLine),
            (b"GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", Refused::Field),
            (b"GET / HTTP/1.1\r\nHost : a\r\n\r\n", Refused::Field),
            (b"GET / HTTP/1.1\r\nHost\r\n\r\n", Refused::Field),
            (b"GET / HTTP/1.1\r\n: a\r\n\r\n", Refused::Field),
            (b"GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n", Refused::Duplicate),
            (b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", Refused::Duplicate),
            (b"POST / HTTP/1.1\r\nContent-Length: +1\r\n\r\n", Refused::Length),
            (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", Refused::Length),
            (b"POST / HTTP/1.1\r\nContent-Length: 1 \r\n\r\n", Refused::Length),
            (b"POST / HTTP/1.1\r\nContent-Length: 1, 1\r\n\r\n", Refused::Length),
            (b"POST / HTTP/1.1\r\nContent-Length: 0x1\r\n\r\n", Refused::Length),
            (b"POST / HTTP/1.1\r\nContent-Length:\r\n\r\n", Refused::Length),
            (b"POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n", Refused::Length),
            (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", Refused::Length),
            (b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: identity\r\n\r\n", Refused::Length),
            (b"GET / HTTP/1.1\r\na:\r\nb:\r\nc:\r\nd:\r\ne:\r\nf:\r\ng:\r\nh:\r\ni:\r\n\r\n", Refused::TooMany),
        ];
        for (bytes, why) in refused {
            let shown = String::from_utf8_lossy(bytes);
            assert_eq!(whole(bytes), Err(*why), "{shown:?}");
            for len in 1..bytes.len() {
                assert!(in_parts(bytes, len).is_err(), "{shown:?} in parts of {len}");
            }
        }
    }

    #[test]
    fn what_stands_before_a_bad_head_is_still_good() {
        let good = b"POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\na".as_slice();
        let mut strict = Strict::new(1024, 8);
        assert_eq!(strict.take(&[good, good, b"x"].concat()), Err((Refused::RequestLine, good.len() * 2)));
        let mut strict = Strict::new(1024, 8);
        strict.take(b"GET / HTTP/1.1\r\nX: a").unwrap();
        assert_eq!(strict.take(b"b\0"), Err((Refused::Bytes, 0)));
    }

    #[test]
    fn a_head_without_end_is_cut_at_the_limit() {
        let long = [b"GET / HTTP/1.1\r\nX: ".as_slice(), &[b'a'; 2000]].concat();
        assert_eq!(whole(&long), Err(Refused::TooLong));
        for len in [1, 7, 1000, 1023, 1024, 1025] {
            assert_eq!(in_parts(&long, len), Err(Refused::TooLong), "parts of {len}");
        }
        let ended = [long.as_slice(), b"\r\n\r\n"].concat();
        assert_eq!(whole(&ended), Err(Refused::TooLong));
    }
}
