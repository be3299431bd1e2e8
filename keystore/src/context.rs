//! The encryption context in its one canonical encoding.

use std::fmt;

use crate::envelope::{HEADER_LEN, Header, length, tag};
use crate::error::{ContextFault, Error};

/// Pairs that must be the same again when a ciphertext is opened. Not secret, but bound.
///
/// Encoding: `u32 count || (u32 len || key || u32 len || value)*`, big-endian, keys sorted by their UTF-8 bytes, nothing
/// normalised. Injective, so two contexts encode alike only if they are alike. At most 8192 bytes.
///
/// That of a secret's version borrows its two texts and is encoded where it is used: a permit stays small.
#[derive(Clone)]
pub struct EncryptionContext<'a>(Pairs<'a>);

#[derive(Clone)]
enum Pairs<'a> {
    Version {
        arn: &'a str,
        version_id: &'a str,
    },
    /// Most contexts are short: they need no allocation.
    Short {
        len: u8,
        bytes: [u8; SHORT_LEN],
    },
    Encoded(Box<[u8]>),
}

impl<'a> EncryptionContext<'a> {
    /// No pairs: what an absent context means.
    #[must_use]
    pub fn empty() -> Self {
        Self(Pairs::Encoded(encode(&[])))
    }
    /// The context of a secret's version: `SecretARN` and `SecretVersionId`, as AWS Secrets Manager has it.
    #[must_use]
    pub const fn of_version(arn: &'a str, version_id: &'a str) -> Self {
        Self(Pairs::Version { arn, version_id })
    }
    /// Any pairs, in any order.
    ///
    /// # Errors
    /// A key that stands twice; more than 8192 bytes when encoded.
    pub fn from_pairs<'p>(pairs: impl IntoIterator<Item = (&'p str, &'p str)>) -> Result<Self, Error> {
        let mut pairs: Vec<_> = pairs.into_iter().collect();
        pairs.sort_unstable_by_key(|(key, _)| key.as_bytes());
        if pairs.iter().zip(pairs.iter().skip(1)).any(|(one, next)| one.0 == next.0) {
            return Err(Error::Context(ContextFault::DuplicateKey));
        }
        let len = encoded_len(&pairs);
        if len > LEN_MAX {
            return Err(Error::Context(ContextFault::TooLong(len)));
        }
        Ok(Self(Pairs::Encoded(encode(&pairs))))
    }
    /// Pairs that come in the order of their keys, as a sorted map gives them: what [`from_pairs`](Self::from_pairs) makes of them,
    /// without sorting.
    ///
    /// # Errors
    /// A key that does not stand behind the one before it; more than 8192 bytes when encoded.
    pub fn from_sorted<'p>(pairs: impl Iterator<Item = (&'p str, &'p str)> + Clone) -> Result<Self, Error> {
        let mut last: Option<&str> = None;
        let (mut count, mut len) = (0_u32, 4_usize);
        for (key, value) in pairs.clone() {
            if last.is_some_and(|last| last.as_bytes() >= key.as_bytes()) {
                return Err(Error::Context(ContextFault::DuplicateKey));
            }
            last = Some(key);
            count = count.saturating_add(1);
            len = len.saturating_add(8).saturating_add(key.len()).saturating_add(value.len());
        }
        if len > LEN_MAX {
            return Err(Error::Context(ContextFault::TooLong(len)));
        }
        let mut short = [0; SHORT_LEN];
        if let (Some(room), Ok(len)) = (short.get_mut(..len), u8::try_from(len)) {
            let rest = put(room, &count.to_be_bytes());
            write_texts(rest, pairs.flat_map(|(key, value)| [key, value]));
            return Ok(Self(Pairs::Short { len, bytes: short }));
        }
        // Not zeroed first: that would be an allocation of the slower kind, for bytes that are written anyway.
        let mut bytes = Vec::with_capacity(len);
        bytes.extend_from_slice(&count.to_be_bytes());
        for text in pairs.flat_map(|(key, value)| [key, value]) {
            bytes.extend_from_slice(&length(text.as_bytes()).to_be_bytes());
            bytes.extend_from_slice(text.as_bytes());
        }
        Ok(Self(Pairs::Encoded(bytes.into_boxed_slice())))
    }
    /// The canonical encoding.
    #[must_use]
    pub fn encoded(&self) -> Box<[u8]> {
        match &self.0 {
            Pairs::Version { arn, version_id } => encode(&version_pairs(arn, version_id)),
            Pairs::Short { .. } | Pairs::Encoded(_) => Box::from(self.encoded_here()),
        }
    }
    /// The encoding of all but a version's context, which has none yet.
    fn encoded_here(&self) -> &[u8] {
        match &self.0 {
            Pairs::Version { .. } => &[],
            Pairs::Short { len, bytes } => bytes.get(..usize::from(*len)).unwrap_or_default(),
            Pairs::Encoded(bytes) => bytes,
        }
    }
    /// The associated data of a blob with this header and this context (types 3 and 9). `with` sees it on the stack for the
    /// context of a common secret: an ARN of up to about 170 characters.
    #[inline]
    pub(crate) fn with_aad<T>(&self, header: Header, with: impl FnOnce(&[u8]) -> T) -> T {
        let mut inline = [0; HEAD_LEN + INLINE_LEN];
        let mut heap = Vec::new();
        let len = match &self.0 {
            Pairs::Version { arn, version_id } => encoded_len(&version_pairs(arn, version_id)),
            Pairs::Short { .. } | Pairs::Encoded(_) => self.encoded_here().len(),
        };
        let whole = len.saturating_add(HEAD_LEN);
        let room = if let Some(room) = inline.get_mut(..whole) {
            room
        } else {
            heap.resize(whole, 0);
            heap.as_mut_slice()
        };
        let mut rest = put(room, &header.to_bytes());
        rest = put(rest, &tag::CONTEXT.to_be_bytes());
        rest = put(rest, &u32::try_from(len).unwrap_or(u32::MAX).to_be_bytes());
        match &self.0 {
            Pairs::Version { arn, version_id } => write(rest, &version_pairs(arn, version_id)),
            Pairs::Short { .. } | Pairs::Encoded(_) => drop(put(rest, self.encoded_here())),
        }
        with(room)
    }
}

const fn version_pairs<'a>(arn: &'a str, version_id: &'a str) -> [(&'a str, &'a str); 2] {
    [("SecretARN", arn), ("SecretVersionId", version_id)]
}

impl PartialEq for EncryptionContext<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.encoded() == other.encoded()
    }
}
impl Eq for EncryptionContext<'_> {}
impl fmt::Debug for EncryptionContext<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EncryptionContext({} bytes)", self.encoded().len())
    }
}

fn encoded_len(pairs: &[(&str, &str)]) -> usize {
    pairs
        .iter()
        .fold(4, |len, (key, value)| len.saturating_add(8).saturating_add(key.len()).saturating_add(value.len()))
}

/// Pairs that are sorted already.
fn encode(pairs: &[(&str, &str)]) -> Box<[u8]> {
    let mut bytes = vec![0; encoded_len(pairs)];
    write(&mut bytes, pairs);
    bytes.into_boxed_slice()
}

#[inline]
fn write(room: &mut [u8], pairs: &[(&str, &str)]) {
    let rest = put(room, &u32::try_from(pairs.len()).unwrap_or(u32::MAX).to_be_bytes());
    write_texts(rest, pairs.iter().flat_map(|(key, value)| [*key, *value]));
}

#[inline]
fn write_texts<'t>(mut rest: &mut [u8], texts: impl Iterator<Item = &'t str>) {
    for text in texts {
        rest = put(rest, &length(text.as_bytes()).to_be_bytes());
        rest = put(rest, text.as_bytes());
    }
}

/// Writes and returns what is left. The length was counted before, so there is always room.
fn put<'a>(rest: &'a mut [u8], bytes: &[u8]) -> &'a mut [u8] {
    match rest.split_at_mut_checked(bytes.len()) {
        Some((place, rest)) => {
            place.copy_from_slice(bytes);
            rest
        }
        None => &mut [],
    }
}

/// Blob header, TLV tag and TLV length.
const HEAD_LEN: usize = HEADER_LEN + 6;
const INLINE_LEN: usize = 256;
/// What fits beside its length where a version's two texts would stand, and a little more.
const SHORT_LEN: usize = 62;
const LEN_MAX: usize = 8192;
