//! ARNs and patterns over them: six fields, each matched on its own, the last one with its colons and slashes.

use std::cell::OnceCell;

use crate::name::Text;
use crate::policy::context::Keys;
use crate::policy::pattern::{Glob, Match, Piece, tokens};

/// A text that patterns are held against, split at its first five colons when a pattern first needs that.
#[derive(Clone, Debug)]
pub(crate) struct Target<'a> {
    pub whole: &'a str,
    /// Where the fields end; nothing when it has fewer than six.
    fields: OnceCell<Option<Fields<'a>>>,
}

#[derive(Clone, Copy, Debug)]
struct Fields<'a> {
    /// The first five, with the colon behind each.
    head: &'a str,
    ends: [usize; 5],
    tail: &'a str,
}

impl<'a> Target<'a> {
    pub const fn new(whole: &'a str) -> Self {
        Self { whole, fields: OnceCell::new() }
    }
    /// The same for text that must be an ARN.
    pub fn arn(whole: &'a str) -> Option<Self> {
        let target = Self::new(whole);
        (whole.starts_with("arn:") && target.fields().is_some()).then_some(target)
    }
    /// The sixth field.
    pub fn tail(&self) -> Option<&'a str> {
        self.fields().map(|fields| fields.tail)
    }
    fn fields(&self) -> Option<&Fields<'a>> {
        let split = || {
            let ends = colons(self.whole.as_bytes())?;
            let [.., last] = ends;
            let (head, tail) = self.whole.split_at_checked(last.saturating_add(1))?;
            Some(Fields { head, ends, tail })
        };
        self.fields.get_or_init(split).as_ref()
    }
}

/// Where the first five colons are. Eight bytes at a time: most decisions need this.
fn colons(bytes: &[u8]) -> Option<[usize; 5]> {
    const LOW: u64 = 0x7F7F_7F7F_7F7F_7F7F;
    let mut ends = [0; 5];
    let mut places = ends.iter_mut();
    let (words, rest) = bytes.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let other = u64::from_le_bytes(*word) ^ u64::from_le_bytes([b':'; 8]);
        // The high bit of each byte that is zero, and of no other.
        let mut hits = !((other & LOW).wrapping_add(LOW) | other | LOW);
        while hits != 0 {
            let within = usize::try_from(hits.trailing_zeros() / 8).ok()?;
            match places.next() {
                Some(place) => *place = index.wrapping_mul(8).wrapping_add(within),
                None => return Some(ends),
            }
            hits &= hits.wrapping_sub(1);
        }
    }
    let start = bytes.len().saturating_sub(rest.len());
    for (at, _) in rest.iter().enumerate().filter(|(_, byte)| **byte == b':') {
        match places.next() {
            Some(place) => *place = start.saturating_add(at),
            None => break,
        }
    }
    places.next().is_none().then_some(ends)
}

/// A pattern over an ARN.
#[derive(Clone, Debug)]
pub(crate) struct ArnGlob {
    head: Head,
    tail: Glob,
}

#[derive(Clone, Debug)]
enum Head {
    /// Five literal fields, with the colon behind each.
    Literal(Text),
    Fields(Box<[Glob; 5]>),
    /// Fewer than six fields: matches nothing.
    Never,
    /// A variable that can never have a value.
    NoValue,
}

impl ArnGlob {
    /// Compiles a pattern. One with fewer than six fields matches nothing, unless it ends with `*`: then the missing
    /// fields are `*`.
    pub fn parse(text: &str, variables: bool) -> Self {
        let Ok(pieces) = tokens(text, true, variables) else {
            return Self { head: Head::NoValue, tail: Glob::NoValue };
        };
        let ends_open = matches!(pieces.last(), Some(Piece::Any));
        let mut fields = split(pieces);
        if fields.len() < 6 && ends_open {
            fields.resize_with(6, || vec![Piece::Any]);
        }
        let Ok::<[Vec<Piece>; 6], _>([arn, partition, service, region, account, tail]) = fields.try_into() else {
            // Too short to match, but no variable in it lacks a value: under `NotResource` that is another thing.
            return Self { head: Head::Never, tail: Glob::Anything };
        };
        let head = [arn, partition, service, region, account].map(Glob::from_pieces);
        let literal = head.iter().try_fold(String::new(), |sum, field| match field {
            Glob::Exact(text) => Some(sum + text + ":"),
            _ => None,
        });
        let head = literal.map_or_else(|| Head::Fields(Box::new(head)), |text| Head::Literal(Text::from(text)));
        Self { head, tail: Glob::from_pieces(tail) }
    }
    /// A pattern whose variables stand where none may.
    pub fn without_value() -> Self {
        Self { head: Head::NoValue, tail: Glob::NoValue }
    }
    /// Has it the six fields of an ARN?
    pub fn is_arn(&self) -> bool {
        !matches!(self.head, Head::Never)
    }
    pub fn matches(&self, target: &Target<'_>, keys: &dyn Keys) -> Match {
        if let Head::NoValue = self.head {
            return Match::NoValue;
        }
        let Some(fields) = target.fields() else {
            return Match::No;
        };
        let head = match &self.head {
            // Neither side has a colon within a field, so equal text is equal fields.
            Head::Literal(head) => {
                if head.as_str() != fields.head {
                    return Match::No;
                }
                Match::Yes
            }
            Head::Fields(globs) => {
                let mut start = 0;
                let mut all = Match::Yes;
                for (glob, end) in globs.iter().zip(fields.ends) {
                    let field = target.whole.get(start..end).unwrap_or_default();
                    match glob.matches(field, keys) {
                        Match::Yes => {}
                        Match::No => return Match::No,
                        Match::NoValue => all = Match::NoValue,
                    }
                    start = end.saturating_add(1);
                }
                all
            }
            Head::Never => return Match::No,
            Head::NoValue => return Match::NoValue,
        };
        match (self.tail.matches(fields.tail, keys), head) {
            (Match::Yes, head) => head,
            (other, _) => other,
        }
    }
    /// Is there any text that it could match?
    pub fn can_match(&self) -> bool {
        !matches!(self.head, Head::Never | Head::NoValue) && !matches!(self.tail, Glob::NoValue)
    }
    /// The literal text that the sixth field of every match begins with, and whether it is all of it.
    pub fn tail_prefix(&self) -> (&str, bool) {
        self.tail.literal_prefix()
    }
    pub fn globs(&self) -> impl Iterator<Item = &Glob> {
        let head: &[Glob] = if let Head::Fields(fields) = &self.head { fields.as_slice() } else { &[] };
        head.iter().chain(std::iter::once(&self.tail))
    }
}

/// Splits tokens at the first five colons of their literal text.
fn split(pieces: Vec<Piece>) -> Vec<Vec<Piece>> {
    let mut fields = vec![Vec::new()];
    let push = |fields: &mut Vec<Vec<Piece>>, piece: Piece| {
        if let Some(field) = fields.last_mut() {
            field.push(piece);
        }
    };
    for piece in pieces {
        let Piece::Literal(text) = &piece else {
            push(&mut fields, piece);
            continue;
        };
        let parts = 6_usize.saturating_sub(fields.len()).saturating_add(1);
        for (index, part) in text.splitn(parts, ':').enumerate() {
            if index > 0 {
                fields.push(Vec::new());
            }
            if !part.is_empty() {
                push(&mut fields, Piece::Literal(Text::from(part)));
            }
        }
    }
    fields
}

/// One entry of `Resource` or `NotResource`.
#[derive(Clone, Debug)]
pub(crate) enum ResourcePattern {
    /// `*`: everything, requests without resource too.
    Everything,
    Arn(ArnGlob),
}

impl ResourcePattern {
    pub fn parse(text: &str, variables: bool) -> Self {
        if text == "*" {
            return Self::Everything;
        }
        // Variables belong in the sixth field; anywhere before, none is ever substituted.
        if variables && head_has_variable(text) {
            return Self::Arn(ArnGlob::without_value());
        }
        Self::Arn(ArnGlob::parse(text, variables))
    }
    pub fn matches(&self, target: &Target<'_>, keys: &dyn Keys) -> Match {
        match self {
            Self::Everything => Match::Yes,
            Self::Arn(glob) => glob.matches(target, keys),
        }
    }
    /// Has every variable in it a value?
    pub fn has_values(&self, keys: &dyn Keys) -> bool {
        self.globs().all(|glob| glob.has_values(keys))
            && !matches!(self, Self::Arn(ArnGlob { head: Head::NoValue, .. }))
    }
    pub fn globs(&self) -> impl Iterator<Item = &Glob> {
        let glob = if let Self::Arn(glob) = self { Some(glob) } else { None };
        glob.into_iter().flat_map(ArnGlob::globs)
    }
}

/// Does a `${` stand before the fifth colon?
pub(crate) fn head_has_variable(text: &str) -> bool {
    let Some(at) = text.find("${") else { return false };
    text.get(..at).unwrap_or_default().bytes().filter(|byte| *byte == b':').count() < 5
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::context::{MapKeys, NoKeys};

    const SECRET: &str = "arn:aws:secretsmanager:us-east-1:111122223333:secret:prod/db:x-a1b2c3";

    fn matches(pattern: &str, text: &str) -> bool {
        ResourcePattern::parse(pattern, true).matches(&Target::new(text), &NoKeys) == Match::Yes
    }

    #[test]
    fn colons_are_found_wherever_they_stand() {
        for len in 0..40 {
            for text in [
                format!("{}{}", "a;".repeat(len), ":b".repeat(7)),
                "::::::".to_owned() + &"x".repeat(len),
                "\u{ba}:".repeat(len),
            ] {
                let all: Vec<_> =
                    text.bytes().enumerate().filter(|(_, byte)| *byte == b':').map(|(at, _)| at).collect();
                let expected = all.get(..5).map(|five| <[usize; 5]>::try_from(five).unwrap());
                assert_eq!(colons(text.as_bytes()), expected, "{text}");
            }
        }
    }
    #[test]
    fn fields_are_matched_one_by_one_and_the_last_keeps_its_colons() {
        for pattern in [
            "*",
            "arn:aws:secretsmanager:us-east-1:111122223333:secret:prod/*",
            "arn:aws:secretsmanager:*:*:secret:prod/db:x-??????",
            "arn:aws:secretsmanager:us-*:1111*:*c3",
            "arn:aws:secretsmanager:*",
            "arn:*",
            "a*",
            "**",
            "arn:aws:secretsmanager:us-east-1:111122223333:*",
        ] {
            assert!(matches(pattern, SECRET), "{pattern}");
        }
        for pattern in [
            "arn:aws:secretsmanager:us-east-1::secret:prod/*",
            "arn:aws:secretsmanager::111122223333:secret:prod/*",
            "arn:aws:secretsmanager:*:secret:prod/*",
            "arn:aws:kms:*",
            "arn:aws:secretsmanager:us-east-1:111122223333",
            "arn:aws:secretsmanager:us-east-1:111122223333:secret:Prod/*",
            "arn:aws:secretsmanager:us-east-1:111122223333:secret:prod/db",
            "",
        ] {
            assert!(!matches(pattern, SECRET), "{pattern}");
        }
    }
    #[test]
    fn a_request_without_resource_is_matched_by_the_lone_star_alone() {
        assert!(matches("*", "*"));
        for pattern in ["**", "arn:*", "arn:aws:secretsmanager:*:*:*", "?"] {
            assert!(!matches(pattern, "*"), "{pattern}");
        }
    }
    #[test]
    fn a_variable_never_spreads_over_fields() {
        let keys: MapKeys = [("k", ["a:b*"])].into_iter().collect();
        let glob = ArnGlob::parse("arn:aws:s:${k}:1:x", true);
        assert_eq!(glob.matches(&Target::new("arn:aws:s:a:b*:1:x"), &keys), Match::No);
        let tail = ResourcePattern::parse("arn:aws:s:r:1:x/${k}", true);
        assert_eq!(tail.matches(&Target::new("arn:aws:s:r:1:x/a:b*"), &keys), Match::Yes);
        assert_eq!(tail.matches(&Target::new("arn:aws:s:r:1:x/a:bc"), &keys), Match::No);
        assert_eq!(tail.matches(&Target::new("arn:aws:s:r:1:x/a"), &NoKeys), Match::NoValue);
        assert_eq!(
            ResourcePattern::parse("arn:aws:s:${k}:1:x", true).matches(&Target::new("arn:aws:s:r:1:x"), &keys),
            Match::NoValue
        );
        assert_eq!(
            ResourcePattern::parse("arn:aws:s:r:1:${k}", false).matches(&Target::new("arn:aws:s:r:1:${k}"), &keys),
            Match::Yes
        );
    }
}
