//! Goal: what the index finds is what looking through all grants finds, and it looks at as few rows whether there is one grant or
//! ten thousand. Method: the rows of one grantee in a map, filled as the ledger fills them.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::clock::Timestamp;

fn pairs(of: &[(&str, &str)]) -> Vec<(Text, Text)> {
    of.iter().map(|(key, value)| (Text::from(*key), Text::from(*value))).collect()
}
fn grant(number: u16, operations: &[&str], constraint: Option<Constraint>) -> Grant {
    let mut id = [0; 32];
    id[..2].copy_from_slice(&number.to_be_bytes());
    Grant {
        id: hex(&id),
        key: [1; 16],
        grantee: Text::from("arn:aws:iam::000000000000:user/u"),
        grantee_id: Some(Text::from("AIDAX")),
        retiring: None,
        retiring_id: None,
        operations: operations.iter().map(|word| Text::from(*word)).collect(),
        constraint,
        name: None,
        issuer: Text::from("arn:aws:iam::000000000000:root"),
        parent: None,
        created: Timestamp::default(),
    }
}

/// The rows; of a class only the newest grant, which is what a decision sees.
#[derive(Default)]
struct Rows {
    rows: BTreeMap<Slot, GrantsRow>,
    looked_at: Cell<usize>,
}
impl Rows {
    fn of(grants: &[Grant]) -> Self {
        let mut rows = Self::default();
        for grant in grants {
            for (slot, operations) in homes(grant) {
                let id = crate::model::hex::unhex(&grant.id).unwrap();
                rows.rows.entry(slot).or_default().set_first(operations, Some(id));
            }
            for (slot, way) in ways(grant) {
                *rows.rows.entry(slot).or_default().way(way) += 1;
            }
        }
        rows
    }
    fn find(&self, need: &Need<'_>) -> Option<Text> {
        find(need, &mut |slot| {
            self.looked_at.set(self.looked_at.get() + 1);
            Ok(Arc::new(self.rows.get(slot).cloned().unwrap_or_default()))
        })
        .unwrap()
    }
    fn cost(&self, need: &Need<'_>) -> usize {
        self.looked_at.set(0);
        let _ = self.find(need);
        self.looked_at.get()
    }
}

#[test]
fn a_decision_looks_at_as_many_rows_with_ten_thousand_grants_as_with_one() {
    let text = |number: u16| Text::from(number.to_string());
    for exactly in [true, false] {
        let made = |count: u16| -> Vec<Grant> {
            let of = |number| {
                let pairs = vec![(Text::from("app"), Text::from("a")), (Text::from("tenant"), text(number))];
                if exactly { Constraint::Equals(pairs) } else { Constraint::Subset(pairs) }
            };
            (0..count).map(|number| grant(number, &["Decrypt"], Some(of(number)))).collect()
        };
        let (one, many) = (Rows::of(&made(1)), Rows::of(&made(10_000)));
        for (tenant, allowed) in [("0", true), ("no", false)] {
            let need = Need::to_use("Decrypt", [("app", "a"), ("tenant", tenant)]);
            assert_eq!((one.find(&need).is_some(), many.find(&need).is_some()), (allowed, allowed));
            assert_eq!(one.cost(&need), many.cost(&need));
            assert!(many.cost(&need) <= 6, "{}", many.cost(&need));
        }
        let need = Need::to_use("Decrypt", [("app", "a"), ("tenant", "9999")]);
        assert_eq!(many.find(&need), Some(grant(9_999, &[], None).id));
        assert!(many.cost(&need) <= 6);
        assert_eq!(many.cost(&Need::to_use("DescribeKey", [])), one.cost(&Need::to_use("DescribeKey", [])));
    }
    let alike = |count: u16| Rows::of(&(0..count).map(|number| grant(number, &["Decrypt"], None)).collect::<Vec<_>>());
    let need = Need::to_use("Decrypt", [("a", "1")]);
    assert_eq!((alike(1).cost(&need), alike(10_000).cost(&need)), (1, 1));
    let largest = alike(10_000).rows.into_values().map(|row| row.classes.len()).max();
    assert_eq!(largest, Some(1), "grants that allow the same are one class");
}

#[test]
fn every_set_of_operations_fits_in_one_row() {
    let names: Vec<&str> = OPERATIONS.iter().map(|(name, _)| *name).collect();
    let mut row = GrantsRow::default();
    for bits in 1..1_u16 << names.len() {
        let chosen = names.iter().enumerate().filter(|(place, _)| bits >> place & 1 == 1).map(|(_, name)| *name);
        row.set_first(Operations::of(chosen).unwrap(), Some([7; 32]));
    }
    assert_eq!(row.classes.len(), (1 << names.len()) - 1);
    assert!(row.classes.len() * 34 < 1 << 20, "below the largest row");
    assert_eq!(Operations::of(["Decrypt", "Sign"]), None);
}

#[test]
fn slots_of_different_things_are_different() {
    let slots = [
        Slot::head(),
        Slot::free(),
        Slot::exactly([]),
        Slot::within([]),
        Slot::exactly([("a", "b")]),
        Slot::within([("a", "b")]),
        Slot::within([("ab", "")]),
        Slot::within([("", "ab")]),
        Slot::within([("a", "b"), ("c", "d")]),
        Slot::within([("a", "bc"), ("", "d")]),
    ];
    for (place, slot) in slots.iter().enumerate() {
        assert!(slots.iter().skip(place + 1).all(|other| other != slot), "{slot:?}");
    }
    let named = |change: fn(&mut Grant)| {
        let mut made = grant(1, &["Decrypt"], None);
        made.name = Some(Text::from("n"));
        change(&mut made);
        Slot::named(&made)
    };
    let first = named(|_| ());
    assert!(first.is_some() && named(|grant| grant.name = None).is_none());
    assert_eq!(named(|grant| grant.issuer = Text::from("other")), first);
    for other in [
        named(|grant| grant.name = Some(Text::from("m"))),
        named(|grant| grant.grantee = Text::from("other")),
        named(|grant| grant.retiring = Some(Text::from("other"))),
        named(|grant| grant.retiring_id = Some(Text::from("other"))),
        named(|grant| grant.operations = vec![Text::from("Encrypt")]),
        named(|grant| grant.constraint = Some(Constraint::Subset(Vec::new()))),
        named(|grant| grant.constraint = Some(Constraint::Equals(Vec::new()))),
    ] {
        assert!(other != first && other.is_some());
    }
}

fn context() -> impl Strategy<Value = Vec<(&'static str, &'static str)>> {
    let pair = (prop::sample::select(vec!["a", "b", "c", "d"]), prop::sample::select(vec!["1", "2"]));
    prop::collection::btree_map(pair.clone().prop_map(|(key, _)| key), pair.prop_map(|(_, value)| value), 0..4)
        .prop_map(|map| map.into_iter().collect())
}
fn constraint() -> impl Strategy<Value = Option<Constraint>> {
    (context(), 0..3).prop_map(|(of, kind)| match kind {
        0 => None,
        1 => Some(Constraint::Equals(pairs(&of))),
        _ => Some(Constraint::Subset(pairs(&of))),
    })
}
fn operations() -> impl Strategy<Value = Vec<&'static str>> {
    prop::sample::subsequence(vec!["CreateGrant", "Decrypt", "DescribeKey", "Encrypt"], 1..4)
}

proptest! {
    /// Whatever the grants and the need: found exactly if some grant gives it, and what is found gives it.
    #[test]
    fn what_is_found_is_what_looking_through_all_finds(
        drawn in prop::collection::vec((operations(), constraint()), 0..12),
        old in prop::collection::vec((operations(), constraint()), 0..3),
        asked in context(),
        child in (operations(), constraint()),
    ) {
        let made = |first: u16, drawn: Vec<(Vec<&'static str>, Option<Constraint>)>| -> Vec<Grant> {
            (first..).zip(drawn).map(|(number, (operations, constraint))| grant(number, &operations, constraint)).collect()
        };
        let (grants, old) = (made(0, drawn), made(1_000, old));
        let mut rows = Rows::of(&grants);
        // Grants of before lie in the head.
        rows.rows.entry(Slot::head()).or_default().grants.clone_from(&old);
        let needs = ["Decrypt", "Encrypt", "DescribeKey", "Sign"].map(|name| Need::to_use(name, asked.iter().copied()));
        let creates = Need::to_create(child.0, child.1);
        for need in needs.iter().chain([&creates, &Need::none()]) {
            let giving: Vec<&Grant> = grants.iter().chain(&old).filter(|grant| need.is_met_by(grant)).collect();
            match rows.find(need) {
                Some(found) => prop_assert!(giving.iter().any(|grant| grant.id == found), "{:?} {:?}", need, found),
                None => prop_assert!(giving.is_empty(), "{:?} {:?}", need, giving),
            }
        }
    }
}
