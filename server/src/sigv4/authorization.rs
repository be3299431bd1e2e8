//! The `Authorization` header, strictly.

use super::Fault;

/// What an `Authorization` header of the one algorithm that is taken says. Everything in it is as it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Authorization<'h> {
    /// Access key id: 16 to 128 letters and digits.
    pub access_key_id: &'h str,
    /// Date, region, service and `aws4_request`.
    pub scope: &'h str,
    /// `YYYYMMDD`
    pub date: &'h str,
    /// Lower-case letters, digits and hyphens.
    pub region: &'h str,
    /// Such as `secretsmanager`.
    pub service: &'h str,
    /// Names of the signed headers, with semicolons between them.
    pub signed_headers: &'h str,
    /// The signature.
    pub signature: [u8; 32],
}

impl<'h> Authorization<'h> {
    /// Reads the header's value.
    ///
    /// # Errors
    /// `Incomplete` for another algorithm, for a parameter that is missing, unknown or given twice, and for any that is not of
    /// its form; `Invalid` for another terminator of the scope.
    pub fn parse(value: &'h str) -> Result<Self, Fault> {
        let parameters = value.strip_prefix(ALGORITHM).and_then(|rest| rest.strip_prefix(' ')).ok_or_else(|| {
            Fault::incomplete("Unsupported AWS 'algorithm' in the Authorization header: it must be 'AWS4-HMAC-SHA256'.")
        })?;
        let (mut credential, mut signed_headers, mut signature) = (None, None, None);
        for (number, parameter) in parameters.split(',').enumerate() {
            let parameter = parameter.strip_prefix(' ').filter(|_| number > 0).unwrap_or(parameter);
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let place = match name {
                "Credential" => &mut credential,
                "SignedHeaders" => &mut signed_headers,
                "Signature" => &mut signature,
                _ => return Err(Fault::incomplete("Authorization header has a parameter that is none of its three.")),
            };
            if place.replace(value).is_some() {
                return Err(Fault::incomplete("Authorization header has a parameter twice."));
            }
        }
        let missing = |name: &str| Fault::incomplete(format!("Authorization header requires '{name}' parameter."));
        let credential = credential.filter(|text| !text.is_empty()).ok_or_else(|| missing("Credential"))?;
        let signed_headers = signed_headers.filter(|text| !text.is_empty()).ok_or_else(|| missing("SignedHeaders"))?;
        let signature = signature.filter(|text| !text.is_empty()).ok_or_else(|| missing("Signature"))?;
        let signature = unhex(signature).ok_or_else(|| {
            Fault::incomplete("'Signature' in the Authorization header must be 64 lower-case hexadecimal digits.")
        })?;

        let five = || {
            Fault::incomplete(
                "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term",
            )
        };
        let (access_key_id, scope) = credential.split_once('/').ok_or_else(five)?;
        let mut parts = scope.split('/');
        let (Some(date), Some(region), Some(service), Some(term), None) =
            (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(five());
        };
        if !(16..=128).contains(&access_key_id.len()) || !access_key_id.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(Fault::incomplete("The access key id in 'Credential' must be 16 to 128 letters and digits."));
        }
        if date.len() != 8 || !date.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Fault::incomplete("The date in 'Credential' must be YYYYMMDD."));
        }
        let is_name = |text: &str| {
            (1..=64).contains(&text.len())
                && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        };
        if !is_name(region) {
            return Err(Fault::invalid("Credential should be scoped to a valid region."));
        }
        if !is_name(service) {
            return Err(Fault::invalid("Credential should be scoped to a correct service."));
        }
        if term != TERMINATOR {
            return Err(Fault::invalid("Credential should be scoped with a valid terminator: 'aws4_request'."));
        }
        Ok(Self { access_key_id, scope, date, region, service, signed_headers, signature })
    }
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let pairs: &[[u8; 2]; 32] = text.as_bytes().as_chunks().0.try_into().ok().filter(|_| text.len() == 64)?;
    let mut bytes = [0; 32];
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Some(bytes)
}

pub(super) const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const TERMINATOR: &str = "aws4_request";
