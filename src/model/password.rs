//! GetRandomPassword: draws into the caller's buffer, so that no second copy of the password ever exists.

use super::draw::{Dice, Fill};
use crate::error::{Error, secretsmanager as texts};

/// Which characters a password may and must have; the members of the request.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "AWS's request has these six switches, each independent of the rest")]
pub(crate) struct PasswordRules<'a> {
    pub exclude_characters: &'a str,
    pub exclude_numbers: bool,
    pub exclude_punctuation: bool,
    pub exclude_uppercase: bool,
    pub exclude_lowercase: bool,
    pub include_space: bool,
    pub require_each_included_type: bool,
}

/// Fills `password` with ASCII characters; its length is the password's.
///
/// One character of each required type is drawn, the rest from all that is left, then the whole is shuffled: where the required
/// ones stand says nothing. All draws are uniform by rejection.
/// # Errors
/// `InvalidRequest`: the rules leave nothing to choose from, or the length cannot hold every required type.
/// `RandomnessUnavailable`. `password` then holds nothing worth keeping.
pub(crate) fn generate(rules: &PasswordRules<'_>, password: &mut [u8], source: &mut Fill<'_>) -> Result<(), Error> {
    let excluded = rules.exclude_characters.as_bytes();
    let left = |class: &[u8]| class.iter().copied().filter(|letter| !excluded.contains(letter)).collect::<Vec<u8>>();
    let wanted = [
        (UPPERCASE, rules.exclude_uppercase),
        (LOWERCASE, rules.exclude_lowercase),
        (DIGITS, rules.exclude_numbers),
        (PUNCTUATION, rules.exclude_punctuation),
    ];
    let classes: Vec<Vec<u8>> = wanted.iter().filter(|(_, off)| !off).map(|(class, _)| left(class)).collect();
    let mut alphabet = classes.concat();
    if rules.include_space {
        alphabet.extend(left(b" "));
    }
    let required: &[Vec<u8>] = if rules.require_each_included_type { &classes } else { &[] };
    if password.len() < required.len() {
        return Err(texts::password_too_short());
    }
    if required.iter().any(Vec::is_empty) {
        return Err(texts::password_class_emptied());
    }
    if alphabet.is_empty() {
        return Err(texts::password_alphabet_emptied());
    }
    let mut dice = Dice::new(source);
    let alphabets = required.iter().map(Vec::as_slice).chain(std::iter::repeat(alphabet.as_slice()));
    for (place, alphabet) in password.iter_mut().zip(alphabets) {
        *place = dice.pick(alphabet)?.unwrap_or_default();
    }
    // Fisher and Yates, from the end.
    for last in (1..password.len()).rev() {
        let bound = u32::try_from(last).unwrap_or(u32::MAX).saturating_add(1);
        let other = usize::try_from(dice.below(bound)?).unwrap_or(last).min(last);
        password.swap(last, other);
    }
    Ok(())
}

/// Characters of a password if the request names no length.
pub(crate) const LENGTH_DEFAULT: usize = 32;

const UPPERCASE: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const LOWERCASE: &[u8] = b"abcdefghijklmnopqrstuvwxyz";
const DIGITS: &[u8] = b"0123456789";
const PUNCTUATION: &[u8] = b"!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{ErrorKind, codes};
    use crate::model::draw::tests::counting;

    const NONE: PasswordRules<'static> = PasswordRules {
        exclude_characters: "",
        exclude_numbers: false,
        exclude_punctuation: false,
        exclude_uppercase: false,
        exclude_lowercase: false,
        include_space: false,
        require_each_included_type: true,
    };
    fn draw(rules: &PasswordRules<'_>, len: usize, seed: u64) -> Result<String, Error> {
        let mut password = vec![0_u8; len];
        generate(rules, &mut password, &mut counting(seed))?;
        Ok(String::from_utf8(password).unwrap())
    }
    #[track_caller]
    fn refused(rules: &PasswordRules<'_>, len: usize, text: &str) {
        let error = draw(rules, len, 1).unwrap_err();
        assert_eq!((error.code(), error.message().to_string().as_str()), ("InvalidParameterException", text));
    }
    const TOO_SHORT: &str = "Password length is too short based on the required types.";
    const TYPE_EMPTY: &str = "All characters of the desired type have been excluded.";
    const ALL_EMPTY: &str = "All characters have been excluded from selection.";

    #[test]
    fn a_password_holds_one_of_each_required_type_at_any_place() {
        let mut first = [0_u32; 4];
        for seed in 0..400 {
            let password = draw(&NONE, 4, seed).unwrap();
            for class in [UPPERCASE, LOWERCASE, DIGITS, PUNCTUATION] {
                assert_eq!(password.bytes().filter(|letter| class.contains(letter)).count(), 1, "{password}");
            }
            let head = password.as_bytes()[0];
            let class =
                [UPPERCASE, LOWERCASE, DIGITS, PUNCTUATION].iter().position(|class| class.contains(&head)).unwrap();
            first[class] += 1;
        }
        assert!(first.iter().all(|&count| count > 60), "the shuffle moves them: {first:?}");
    }
    #[test]
    fn the_alphabet_is_awss_94_characters_and_the_space_if_asked() {
        let all: std::collections::BTreeSet<char> = draw(&NONE, 4096, 1).unwrap().chars().collect();
        assert_eq!(all.into_iter().collect::<String>(), ('!'..='~').collect::<String>());
        let spaced = draw(&PasswordRules { include_space: true, ..NONE }, 4096, 1).unwrap();
        assert!(spaced.contains(' ') && !draw(&NONE, 4096, 1).unwrap().contains(' '));
    }
    #[test]
    fn characters_come_about_equally_often() {
        let rules = PasswordRules { exclude_punctuation: true, require_each_included_type: false, ..NONE };
        let mut counts = std::collections::BTreeMap::new();
        for seed in 0..8 {
            for letter in draw(&rules, 4096, seed).unwrap().chars() {
                *counts.entry(letter).or_insert(0_u32) += 1;
            }
        }
        // 62 letters over 32,768 draws: 528 each.
        assert_eq!(counts.len(), 62);
        assert!(counts.values().all(|&count| (400..=660).contains(&count)), "{counts:?}");
    }
    #[test]
    fn what_is_excluded_never_comes() {
        let rules = PasswordRules {
            exclude_characters: "aB3!\u{e4}",
            exclude_numbers: true,
            exclude_lowercase: true,
            include_space: true,
            ..NONE
        };
        let password = draw(&rules, 4096, 3).unwrap();
        assert!(
            !password.contains(|letter: char| letter.is_ascii_digit()
                || letter.is_ascii_lowercase()
                || "B!".contains(letter))
        );
        let digits =
            PasswordRules { exclude_uppercase: true, exclude_lowercase: true, exclude_punctuation: true, ..NONE };
        assert!(draw(&digits, 50, 3).unwrap().bytes().all(|letter| letter.is_ascii_digit()));
    }
    #[test]
    fn a_length_below_the_number_of_required_types_is_refused() {
        for len in 0..4 {
            refused(&NONE, len, TOO_SHORT);
        }
        assert_eq!(draw(&PasswordRules { exclude_numbers: true, ..NONE }, 3, 1).unwrap().len(), 3);
        refused(&PasswordRules { exclude_numbers: true, include_space: true, ..NONE }, 2, TOO_SHORT);
        let free = PasswordRules { require_each_included_type: false, ..NONE };
        assert_eq!(draw(&free, 1, 1).unwrap().len(), 1);
    }
    #[test]
    fn a_required_type_without_characters_is_refused_and_one_not_required_is_not() {
        let rules = PasswordRules { exclude_characters: "0123456789", ..NONE };
        refused(&rules, 32, TYPE_EMPTY);
        let free = PasswordRules { require_each_included_type: false, ..rules };
        assert!(!draw(&free, 4096, 1).unwrap().contains(|letter: char| letter.is_ascii_digit()));
    }
    #[test]
    fn a_password_of_no_characters_at_all_is_refused() {
        let off = PasswordRules {
            exclude_numbers: true,
            exclude_punctuation: true,
            exclude_uppercase: true,
            exclude_lowercase: true,
            ..NONE
        };
        refused(&off, 32, ALL_EMPTY);
        refused(&PasswordRules { include_space: true, exclude_characters: " ", ..off }, 32, ALL_EMPTY);
        let everything: String = (' '..='~').collect();
        let free = PasswordRules { exclude_characters: &everything, require_each_included_type: false, ..NONE };
        refused(&free, 32, ALL_EMPTY);
        let spaces = PasswordRules { include_space: true, ..off };
        assert_eq!(draw(&spaces, 3, 1).unwrap(), "   ");
    }
    #[test]
    fn without_randomness_there_is_no_password() {
        let mut failing = |_: &mut [u8]| Err(Error::new(&codes::store::RANDOMNESS_UNAVAILABLE, "none"));
        let error = generate(&NONE, &mut [0; LENGTH_DEFAULT], &mut failing).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::RandomnessUnavailable);
        let mut stuck = |out: &mut [u8]| {
            out.fill(0xFF);
            Ok(())
        };
        let error = generate(&NONE, &mut [0; LENGTH_DEFAULT], &mut stuck).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::RandomnessUnavailable);
    }
}
