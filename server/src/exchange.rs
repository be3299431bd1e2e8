//! A request as the listener read it, and the answer that it writes.

use std::fmt;

use http::{HeaderMap, Method};
use strongroom::{Circumstances, SecretBytes};
use zeroize::Zeroizing;

/// A request off the wire.
pub struct Request {
    /// Its method.
    pub method: Method,
    /// Path and query, as sent.
    pub target: String,
    /// Its header fields, each name once.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Zeroizing<Vec<u8>>,
    /// How it came in.
    pub circumstances: Circumstances,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("method", &self.method).finish_non_exhaustive()
    }
}

/// An answer to it.
#[derive(Debug)]
pub struct Answer {
    /// Status.
    pub status: u16,
    /// Header fields, beside those that every answer has.
    pub headers: Vec<(&'static str, String)>,
    /// Body.
    pub body: SecretBytes,
}
