//! AWS Signature Version 4, seen from the side that checks it: what a request must be to be held against a signature, and what
//! was signed.
//!
//! One form is taken: the `Authorization` header over a whole body that is hashed here. Presigned requests, unsigned payloads,
//! chunks signed one by one and any mixture are refused, so that no second way in has to be right. Every header that means
//! something must be under the signature: `host`, `content-type` and all of `x-amz-…`. The secret, and whether the signature is
//! its own, are the store's affair ([`Door::authenticate`](strongroom::Door::authenticate)).
//!
//! Source: "Create a signed AWS API request", IAM user guide.

mod authorization;
mod canonical;
mod head;
mod replay;

use std::borrow::Cow;
use std::fmt;

use strongroom::Signed;
use strongroom::clock::Timestamp;

pub use authorization::Authorization;
pub use canonical::{hex_sha256, string_to_sign};
pub use head::Head;
pub(crate) use replay::{Noted, Replay, fingerprint};

/// Milliseconds that a signature's time may be off, either way: AWS's five minutes.
pub const WINDOW_MS: i64 = 5 * 60 * 1000;

/// Why a request cannot be held against its signature, or is no signed request at all. Nothing of the request is told again
/// but times and names of headers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// It is not signed.
    Missing,
    /// It is signed in another way, or some part of the signature or of what it must cover is not there.
    Incomplete(Cow<'static, str>),
    /// Its signature is not good for this request: another service, another time, another body.
    Invalid(Cow<'static, str>),
}

impl Fault {
    pub(crate) fn incomplete(text: impl Into<Cow<'static, str>>) -> Self {
        Self::Incomplete(text.into())
    }
    pub(crate) fn invalid(text: impl Into<Cow<'static, str>>) -> Self {
        Self::Invalid(text.into())
    }
}
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "Missing Authentication Token",
            Self::Incomplete(text) | Self::Invalid(text) => text,
        })
    }
}
impl std::error::Error for Fault {}

/// A request that can be held against its signature.
#[derive(Debug)]
pub struct Signing<'r> {
    /// What its `Authorization` header says.
    pub authorization: Authorization<'r>,
    /// Session token of temporary credentials.
    pub session_token: Option<&'r str>,
    /// From when on the window keeps it out.
    pub expires: Timestamp,
    string_to_sign: String,
}

impl<'r> Signing<'r> {
    /// Of a request to the path `/` without a query.
    ///
    /// # Errors
    /// What keeps it from being held against its signature.
    pub fn of(
        method: &str,
        head: &Head<'r>,
        authorization: Authorization<'r>,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Self, Fault> {
        let time = head
            .date
            .ok_or_else(|| Fault::incomplete("Authorization header requires existence of a 'X-Amz-Date' header."))?;
        let at = Timestamp::from_basic_format(time)
            .ok_or_else(|| Fault::incomplete("Date must be in ISO-8601 'basic format': YYYYMMDD'T'HHMMSS'Z'."))?;
        if !time.starts_with(authorization.date) {
            return Err(Fault::invalid(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP",
            ));
        }
        within_window(at, now)?;
        let string_to_sign = string_to_sign(method, head, &authorization, time, body)?;
        let expires = at.plus_millis(WINDOW_MS);
        Ok(Self { authorization, session_token: head.session_token, expires, string_to_sign })
    }
    /// As the store takes it.
    #[must_use]
    pub fn signed(&self) -> Signed<'_> {
        let Authorization { access_key_id, date, region, service, signature, .. } = &self.authorization;
        Signed {
            access_key_id,
            session_token: self.session_token,
            date,
            region,
            service,
            string_to_sign: &self.string_to_sign,
            signature,
        }
    }
    /// Algorithm, time, scope and the hash of the canonical request.
    #[must_use]
    pub fn string_to_sign(&self) -> &str {
        &self.string_to_sign
    }
}

/// AWS counts in whole seconds.
fn within_window(at: Timestamp, now: Timestamp) -> Result<(), Fault> {
    let (earliest, latest) = (now.plus_millis(-WINDOW_MS), now.plus_millis(WINDOW_MS));
    if at.as_secs() < earliest.as_secs() {
        let [at, earliest, now] = [at, earliest, now].map(basic_format);
        Err(Fault::invalid(format!("Signature expired: {at} is now earlier than {earliest} ({now} - 5 min.)")))
    } else if at.as_secs() > latest.as_secs() {
        let [at, latest, now] = [at, latest, now].map(basic_format);
        Err(Fault::invalid(format!("Signature not yet current: {at} is still later than {latest} ({now} + 5 min.)")))
    } else {
        Ok(())
    }
}

/// ISO 8601's basic format, to the second.
fn basic_format(instant: Timestamp) -> String {
    let text = instant.to_string();
    let to_the_second = text.split('.').next().unwrap_or_default();
    let mut basic: String = to_the_second.chars().filter(|c| !matches!(c, '-' | ':')).collect();
    basic.push('Z');
    basic
}
