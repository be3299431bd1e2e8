//! Uniform choices from an injected source of random bytes: no modulo bias, and no endless loop over a broken source.

use zeroize::Zeroize;

use crate::error::{Error, codes};

/// Where random bytes come from: fills the whole slice or fails.
pub(crate) type Fill<'f> = dyn FnMut(&mut [u8]) -> Result<(), Error> + 'f;

/// Draws numbers below a bound by rejection. The bytes it holds decide passwords, so they are wiped.
pub(crate) struct Dice<'s, 'f> {
    source: &'s mut Fill<'f>,
    pool: [u8; POOL_LEN],
    used: usize,
}

impl<'s, 'f> Dice<'s, 'f> {
    pub(crate) fn new(source: &'s mut Fill<'f>) -> Self {
        Self { source, pool: [0; POOL_LEN], used: POOL_LEN }
    }

    /// A number in `0..bound`, each equally likely; `bound` 0 counts as 1.
    /// # Errors
    /// What the source answers; `RandomnessUnavailable` when the source repeats itself so often that chance is ruled out.
    pub(crate) fn below(&mut self, bound: u32) -> Result<u32, Error> {
        let highest = bound.saturating_sub(1);
        if highest == 0 {
            return Ok(0);
        }
        let mask = u32::MAX >> highest.leading_zeros();
        for _ in 0..REFUSALS_MAX {
            let candidate = u32::from_le_bytes(self.next_four()?) & mask;
            if candidate <= highest {
                return Ok(candidate);
            }
        }
        Err(Error::new(&codes::store::RANDOMNESS_UNAVAILABLE, "the source of random bytes repeats itself"))
    }

    /// One of the bytes of `alphabet`, each equally likely; `None` only if it is empty.
    /// # Errors
    /// As [`below`](Self::below).
    pub(crate) fn pick(&mut self, alphabet: &[u8]) -> Result<Option<u8>, Error> {
        let bound = u32::try_from(alphabet.len()).unwrap_or(u32::MAX);
        let index = self.below(bound)?;
        Ok(usize::try_from(index).ok().and_then(|index| alphabet.get(index)).copied())
    }

    fn next_four(&mut self) -> Result<[u8; 4], Error> {
        if let Some(four) = self.pool.get(self.used..).and_then(<[u8]>::first_chunk::<4>).copied() {
            self.used = self.used.saturating_add(4);
            return Ok(four);
        }
        (self.source)(&mut self.pool)?;
        self.used = 4;
        Ok(self.pool.first_chunk::<4>().copied().unwrap_or_default())
    }
}

impl Drop for Dice<'_, '_> {
    fn drop(&mut self) {
        self.pool.zeroize();
    }
}

/// Text of `len` characters of an ASCII alphabet, for identifiers; a secret is drawn in place instead.
/// # Errors
/// As [`Dice::below`].
pub(crate) fn text(source: &mut Fill<'_>, alphabet: &[u8], len: usize) -> Result<String, Error> {
    let mut dice = Dice::new(source);
    let mut drawn = String::with_capacity(len);
    for _ in 0..len {
        if let Some(letter) = dice.pick(alphabet)? {
            drawn.push(char::from(letter));
        }
    }
    Ok(drawn)
}

/// A multiple of four.
const POOL_LEN: usize = 128;

/// A sound source is refused less than every other time, so 128 refusals in a row have a chance of 2^-128.
const REFUSALS_MAX: u32 = 128;

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::error::ErrorKind;

    /// A deterministic source: a small generator (SplitMix64) that is good enough to reach every branch.
    pub(crate) fn counting(mut state: u64) -> impl FnMut(&mut [u8]) -> Result<(), Error> {
        move |out| {
            for byte in out {
                state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
                let mut mixed = state;
                mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
                mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
                *byte = u8::try_from((mixed >> 56) & 0xFF).unwrap();
            }
            Ok(())
        }
    }

    #[test]
    fn every_number_below_the_bound_comes_about_equally_often_and_none_above() {
        for bound in [1_u32, 2, 3, 10, 62, 95] {
            let mut source = counting(u64::from(bound));
            let mut dice = Dice::new(&mut source);
            let mut seen = vec![0_u32; usize::try_from(bound).unwrap()];
            for _ in 0..bound * 500 {
                seen[usize::try_from(dice.below(bound).unwrap()).unwrap()] += 1;
            }
            assert!(seen.iter().all(|&count| (380..=620).contains(&count)), "{bound}: {seen:?}");
        }
    }
    #[test]
    fn numbers_at_and_above_the_bound_are_drawn_again_not_folded() {
        // 0, 1, 2 are kept for bound 3; 3 is refused, whatever the bits above the mask say.
        let mut script = [3_u8, 0xFF, 2, 7, 0xF1].into_iter().flat_map(|first| [first, 0, 0, 0]).cycle();
        let mut source = |out: &mut [u8]| {
            out.fill_with(|| script.next().unwrap());
            Ok(())
        };
        let mut dice = Dice::new(&mut source);
        assert_eq!(dice.below(3).unwrap(), 2);
        assert_eq!(dice.below(3).unwrap(), 1);
    }
    #[test]
    fn a_source_that_is_stuck_is_reported_and_does_not_hang() {
        let mut stuck = |out: &mut [u8]| {
            out.fill(0xFF);
            Ok(())
        };
        let refused = Dice::new(&mut stuck).below(62).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::RandomnessUnavailable);
    }
    #[test]
    fn a_source_that_fails_is_passed_on() {
        let mut failing = |_: &mut [u8]| Err(Error::new(&codes::store::RANDOMNESS_UNAVAILABLE, "none"));
        assert_eq!(text(&mut failing, b"ab", 3).unwrap_err().kind(), ErrorKind::RandomnessUnavailable);
    }
    #[test]
    fn drawn_text_has_the_length_and_the_alphabet_asked_for() {
        let mut source = counting(7);
        let drawn = text(&mut source, b"xyz", 300).unwrap();
        assert_eq!(drawn.len(), 300);
        assert!(drawn.bytes().all(|letter| b"xyz".contains(&letter)));
        for letter in ["x", "y", "z"] {
            assert!(drawn.contains(letter));
        }
    }
}
