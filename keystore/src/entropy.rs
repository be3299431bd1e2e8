//! Randomness: the operating system's, and the generator that spares it.

use std::fmt;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::{Rng, SeedableRng};

use crate::error::Error;
use crate::secret::Wiped;

/// Randomness of the operating system's quality.
///
/// `fill` blocks until the source is seeded, fills all of `out`, and fails rather than give weak bytes.
pub trait Entropy: Send + Sync {
    /// Fills `out` completely.
    ///
    /// # Errors
    /// If the source cannot answer; `out` is then worthless.
    fn fill(&self, out: &mut [u8]) -> Result<(), EntropyUnavailable>;
}

/// The source of randomness gave no bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntropyUnavailable;

impl fmt::Display for EntropyUnavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the operating system gave no randomness")
    }
}
impl std::error::Error for EntropyUnavailable {}

/// `getrandom` (Linux), and what stands for it elsewhere; blocks at first boot until the kernel's pool is ready.
#[derive(Clone, Copy, Debug, Default)]
pub struct OsEntropy;

impl Entropy for OsEntropy {
    fn fill(&self, out: &mut [u8]) -> Result<(), EntropyUnavailable> {
        getrandom::fill(out).map_err(|_| EntropyUnavailable)
    }
}

/// ChaCha20, seeded from an [`Entropy`]: saves a system call for each salt. One per store handle.
///
/// It is seeded anew after [`OUTPUT_PER_SEED`] bytes and in every new process, so that a forked child does not repeat its
/// parent. What a cloned machine repeats, or a child in a salt, the hedges of the hierarchy take apart.
pub(crate) struct Generator {
    seeded: Option<ChaCha20Rng>,
    process: u32,
    left: usize,
}

impl Generator {
    pub(crate) const fn unseeded() -> Self {
        Self { seeded: None, process: 0, left: 0 }
    }
    /// Fills `out`; seeds first if it must.
    pub(crate) fn fill(&mut self, entropy: &dyn Entropy, out: &mut [u8]) -> Result<(), Error> {
        if self.process != std::process::id() {
            self.seeded = None;
        }
        self.fill_to_be_hedged(entropy, out)
    }
    /// The same for bytes that go through a hedge, which takes apart what a forked child repeats: it does not ask which process
    /// this is, a system call. Not for what is used as it is drawn.
    pub(crate) fn fill_to_be_hedged(&mut self, entropy: &dyn Entropy, out: &mut [u8]) -> Result<(), Error> {
        if self.seeded.is_none() || self.left < out.len() {
            let mut seed = Wiped::<32>::zeros();
            // The old state goes first: a failure here must not fall back on it.
            self.seeded = None;
            entropy.fill(&mut seed.0).map_err(|EntropyUnavailable| Error::Randomness)?;
            self.seeded = Some(ChaCha20Rng::from_seed(seed.0));
            self.process = std::process::id();
            self.left = OUTPUT_PER_SEED;
        }
        let Some(generator) = &mut self.seeded else { return Err(Error::Randomness) };
        generator.fill_bytes(out);
        self.left = self.left.saturating_sub(out.len());
        Ok(())
    }
    /// Forgets the state; the next use seeds again.
    pub(crate) fn forget(&mut self) {
        self.seeded = None;
    }
}

/// Two draws that are equal, or one whose bytes are all alike, are no randomness: refused before long-lived keys are made
/// of it. (A chance of 2^-248 to be wrong.)
pub(crate) fn test(entropy: &dyn Entropy) -> Result<(), Error> {
    let (mut first, mut second) = (Wiped::<32>::zeros(), Wiped::<32>::zeros());
    entropy.fill(&mut first.0).map_err(|EntropyUnavailable| Error::Randomness)?;
    entropy.fill(&mut second.0).map_err(|EntropyUnavailable| Error::Randomness)?;
    let constant = |draw: &[u8; 32]| draw.iter().all(|byte| *byte == draw[0]);
    if first.0 == second.0 || constant(&first.0) || constant(&second.0) { Err(Error::Randomness) } else { Ok(()) }
}

/// Bytes drawn from one seed before the next is fetched.
const OUTPUT_PER_SEED: usize = 64 * 1024;

#[cfg(feature = "testing")]
pub use seeded::SeededEntropy;

#[cfg(feature = "testing")]
mod seeded {
    use std::sync::Mutex;
    use std::sync::PoisonError;

    use super::{ChaCha20Rng, Entropy, EntropyUnavailable, Rng, SeedableRng};

    /// Repeatable "randomness" for tests, simulations and fuzzing. The same seed gives the same bytes, call by call.
    #[derive(Debug)]
    pub struct SeededEntropy(Mutex<State>);

    #[derive(Debug)]
    struct State {
        generator: ChaCha20Rng,
        calls: u64,
        fails_at: Option<u64>,
        stuck_at: Option<u8>,
    }

    impl SeededEntropy {
        /// Follows from `seed` alone.
        #[must_use]
        pub fn new(seed: u64) -> Self {
            let mut key = [0; 32];
            key[..8].copy_from_slice(&seed.to_be_bytes());
            let generator = ChaCha20Rng::from_seed(key);
            Self(Mutex::new(State { generator, calls: 0, fails_at: None, stuck_at: None }))
        }
        /// Fails on the `call`-th call, counted from 1, and on no other.
        #[must_use]
        pub fn failing_at(self, call: u64) -> Self {
            self.state().fails_at = Some(call);
            self
        }
        /// Gives this one byte for ever.
        #[must_use]
        pub fn stuck_at(self, byte: u8) -> Self {
            self.get_stuck_at(byte);
            self
        }
        /// From now on gives this one byte for ever.
        pub fn get_stuck_at(&self, byte: u8) {
            self.state().stuck_at = Some(byte);
        }
        /// How often it was asked.
        #[must_use]
        pub fn calls(&self) -> u64 {
            self.state().calls
        }
        fn state(&self) -> std::sync::MutexGuard<'_, State> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner)
        }
    }
    impl Entropy for SeededEntropy {
        fn fill(&self, out: &mut [u8]) -> Result<(), EntropyUnavailable> {
            let mut state = self.state();
            state.calls = state.calls.saturating_add(1);
            if state.fails_at == Some(state.calls) {
                return Err(EntropyUnavailable);
            }
            match state.stuck_at {
                Some(byte) => out.fill(byte),
                None => state.generator.fill_bytes(out),
            }
            Ok(())
        }
    }
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use super::*;

    // A fork cannot be had here; what it changes, as seen from the child, is the number of the process.
    #[test]
    fn a_forked_process_seeds_anew_and_so_does_one_that_drew_much() {
        let entropy = SeededEntropy::new(1);
        let mut generator = Generator::unseeded();
        let mut out = [0; 32];
        generator.fill(&entropy, &mut out).unwrap();
        generator.fill(&entropy, &mut out).unwrap();
        assert_eq!(entropy.calls(), 1);
        generator.process ^= 1;
        generator.fill_to_be_hedged(&entropy, &mut out).unwrap();
        assert_eq!(entropy.calls(), 1, "a hedge takes apart what a child repeats");
        generator.fill(&entropy, &mut out).unwrap();
        assert_eq!(entropy.calls(), 2);
        for _ in 0..OUTPUT_PER_SEED / 32 {
            generator.fill(&entropy, &mut out).unwrap();
        }
        assert_eq!(entropy.calls(), 3);
        generator.forget();
        generator.fill(&entropy, &mut out).unwrap();
        assert_eq!(entropy.calls(), 4);
    }

    #[test]
    fn a_failed_seeding_leaves_nothing_to_fall_back_on() {
        let entropy = SeededEntropy::new(1).failing_at(2);
        let mut generator = Generator::unseeded();
        let mut out = [0; 32];
        generator.fill(&entropy, &mut out).unwrap();
        generator.process ^= 1;
        assert_eq!(generator.fill(&entropy, &mut out), Err(Error::Randomness));
        assert!(generator.seeded.is_none());
        generator.fill(&entropy, &mut out).unwrap();
        assert_eq!(entropy.calls(), 3);
    }
}
