//! Constraints of the AWS model: all violations of a request at once, in AWS's words.

use std::borrow::Cow;
use std::fmt::{self, Write as _};

use super::member::{ANY, Facet, Refused, Rule, Spec, Tell};
use crate::error::{Error, codes};

/// Where a value stands in its request. Lives on the stack: a request without violations costs no allocation.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Path<'a> {
    /// The request itself.
    Root,
    /// A member, by its AWS name.
    Member(&'a Path<'a>, &'static str),
    /// An element of a list, counted from 1.
    Element(&'a Path<'a>, usize),
}
impl fmt::Display for Path<'_> {
    /// As AWS prints it: `tags.1.member.key`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Member(Self::Root, wire) => lower_camel(wire, f),
            Self::Member(above, wire) => {
                write!(f, "{above}.")?;
                lower_camel(wire, f)
            }
            Self::Element(Self::Root, number) => write!(f, "{number}.member"),
            Self::Element(above, number) => write!(f, "{above}.{number}.member"),
        }
    }
}

fn lower_camel(wire: &str, f: &mut impl fmt::Write) -> fmt::Result {
    let mut chars = wire.chars();
    if let Some(first) = chars.next() {
        f.write_char(first.to_ascii_lowercase())?;
    }
    f.write_str(chars.as_str())
}

/// One broken constraint.
#[derive(Debug)]
pub struct Violation {
    path: String,
    value: Shown,
    constraint: Cow<'static, str>,
}

#[derive(Debug)]
enum Shown {
    Null,
    Hidden,
    Text(String),
}

impl Violation {
    /// A required member is not there.
    pub(crate) fn missing(spec: &Spec) -> Self {
        let path = Path::Member(&Path::Root, spec.wire).to_string();
        Self { path, value: Shown::Null, constraint: "Member must not be null".into() }
    }
    /// The same, for a part of a member of this name.
    pub(crate) fn under(mut self, wire: &'static str) -> Self {
        self.path = format!("{}.{}", Path::Member(&Path::Root, wire), self.path);
        self
    }
    /// The same, for a part of the element of this number or key. The name of the list or map itself is put before it by
    /// [`Violation::under`].
    pub(crate) fn of_element(mut self, place: impl fmt::Display) -> Self {
        self.path = format!("{place}.member.{}", self.path);
        self
    }
}
impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Shown::Null => f.write_str("Value null at ")?,
            Shown::Hidden => f.write_str("Value at ")?,
            Shown::Text(text) => write!(f, "Value '{text}' at ")?,
        }
        write!(f, "'{}' failed to satisfy constraint: {}", self.path, self.constraint)
    }
}

/// Adds what is wrong with a member that is there.
pub(crate) fn inspect(spec: &Spec, value: &dyn Tell, above: &Path<'_>, found: &mut Vec<Violation>) {
    let at = Path::Member(above, spec.wire);
    let facet = value.facet();
    if let Facet::Choice(text, known) = facet
        && !known.contains(&text)
    {
        push(&at, value, one_of(known), found);
    }
    // The service reports the pattern of a member before its length, though it lists length first where it lists all.
    for rule in spec.rules.iter().rev() {
        for broken in Bound::of(*rule).into_iter().flatten().filter(|bound| !bound.holds(facet)) {
            push(&at, value, broken.to_string().into(), found);
        }
    }
    value.inspect_parts(&at, spec, found);
}

/// Adds what is wrong with the elements of a list that are no structures: the list is named once, with every constraint on
/// its elements, as AWS does.
pub(crate) fn inspect_elements<'a>(
    at: &Path<'_>,
    spec: &Spec,
    list: &dyn Tell,
    elements: impl Iterator<Item = Facet<'a>>,
    found: &mut Vec<Violation>,
) {
    let mut choices = None;
    let mut broken = false;
    for element in elements {
        if let Facet::Choice(text, known) = element {
            choices = Some(known);
            broken |= !known.contains(&text);
        }
        broken |= spec.each.iter().flat_map(|rule| Bound::of(*rule)).flatten().any(|bound| !bound.holds(element));
    }
    if !broken {
        return;
    }
    let mut all: Vec<String> =
        spec.each.iter().flat_map(|rule| Bound::of(*rule)).flatten().map(|b| b.to_string()).collect();
    all.extend(choices.map(|known| one_of(known).into_owned()));
    push(at, list, format!("Member must satisfy constraint: [{}]", all.join(", ")).into(), found);
}

fn push(at: &Path<'_>, value: &dyn Tell, constraint: Cow<'static, str>, found: &mut Vec<Violation>) {
    let value = value.quote().map_or(Shown::Hidden, Shown::Text);
    found.push(Violation { path: at.to_string(), value, constraint });
}

fn one_of(known: &[&str]) -> Cow<'static, str> {
    format!("Member must satisfy enum value set: [{}]", known.join(", ")).into()
}

/// Half of a [`Rule`]: what one violation reports.
#[derive(Clone, Copy)]
enum Bound {
    Longest(usize),
    Shortest(usize),
    Greatest(i64),
    Least(i64),
    Pattern(super::pattern::Pattern),
}
impl Bound {
    fn of(rule: Rule) -> [Option<Self>; 2] {
        match rule {
            Rule::Length(low, high) | Rule::Items(low, high) => {
                [(high != ANY).then_some(Self::Longest(high)), Some(Self::Shortest(low))]
            }
            Rule::Range(low, high) => [(high != i64::MAX).then_some(Self::Greatest(high)), Some(Self::Least(low))],
            Rule::Matches(pattern) => [Some(Self::Pattern(pattern)), None],
        }
    }
    fn holds(self, facet: Facet<'_>) -> bool {
        match (self, facet) {
            // A text has no more characters than bytes, and at least one for each four: mostly no need to count.
            (Self::Longest(high), Facet::Text(text)) if text.len() <= high => true,
            (Self::Shortest(low), Facet::Text(text)) if text.len() / 4 >= low => true,
            (Self::Longest(high), _) => length(facet, high).is_none_or(|len| len <= high),
            (Self::Shortest(low), _) => length(facet, low).is_none_or(|len| len >= low),
            (Self::Greatest(high), Facet::Number(number)) => number <= high,
            (Self::Least(low), Facet::Number(number)) => number >= low,
            (Self::Pattern(pattern), Facet::Text(text) | Facet::Choice(text, _)) => pattern.matches(text),
            (Self::Pattern(pattern), Facet::Secret(bytes)) => {
                std::str::from_utf8(bytes).is_ok_and(|text| pattern.matches(text))
            }
            (Self::Greatest(_) | Self::Least(_) | Self::Pattern(_), _) => true,
        }
    }
}
impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Longest(high) => write!(f, "Member must have length less than or equal to {high}"),
            Self::Shortest(low) => write!(f, "Member must have length greater than or equal to {low}"),
            Self::Greatest(high) => write!(f, "Member must have value less than or equal to {high}"),
            Self::Least(low) => write!(f, "Member must have value greater than or equal to {low}"),
            Self::Pattern(pattern) => {
                write!(f, "Member must satisfy regular expression pattern: {}", pattern.expression())
            }
        }
    }
}

/// Characters of a text (counted no further than needed to compare with `bound`), bytes of all else, elements of a list.
fn length(facet: Facet<'_>, bound: usize) -> Option<usize> {
    match facet {
        // A text of n bytes has at most n and at least n / 4 characters.
        Facet::Text(text) | Facet::Choice(text, _) => Some(text.chars().take(bound.saturating_add(1)).count()),
        Facet::Secret(bytes) | Facet::Blob(bytes) => Some(bytes.len()),
        Facet::Many(len) => Some(len),
        Facet::Number(_) | Facet::Bool(_) | Facet::Time(_) | Facet::Structure => None,
    }
}

/// The one error that tells all violations, under the code of the service that was spoken to.
pub(crate) fn violated(service: &str, found: &[Violation]) -> Error {
    let count = found.len();
    let mut text = format!("{count} validation error{} detected: ", if count == 1 { "" } else { "s" });
    for (index, violation) in found.iter().enumerate() {
        let _ = write!(text, "{}{violation}", if index == 0 { "" } else { "; " });
    }
    Error::new(codes::validation(service), text)
}

/// The error for a body that could not be taken.
pub(crate) fn refused(service: &str, refused: Refused) -> Error {
    match refused {
        Refused::Malformed(malformed) => {
            Error::new(codes::serialization(service), format!("byte {}: {}", malformed.at, malformed.what))
        }
        Refused::Invalid(found) => violated(service, &found),
    }
}
