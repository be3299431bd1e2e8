//! What of a request's head bears on its signature and on where it goes: one pass over the headers.

use http::HeaderMap;

use super::Fault;

/// The headers, and those that are asked for by name.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Head<'r> {
    /// All of them.
    pub headers: &'r HeaderMap,
    /// `Authorization`
    pub authorization: Option<&'r str>,
    /// `X-Amz-Date`
    pub date: Option<&'r str>,
    /// `X-Amz-Security-Token`
    pub session_token: Option<&'r str>,
    /// `X-Amz-Target`
    pub target: Option<&'r str>,
    /// `X-Amz-Content-Sha256`
    pub content_sha256: Option<&'r str>,
    /// `Content-Type`
    pub content_type: Option<&'r str>,
    /// `User-Agent`, if it is ASCII.
    pub user_agent: Option<&'r str>,
    /// `Referer`, if it is ASCII.
    pub referer: Option<&'r str>,
    /// How many begin with `x-amz-`: all of them must be signed.
    pub(super) amz_headers: usize,
}

impl<'r> Head<'r> {
    /// Of a request's headers.
    ///
    /// # Errors
    /// `Incomplete` for a header that is there twice, and for one of those that are asked for by name that is not ASCII.
    pub fn of(headers: &'r HeaderMap) -> Result<Self, Fault> {
        // Which of two means something is a question that a proxy and this may answer differently.
        if headers.len() != headers.keys_len() {
            return Err(Fault::incomplete("A header is there more than once."));
        }
        let mut head = Self {
            headers,
            authorization: None,
            date: None,
            session_token: None,
            target: None,
            content_sha256: None,
            content_type: None,
            user_agent: None,
            referer: None,
            amz_headers: 0,
        };
        for (name, value) in headers {
            let name = name.as_str();
            head.amz_headers = head.amz_headers.saturating_add(usize::from(name.starts_with(AMZ)));
            let place = match name {
                "authorization" => &mut head.authorization,
                "x-amz-date" => &mut head.date,
                "x-amz-security-token" => &mut head.session_token,
                "x-amz-target" => &mut head.target,
                "x-amz-content-sha256" => &mut head.content_sha256,
                "content-type" => &mut head.content_type,
                "user-agent" => {
                    head.user_agent = value.to_str().ok();
                    continue;
                }
                "referer" => {
                    head.referer = value.to_str().ok();
                    continue;
                }
                _ => continue,
            };
            let text = value.to_str().map_err(|_| Fault::incomplete(format!("The header '{name}' is not ASCII.")))?;
            *place = Some(text);
        }
        Ok(head)
    }
}

pub(super) const AMZ: &str = "x-amz-";
