//! The encryption context in its one canonical encoding.

use std::fmt;

use crate::envelope::{HEADER_LEN, Header, length, tag};
use crate::error::{ContextFault, Error};

/// Pairs that must be the same again when a ciphertext is opened. Not secret, but bound.
///
/// Encoding: `u32 count || (u32 len || key || u32 len || value)*`, big-endian, keys sorted by their UTF-8 bytes, nothing
/// normalised. Injective, so two contexts encode alike only if they are alike. At most 8192 bytes.
///
/// The bytes lie behind room for a blob header and a TLV head, so that the associated data of an open is this very buffer,
/// on the stack for the context of a common secret (an ARN of up to about 170 characters).
#[derive(Clone)]
pub struct EncryptionContext {
    buffer: Buffer,
}

#[derive(Clone)]
#[expect(
    clippy::large_enum_variant,
    reason = "the large one is the common one; it spares a heap allocation for each get"
)]
enum Buffer {
    Inline([u8; HEAD_LEN + INLINE_LEN], usize),
    Heap(Box<[u8]>),
}

impl EncryptionContext {
    /// No pairs: what an absent context means.
    #[must_use]
    pub fn empty() -> Self {
        Self::encode(&[])
    }
    /// The context of a secret's version: `SecretARN` and `SecretVersionId`, as AWS Secrets Manager has it.
    #[must_use]
    pub fn of_version(arn: &str, version_id: &str) -> Self {
        Self::encode(&[("SecretARN", arn), ("SecretVersionId", version_id)])
    }
    /// Any pairs, in any order.
    ///
    /// # Errors
    /// A key that stands twice; more than 8192 bytes when encoded.
    pub fn from_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, Error> {
        let mut pairs: Vec<_> = pairs.into_iter().collect();
        pairs.sort_unstable_by_key(|(key, _)| key.as_bytes());
        if pairs.iter().zip(pairs.iter().skip(1)).any(|(one, next)| one.0 == next.0) {
            return Err(Error::Context(ContextFault::DuplicateKey));
        }
        let len = encoded_len(&pairs);
        if len > LEN_MAX {
            return Err(Error::Context(ContextFault::TooLong(len)));
        }
        Ok(Self::encode(&pairs))
    }
    /// The canonical encoding.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.whole().get(HEAD_LEN..).unwrap_or_default()
    }
    /// The associated data of a blob with this header and this context (types 3 and 9).
    pub(crate) fn aad(&mut self, header: Header) -> &[u8] {
        let bytes = match &mut self.buffer {
            Buffer::Inline(bytes, _) => bytes.as_mut_slice(),
            Buffer::Heap(bytes) => bytes,
        };
        if let Some(room) = bytes.first_chunk_mut::<HEADER_LEN>() {
            *room = header.to_bytes();
        }
        self.whole()
    }
    fn whole(&self) -> &[u8] {
        match &self.buffer {
            Buffer::Inline(bytes, len) => bytes.get(..*len).unwrap_or_default(),
            Buffer::Heap(bytes) => bytes,
        }
    }
    /// Pairs that are sorted already.
    fn encode(pairs: &[(&str, &str)]) -> Self {
        let len = encoded_len(pairs);
        let whole = len.saturating_add(HEAD_LEN);
        let mut buffer = if len <= INLINE_LEN {
            Buffer::Inline([0; HEAD_LEN + INLINE_LEN], whole)
        } else {
            Buffer::Heap(vec![0; whole].into_boxed_slice())
        };
        let mut rest = match &mut buffer {
            Buffer::Inline(bytes, _) => bytes.as_mut_slice(),
            Buffer::Heap(bytes) => bytes,
        };
        rest = put(rest, &[0; HEADER_LEN]);
        rest = put(rest, &tag::CONTEXT.to_be_bytes());
        rest = put(rest, &u32::try_from(len).unwrap_or(u32::MAX).to_be_bytes());
        rest = put(rest, &u32::try_from(pairs.len()).unwrap_or(u32::MAX).to_be_bytes());
        for text in pairs.iter().flat_map(|(key, value)| [key, value]) {
            rest = put(rest, &length(text.as_bytes()).to_be_bytes());
            rest = put(rest, text.as_bytes());
        }
        Self { buffer }
    }
}

impl PartialEq for EncryptionContext {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}
impl Eq for EncryptionContext {}
impl fmt::Debug for EncryptionContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EncryptionContext({} bytes)", self.as_bytes().len())
    }
}

fn encoded_len(pairs: &[(&str, &str)]) -> usize {
    pairs
        .iter()
        .fold(4, |len, (key, value)| len.saturating_add(8).saturating_add(key.len()).saturating_add(value.len()))
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
const LEN_MAX: usize = 8192;
