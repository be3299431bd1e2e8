//! A slot key in shares: any `threshold` of them give it back, fewer say nothing of it. Shamir, "How to share a secret" (1979),
//! byte by byte over GF(2^8) with the polynomial of AES (FIPS 197, section 4). The coefficients are uniform, zero included: ways
//! that leave zero out tell something of the secret. Arithmetic and letters take the same time for all bytes.
//!
//! Slot parameters: `0x01 || threshold u8 || count u8 || set 8`. A share: `0x01 || set 8 || threshold u8 || index u8 || value 32 ||
//! check 4`, in Crockford's base 32, 19 groups of four letters. The check finds what was mistyped; who may have altered a share is
//! found by the slot, which does not open.

use subtle::ConstantTimeEq;

use crate::derive::sha256;
use crate::entropy::{self, Entropy, EntropyUnavailable};
use crate::error::{Error, ProviderFault, ShareFault};
use crate::secret::{SecretText, Wiped};

pub(super) const KIND: u8 = 7;

/// How many shares there are, and how many of them it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sharing {
    threshold: u8,
    count: u8,
}

impl Sharing {
    /// Any `threshold` of `count`.
    ///
    /// # Errors
    /// `Provider` for a threshold below 2 or above the count: one share alone is a key like any other.
    pub fn new(threshold: u8, count: u8) -> Result<Self, Error> {
        if threshold < 2 || threshold > count {
            return Err(ProviderFault::ShareCounts.into());
        }
        Ok(Self { threshold, count })
    }
    /// How many it takes: 2 to 255.
    #[must_use]
    pub fn threshold(self) -> u8 {
        self.threshold
    }
    /// How many there are.
    #[must_use]
    pub fn count(self) -> u8 {
        self.count
    }
    /// Draws a key, and makes its shares, each for another keeper. All of them together make a slot
    /// ([`Unlock::Shares`](crate::Unlock::Shares)); the threshold of them opens it.
    ///
    /// # Errors
    /// `Randomness`.
    pub fn draw(self, entropy: &dyn Entropy) -> Result<Vec<SecretText>, Error> {
        entropy::test(entropy)?;
        let draw = |out: &mut [u8]| entropy.fill(out).map_err(|EntropyUnavailable| Error::Randomness);
        let mut set = [0; SET_LEN];
        draw(&mut set)?;
        // The key itself, then a coefficient for each further power.
        let mut polynomial: Vec<Box<Wiped<32>>> = (0..self.threshold).map(|_| Box::new(Wiped::zeros())).collect();
        polynomial.iter_mut().try_for_each(|coefficient| draw(&mut coefficient.0))?;
        Ok((1..=self.count).map(|index| Share::at(index, self.threshold, set, &polynomial).text()).collect())
    }
}

/// One share, read.
struct Share {
    set: [u8; SET_LEN],
    threshold: u8,
    /// From 1: at 0 stands the key.
    index: u8,
    value: Box<Wiped<32>>,
}

impl Share {
    /// The polynomial's value here (Horner).
    fn at(index: u8, threshold: u8, set: [u8; SET_LEN], polynomial: &[Box<Wiped<32>>]) -> Self {
        let mut value = Box::new(Wiped::zeros());
        for coefficient in polynomial.iter().rev() {
            for (sum, byte) in value.0.iter_mut().zip(&coefficient.0) {
                *sum = times(*sum, index) ^ byte;
            }
        }
        Self { set, threshold, index, value }
    }
    fn text(&self) -> SecretText {
        let mut bytes = Wiped::<SHARE_LEN>::zeros();
        let (body, check) = bytes.0.split_at_mut(BODY_LEN);
        let parts = [&[VERSION], &self.set[..], &[self.threshold, self.index], &self.value.0];
        for (place, byte) in body.iter_mut().zip(parts.into_iter().flatten()) {
            *place = *byte;
        }
        check.copy_from_slice(&checked(body));
        let mut text = String::with_capacity(LETTERS + LETTERS / GROUP);
        for at in 0..LETTERS {
            if at > 0 && at % GROUP == 0 {
                text.push('-');
            }
            text.push(char::from(letter(five_bits(&bytes.0, at))));
        }
        SecretText::from(text)
    }
    /// Case, hyphens and white space do not count; `o` is read as 0, `i` and `l` as 1.
    fn read(text: &str) -> Result<Self, ShareFault> {
        let letters = || text.bytes().filter(|byte| !matches!(byte, b'-' | b' ' | b'\t' | b'\r' | b'\n'));
        let len = letters().count();
        if len != LETTERS {
            return Err(ShareFault::Length(len));
        }
        let mut bytes = Wiped::<SHARE_LEN>::zeros();
        let mut all_good = 0xff;
        let mut pending: u16 = 0;
        let mut bits = 0_u32;
        let mut places = bytes.0.iter_mut();
        for byte in letters() {
            let (value, good) = value_of(byte);
            all_good &= good;
            pending = pending << 5 | u16::from(value);
            bits = bits.wrapping_add(5);
            if let Some(over) = bits.checked_sub(8) {
                if let Some(place) = places.next() {
                    *place = (pending >> over).to_le_bytes()[0];
                }
                pending &= (1 << over) - 1;
                bits = over;
            }
        }
        if all_good != 0xff || pending != 0 {
            return Err(ShareFault::Letters);
        }
        let (body, check) = bytes.0.split_at(BODY_LEN);
        if !bool::from(check.ct_eq(&checked(body))) {
            return Err(ShareFault::Check);
        }
        let ([version], rest) = body.split_first_chunk().ok_or(ShareFault::Check)?;
        let (set, rest) = rest.split_first_chunk().ok_or(ShareFault::Check)?;
        let ([threshold, index], rest) = rest.split_first_chunk().ok_or(ShareFault::Check)?;
        if *version != VERSION || *threshold < 2 || *index == 0 {
            return Err(ShareFault::Version);
        }
        let mut value = Box::new(Wiped::zeros());
        value.0.copy_from_slice(rest);
        Ok(Self { set: *set, threshold: *threshold, index: *index, value })
    }
}

/// Shares of one set, each once; `None` of none.
fn read_all(texts: &[SecretText]) -> Result<Option<(Share, Vec<Share>)>, ProviderFault> {
    let mut first: Option<Share> = None;
    let mut others: Vec<Share> = Vec::new();
    for (number, text) in (1..).zip(texts) {
        let share = Share::read(text.expose()).map_err(|fault| ProviderFault::Share { number, fault })?;
        let Some(of_set) = &first else {
            first = Some(share);
            continue;
        };
        if (share.set, share.threshold) != (of_set.set, of_set.threshold) {
            return Err(ProviderFault::Share { number, fault: ShareFault::OtherSet });
        }
        match std::iter::once(of_set).chain(&others).find(|known| known.index == share.index) {
            None => others.push(share),
            Some(known) if bool::from(known.value.0.ct_eq(&share.value.0)) => {}
            Some(_) => return Err(ProviderFault::Share { number, fault: ShareFault::OtherSet }),
        }
    }
    Ok(first.map(|first| (first, others)))
}

/// How many shares a share belongs with: for those who ask people for the rest.
///
/// # Errors
/// What is wrong with text that is no share.
pub fn shares_needed(share: &SecretText) -> Result<u8, ShareFault> {
    Ok(Share::read(share.expose())?.threshold)
}

pub(super) fn new_params(texts: &[SecretText]) -> Result<Vec<u8>, ProviderFault> {
    let (first, others) = enough(texts)?;
    let count = others.len().saturating_add(1);
    let mut params = vec![VERSION, first.threshold, u8::try_from(count).map_err(|_| ProviderFault::ShareCounts)?];
    params.extend_from_slice(&first.set);
    Ok(params)
}

pub(super) fn parse(params: &[u8]) -> Option<(Sharing, [u8; SET_LEN])> {
    let ([VERSION, threshold, count], set) = params.split_first_chunk()? else { return None };
    Some((Sharing::new(*threshold, *count).ok()?, set.try_into().ok()?))
}

pub(super) fn slot_key(texts: &[SecretText], params: &[u8], key: &mut [u8; 32]) -> Result<(), Error> {
    let (first, others) = enough(texts)?;
    // Shares of another set are those of another slot.
    let (sharing, set) = parse(params).ok_or(Error::Failed)?;
    if (set, sharing.threshold) != (first.set, first.threshold) {
        return Err(Error::Failed);
    }
    let shares: Vec<&Share> = std::iter::once(&first).chain(&others).take(usize::from(sharing.threshold)).collect();
    // Lagrange's interpolation at 0; in this field minus is plus.
    *key = [0; 32];
    for share in &shares {
        let mut weight = 1;
        for other in shares.iter().filter(|other| other.index != share.index) {
            weight = times(weight, times(other.index, inverse(other.index ^ share.index)));
        }
        for (sum, byte) in key.iter_mut().zip(&share.value.0) {
            *sum ^= times(*byte, weight);
        }
    }
    Ok(())
}

fn enough(texts: &[SecretText]) -> Result<(Share, Vec<Share>), ProviderFault> {
    let Some((first, others)) = read_all(texts)? else {
        return Err(ProviderFault::TooFewShares { given: 0, needed: 2 });
    };
    let given = others.len().saturating_add(1);
    if given < usize::from(first.threshold) {
        return Err(ProviderFault::TooFewShares { given, needed: first.threshold });
    }
    Ok((first, others))
}

/// The product of two polynomials over GF(2), modulo x^8 + x^4 + x^3 + x + 1.
fn times(one: u8, other: u8) -> u8 {
    let (mut product, mut shifted) = (0, one);
    for bit in 0..8 {
        product ^= shifted & (other >> bit & 1).wrapping_neg();
        shifted = shifted << 1 ^ (0x1b & (shifted >> 7).wrapping_neg());
    }
    product
}
/// By Fermat: the 254th power.
fn inverse(of: u8) -> u8 {
    (0..7)
        .fold((1, of), |(product, power), _| {
            let power = times(power, power);
            (times(product, power), power)
        })
        .0
}

fn checked(body: &[u8]) -> [u8; CHECK_LEN] {
    let mut bytes = Wiped::<{ CHECKED.len() + BODY_LEN }>::zeros();
    let (name, rest) = bytes.0.split_at_mut(CHECKED.len());
    name.copy_from_slice(CHECKED);
    rest.copy_from_slice(body);
    let hash = sha256(&bytes.0);
    hash.first_chunk().copied().unwrap_or_default()
}

/// Five of the bits, the highest first; zeros behind the end.
fn five_bits(bytes: &[u8; SHARE_LEN], at: usize) -> u8 {
    let (byte, bit) = (at * 5 / 8, at * 5 % 8);
    let two = [0, 1].map(|more| bytes.get(byte + more).copied().unwrap_or_default());
    (u16::from_be_bytes(two) << bit >> 11).to_le_bytes()[0]
}

/// All ones if the byte is at least the bound, and no bits otherwise.
fn at_least(byte: u8, bound: u8) -> u8 {
    let below = i16::from(byte).wrapping_sub(i16::from(bound)) >> 15;
    !below.to_le_bytes()[0]
}
/// All ones if they are equal, and no bits otherwise.
fn equal(one: u8, other: u8) -> u8 {
    !at_least(one ^ other, 1)
}
/// One of the two, by a byte of all ones or of no bits.
fn choose(which: u8, one: u8, other: u8) -> u8 {
    one & which | other & !which
}
/// Crockford's letter: `0` to `9`, then the alphabet without `i`, `l`, `o`, `u`.
fn letter(value: u8) -> u8 {
    // Ahead of each letter that is left out the rest moves up by one.
    let left_out = [18, 20, 22, 27].map(|bound| at_least(value, bound) & 1).iter().sum::<u8>();
    let digit = b'0'.wrapping_add(value);
    let alphabetic = b'a'.wrapping_add(value.wrapping_sub(10)).wrapping_add(left_out);
    choose(at_least(value, 10), alphabetic, digit)
}
/// The value of a letter, and all ones if it is one.
fn value_of(byte: u8) -> (u8, u8) {
    let byte = byte | 0x20 & at_least(byte, b'A') & !at_least(byte, b'Z' + 1);
    let byte = choose(equal(byte, b'o'), b'0', byte);
    let byte = choose(equal(byte, b'i') | equal(byte, b'l'), b'1', byte);
    (0..32).fold((0, 0), |(value, good), candidate| {
        let same = equal(byte, letter(candidate));
        (value | candidate & same, good | same)
    })
}

/// What is hashed here is hashed nowhere else.
const CHECKED: &[u8] = b"strongroom share";
const VERSION: u8 = 1;
const SET_LEN: usize = 8;
const BODY_LEN: usize = 1 + SET_LEN + 2 + 32;
const CHECK_LEN: usize = 4;
const SHARE_LEN: usize = BODY_LEN + CHECK_LEN;
/// 47 bytes are 376 bits: 75 letters and one bit.
const LETTERS: usize = 76;
const GROUP: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_field_is_that_of_aes() {
        // FIPS 197, sections 4.2 and 4.2.1.
        assert_eq!(times(0x57, 0x83), 0xc1);
        for (other, product) in [(0x02, 0xae), (0x04, 0x47), (0x08, 0x8e), (0x10, 0x07), (0x13, 0xfe)] {
            assert_eq!(times(0x57, other), product);
        }
        for one in 1..=255 {
            assert_eq!(times(one, inverse(one)), 1, "{one}");
            assert_eq!((times(one, 0), times(0, one), times(one, 1)), (0, 0, one));
            for other in 1..=255 {
                assert_eq!(times(one, other), by_the_book(one, other), "{one} {other}");
            }
        }
    }
    /// Multiplied without reduction, then divided.
    fn by_the_book(one: u8, other: u8) -> u8 {
        let mut product =
            (0..8).filter(|bit| other >> bit & 1 == 1).fold(0_u16, |sum, bit| sum ^ u16::from(one) << bit);
        for bit in (8..16).rev() {
            if product >> bit & 1 == 1 {
                product ^= 0x11b << (bit - 8);
            }
        }
        u8::try_from(product).unwrap()
    }

    #[test]
    fn letters_are_crockfords() {
        let all: Vec<u8> = (0..32).map(letter).collect();
        assert_eq!(all, b"0123456789abcdefghjkmnpqrstvwxyz");
        for byte in 0..=255_u8 {
            let plain = match byte.to_ascii_lowercase() {
                b'o' => b'0',
                b'i' | b'l' => b'1',
                other => other,
            };
            let wanted = all.iter().position(|letter| *letter == plain);
            let (value, good) = value_of(byte);
            assert_eq!((good == 0xff).then_some(usize::from(value)), wanted, "{byte}");
            assert!([0, 0xff].contains(&good), "{byte}");
        }
    }
}
