//! Signatures of calls that change something: each is taken once.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use strongroom::clock::Timestamp;

/// What came of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Noted {
    /// It is new.
    New,
    /// It was there before, or may have been.
    Again,
    /// There is no room for more: nothing more is taken until some have expired.
    Full,
}

/// Signatures that were seen within the window of their time; after that the window itself keeps them out.
#[derive(Debug, Default)]
pub(crate) struct Replay(Mutex<Seen>);

#[derive(Debug, Default)]
struct Seen {
    /// When it expires, and the first eight bytes of a genuine signature: nobody without its secret makes another that begins so.
    signatures: BTreeSet<(i64, u64)>,
    /// The latest time of all: signatures that had expired by then are forgotten, though the clock may have been set back since.
    latest: i64,
}

impl Replay {
    /// Notes a signature that was found genuine.
    pub(crate) fn note(&self, signature: &[u8; 32], expires: Timestamp, now: Timestamp) -> Noted {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Seen { signatures, latest } = &mut *seen;
        *latest = now.as_secs().max(*latest);
        while signatures.first().is_some_and(|(over, _)| over < latest) {
            signatures.pop_first();
        }
        let [begin, ..] = signature.as_chunks().0 else { return Noted::Full };
        let entry = (expires.as_secs(), u64::from_be_bytes(*begin));
        if entry.0 < *latest || signatures.contains(&entry) {
            Noted::Again
        } else if signatures.len() >= CAPACITY {
            Noted::Full
        } else {
            signatures.insert(entry);
            Noted::New
        }
    }
}

/// About 16 MiB at most: 1,700 changes a second for the five minutes that a signature is good.
const CAPACITY: usize = 1 << 19;

#[cfg(test)]
mod tests {
    use super::{CAPACITY, Noted, Replay};
    use strongroom::clock::Timestamp;

    fn signature(number: u64) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&number.to_be_bytes());
        bytes
    }

    #[test]
    fn a_signature_is_new_once_until_its_time_is_over() {
        let replay = Replay::default();
        let at = Timestamp::from_secs;
        assert_eq!(replay.note(&signature(1), at(300), at(0)), Noted::New);
        assert_eq!(replay.note(&signature(2), at(300), at(0)), Noted::New);
        for now in [0, 299, 300] {
            assert_eq!(replay.note(&signature(1), at(300), at(now)), Noted::Again);
        }
        // By then the window refuses it; here its place is free.
        assert_eq!(replay.note(&signature(3), at(601), at(301)), Noted::New);
        assert_eq!(replay.0.lock().unwrap().signatures.len(), 1);
        // A clock that is set back lets none of the forgotten in.
        assert_eq!(replay.note(&signature(1), at(300), at(0)), Noted::Again);
    }

    #[test]
    fn it_is_bounded_and_refuses_what_it_cannot_remember() {
        let replay = Replay::default();
        let at = Timestamp::from_secs;
        for number in 0..CAPACITY as u64 {
            assert_eq!(replay.note(&signature(number), at(300), at(0)), Noted::New);
        }
        assert_eq!(replay.note(&signature(u64::MAX), at(301), at(0)), Noted::Full);
        assert_eq!(replay.note(&signature(7), at(300), at(0)), Noted::Again);
        assert_eq!(replay.note(&signature(u64::MAX), at(601), at(301)), Noted::New);
    }
}
