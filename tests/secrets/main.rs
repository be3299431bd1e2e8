//! Goal: Secrets Manager from outside, as its documentation and its recorded answers have it: codes and texts to the byte.
//! Method: one store in memory a test, driven through sessions; most of what is asked for here must be refused.
#![allow(
    clippy::pedantic,
    clippy::drop_non_drop,
    clippy::manual_strip,
    dropping_copy_types,
    reason = "tests read better short"
)]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

#[path = "../common/mod.rs"]
mod common;
#[path = "../support/random.rs"]
mod random;

mod accounts;
mod audit;
mod batch;
mod conditions;
mod dates;
mod deletion;
mod expiry;
mod identifiers;
mod keys;
mod labels;
mod limits;
mod lists;
mod newer;
mod passwords;
mod policies;
mod principals;
mod repeats;
mod secrecy;
mod tags;
mod transactions;
mod typed;
mod values;
mod watch;
