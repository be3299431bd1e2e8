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
    let mut best: Option<(usize, usize, &str)> = None;
    for candidate in candidates {
        let edits = distance(&word, candidate);
        let common = word.iter().zip(candidate.bytes()).take_while(|(a, b)| **a == b.to_ascii_lowercase()).count();
        let better = best.is_none_or(|(fewest, longest, _)| edits < fewest || (edits == fewest && common > longest));
        if edits <= far && better {
            best = Some((edits, common, candidate));
        }
    }
    best.map(|(_, _, candidate)| candidate)
}

/// Levenshtein's distance, where all that follows behind the word is one edit.
fn distance(word: &[u8], candidate: &str) -> usize {
    let mut row: Vec<usize> = (0..=word.len()).collect();
    let mut nearest = row.last().copied().unwrap_or_default().saturating_add(1);
    for (place, letter) in candidate.bytes().enumerate() {
        let letter = letter.to_ascii_lowercase();
        // `corner` is the cell up and to the left; `left` the one just written.
        let mut corner = place;
        let mut left = place.saturating_add(1);
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (cell, wanted) in row.iter_mut().skip(1).zip(word) {
            let replaced = corner.saturating_add(usize::from(*wanted != letter));
            corner = *cell;
            left = replaced.min(left.saturating_add(1)).min(cell.saturating_add(1));
            *cell = left;
        }
        let tail = usize::from(place.saturating_add(1) < candidate.len());
        nearest = nearest.min(row.last().copied().unwrap_or_default().saturating_add(tail));
    }
    nearest
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
            assert_eq!(distance(a.as_bytes(), b), edits, "{a} {b}");
        }
    }
}
