//! Bytes that are wiped: exact size, no copies on the side.

use std::fmt;

use secrecy::{ExposeSecret, SecretBox, SecretString};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Secret bytes of a fixed length, wiped when dropped.
///
/// There is no `Clone`, `Deref`, `Display` or serialisation; `Debug` prints the length alone. Only [`expose`](Self::expose)
/// shows the content.
///
/// Inside is one exact heap buffer and a window on it: an opened value lies where it was decrypted, between its length prefix
/// and its padding, so that opening costs one allocation and no second copy. The whole buffer is wiped, not the window alone.
pub struct SecretBytes {
    buffer: Box<[u8]>,
    start: usize,
    len: usize,
}

impl SecretBytes {
    /// Makes `len` bytes and lets `fill` write them in place, so that no growing buffer leaves copies behind.
    ///
    /// # Errors
    /// Those of `fill`; what it had written is wiped.
    pub fn fill_with<E>(len: usize, fill: impl FnOnce(&mut [u8]) -> Result<(), E>) -> Result<Self, E> {
        let mut bytes = Self::owning(vec![0; len].into_boxed_slice());
        fill(&mut bytes.buffer)?;
        Ok(bytes)
    }
    /// Copies bytes that are wiped elsewhere.
    #[must_use]
    pub fn copy_of(bytes: &[u8]) -> Self {
        Self::owning(Box::from(bytes))
    }
    /// The bytes.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.start.checked_add(self.len).and_then(|end| self.buffer.get(self.start..end)).unwrap_or_default()
    }
    /// How many bytes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }
    /// Is there nothing?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
    /// Compares content in constant time; lengths are compared first and are not secret.
    #[must_use]
    pub fn ct_eq(&self, other: &Self) -> bool {
        self.expose().ct_eq(other.expose()).into()
    }
    /// The same bytes as text.
    ///
    /// # Errors
    /// Gives the bytes back if they are not UTF-8.
    pub fn into_text(self) -> Result<SecretText, Self> {
        if std::str::from_utf8(self.expose()).is_ok() { Ok(SecretText(self)) } else { Err(self) }
    }
    /// Drops one final line feed: what editors and `echo` put behind a passphrase in a file.
    #[must_use]
    pub fn without_final_newline(mut self) -> Self {
        if self.expose().last() == Some(&b'\n') {
            self.len = self.len.saturating_sub(1);
        }
        self
    }
    pub(crate) fn owning(buffer: Box<[u8]>) -> Self {
        let len = buffer.len();
        Self { buffer, start: 0, len }
    }
    /// Narrows the window; `None` (and wiped) if it does not fit.
    pub(crate) fn window(mut self, start: usize, len: usize) -> Option<Self> {
        if start.checked_add(len)? > self.buffer.len() {
            return None;
        }
        self.start = start;
        self.len = len;
        Some(self)
    }
    /// The whole buffer, for those who decrypt into it.
    pub(crate) fn buffer_mut(&mut self) -> &mut [u8] {
        &mut self.buffer
    }
}

impl Drop for SecretBytes {
    fn drop(&mut self) {
        wipe(&mut self.buffer);
    }
}
impl ZeroizeOnDrop for SecretBytes {}
impl ExposeSecret<[u8]> for SecretBytes {
    fn expose_secret(&self) -> &[u8] {
        self.expose()
    }
}
impl fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretBytes({} bytes)", self.len)
    }
}
impl From<Vec<u8>> for SecretBytes {
    /// Takes the buffer over if it is exact; otherwise copies and wipes the source, its spare capacity included.
    fn from(mut bytes: Vec<u8>) -> Self {
        if bytes.capacity() == bytes.len() {
            return Self::owning(bytes.into_boxed_slice());
        }
        let copy = Self::copy_of(&bytes);
        bytes.zeroize();
        copy
    }
}
impl From<String> for SecretBytes {
    fn from(text: String) -> Self {
        Self::from(text.into_bytes())
    }
}
impl From<&[u8]> for SecretBytes {
    fn from(bytes: &[u8]) -> Self {
        Self::copy_of(bytes)
    }
}
impl From<&str> for SecretBytes {
    fn from(text: &str) -> Self {
        Self::copy_of(text.as_bytes())
    }
}
impl From<SecretText> for SecretBytes {
    fn from(text: SecretText) -> Self {
        text.0
    }
}
impl From<SecretBox<[u8]>> for SecretBytes {
    fn from(secret: SecretBox<[u8]>) -> Self {
        Self::copy_of(secret.expose_secret())
    }
}
impl From<SecretString> for SecretBytes {
    fn from(secret: SecretString) -> Self {
        Self::copy_of(secret.expose_secret().as_bytes())
    }
}

/// Secret UTF-8 text: [`SecretBytes`] that were checked.
pub struct SecretText(SecretBytes);

impl SecretText {
    /// The text.
    #[must_use]
    pub fn expose(&self) -> &str {
        // Checked when it was made and never changed since, so the default is never taken.
        std::str::from_utf8(self.0.expose()).unwrap_or_default()
    }
    /// Its length in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }
    /// Is there nothing?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// The same as bytes.
    #[must_use]
    pub fn as_secret_bytes(&self) -> &SecretBytes {
        &self.0
    }
    /// Compares content in constant time.
    #[must_use]
    pub fn ct_eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0)
    }
}
impl ExposeSecret<str> for SecretText {
    fn expose_secret(&self) -> &str {
        self.expose()
    }
}
impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretText({} bytes)", self.0.len)
    }
}
impl From<&str> for SecretText {
    fn from(text: &str) -> Self {
        Self(SecretBytes::from(text))
    }
}
impl From<String> for SecretText {
    fn from(text: String) -> Self {
        Self(SecretBytes::from(text))
    }
}
impl From<SecretString> for SecretText {
    fn from(text: SecretString) -> Self {
        Self(SecretBytes::from(text))
    }
}

/// A fixed number of secret bytes on the stack or inside a boxed structure; wiped on drop.
/// Made as zeros and filled in place: moving a filled one would leave a copy behind.
pub(crate) struct Wiped<const N: usize>(pub(crate) [u8; N]);

impl<const N: usize> Wiped<N> {
    pub(crate) const fn zeros() -> Self {
        Self([0; N])
    }
}
impl<const N: usize> Drop for Wiped<N> {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}
impl<const N: usize> ZeroizeOnDrop for Wiped<N> {}

/// Overwrites with zeros in a way the optimiser keeps. `fill` is a vectorised `memset`; `zeroize`'s own byte-wise volatile
/// writes cost a nanosecond for each byte or two.
pub(crate) fn wipe(bytes: &mut [u8]) {
    bytes.fill(0);
    zeroize::optimization_barrier(bytes);
}
pub(crate) fn wipe_words(words: &mut [u32]) {
    words.fill(0);
    zeroize::optimization_barrier(words);
}
