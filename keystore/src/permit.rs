//! Leave to use a key, once, for one purpose, in one context. Cut by the [`Warden`], which the gate holds.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::context::EncryptionContext;

/// The id of a KMS key: a UUID, or `mrk-` and 32 hexadecimal digits for a multi-Region key.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyId {
    /// The 16 bytes of it.
    pub id: [u8; 16],
    /// Is it of the `mrk-` kind?
    pub multi_region: bool,
}

impl KeyId {
    /// Reads either form, in lower case as AWS writes it. `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (digits, multi_region) = match text.strip_prefix("mrk-") {
            Some(digits) => (digits.as_bytes(), true),
            None => (text.as_bytes(), false),
        };
        if digits.len() != if multi_region { 32 } else { 36 } {
            return None;
        }
        let mut nibbles = [0_u8; 32];
        let mut places = nibbles.iter_mut();
        for (at, digit) in digits.iter().enumerate() {
            if !multi_region && DASHES.contains(&at) {
                if *digit != b'-' {
                    return None;
                }
                continue;
            }
            *places.next()? = match digit {
                b'0'..=b'9' => digit - b'0',
                b'a'..=b'f' => digit - b'a' + 10,
                _ => return None,
            };
        }
        let mut id = [0; 16];
        for (byte, [high, low]) in id.iter_mut().zip(nibbles.as_chunks::<2>().0) {
            *byte = high << 4 | low;
        }
        Some(Self { id, multi_region })
    }
}
impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.multi_region {
            f.write_str("mrk-")?;
        }
        for (at, byte) in self.id.iter().enumerate() {
            if !self.multi_region && matches!(at, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}
impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

/// One backing key of a KMS key, as it stands in its row: sealed.
#[derive(Clone)]
pub struct Wrapped {
    /// Version of the material, from 1.
    pub version: u32,
    /// The whole type-2 blob.
    pub blob: Arc<[u8]>,
}
impl fmt::Debug for Wrapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Wrapped(version {}, {} bytes)", self.version, self.blob.len())
    }
}

impl<'v> From<&'v Wrapped> for Cow<'v, Wrapped> {
    fn from(wrapped: &'v Wrapped) -> Self {
        Cow::Borrowed(wrapped)
    }
}

/// What a permit allows. Sealed: the uses are those below.
pub trait Use: sealed::Sealed {}

mod sealed {
    #[expect(unnameable_types, reason = "that nobody else can name it is what seals the uses")]
    pub trait Sealed {}
}

macro_rules! uses {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub enum $name {}
        impl sealed::Sealed for $name {}
        impl Use for $name {}
    )*};
}
uses! {
    /// To open a secret's version.
    Open,
    /// To seal a new version of a secret.
    Seal,
    /// To learn whether a version holds a given value, and nothing more.
    Compare,
    /// To take a version from under this key, towards another; see [`MoveIn`].
    MoveOut,
    /// To put a version under this key that was under another; see [`MoveOut`].
    MoveIn,
    /// To make backing material.
    Make,
    /// To learn whether the key's material opens, and nothing more.
    Probe,
    /// To make a ciphertext of the KMS API.
    Encrypt,
    /// To open a ciphertext of the KMS API.
    Decrypt,
    /// To compute or check a MAC of the KMS API.
    Mac,
}

/// Leave to use one material of one key, once, in one context. Not `Clone`; using it consumes it.
/// `'v` is the view on which the decision was made: a permit cannot outlive it.
///
/// It cannot be used twice:
/// ```compile_fail,E0382
/// use strongroom_keystore::{Keystore, Open, Permit, Sealed};
/// fn twice(keystore: &Keystore, permit: Permit<'_, Open>, sealed: Sealed<'_>) {
///     let _ = keystore.open(permit, sealed);
///     let _ = keystore.open(permit, sealed);
/// }
/// ```
/// nor for another purpose:
/// ```compile_fail,E0308
/// use strongroom_keystore::{Compare, Keystore, Permit, Sealed};
/// fn otherwise(keystore: &Keystore, permit: Permit<'_, Compare>, sealed: Sealed<'_>) {
///     let _ = keystore.open(permit, sealed);
/// }
/// ```
/// nor kept past its view:
/// ```compile_fail
/// use strongroom_keystore::{Open, Permit};
/// fn keep(permit: Permit<'_, Open>) -> Permit<'static, Open> {
///     permit
/// }
/// ```
pub struct Permit<'v, U: Use> {
    pub(crate) store: [u8; 16],
    pub(crate) key: KeyId,
    pub(crate) material: Option<Cow<'v, Wrapped>>,
    pub(crate) context: EncryptionContext<'v>,
    view: Tied<'v, U>,
}
/// To a view, and to one use.
type Tied<'v, U> = PhantomData<(&'v (), fn() -> U)>;
impl<U: Use> fmt::Debug for Permit<'_, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit").field("key", &self.key).field("material", &self.material).finish_non_exhaustive()
    }
}

/// The die that cuts permits: one for each unlocked store, born with its [`Keystore`](crate::Keystore), held by the gate alone.
#[derive(Debug)]
pub struct Warden {
    pub(crate) store: [u8; 16],
}

impl Warden {
    /// Leave to use a key's material in a context. It borrows both; an older material, read for this one use, it may own.
    #[must_use]
    pub fn permit<'v, U: Use>(
        &self,
        key: KeyId,
        material: impl Into<Cow<'v, Wrapped>>,
        context: EncryptionContext<'v>,
        view: PhantomData<&'v ()>,
    ) -> Permit<'v, U> {
        let PhantomData = view;
        Permit { store: self.store, key, material: Some(material.into()), context, view: PhantomData }
    }
    /// Leave to make material for a key that may have none yet.
    #[must_use]
    pub fn permit_to_make<'v>(&self, key: KeyId, view: PhantomData<&'v ()>) -> Permit<'v, Make> {
        let PhantomData = view;
        Permit { store: self.store, key, material: None, context: EncryptionContext::empty(), view: PhantomData }
    }
}

/// Where the dashes of a UUID stand.
const DASHES: [usize; 4] = [8, 13, 18, 23];
