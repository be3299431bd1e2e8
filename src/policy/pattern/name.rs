//! Patterns over names of actions.

/// A letter or a wildcard of a pattern.
pub(crate) enum Unit {
    Letter(char),
    /// `?`
    One,
    /// `*`
    Any,
}

/// A pattern over action names: ASCII, letter case ignored, no variables.
#[derive(Clone, Debug)]
pub(crate) struct NamePattern(Box<[u8]>);

impl NamePattern {
    pub fn new(text: &str) -> Self {
        let mut bytes = text.to_ascii_lowercase().into_bytes();
        bytes.dedup_by(|a, b| *a == b'*' && *b == b'*');
        Self(bytes.into_boxed_slice())
    }
    /// Is there no wildcard in it?
    pub fn is_literal(&self) -> bool {
        !self.0.iter().any(|byte| matches!(byte, b'*' | b'?'))
    }
    /// The pattern in lower case.
    pub fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }
    /// Its letters and wildcards.
    pub fn units(&self) -> impl Iterator<Item = Unit> {
        self.text().unwrap_or_default().chars().map(|letter| match letter {
            '*' => Unit::Any,
            '?' => Unit::One,
            letter => Unit::Letter(letter),
        })
    }
    /// How many of them are no star.
    pub fn weight(&self) -> usize {
        self.text().unwrap_or_default().chars().filter(|letter| *letter != '*').count()
    }
    pub fn matches(&self, name: &str) -> bool {
        let (pattern, name) = (&*self.0, name.as_bytes());
        let (mut p, mut n) = (0_usize, 0_usize);
        let mut star: Option<(usize, usize)> = None;
        loop {
            match (pattern.get(p), name.get(n)) {
                (Some(b'*'), _) => {
                    p = p.saturating_add(1);
                    star = Some((p, n));
                    continue;
                }
                (Some(b'?'), Some(byte)) => {
                    // One character, which may be several bytes.
                    n = n.saturating_add(utf8_len(*byte));
                    p = p.saturating_add(1);
                    continue;
                }
                (Some(wanted), Some(byte)) if *wanted == byte.to_ascii_lowercase() => {
                    n = n.saturating_add(1);
                    p = p.saturating_add(1);
                    continue;
                }
                (None, None) => return true,
                _ => {}
            }
            let Some((behind_star, tried)) = star else { return false };
            let Some(byte) = name.get(tried) else { return false };
            let further = tried.saturating_add(utf8_len(*byte));
            star = Some((behind_star, further));
            p = behind_star;
            n = further;
        }
    }
}

fn utf8_len(first: u8) -> usize {
    match first {
        0xC0..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xFF => 4,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_ignore_case_and_count_characters() {
        for (pattern, name) in
            [("*", ""), ("Get*Value", "getSecretVALUE"), ("g?t", "GET"), ("g?t", "gät"), ("*a*b", "xaab")]
        {
            assert!(NamePattern::new(pattern).matches(name), "{pattern} and {name}");
        }
        for (pattern, name) in [("Get", "Gets"), ("g??t", "gät"), ("a*b", "a"), ("?", "")] {
            assert!(!NamePattern::new(pattern).matches(name), "{pattern} and {name}");
        }
    }
}
