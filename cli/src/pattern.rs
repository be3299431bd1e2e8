//! Patterns of names: `*` any text but `/`, `**` any text, `?` one character.

/// Is there anything but plain text in it?
pub fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?'])
}

/// What every name that matches begins with.
pub fn prefix(pattern: &str) -> &str {
    pattern.split(['*', '?']).next().unwrap_or_default()
}

/// Does the whole name match? Linear in the name for each star, and names are at most 512 characters.
pub fn matches(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    // `reached` holds the places in the pattern that some reading of the name so far has come to.
    let mut reached = vec![false; pattern.len().saturating_add(1)];
    if let Some(start) = reached.first_mut() {
        *start = true;
    }
    pass_stars(&pattern, &mut reached);
    for c in name.chars() {
        let mut next = vec![false; reached.len()];
        for (at, symbol) in pattern.iter().enumerate().filter(|(at, _)| reached.get(*at) == Some(&true)) {
            let deep = pattern.get(at..).is_some_and(|rest| rest.starts_with(&['*', '*']))
                || (at > 0 && *symbol == '*' && pattern.get(at.saturating_sub(1)) == Some(&'*'));
            let goes_to = match symbol {
                '*' if deep || c != '/' => at,
                '?' if c != '/' => at.saturating_add(1),
                same if *same == c && !"*?".contains(*same) => at.saturating_add(1),
                _ => continue,
            };
            if let Some(place) = next.get_mut(goes_to) {
                *place = true;
            }
        }
        reached = next;
        pass_stars(&pattern, &mut reached);
    }
    reached.last() == Some(&true)
}

/// A star may stand for nothing.
fn pass_stars(pattern: &[char], reached: &mut [bool]) {
    for (at, symbol) in pattern.iter().enumerate() {
        if *symbol == '*'
            && reached.get(at) == Some(&true)
            && let Some(place) = reached.get_mut(at.saturating_add(1))
        {
            *place = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn one_star_stops_at_a_slash_and_two_do_not() {
        for (pattern, name, wanted) in [
            ("prod/db", "prod/db", true),
            ("prod/db", "prod/db2", false),
            ("prod/*", "prod/db", true),
            ("prod/*", "prod/a/b", false),
            ("prod/**", "prod/a/b", true),
            ("**/b", "prod/a/b", true),
            ("*", "a", true),
            ("*", "a/b", false),
            ("**", "a/b", true),
            ("a?c", "abc", true),
            ("a?c", "a/c", false),
            ("", "a", false),
            ("a*a*a*a*a*a*b", &"a".repeat(300), false),
        ] {
            assert_eq!(matches(pattern, name), wanted, "{pattern} {name}");
        }
    }
}
