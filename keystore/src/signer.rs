//! Signing keys that were derived from secrets of access keys: kept, so that a further signature of a scope costs one HMAC.

use subtle::ConstantTimeEq;

use crate::credential::Signature;
use crate::derive::Prf;
use crate::envelope::length;
use crate::secret::Wiped;

/// What a signing key was derived for. The sealed secret is compared as a whole: one that was changed in any bit, or made anew,
/// meets no key of the old one. Without a secret it is what stands in for all keys that are not there.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a>([&'a [u8]; 5]);

impl<'a> Scope<'a> {
    pub(crate) fn new(sealed: Option<&'a [u8]>, signed: &Signature<'a>) -> Self {
        let key_id = if sealed.is_some() { signed.key_id } else { "" };
        Self([
            sealed.unwrap_or_default(),
            key_id.as_bytes(),
            signed.date.as_bytes(),
            signed.region.as_bytes(),
            signed.service.as_bytes(),
        ])
    }
    /// The parts, each behind its length.
    fn name(&self) -> Box<[u8]> {
        let mut name = Vec::with_capacity(self.len());
        for part in self.0 {
            name.extend_from_slice(&length(part).to_be_bytes());
            name.extend_from_slice(part);
        }
        name.into_boxed_slice()
    }
    fn len(&self) -> usize {
        self.0.iter().map(|part| part.len().saturating_add(4)).sum()
    }
    fn is_named(&self, name: &[u8]) -> bool {
        let mut rest = Some(name);
        for part in self.0 {
            let behind = rest.and_then(|rest| rest.strip_prefix(&length(part).to_be_bytes()));
            rest = behind.and_then(|rest| rest.strip_prefix(part));
        }
        rest == Some(&[])
    }
    /// A sealed secret ends with a tag, which nobody chooses; scopes of one secret go to sets side by side.
    fn set(&self) -> usize {
        let [sealed, _, scope @ ..] = &self.0;
        let tag = sealed.last_chunk().map_or(0, |end: &[u8; 2]| u16::from_be_bytes(*end));
        let sum = scope.iter().flat_map(|part| part.iter()).fold(tag, |sum, byte| sum.wrapping_add(u16::from(*byte)));
        usize::from(sum) % SETS
    }
}

/// Was the string signed under this key? Compared in constant time.
pub(crate) fn is_signed(key: &Prf, signed: &Signature<'_>) -> bool {
    let mut right = Wiped::<32>::zeros();
    key.mac(&[signed.string_to_sign], &mut right.0);
    right.0.ct_eq(signed.signature).into()
}

/// Derived signing keys: bounded, wiped when dropped, in small sets as opened backing keys are.
pub(crate) struct Signers {
    entries: Vec<Option<Signer>>,
    next_way: usize,
    locked: bool,
}

struct Signer {
    name: Box<[u8]>,
    key: Prf,
}

impl Signers {
    pub(crate) fn new() -> Self {
        Self { entries: (0..SETS * WAYS).map(|_| None).collect(), next_way: 0, locked: false }
    }
    pub(crate) fn find(&self, scope: &Scope<'_>) -> Option<&Prf> {
        let set = self.entries.as_chunks::<WAYS>().0.get(scope.set()).into_iter().flatten().flatten();
        set.into_iter().find(|signer| scope.is_named(&signer.name)).map(|signer| &signer.key)
    }
    pub(crate) fn keep(&mut self, scope: &Scope<'_>, key: &Prf) {
        if self.locked || scope.len() > NAME_MAX {
            return;
        }
        self.next_way = (self.next_way + 1) % WAYS;
        let next_way = self.next_way;
        let Some(set) = self.entries.as_chunks_mut::<WAYS>().0.get_mut(scope.set()) else { return };
        // The same way again if another thread was faster; else a free one; else the next in turn.
        let at = (set.iter().position(|way| way.as_ref().is_some_and(|signer| scope.is_named(&signer.name))))
            .or_else(|| set.iter().position(Option::is_none))
            .unwrap_or(next_way);
        if let Some(way) = set.get_mut(at) {
            way.insert(Signer { name: scope.name(), key: Prf::unset() }).key.copy_from(key);
        }
    }
    /// Drops the keys that were derived from one sealed secret.
    pub(crate) fn forget(&mut self, sealed: &[u8]) {
        let of_it = |signer: &Signer| {
            let behind = signer.name.strip_prefix(&length(sealed).to_be_bytes());
            behind.is_some_and(|rest| rest.starts_with(sealed))
        };
        for entry in self.entries.iter_mut().filter(|entry| entry.as_ref().is_some_and(of_it)) {
            *entry = None;
        }
    }
    pub(crate) fn clear(&mut self) {
        self.entries.fill_with(|| None);
    }
    pub(crate) fn lock(&mut self) {
        self.locked = true;
        self.entries = Vec::new();
    }
    #[cfg(feature = "testing")]
    pub(crate) fn len(&self) -> usize {
        self.entries.iter().flatten().count()
    }
}

const SETS: usize = 32;
const WAYS: usize = 8;
/// Above what AWS's longest names of regions and key ids take, with the sealed secret.
const NAME_MAX: usize = 1024;
