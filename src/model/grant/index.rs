//! Where a grant is found. A key may have 50,000 grants, all of one grantee: a decision must not look through them.
//!
//! Grants of one grantee on one key that allow the same are of one class: same operations, same constraint. A decision asks for
//! a class, and takes whichever grant of it comes first. Classes stand in rows by what their constraint takes:
//!
//! | slot | found by |
//! |---|---|
//! | head | grants without a constraint; and how many grants the other slots have |
//! | exactly | the encryption context itself |
//! | within | one pair after the other, by key: each row tells how many grants need further pairs |
//! | free | grants with a constraint, by those of their operations that it does not bind |
//! | named | name and all other parameters: the grant that a repeated request means |

use serde::{Deserialize, Serialize};

use super::{Constraint, Grant, OPERATIONS, free_of_constraint};
use crate::error::Error;
use crate::model::hex::hex;
use crate::name::Text;

/// A set of grant operations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Operations(u16);

impl Operations {
    /// `None`: one of them cannot be granted on any key.
    pub(crate) fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        names.into_iter().try_fold(Self(0), |all, name| {
            let place = OPERATIONS.iter().position(|(known, _)| *known == name)?;
            Some(Self(all.0 | 1_u16.checked_shl(u32::try_from(place).ok()?)?))
        })
    }
    /// What is in both.
    fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
    fn is_empty(self) -> bool {
        self.0 == 0
    }
    pub(crate) fn has(self, needed: Self) -> bool {
        self.and(needed) == needed
    }
}

/// What a request needs of a grant.
#[derive(Clone, Debug)]
pub(crate) struct Need<'a> {
    /// `None`: no grant has it.
    operations: Option<Operations>,
    under: Under<'a>,
}
#[derive(Clone, Debug)]
enum Under<'a> {
    /// Whatever the constraint.
    Anything,
    /// An encryption context, sorted by key.
    Context(Vec<(&'a str, &'a str)>),
    /// A constraint that is at least as strict.
    Floor(Option<Constraint>),
}
impl<'a> Need<'a> {
    /// To do this under this encryption context, which has no key twice.
    pub(crate) fn to_use(operation: &str, context: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let operations = Operations::of([operation]);
        if free_of_constraint(operation) {
            return Self { operations, under: Under::Anything };
        }
        let mut pairs: Vec<_> = context.into_iter().collect();
        pairs.sort_unstable();
        Self { operations, under: Under::Context(pairs) }
    }
    /// To create a grant with no other right than this one: the child has no operation that its parent lacks, and a constraint
    /// at least as strict.
    pub(crate) fn to_create<'n>(operations: impl IntoIterator<Item = &'n str>, constraint: Option<Constraint>) -> Self {
        let operations = Operations::of(operations.into_iter().chain(["CreateGrant"]));
        Self { operations, under: Under::Floor(constraint) }
    }
    /// What no grant gives.
    pub(crate) fn none() -> Self {
        Self { operations: None, under: Under::Anything }
    }
    /// Does this grant give it? Whether the caller is its grantee is for the gate to say.
    pub(crate) fn is_met_by(&self, grant: &Grant) -> bool {
        let own = Operations::of(grant.operations.iter().map(Text::as_str));
        let lists = self.operations.zip(own).is_some_and(|(needed, own)| own.has(needed));
        lists
            && grant.constraint.as_ref().is_none_or(|constraint| match &self.under {
                Under::Anything => true,
                Under::Context(pairs) => constraint.holds(pairs),
                Under::Floor(child) => child.as_ref().is_some_and(|child| child.at_least_as_strict_as(constraint)),
            })
    }
}

/// Tells apart the rows of one grantee on one key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Slot(Box<[u8]>);

impl Slot {
    /// Also where releases of before kept all grants of the grantee.
    pub(crate) fn head() -> Self {
        Self(Box::default())
    }
    fn free() -> Self {
        Self(Box::from(*b"f"))
    }
    fn exactly<'p>(pairs: impl IntoIterator<Item = (&'p str, &'p str)>) -> Self {
        Self::of(b'e', pairs.into_iter().flat_map(|(key, value)| [key, value]))
    }
    fn within<'p>(pairs: impl IntoIterator<Item = (&'p str, &'p str)>) -> Self {
        Self::of(b'w', pairs.into_iter().flat_map(|(key, value)| [key, value]))
    }
    /// `None`: without a name no request is a repeat.
    pub(crate) fn named(grant: &Grant) -> Option<Self> {
        let name = grant.name.as_ref()?;
        let optional = |text: &'_ Option<Text>| text.clone().unwrap_or_default();
        let constraint = match &grant.constraint {
            None => "",
            Some(Constraint::Equals(_)) => "e",
            Some(Constraint::Subset(_)) => "w",
        };
        let (retiring, retiring_id) = (optional(&grant.retiring), optional(&grant.retiring_id));
        let operations = grant.operations.join(",");
        let pairs = grant.constraint.iter().flat_map(Constraint::pairs);
        let fixed = [name.as_str(), &grant.grantee, &retiring, &retiring_id, &operations, constraint];
        Some(Self::of(b'n', fixed.into_iter().chain(pairs.flat_map(|(key, value)| [key.as_str(), value.as_str()]))))
    }
    /// Each text behind its length, so that no two lists give one slot.
    fn of<'t>(kind: u8, texts: impl IntoIterator<Item = &'t str>) -> Self {
        let mut bytes = vec![kind];
        for text in texts {
            bytes.extend_from_slice(&u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
            bytes.extend_from_slice(text.as_bytes());
        }
        Self(bytes.into_boxed_slice())
    }
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// A row of the index.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct GrantsRow {
    /// All grants of the grantee, oldest first, as releases of before kept them: in the head alone, until it is next written.
    pub grants: Vec<Grant>,
    /// By operations.
    pub classes: Vec<Class>,
    /// How many grants stand in the slots beyond: those that take a context exactly …
    pub exactly: u32,
    /// … those that take contexts with further pairs than this slot's …
    pub within: u32,
    /// … and those in the free slot.
    pub free: u32,
}
/// Grants that allow the same, and the first of them; each knows the next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Class {
    pub operations: Operations,
    pub first: [u8; 32],
}

impl GrantsRow {
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
    /// The first grant of a class that has these operations.
    fn first(&self, needed: Operations) -> Option<&[u8; 32]> {
        self.classes.iter().find(|class| class.operations.has(needed)).map(|class| &class.first)
    }
    /// The first grant of the class of exactly these operations.
    pub(crate) fn first_of(&self, operations: Operations) -> Option<[u8; 32]> {
        self.classes.iter().find(|class| class.operations == operations).map(|class| class.first)
    }
    /// Sets it; `None`: the class is empty.
    pub(crate) fn set_first(&mut self, operations: Operations, first: Option<[u8; 32]>) {
        self.classes.retain(|class| class.operations != operations);
        if let Some(first) = first {
            let place = self.classes.partition_point(|class| class.operations < operations);
            self.classes.insert(place, Class { operations, first });
        }
    }
    /// The count of that way, for a grant that comes or goes.
    pub(crate) fn way(&mut self, way: Way) -> &mut u32 {
        match way {
            Way::Exactly => &mut self.exactly,
            Way::Within => &mut self.within,
            Way::Free => &mut self.free,
        }
    }
}

/// The slots that a grant stands in, each with the operations of its class there: one, and the free slot if it needs that.
pub(crate) fn homes(grant: &Grant) -> Vec<(Slot, Operations)> {
    let all = Operations::of(grant.operations.iter().map(Text::as_str)).unwrap_or_default();
    let Some(constraint) = &grant.constraint else { return vec![(Slot::head(), all)] };
    let pairs = texts(constraint.pairs());
    let own = match constraint {
        Constraint::Equals(_) => Slot::exactly(pairs),
        Constraint::Subset(_) => Slot::within(pairs),
    };
    let free = free(all);
    let mut homes = vec![(own, all)];
    if !free.is_empty() {
        homes.push((Slot::free(), free));
    }
    homes
}
/// What leads to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Exactly,
    Within,
    Free,
}
/// The slots that count a grant that stands beyond them.
pub(crate) fn ways(grant: &Grant) -> Vec<(Slot, Way)> {
    let mut ways = Vec::new();
    match &grant.constraint {
        None => {}
        Some(Constraint::Equals(_)) => ways.push((Slot::head(), Way::Exactly)),
        Some(Constraint::Subset(pairs)) => {
            ways.push((Slot::head(), Way::Within));
            ways.extend((0..pairs.len()).map(|len| (Slot::within(texts(pairs).take(len)), Way::Within)));
        }
    }
    if homes(grant).len() > 1 {
        ways.push((Slot::head(), Way::Free));
    }
    ways
}
fn free(operations: Operations) -> Operations {
    let free = OPERATIONS.iter().map(|(name, _)| *name).filter(|name| free_of_constraint(name));
    operations.and(Operations::of(free).unwrap_or_default())
}
fn texts(pairs: &[(Text, Text)]) -> impl Iterator<Item = (&str, &str)> {
    pairs.iter().map(|(key, value)| (key.as_str(), value.as_str()))
}

/// How the rows of one grantee on one key are looked at.
pub(crate) type LookAt<'l> = dyn FnMut(&Slot) -> Result<std::sync::Arc<GrantsRow>, Error> + 'l;

/// A grant that gives what is needed, if there is one; its id.
pub(crate) fn find(need: &Need<'_>, look: &mut LookAt<'_>) -> Result<Option<Text>, Error> {
    let Some(operations) = need.operations else { return Ok(None) };
    let head = look(&Slot::head())?;
    if let Some(grant) = head.grants.iter().find(|grant| need.is_met_by(grant)) {
        return Ok(Some(grant.id.clone()));
    }
    if let Some(first) = head.first(operations) {
        return Ok(Some(hex(first)));
    }
    let (pairs, exact) = match &need.under {
        Under::Anything if head.free > 0 => {
            return Ok(look(&Slot::free())?.first(operations).map(hex));
        }
        Under::Anything | Under::Floor(None) => return Ok(None),
        Under::Context(pairs) => (pairs.clone(), true),
        Under::Floor(Some(child)) => (texts(child.pairs()).collect(), matches!(child, Constraint::Equals(_))),
    };
    if exact
        && head.exactly > 0
        && let Some(first) = look(&Slot::exactly(pairs.iter().copied()))?.first(operations)
    {
        return Ok(Some(hex(first)));
    }
    if head.within == 0 {
        return Ok(None);
    }
    descend(operations, &mut Vec::new(), &pairs, look)
}

/// The constraints that begin with the pairs of `taken`, and go on with some of `rest`. No deeper than constraints are long:
/// where none goes on, nothing more is looked at.
fn descend<'p>(
    operations: Operations,
    taken: &mut Vec<(&'p str, &'p str)>,
    rest: &[(&'p str, &'p str)],
    look: &mut LookAt<'_>,
) -> Result<Option<Text>, Error> {
    let row = look(&Slot::within(taken.iter().copied()))?;
    if let Some(first) = row.first(operations) {
        return Ok(Some(hex(first)));
    }
    if row.within == 0 {
        return Ok(None);
    }
    let mut rest = rest;
    while let Some((pair, behind)) = rest.split_first() {
        taken.push(*pair);
        let found = descend(operations, taken, behind, look)?;
        taken.pop();
        if found.is_some() {
            return Ok(found);
        }
        rest = behind;
    }
    Ok(None)
}

#[cfg(test)]
mod tests;
