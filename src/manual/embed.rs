//! Embed in an app: one crate, one file, no service beside it.
//!
//! # The shape of it
//!
//! `main` opens the store and keeps it. Every part of the app gets a [`Session`](crate::Session) of a principal of its own, and
//! can do what that principal's policies allow:
//!
//! ```
//! use strongroom::operation::iam::{CreateUser, PutUserPolicy};
//! use strongroom::operation::secretsmanager::CreateSecret;
//! use strongroom::{Error, Session, Strongroom, Unlock};
//!
//! fn billing(session: &Session) -> Result<usize, Error> {
//!     Ok(session.get_secret_value("billing/db")?.value().len())
//! }
//!
//! fn main() -> Result<(), Error> {
//!     # let folder = tempfile::tempdir().unwrap();
//!     # let path = folder.path().join("app.strongroom");
//!     # let unlock = || Unlock::root_key([7; 32].as_slice());
//!     let room = Strongroom::create(&path, unlock())?; // `open` at every other start
//!     let root = room.root();
//!     root.create_secret(CreateSecret::text("billing/db", "hunter2"))?;
//!     root.iam().create_user(CreateUser::new("billing"))?;
//!     root.iam().put_user_policy(PutUserPolicy::new("billing", "own", r#"{"Version": "2012-10-17", "Statement": {
//!         "Effect": "Allow", "Action": "secretsmanager:GetSecretValue",
//!         "Resource": "arn:aws:secretsmanager:*:*:secret:billing/*"}}"#))?;
//!     assert_eq!(billing(&room.session("user/billing")?)?, 7);
//!     Ok(())
//! }
//! ```
//!
//! `examples/embed.rs`, `assume_role.rs` and `customer_key.rs` are whole programs of this kind.
//!
//! # Choices
//!
//! | question | answer |
//! |---|---|
//! | How is the store unlocked? | by what the operator gives: a key file or a systemd credential where nobody types, a passphrase where somebody does, several at once ([`Unlock`](crate::Unlock)); keep a second way in (`strongroom slot add`) |
//! | Threads? | [`Strongroom`](crate::Strongroom) and [`Session`](crate::Session) go to any thread. Reads go side by side, changes one after the other |
//! | Async? | every call is synchronous. A get takes microseconds and touches the disk seldom: call it where you are. A change waits for the disk: use your runtime's way for blocking work |
//! | Who calls what is due? | the app: [`Strongroom::run_due`](crate::Strongroom::run_due) once a minute or once an hour. Nothing runs by itself |
//! | Where do records of reads go? | to the sink that the app gives ([`Builder::audit`](crate::Builder::audit)); into the store's own journal as [`Builder::read_audit`](crate::Builder::read_audit) says, by default not at all. Changes are always there |
//! | And if reads are strict? | each waits for the disk, threads that wait together share one sync; a thread that must not wait calls [`Session::hold`](crate::Session::hold) and has another one open the answer. Within a transaction its own thread reads on the transaction |
//! | Memory? | 16 MiB of opened rows and 64 MiB of pages at most ([`Builder::cache_bytes`](crate::Builder::cache_bytes), [`Builder::page_cache_bytes`](crate::Builder::page_cache_bytes)) |
//! | Debug builds crawl? | Argon2 does, unoptimised: `[profile.dev.package."*"] opt-level = 3`, or a key file while you develop |
//! | Tests? | [`Builder::create_in_memory`](crate::Builder::create_in_memory), and with the feature `testing` a clock and randomness that repeat |
//!
//! # What goes wrong
//!
//! | [`ErrorKind`](crate::ErrorKind) | what it means for the app |
//! |---|---|
//! | `Busy` | another process has the file: one app, one store |
//! | `AuditUnavailable` | no record, so no answer: the disk, or the app's own sink |
//! | `AccessDenied` | a policy is missing; `strongroom policy explain` says which statement decided |
//! | `NotFound` | no such secret, version or label, for one who may know |
//! | `WrongUnlock` | not what this store was sealed with |
//! | `Damaged`, `Tampered` | the file is not what was written: restore a backup, and find out why |
