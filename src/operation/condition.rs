//! Condition keys that a request fills, read from the `key` column of its table.

use super::member::{Facet, Spec};

/// What a member gives a condition key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConditionValue<'a> {
    /// One text.
    Text(&'a str),
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Number(i64),
    /// Several texts, at least one: the key is absent when there are none.
    List(Vec<&'a str>),
}

/// Does this line of the table fill the key? Keys compare without regard to ASCII case, as in policies.
pub(crate) fn fills(spec: &Spec, key: &str) -> bool {
    spec.keys.iter().any(|own| !is_prefix(own) && own.eq_ignore_ascii_case(key))
}

fn is_prefix(own: &str) -> bool {
    own.ends_with(['/', ':'])
}

/// What follows the prefix in a key such as `aws:RequestTag/Team`, if this line of the table fills keys of that prefix.
pub(crate) fn named_pair<'k>(spec: &Spec, key: &'k str) -> Option<&'k str> {
    spec.keys.iter().filter(|own| is_prefix(own)).find_map(|own| {
        let (prefix, name) = key.split_at_checked(own.len())?;
        (prefix.eq_ignore_ascii_case(own) && !name.is_empty()).then_some(name)
    })
}

/// The value of a member without parts. Secrets and blobs fill no key.
pub(crate) fn plain(facet: Facet<'_>) -> Option<ConditionValue<'_>> {
    match facet {
        Facet::Text(text) | Facet::Choice(text, _) => Some(ConditionValue::Text(text)),
        Facet::Number(number) => Some(ConditionValue::Number(number)),
        Facet::Bool(value) => Some(ConditionValue::Bool(value)),
        Facet::Time(_) | Facet::Secret(_) | Facet::Blob(_) | Facet::Many(_) | Facet::Structure => None,
    }
}
