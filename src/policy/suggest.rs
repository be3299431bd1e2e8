//! "Did you mean": the known word nearest to a misspelt one.

/// The nearest candidate, if any is near: fewest edits, then the longest common beginning, then the order given.
/// Letter case is ignored. What a candidate has behind the word counts as one edit, so that `GetSecret` is near to
/// `GetSecretValue`.
pub(crate) fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let word: Vec<u8> = word.bytes().map(|byte| byte.to_ascii_lowercase()).collect();
    if word.is_empty() || word.len() > WORD_MAX {
        return None;
    }
    // A short word is near to everything, so of it less may differ than it has.
    let far = (word.len() / 3).max(2).min(word.len().saturating_sub(1));
    let places = Places::of(&word);
    let mut best: Option<(usize, usize, &str)> = None;
    for candidate in candidates {
        let edits = places.distance(candidate);
        let common = word.iter().zip(candidate.bytes()).take_while(|(a, b)| **a == b.to_ascii_lowercase()).count();
        let better = best.is_none_or(|(fewest, longest, _)| edits < fewest || (edits == fewest && common > longest));
        if edits <= far && better {
            best = Some((edits, common, candidate));
        }
    }
    best.map(|(_, _, candidate)| candidate)
}

/// Where a word has which letter: a bit for each place. Letters beyond ASCII are in no candidate.
struct Places {
    letters: [u128; 128],
    len: usize,
}

impl Places {
    /// Of a word of at most 128 letters.
    fn of(word: &[u8]) -> Self {
        let mut letters = [0; 128];
        for (place, letter) in word.iter().enumerate() {
            if let Some(places) = letters.get_mut(usize::from(*letter)) {
                *places |= 1_u128 << (place % 128);
            }
        }
        Self { letters, len: word.len() }
    }
    /// Levenshtein's distance, where all that follows behind the word is one edit; a column of the table at a time, its steps up and
    /// down one bit each (Myers 1999, Hyyrö 2003).
    fn distance(&self, candidate: &str) -> usize {
        let Self { letters, len } = *self;
        let last = 1_u128 << len.saturating_sub(1);
        let (mut up, mut down) = (u128::MAX, 0_u128);
        let mut edits = len;
        let mut nearest = len.saturating_add(1);
        for (place, letter) in candidate.bytes().enumerate() {
            let equal = letters.get(usize::from(letter.to_ascii_lowercase())).copied().unwrap_or_default();
            let vertical = equal | down;
            let horizontal = (equal & up).wrapping_add(up) ^ up | equal;
            let (more, fewer) = (down | !(horizontal | up), up & horizontal);
            if more & last != 0 {
                edits = edits.saturating_add(1);
            } else if fewer & last != 0 {
                edits = edits.saturating_sub(1);
            }
            let (more, fewer) = (more << 1 | 1, fewer << 1);
            up = fewer | !(vertical | more);
            down = more & vertical;
            let tail = usize::from(place.saturating_add(1) < candidate.len());
            nearest = nearest.min(edits.saturating_add(tail));
        }
        nearest
    }
}

const WORD_MAX: usize = 96;

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: &[&str] =
        &["CreateSecret", "DeleteSecret", "GetSecretValue", "ListSecrets", "PutSecretValue", "GetResourcePolicy"];

    #[test]
    fn the_nearest_word_is_offered() {
        for (word, meant) in [
            ("GetSecret", "GetSecretValue"),
            ("GetSecretValues", "GetSecretValue"),
            ("PutSecretvalue", "PutSecretValue"),
            ("ListSecret", "ListSecrets"),
            ("CretaeSecret", "CreateSecret"),
        ] {
            assert_eq!(nearest(word, NAMES.iter().copied()), Some(meant), "{word}");
        }
    }
    #[test]
    fn nothing_is_offered_when_nothing_is_near() {
        for word in ["", "Fetch", "x", &"GetSecret".repeat(20)] {
            assert_eq!(nearest(word, NAMES.iter().copied()), None, "{word}");
        }
    }
    #[test]
    fn distance_is_levenshteins() {
        for (a, b, edits) in
            [("kitten", "sitting", 3), ("abc", "abc", 0), ("abc", "acb", 2), ("abc", "abcdef", 1), ("ab", "b", 1)]
        {
            assert_eq!(Places::of(a.as_bytes()).distance(b), edits, "{a} {b}");
        }
    }
    /// Row by row, as the textbook has it.
    fn by_the_book(word: &[u8], candidate: &[u8]) -> usize {
        let mut row: Vec<usize> = (0..=word.len()).collect();
        let mut nearest = word.len() + 1;
        for (place, letter) in candidate.iter().enumerate() {
            let mut corner = std::mem::replace(&mut row[0], place + 1);
            for (at, wanted) in word.iter().enumerate() {
                let replaced = corner + usize::from(wanted != letter);
                corner = row[at + 1];
                row[at + 1] = replaced.min(row[at] + 1).min(corner + 1);
            }
            nearest = nearest.min(row[word.len()] + usize::from(place + 1 < candidate.len()));
        }
        nearest
    }
    #[test]
    fn distance_is_that_of_the_textbook() {
        let mut state = 7_u64;
        let mut word = |longest: u64| -> Vec<u8> {
            let mut draw = |bound: u64| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 33) % bound
            };
            (0..draw(longest)).map(|_| b"abc"[usize::try_from(draw(3)).unwrap()]).collect()
        };
        for _ in 0..2_000 {
            let (own, other) = (word(97), word(60));
            if own.is_empty() {
                continue;
            }
            let text = std::str::from_utf8(&other).unwrap();
            assert_eq!(Places::of(&own).distance(text), by_the_book(&own, &other), "{own:?} {text}");
        }
    }
}
