//! A passphrase, hardened by Argon2id (RFC 9106), version 0x13.
//!
//! Slot parameters: `0x01 || m u32 (KiB) || t u32 || p u8 || salt 16`. They come from a header that anyone with the file can
//! write, so they are held against floor and ceiling before anything runs; after unlock the header's MAC vouches for them.

use std::time::Duration;

use argon2::{Algorithm, Argon2, Block, Params, Version};

use crate::entropy::{Entropy, EntropyUnavailable};
use crate::error::{Error, ParameterFault, ProviderFault};
use crate::secret::Wiped;

pub(super) const KIND: u8 = 1;

/// What one guess at a passphrase costs: memory, passes, lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hardening {
    m_kib: u32,
    t: u32,
    p: u8,
}

/// How far a header's own hardening is believed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Unlock slots whose hardening is below the floor. Only for stores that were made so on purpose.
    pub allow_below_floor: bool,
}

impl Hardening {
    /// RFC 9106, second choice: 64 MiB, 3 passes, 4 lanes. From 512 MiB of memory up.
    pub const DEFAULT: Self = Self { m_kib: 64 * 1024, t: 3, p: 4 };
    /// 256 MiB, 4 passes, 4 lanes: desktops and servers.
    pub const STRONG: Self = Self { m_kib: 256 * 1024, t: 4, p: 4 };
    /// OWASP's minimum, and the floor: 19 MiB, 2 passes, 1 lane. Small devices.
    pub const FLOOR: Self = Self { m_kib: 19 * 1024, t: 2, p: 1 };
    /// RFC 9106, first choice: 2 GiB, 1 pass, 4 lanes. Workstations with memory to spare.
    pub const RFC_FIRST: Self = Self { m_kib: 2 * 1024 * 1024, t: 1, p: 4 };

    /// Memory in KiB, passes, lanes.
    ///
    /// # Errors
    /// `BelowFloor`: less than 19 MiB with 2 passes or 46 MiB with 1, or less than 8 KiB a lane. `AboveCeiling`: more than 4 GiB,
    /// 64 passes or 16 lanes.
    pub fn new(m_kib: u32, t: u32, p: u8) -> Result<Self, Error> {
        let hardening = Self { m_kib, t, p };
        hardening.check(Limits::default())?;
        Ok(hardening)
    }
    /// Next to no cost: for tests, and stores that are opened with [`Limits::allow_below_floor`].
    #[cfg(feature = "testing")]
    #[must_use]
    pub const fn cheap() -> Self {
        Self { m_kib: 8, t: 1, p: 1 }
    }
    /// Memory in KiB.
    #[must_use]
    pub fn m_kib(self) -> u32 {
        self.m_kib
    }
    /// Passes over the memory.
    #[must_use]
    pub fn t(self) -> u32 {
        self.t
    }
    /// Lanes.
    #[must_use]
    pub fn p(self) -> u8 {
        self.p
    }
    /// Raises memory, then passes, from the default until one guess costs about `target` on this machine; never lowers them.
    /// `stopwatch` runs what it is given once and says how long that took: this crate has no clock.
    ///
    /// # Errors
    /// `OutOfMemory` if not even the default can run.
    pub fn calibrate(target: Duration, stopwatch: &mut dyn FnMut(&mut dyn FnMut()) -> Duration) -> Result<Self, Error> {
        let mut measure = |hardening: Self| {
            let mut outcome = Ok(());
            let elapsed = stopwatch(&mut || {
                let mut key = Wiped::zeros();
                outcome = derive(b"calibration", &[0; SALT_LEN], hardening, &mut key.0);
            });
            outcome.map(|()| elapsed.max(Duration::from_nanos(1)))
        };
        let mut chosen = Self::DEFAULT;
        let mut elapsed = measure(chosen)?;
        // Memory first, as RFC 9106 advises; it costs an attacker more than passes do.
        let affordable = |m_kib: u32, elapsed: Duration| {
            m_kib <= CALIBRATED_M_MAX / 2 && elapsed.checked_mul(2).is_some_and(|doubled| doubled <= target)
        };
        let (mut m_kib, mut expected) = (chosen.m_kib, elapsed);
        while affordable(m_kib, expected) {
            m_kib = m_kib.saturating_mul(2);
            expected = expected.saturating_mul(2);
        }
        while m_kib > chosen.m_kib {
            if let Ok(measured) = measure(Self { m_kib, ..chosen }) {
                elapsed = measured;
                chosen.m_kib = m_kib;
            } else {
                // There is no such memory here: half of it.
                m_kib /= 2;
            }
        }
        let passes = target.as_nanos().saturating_mul(u128::from(chosen.t)) / elapsed.as_nanos();
        chosen.t = u32::try_from(passes).unwrap_or(T_MAX).clamp(chosen.t, T_MAX);
        Ok(chosen)
    }
    pub(crate) fn is_below_floor(self) -> bool {
        let two_passes = self.t >= Self::FLOOR.t && self.m_kib >= Self::FLOOR.m_kib;
        let one_pass = self.t >= 1 && self.m_kib >= ONE_PASS_M_MIN;
        !(two_passes || one_pass) || self.is_impossible()
    }
    /// Argon2 itself needs a lane, a pass, and 8 KiB a lane.
    fn is_impossible(self) -> bool {
        self.p == 0 || self.t == 0 || self.m_kib < 8 * u32::from(self.p)
    }
    fn check(self, limits: Limits) -> Result<(), ParameterFault> {
        if self.m_kib > M_MAX || self.t > T_MAX || self.p > P_MAX {
            return Err(ParameterFault::AboveCeiling);
        }
        if self.is_impossible() || (self.is_below_floor() && !limits.allow_below_floor) {
            return Err(ParameterFault::BelowFloor);
        }
        Ok(())
    }
}
impl Default for Hardening {
    fn default() -> Self {
        Self::DEFAULT
    }
}

pub(super) fn new_params(hardening: &Hardening, limits: Limits, entropy: &dyn Entropy) -> Result<Vec<u8>, Error> {
    hardening.check(limits)?;
    let mut salt = [0; SALT_LEN];
    entropy.fill(&mut salt).map_err(|EntropyUnavailable| Error::Randomness)?;
    let mut params = Vec::with_capacity(PARAMS_LEN);
    params.push(PARAMS_VERSION);
    params.extend_from_slice(&hardening.m_kib.to_be_bytes());
    params.extend_from_slice(&hardening.t.to_be_bytes());
    params.push(hardening.p);
    params.extend_from_slice(&salt);
    Ok(params)
}

pub(super) fn parse(params: &[u8]) -> Option<(Hardening, &[u8; SALT_LEN])> {
    let ([PARAMS_VERSION], rest) = params.split_first_chunk()? else { return None };
    let (m_kib, rest) = rest.split_first_chunk()?;
    let (t, rest) = rest.split_first_chunk()?;
    let ([p], salt) = rest.split_first_chunk()?;
    let hardening = Hardening { m_kib: u32::from_be_bytes(*m_kib), t: u32::from_be_bytes(*t), p: *p };
    Some((hardening, salt.try_into().ok()?))
}

pub(super) fn slot_key(passphrase: &[u8], params: &[u8], limits: Limits, key: &mut [u8; 32]) -> Result<(), Error> {
    if !(1..=PASSPHRASE_MAX).contains(&passphrase.len()) {
        return Err(ProviderFault::PassphraseLength(passphrase.len()).into());
    }
    // Parameters that cannot be read are another version's or somebody's: the slot does not open, another may.
    let (hardening, salt) = parse(params).ok_or(Error::Failed)?;
    hardening.check(limits)?;
    derive(passphrase, salt, hardening, key)
}

fn derive(passphrase: &[u8], salt: &[u8; SALT_LEN], hardening: Hardening, key: &mut [u8; 32]) -> Result<(), Error> {
    let params = Params::new(hardening.m_kib, hardening.t, u32::from(hardening.p), Some(key.len()));
    let params = params.map_err(|_| ParameterFault::BelowFloor)?;
    // Our own memory, for two reasons: asking for too much must be an error, not an abort, and the crate does not wipe its own.
    let mut memory = Memory(Vec::new());
    memory.0.try_reserve_exact(params.block_count()).map_err(|_| ParameterFault::OutOfMemory)?;
    memory.0.resize(params.block_count(), Block::new());
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into_with_memory(passphrase, salt, key, &mut memory.0)
        .map_err(|_| ParameterFault::OutOfMemory.into())
}

#[cfg(feature = "testing")]
pub(super) fn harden(passphrase: &[u8], salt: &[u8; SALT_LEN], m_kib: u32, t: u32, p: u8) -> Result<[u8; 32], Error> {
    let mut key = [0; 32];
    derive(passphrase, salt, Hardening { m_kib, t, p }, &mut key)?;
    Ok(key)
}

struct Memory(Vec<Block>);

impl Drop for Memory {
    fn drop(&mut self) {
        self.0.fill(Block::new());
        zeroize::optimization_barrier(self.0.as_slice());
    }
}

const PARAMS_VERSION: u8 = 0x01;
const PARAMS_LEN: usize = 26;
const SALT_LEN: usize = 16;
const PASSPHRASE_MAX: usize = 1024;
/// OWASP's alternative: 46 MiB with one pass.
const ONE_PASS_M_MIN: u32 = 46 * 1024;
/// 4 GiB.
const M_MAX: u32 = 4 * 1024 * 1024;
const T_MAX: u32 = 64;
const P_MAX: u8 = 16;
/// 1 GiB: above that a calibrated machine would be at odds with its other programs.
const CALIBRATED_M_MAX: u32 = 1024 * 1024;
