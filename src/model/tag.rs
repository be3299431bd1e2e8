//! Rules of tags: three services, one kind of row, three ways to refuse.
//!
//! Tags keep the order in which they were set; setting a key again keeps its place.

use super::Tag;
use crate::error::{Error, codes, iam, kms, secretsmanager};

/// Whose rules hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TagRules {
    /// Keys are case-sensitive; every refusal is an InvalidParameterException.
    SecretsManager,
    /// Keys are case-sensitive; every refusal is a TagException.
    Kms,
    /// Keys are unique without regard to case.
    Iam,
}

impl TagRules {
    /// Sets tags: a known key gets the new value, others stay. For a thing that is being made `present` is empty.
    /// # Errors
    /// `InvalidRequest`: a key twice in one request, a reserved key, a character outside the tag alphabet, more than 50 tags (for
    /// IAM the last is `LimitExceeded`).
    pub(crate) fn set(self, present: &[Tag], new: &[Tag]) -> Result<Vec<Tag>, Error> {
        for (place, tag) in new.iter().enumerate() {
            if new.iter().take(place).any(|earlier| self.same_key(&earlier.key, &tag.key)) {
                return Err(self.refuse(Fault::Duplicate(&tag.key)));
            }
            if has_reserved_prefix(&tag.key) {
                return Err(self.refuse(Fault::Reserved));
            }
            if let Some(text) = [&tag.key, &tag.value].into_iter().find(|text| !is_tag_text(text)) {
                return Err(self.refuse(Fault::Characters(text)));
            }
        }
        let mut tags = present.to_vec();
        for tag in new {
            match tags.iter_mut().find(|known| self.same_key(&known.key, &tag.key)) {
                Some(known) => known.clone_from(tag),
                None => tags.push(tag.clone()),
            }
        }
        if tags.len() > TAGS_MAX { Err(self.refuse(Fault::TooMany)) } else { Ok(tags) }
    }

    /// Removes tags; a key that is not there is no fault.
    pub(crate) fn remove<K: AsRef<str>>(self, present: &[Tag], keys: &[K]) -> Vec<Tag> {
        let goes = |tag: &Tag| keys.iter().any(|key| self.same_key(&tag.key, key.as_ref()));
        present.iter().filter(|tag| !goes(tag)).cloned().collect()
    }

    fn same_key(self, one: &str, other: &str) -> bool {
        match self {
            Self::SecretsManager | Self::Kms => one == other,
            Self::Iam => one.chars().flat_map(char::to_lowercase).eq(other.chars().flat_map(char::to_lowercase)),
        }
    }

    fn refuse(self, fault: Fault<'_>) -> Error {
        match (self, fault) {
            (Self::SecretsManager, Fault::Duplicate(key)) => secretsmanager::duplicate_tag_key(key),
            (Self::SecretsManager, Fault::Reserved) => secretsmanager::reserved_tag_key(),
            (Self::SecretsManager, Fault::TooMany) => secretsmanager::too_many_tags(),
            (Self::Kms, Fault::Duplicate(_)) => kms::duplicate_tag_keys(),
            (Self::Kms, Fault::Reserved) => kms::reserved_tag_key(),
            (Self::Kms, Fault::TooMany) => kms::too_many_tags(),
            (Self::Iam, Fault::Duplicate(_)) => iam::duplicate_tag_keys(),
            (Self::Iam, Fault::Reserved) => iam::reserved_tag_key(),
            (Self::Iam, Fault::TooMany) => iam::quota("TagsPerEntity", TAGS_MAX),
            (_, Fault::Characters(text)) => {
                let code = match self {
                    Self::SecretsManager => &codes::secretsmanager::INVALID_PARAMETER,
                    Self::Kms => &codes::kms::TAG,
                    Self::Iam => &codes::iam::VALIDATION,
                };
                let why = "has a character other than letters, digits, blanks and _ . : / = + - @";
                Error::new(code, format!("tag text `{text}` {why}"))
            }
        }
    }
}

#[derive(Clone, Copy)]
enum Fault<'a> {
    Duplicate(&'a str),
    Reserved,
    TooMany,
    Characters(&'a str),
}

/// Keys that begin with `aws:`, in any case, belong to AWS.
fn has_reserved_prefix(key: &str) -> bool {
    key.as_bytes().first_chunk::<4>().is_some_and(|head| head.eq_ignore_ascii_case(b"aws:"))
}

/// Letters, digits, blanks and `_ . : / = + - @`. So no `*`, `?` or `$` reaches a policy variable through a tag; the evaluator
/// does not rely on it.
fn is_tag_text(text: &str) -> bool {
    let blank = |letter: char| letter.is_whitespace() && !letter.is_control();
    text.chars().all(|letter| letter.is_alphanumeric() || blank(letter) || "_.:/=+-@".contains(letter))
}

/// Tags of one thing.
pub(crate) const TAGS_MAX: usize = 50;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use crate::name::Text;

    const ALL: [TagRules; 3] = [TagRules::SecretsManager, TagRules::Kms, TagRules::Iam];
    fn tag(key: &str, value: &str) -> Tag {
        Tag { key: Text::from(key), value: Text::from(value) }
    }
    fn many(count: usize) -> Vec<Tag> {
        (0..count).map(|number| tag(&format!("k{number}"), "v")).collect()
    }

    #[test]
    fn a_known_key_gets_the_new_value_in_its_old_place() {
        for rules in ALL {
            let set = rules.set(&[tag("a", "1"), tag("b", "2")], &[tag("c", "3"), tag("a", "4")]).unwrap();
            assert_eq!(set, [tag("a", "4"), tag("b", "2"), tag("c", "3")]);
        }
    }
    #[test]
    fn two_keys_that_differ_in_case_are_two_tags_but_for_iam_one() {
        for rules in [TagRules::SecretsManager, TagRules::Kms] {
            assert_eq!(rules.set(&[tag("abc", "1")], &[tag("ABC", "2")]).unwrap(), [tag("abc", "1"), tag("ABC", "2")]);
            assert_eq!(rules.remove(&[tag("abc", "1"), tag("ABC", "2")], &["abc"]), [tag("ABC", "2")]);
        }
        assert_eq!(TagRules::Iam.set(&[tag("abc", "1")], &[tag("ABC", "2")]).unwrap(), [tag("ABC", "2")]);
        assert_eq!(TagRules::Iam.remove(&[tag("Straße", "1")], &["STRAßE"]), []);
    }
    #[test]
    fn removing_an_absent_key_changes_nothing() {
        for rules in ALL {
            assert_eq!(rules.remove(&[tag("a", "1")], &["b"]), [tag("a", "1")]);
            assert_eq!(rules.remove(&[tag("a", "1")], &["a", "a"]), []);
        }
    }
    #[test]
    fn fifty_tags_are_taken_and_the_fifty_first_is_refused() {
        for (rules, code) in ALL.into_iter().zip(["InvalidParameterException", "TagException", "LimitExceeded"]) {
            let fifty = rules.set(&[], &many(50)).unwrap();
            assert_eq!(rules.set(&fifty, &[tag("k0", "again")]).unwrap().len(), 50);
            assert_eq!(rules.set(&fifty, &[tag("new", "v")]).unwrap_err().code(), code);
            assert_eq!(rules.set(&[], &many(51)).unwrap_err().code(), code);
        }
        assert_eq!(TagRules::Kms.set(&[], &many(51)).unwrap_err().message().to_string(), "Too many tags");
    }
    #[test]
    fn a_key_twice_in_one_request_is_refused() {
        for (rules, code) in ALL.into_iter().zip(["InvalidParameterException", "TagException", "InvalidInput"]) {
            assert_eq!(rules.set(&[], &[tag("a", "1"), tag("b", "2"), tag("a", "1")]).unwrap_err().code(), code);
        }
        let error = TagRules::Kms.set(&[], &[tag("a", "1"), tag("a", "2")]).unwrap_err();
        assert_eq!(error.message().to_string(), "Duplicate tag keys");
        let error = TagRules::Iam.set(&[], &[tag("a", "1"), tag("A", "2")]).unwrap_err();
        assert_eq!(
            error.message().to_string(),
            "Duplicate tag keys found. Please note that Tag keys are case insensitive."
        );
    }
    #[test]
    fn keys_of_aws_are_refused_in_any_case_and_values_are_not() {
        for key in ["aws:x", "AWS:x", "aWs:"] {
            for (rules, code) in ALL.into_iter().zip(["InvalidParameterException", "TagException", "InvalidInput"]) {
                assert_eq!(rules.set(&[], &[tag(key, "v")]).unwrap_err().code(), code);
            }
        }
        let error = TagRules::Kms.set(&[], &[tag("Aws:x", "v")]).unwrap_err();
        assert_eq!(error.message().to_string(), "Tags beginning with aws: are reserved");
        for rules in ALL {
            assert!(rules.set(&[], &[tag("awsome", "aws:x"), tag("aws", "v")]).is_ok());
        }
    }
    #[test]
    fn characters_with_a_meaning_in_policies_are_refused_in_keys_and_values() {
        for rules in ALL {
            for text in ["a*", "a?", "${aws:username}", "a$", "a\n", "a\0", "a,b", "a\"", "a\u{200b}"] {
                assert_eq!(
                    rules.set(&[], &[tag(text, "v")]).unwrap_err().kind(),
                    ErrorKind::InvalidRequest,
                    "{text:?}"
                );
                assert_eq!(
                    rules.set(&[], &[tag("k", text)]).unwrap_err().kind(),
                    ErrorKind::InvalidRequest,
                    "{text:?}"
                );
            }
            assert!(rules.set(&[], &[tag("Zeichen ä 1_.:/=+-@", "")]).is_ok());
        }
    }
}
