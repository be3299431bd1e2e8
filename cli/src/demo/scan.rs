//! Looks for words in bytes, in every dress that a careless program might have put them in.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

/// Words and all their encodings, sorted by the first two bytes.
pub struct Needles {
    by_start: Vec<Vec<Needle>>,
    words: usize,
}

struct Needle {
    bytes: Vec<u8>,
    word: String,
}

impl Needles {
    pub fn new<'w>(words: impl Iterator<Item = &'w str>) -> Self {
        let mut by_start: Vec<Vec<Needle>> = Vec::new();
        by_start.resize_with(1 << 16, Vec::new);
        let words: BTreeSet<&str> = words.filter(|word| word.len() >= LEN_MIN).collect();
        for word in &words {
            for bytes in dresses(word) {
                if let Some(place) = start(&bytes).and_then(|at| by_start.get_mut(at)) {
                    place.push(Needle { bytes, word: (*word).to_owned() });
                }
            }
        }
        Self { by_start, words: words.len() }
    }
    /// How many words are looked for.
    pub fn words(&self) -> usize {
        self.words
    }
    /// The words that are there, each once.
    pub fn found_in(&self, bytes: &[u8]) -> Vec<String> {
        let mut found = BTreeSet::new();
        let mut rest = bytes;
        while let Some(at) = start(rest) {
            for needle in self.by_start.get(at).into_iter().flatten() {
                if rest.starts_with(&needle.bytes) {
                    found.insert(needle.word.clone());
                }
            }
            rest = rest.get(1..).unwrap_or_default();
        }
        found.into_iter().collect()
    }
}

fn start(bytes: &[u8]) -> Option<usize> {
    bytes.first_chunk::<2>().map(|two| usize::from(u16::from_be_bytes(*two)))
}

/// As text, as UTF-16 of both orders, as hex of both cases, as base64 of both alphabets at all three places in a group.
fn dresses(word: &str) -> Vec<Vec<u8>> {
    let bytes = word.as_bytes();
    let mut all = vec![
        bytes.to_vec(),
        word.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        word.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        hex(bytes, b"0123456789abcdef"),
        hex(bytes, b"0123456789ABCDEF"),
    ];
    for (before, foreign) in [(0, 0), (1, 2), (2, 3)] {
        let mut shifted = vec![0; before];
        shifted.extend_from_slice(bytes);
        // The last character of an open group also holds what follows the word.
        let whole = shifted.len() * 8 / 6;
        for encoded in [STANDARD.encode(&shifted), URL_SAFE.encode(&shifted)] {
            all.extend(encoded.as_bytes().get(foreign..whole).map(<[u8]>::to_vec));
        }
    }
    all.sort();
    all.dedup();
    all
}

fn hex(bytes: &[u8], digits: &[u8; 16]) -> Vec<u8> {
    let digit = |half: u8| digits.get(usize::from(half)).copied();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).flatten().collect()
}

/// Shorter words stand in random bytes by chance.
const LEN_MIN: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_in_every_dress_and_at_every_place() {
        let needles = Needles::new(["flowerpot?>", "anaya"].into_iter());
        for padding in 0..5 {
            let mut text = "x".repeat(padding);
            text.push_str("flowerpot?>");
            text.push_str("yyy");
            let hex = hex(text.as_bytes(), b"0123456789abcdef");
            let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            for dressed in [
                text.clone().into_bytes(),
                STANDARD.encode(&text).into_bytes(),
                URL_SAFE.encode(&text).into_bytes(),
                hex.to_ascii_uppercase(),
                hex,
                utf16,
            ] {
                assert_eq!(needles.found_in(&dressed), ["flowerpot?>"], "{padding}");
            }
        }
        assert!(needles.found_in(b"flowerpo anay").is_empty());
        assert!(needles.found_in(b"").is_empty());
    }
}
