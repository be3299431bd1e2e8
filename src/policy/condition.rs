//! Conditions: operators, set operators, `IfExists`, and what they say about absent, several and malformed values.
//!
//! Source: the IAM user guide's pages on condition operators and on multivalued context keys. A value that does not parse
//! for its operator makes a positive comparison false; under a negated operator it counts against the caller: an Allow
//! does not apply, a Deny does.

use crate::name::Text;
use crate::policy::context::{Keys, Value, Values};
use crate::policy::document;
use crate::policy::key::Key;
use crate::policy::many::Effort;
use crate::policy::pattern::{Glob, Match, Variable};
use crate::policy::resource::ArnGlob;
use crate::policy::scalar::{self, Block, Decimal, Instant, Number};

/// One key under one operator, compiled.
#[derive(Clone, Debug)]
pub(crate) struct Condition {
    pub key: Key,
    pub operator: Operator,
    /// The operator as the policy writes it.
    pub written: Text,
    values: Tests,
}

/// An operator's name, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Operator {
    pub family: Family,
    pub negated: bool,
    pub quantifier: Quantifier,
    pub if_exists: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    StringEquals,
    StringEqualsIgnoreCase,
    StringLike,
    Numeric(Order),
    Date(Order),
    Bool,
    Binary,
    Ip,
    Arn,
    Null,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Equals,
    LessThan,
    LessThanEquals,
    GreaterThan,
    GreaterThanEquals,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quantifier {
    None,
    All,
    Any,
}

/// The operator's name is no operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OperatorFault {
    Unknown,
    NullIfExists,
}

impl Operator {
    pub fn parse(text: &str) -> Result<Self, OperatorFault> {
        let (quantifier, rest) = if let Some(rest) = text.strip_prefix("ForAllValues:") {
            (Quantifier::All, rest)
        } else if let Some(rest) = text.strip_prefix("ForAnyValue:") {
            (Quantifier::Any, rest)
        } else {
            (Quantifier::None, text)
        };
        let (base, if_exists) = rest.strip_suffix("IfExists").map_or((rest, false), |base| (base, true));
        let &(_, family, negated) = OPERATORS.iter().find(|(name, ..)| *name == base).ok_or(OperatorFault::Unknown)?;
        match (family, if_exists, quantifier) {
            (Family::Null, true, _) => Err(OperatorFault::NullIfExists),
            (Family::Null, false, Quantifier::All | Quantifier::Any) => Err(OperatorFault::Unknown),
            _ => Ok(Self { family, negated, quantifier, if_exists }),
        }
    }
    /// Every operator's base name.
    pub fn names() -> impl Iterator<Item = &'static str> {
        OPERATORS.iter().map(|(name, ..)| *name)
    }
}

static OPERATORS: &[(&str, Family, bool)] = &[
    ("StringEquals", Family::StringEquals, false),
    ("StringNotEquals", Family::StringEquals, true),
    ("StringEqualsIgnoreCase", Family::StringEqualsIgnoreCase, false),
    ("StringNotEqualsIgnoreCase", Family::StringEqualsIgnoreCase, true),
    ("StringLike", Family::StringLike, false),
    ("StringNotLike", Family::StringLike, true),
    ("NumericEquals", Family::Numeric(Order::Equals), false),
    ("NumericNotEquals", Family::Numeric(Order::Equals), true),
    ("NumericLessThan", Family::Numeric(Order::LessThan), false),
    ("NumericLessThanEquals", Family::Numeric(Order::LessThanEquals), false),
    ("NumericGreaterThan", Family::Numeric(Order::GreaterThan), false),
    ("NumericGreaterThanEquals", Family::Numeric(Order::GreaterThanEquals), false),
    ("DateEquals", Family::Date(Order::Equals), false),
    ("DateNotEquals", Family::Date(Order::Equals), true),
    ("DateLessThan", Family::Date(Order::LessThan), false),
    ("DateLessThanEquals", Family::Date(Order::LessThanEquals), false),
    ("DateGreaterThan", Family::Date(Order::GreaterThan), false),
    ("DateGreaterThanEquals", Family::Date(Order::GreaterThanEquals), false),
    ("Bool", Family::Bool, false),
    ("BinaryEquals", Family::Binary, false),
    ("IpAddress", Family::Ip, false),
    ("NotIpAddress", Family::Ip, true),
    ("ArnEquals", Family::Arn, false),
    ("ArnLike", Family::Arn, false),
    ("ArnNotEquals", Family::Arn, true),
    ("ArnNotLike", Family::Arn, true),
    ("Null", Family::Null, false),
];

/// The policy's values, parsed. One that does not parse is absent: it equals nothing.
#[derive(Clone, Debug)]
enum Tests {
    Equal(Box<[Glob]>),
    Folded(Box<[Glob]>),
    Like(Box<[Glob]>),
    Number(Order, Box<[Option<Number>]>),
    Date(Order, Box<[Option<Instant>]>),
    Bool(Box<[Glob]>),
    Binary(Box<[Option<Box<[u8]>>]>),
    Ip(Box<[Option<Block>]>),
    Arn(Box<[ArnGlob]>),
    Null { absent: bool, present: bool },
}

/// What one request value is to the policy's values.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Equal,
    Different,
    /// The request's value does not parse for the operator.
    Malformed,
}

/// What a condition came to; more than the decision needs, for the record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub holds: bool,
    /// The key was absent.
    pub absent: bool,
    /// Some value did not parse.
    pub malformed: bool,
}

impl Condition {
    pub fn compile(written: &document::Condition<'_>, operator: Operator, variables: bool) -> Self {
        let texts = written.values.iter().map(|entry| &*entry.text);
        let globs = |wild: bool| texts.clone().map(|text| Glob::parse(text, wild, variables)).collect();
        let values = match operator.family {
            Family::StringEquals => Tests::Equal(globs(false)),
            Family::StringEqualsIgnoreCase => Tests::Folded(globs(false)),
            Family::StringLike => Tests::Like(globs(true)),
            Family::Numeric(order) => {
                Tests::Number(order, texts.map(|text| Decimal::parse(text).map(Number::from)).collect())
            }
            Family::Date(order) => Tests::Date(order, texts.map(Instant::parse).collect()),
            Family::Bool => Tests::Bool(globs(false)),
            Family::Binary => Tests::Binary(texts.map(scalar::decode).collect()),
            Family::Ip => Tests::Ip(texts.map(Block::parse).collect()),
            Family::Arn => Tests::Arn(texts.map(|text| ArnGlob::parse(text, variables)).collect()),
            Family::Null => {
                let asks = |wanted: bool| texts.clone().any(|text| scalar::parse_bool(text) == Some(wanted));
                Tests::Null { absent: asks(true), present: asks(false) }
            }
        };
        Self { key: Key::parse(&written.key.text), operator, written: Text::from(&*written.operator.text), values }
    }
    /// The texts of which the key's single value must be one, when the condition says just that: it then is false for an
    /// absent key and for several values.
    pub fn equalities(&self) -> Option<Vec<&Text>> {
        let plain =
            Operator { family: Family::StringEquals, negated: false, quantifier: Quantifier::None, if_exists: false };
        match &self.values {
            Tests::Equal(globs) if self.operator == plain => globs.iter().map(Glob::exact).collect(),
            _ => None,
        }
    }
    /// The variables in its values.
    pub fn variables(&self) -> impl Iterator<Item = &Variable> {
        let (globs, arns): (&[Glob], &[ArnGlob]) = match &self.values {
            Tests::Equal(globs) | Tests::Folded(globs) | Tests::Like(globs) | Tests::Bool(globs) => (globs, &[]),
            Tests::Arn(arns) => (&[], arns),
            Tests::Number(..) | Tests::Date(..) | Tests::Binary(_) | Tests::Ip(_) | Tests::Null { .. } => (&[], &[]),
        };
        globs.iter().chain(arns.iter().flat_map(ArnGlob::globs)).flat_map(Glob::variables)
    }
    /// Does it hold? `allow` is the statement's effect; it decides what a malformed value means.
    pub fn holds(&self, keys: &dyn Keys, allow: bool) -> bool {
        self.weigh(keys, allow).holds
    }
    pub fn weigh(&self, keys: &dyn Keys, allow: bool) -> Verdict {
        let asked = keys.values(&self.key, self.operator.quantifier == Quantifier::None);
        let effort = &mut Effort::default();
        match &asked {
            Values::One(value) => self.one(value, keys, allow, effort),
            Values::Many([one]) => self.one(&Value::Text(one), keys, allow, effort),
            Values::Absent | Values::Many([]) => self.absent(),
            Values::Many(many) => self.many(&many.iter().map(Text::as_str), keys, allow, effort),
            Values::ManyText(many) => match many.as_slice() {
                [] => self.absent(),
                [one] => self.one(&Value::Text(one), keys, allow, effort),
                many => self.many(&many.iter().copied(), keys, allow, effort),
            },
        }
    }
    fn absent(&self) -> Verdict {
        let holds = match (&self.values, self.operator.quantifier) {
            (Tests::Null { absent, .. }, _) => *absent,
            (_, Quantifier::All) => true,
            (_, Quantifier::Any) => self.operator.if_exists,
            (_, Quantifier::None) => self.operator.if_exists || self.operator.negated,
        };
        Verdict { holds, absent: true, malformed: false }
    }
    fn one(&self, value: &Value<'_>, keys: &dyn Keys, allow: bool, effort: &mut Effort) -> Verdict {
        if let Tests::Null { present, .. } = &self.values {
            return Verdict { holds: *present, ..Verdict::default() };
        }
        let (satisfied, malformed) = self.satisfies(value, keys, allow, effort);
        // A set of nothing but empty text is an empty set to ForAllValues.
        let holds = satisfied || (self.operator.quantifier == Quantifier::All && is_empty(value));
        Verdict { holds, absent: false, malformed }
    }
    fn many<'k>(
        &self,
        values: &(impl Iterator<Item = &'k str> + Clone),
        keys: &dyn Keys,
        allow: bool,
        effort: &mut Effort,
    ) -> Verdict {
        let mut malformed = false;
        let mut satisfies = |text: &str| {
            let (satisfied, fault) = self.satisfies(&Value::Text(text), keys, allow, effort);
            malformed |= fault;
            satisfied
        };
        let holds = match (&self.values, self.operator.quantifier) {
            (Tests::Null { present, .. }, _) => *present,
            // Several values and no set operator: the documentation demands one; false, for negated operators too.
            (_, Quantifier::None) => false,
            (_, Quantifier::All) => values.clone().all(str::is_empty) || values.clone().all(&mut satisfies),
            (_, Quantifier::Any) => values.clone().any(&mut satisfies),
        };
        Verdict { holds, absent: false, malformed }
    }
    /// Does this one value satisfy the operator: equal to one of the policy's values, or, negated, to none?
    fn satisfies(&self, value: &Value<'_>, keys: &dyn Keys, allow: bool, effort: &mut Effort) -> (bool, bool) {
        match (self.values.compare(value, keys, effort), self.operator.negated) {
            (Outcome::Equal, negated) => (!negated, false),
            (Outcome::Different, negated) => (negated, false),
            (Outcome::Malformed, negated) => (negated && !allow, true),
        }
    }
}

fn is_empty(value: &Value<'_>) -> bool {
    match value {
        Value::Text(text) => text.is_empty(),
        Value::Owned(text) => text.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::Time(_) => false,
    }
}

impl Tests {
    fn compare(&self, value: &Value<'_>, keys: &dyn Keys, effort: &mut Effort) -> Outcome {
        let any = |found: bool| if found { Outcome::Equal } else { Outcome::Different };
        match self {
            Self::Equal(globs) | Self::Like(globs) => any(effort.any_matches(globs, value.text().as_str(), keys)),
            Self::Folded(globs) => {
                let text = value.text();
                any(globs.iter().any(|glob| glob.equals_folded(text.as_str(), keys) == Match::Yes))
            }
            Self::Number(order, numbers) => {
                let text = value.number_text();
                let Some(asked) = Decimal::parse(text.as_str()) else { return Outcome::Malformed };
                any(numbers.iter().flatten().any(|number| order.holds(asked.compare(number.as_decimal()))))
            }
            Self::Date(order, instants) => {
                let asked = match value {
                    Value::Time(millis) => Some(Instant::from_millis(*millis)),
                    Value::Number(seconds) => Some(Instant::from_seconds(*seconds)),
                    other => Instant::parse(other.text().as_str()),
                };
                let Some(asked) = asked else { return Outcome::Malformed };
                any(instants.iter().flatten().any(|instant| order.holds(asked.cmp(instant))))
            }
            Self::Bool(globs) => {
                let Some(asked) = scalar::parse_bool(value.text().as_str()) else { return Outcome::Malformed };
                let asked = if asked { "true" } else { "false" };
                any(globs.iter().any(|glob| glob.equals_folded(asked, keys) == Match::Yes))
            }
            Self::Binary(wanted) => {
                let text = value.text();
                if !scalar::is_base64(text.as_str()) {
                    return Outcome::Malformed;
                }
                any(wanted.iter().flatten().any(|bytes| scalar::decodes_to(text.as_str(), bytes)))
            }
            Self::Ip(blocks) => {
                let Ok(asked) = value.text().as_str().parse() else { return Outcome::Malformed };
                any(blocks.iter().flatten().any(|block| block.contains(asked)))
            }
            Self::Arn(globs) => {
                let text = value.text();
                let Some(asked) = crate::policy::resource::Target::arn(text.as_str()) else {
                    return Outcome::Malformed;
                };
                any(globs.iter().any(|glob| glob.matches(&asked, keys) == Match::Yes))
            }
            // Answered from the key's presence alone.
            Self::Null { present, .. } => any(*present),
        }
    }
}

impl Order {
    fn holds(self, ordering: std::cmp::Ordering) -> bool {
        match self {
            Self::Equals => ordering.is_eq(),
            Self::LessThan => ordering.is_lt(),
            Self::LessThanEquals => ordering.is_le(),
            Self::GreaterThan => ordering.is_gt(),
            Self::GreaterThanEquals => ordering.is_ge(),
        }
    }
}
