//! Ids by which an answer can be spoken of, where there is no store to ask for one.

use strongroom::{Entropy as _, OsEntropy};

/// A random UUID (RFC 9562, version 4); the nil one without randomness.
pub(crate) fn random() -> String {
    let mut bytes = [0; 16];
    if OsEntropy.fill(&mut bytes).is_err() {
        return NIL.to_owned();
    }
    let number = u128::from_be_bytes(bytes) & !(0xf000 << 64 | 0xc000 << 48) | 0x4000 << 64 | 0x8000 << 48;
    let digits = format!("{number:032x}");
    let mut text = String::with_capacity(NIL.len());
    for (at, digit) in digits.char_indices() {
        if [8, 12, 16, 20].contains(&at) {
            text.push('-');
        }
        text.push(digit);
    }
    text
}

const NIL: &str = "00000000-0000-0000-0000-000000000000";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_ids_are_random_uuids() {
        let (one, other) = (random(), random());
        assert_ne!(one, other);
        assert_eq!((one.len(), one.as_bytes()[14]), (36, b'4'));
        assert!(matches!(one.as_bytes()[19], b'8' | b'9' | b'a' | b'b'), "{one}");
        assert_eq!(one.match_indices('-').map(|(at, _)| at).collect::<Vec<_>>(), [8, 13, 18, 23]);
    }
}
