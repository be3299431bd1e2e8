//! Goal: a list from the catalogue is the list of its view, whatever was committed before, between and behind; and it stays
//! within its bounds.

use std::sync::Arc;

use super::*;
use crate::clock::Timestamp;
use crate::ledger::look::Fetch as _;
use crate::model::filter::{Filters, Sort, Wanted};
use crate::operation::secretsmanager::{CreateSecret, DeleteSecret, ListSecrets, UpdateSecret};
use crate::testing::{ManualClock, SeededEntropy};
use crate::{Builder, Strongroom, Unlock};

fn builder() -> Builder {
    let clock = ManualClock::at(Timestamp::from_millis(1_800_000_000_123));
    Strongroom::builder().clock(clock).entropy(SeededEntropy::new(3))
}
fn room_of(builder: Builder, secrets: usize) -> Strongroom {
    let room = builder.create_in_memory(Unlock::root_key([7; 32].as_slice())).unwrap();
    for number in 0..secrets {
        let request = CreateSecret::text(format!("s{number:04}"), "v").description("Some Words of it");
        room.root().create_secret(request).unwrap();
    }
    room
}
/// Names, from A to Z, as this view has them.
fn names(view: &View<'_>) -> Vec<String> {
    let filters = Filters::default();
    let wanted = Wanted {
        filters: &filters,
        sort: Sort::read(Some("name"), None),
        planned: true,
        valued: false,
        region: "us-east-1",
        observed: Timestamp::default(),
        after: None,
        limit: 10_000,
    };
    view.search(&wanted).unwrap().names().0.iter().map(ToString::to_string).collect()
}
fn kept(room: &Strongroom) -> Vec<Option<Arc<Shelf>>> {
    let slots = room.room().ledger.catalogue.slots.iter();
    slots.map(|slot| slot.read().unwrap().as_ref().map(|kept| Arc::clone(&kept.shelf))).collect()
}

#[test]
fn a_view_is_shown_what_it_has_and_nothing_of_before_or_after() {
    let room = room_of(builder(), 40);
    let ledger = &room.room().ledger;
    let old = ledger.view().unwrap();
    let before = names(&old);
    assert_eq!(before.len(), 40);
    room.root().create_secret(CreateSecret::text("new", "v")).unwrap();
    room.root().delete_secret(DeleteSecret::new("s0007").force_delete_without_recovery(true)).unwrap();
    let new = ledger.view().unwrap();
    let after = names(&new);
    assert!(after.contains(&"new".to_owned()) && !after.contains(&"s0007".to_owned()));
    // By turns, so that each finds the shelves that the other left behind.
    for _ in 0..3 {
        assert_eq!(names(&old), before);
        assert_eq!(names(&new), after);
    }
}

#[test]
fn a_commit_costs_the_next_list_the_shelves_of_its_rows_alone() {
    let room = room_of(builder(), 300);
    let root = room.root();
    root.list_secrets(ListSecrets::new()).unwrap();
    let before = kept(&room);
    assert!(before.iter().all(Option::is_some));
    root.list_secrets(ListSecrets::new()).unwrap();
    root.update_secret(UpdateSecret::new("s0123").description("Other Words")).unwrap();
    root.list_secrets(ListSecrets::new()).unwrap();
    let after = kept(&room);
    let renewed = before
        .iter()
        .zip(&after)
        .filter(|(old, new)| !Arc::ptr_eq(old.as_ref().unwrap(), new.as_ref().unwrap()))
        .count();
    // The secret's row, and perhaps that of the clock or of a key.
    assert!((1..=4).contains(&renewed), "{renewed}");
    let found = |words: &str| {
        let filter = crate::operation::secretsmanager::Filter::by("description", [words]);
        root.list_secrets(ListSecrets::new().filters(vec![filter])).unwrap().secret_list.len()
    };
    assert_eq!((found("other"), found("some")), (1, 100), "a page of the rest");
}

#[test]
fn it_never_takes_more_than_its_share_and_lists_go_on_without_it() {
    for bytes in [0, 20_000, 100_000, 10 << 20] {
        let room = room_of(builder().cache_bytes(bytes), 500);
        let ledger = &room.room().ledger;
        for _ in 0..3 {
            assert_eq!(names(&ledger.view().unwrap()).len(), 500, "{bytes} bytes");
        }
        assert!(ledger.catalogue.weight() <= bytes / 100 * 62, "{bytes} bytes");
        assert_eq!(kept(&room).iter().all(Option::is_some), bytes == 10 << 20, "{bytes} bytes");
        let counted: usize = kept(&room).iter().flatten().map(|shelf| shelf.bytes()).sum();
        assert!(counted <= ledger.catalogue.weight());
        // Opened secrets and the catalogue share one budget.
        for number in 0..500 {
            room.root().get_secret_value(format!("s{number:04}")).unwrap();
        }
        assert!(ledger.caches.secrets.weight() + ledger.catalogue.weight() <= bytes / 100 * 65, "{bytes} bytes");
    }
}

#[test]
fn a_locked_store_keeps_none_of_it() {
    let room = room_of(builder(), 20);
    room.root().list_secrets(ListSecrets::new()).unwrap();
    assert!(room.room().ledger.catalogue.weight() > 0);
    room.lock();
    assert_eq!(room.room().ledger.catalogue.weight(), 0);
    assert!(kept(&room).iter().all(Option::is_none));
    assert!(room.root().list_secrets(ListSecrets::new()).is_err());
}

#[test]
fn a_list_in_a_change_sees_what_the_change_has_written() {
    let room = room_of(builder(), 5);
    let ledger = &room.room().ledger;
    let change = ledger.change().unwrap();
    let filters = Filters::default();
    let wanted = Wanted {
        filters: &filters,
        sort: Sort::read(None, None),
        planned: false,
        valued: true,
        region: "us-east-1",
        observed: Timestamp::from_millis(1_800_000_000_123),
        after: None,
        limit: 3,
    };
    let (names, more) = change.search(&wanted).unwrap().names();
    assert_eq!((names.len(), more), (3, true));
}
