//! The ledger: the only room that knows how a store is kept.
//!
//! The lower half takes sealed rows in and gives sealed rows out. From the bottom:
//! [`mod@file`] opens the file, [`backend`] puts the database behind the header, [`overlay`] keeps writes from a disk, [`region`] writes the header copies,
//! [`manifest`] says what the set hash and the commit row are, [`engine`] runs transactions and is the one place that
//! names redb (with `backend`, which implements its storage trait).
//!
//! The upper half knows what rows mean: [`record`] turns bytes into stored values, [`tables`] names rows, [`look`] gives
//! facts to the gate and rows to a pass, from a [`view`] (with the [`cache`] before it, and the [`catalogue`] for lists) or
//! within a [`change`]; [`journal`] is what the audit chain holds, [`trail`] how reads get into it, [`accesses`] what waits to be written, [`shred`] what is to
//! be out of reach, [`renew`] moves all of it to a file under other keys, [`watch`] who waits for a commit.

mod accesses;
mod backend;
mod cache;
mod catalogue;
mod change;
mod engine;
mod error;
mod fault;
mod file;
mod floods;
mod journal;
mod look;
mod manifest;
mod overlay;
pub(crate) mod record;
mod region;
mod renew;
mod shred;
mod store;
mod table;
mod tables;
mod trail;
mod view;
mod watch;

pub(crate) use backend::Storage;
pub(crate) use change::{Change, Saved};
pub use engine::Check;
pub(crate) use engine::{Copied, Engine, Options};
pub(crate) use error::EngineError;
pub(crate) use look::{Keys, KeysDue, Known, Look, Principals, SecretsDue, compile_key_policy, compile_secret_policy};
pub(crate) use record::Tombstone;
pub(crate) use region::{Header, read_region};
pub(crate) use store::Ledger;
pub(crate) use trail::Pending;
pub(crate) use view::View;
pub(crate) use watch::{Marks, Watched};
