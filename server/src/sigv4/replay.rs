//! Requests that change something: each is taken once.
//!
//! AWS's SDKs tell a call from the next, and a retry from the first try, by the headers `amz-sdk-invocation-id` and
//! `amz-sdk-request`. Some sign them; botocore adds them after it has signed, and the time of a signature counts in seconds, so
//! that two equal calls of one second have one signature. What is taken once is therefore the signature together with these
//! two headers: whoever repeats a request as it was is refused, signed or not; whoever could also change what is not signed is
//! kept out by the window alone.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use sha2::{Digest, Sha256};
use strongroom::clock::Timestamp;

use super::Head;

/// What came of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Noted {
    /// It is new.
    New,
    /// It was there before, or may have been.
    Again,
    /// There is no room for more: nothing more is taken until some have expired.
    Full,
}

/// Requests that were seen within the window of their time; after that the window itself keeps them out.
#[derive(Debug, Default)]
pub(crate) struct Replay(Mutex<Seen>);

#[derive(Debug, Default)]
struct Seen {
    /// When one expires, and the beginning of its fingerprint.
    requests: BTreeSet<(i64, u64)>,
    /// The latest time of all: requests that had expired by then are forgotten, though the clock may have been set back since.
    latest: i64,
}

impl Replay {
    /// Notes a request whose signature was found genuine.
    pub(crate) fn note(&self, fingerprint: &[u8; 32], expires: Timestamp, now: Timestamp) -> Noted {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Seen { requests, latest } = &mut *seen;
        *latest = now.as_secs().max(*latest);
        while requests.first().is_some_and(|(over, _)| over < latest) {
            requests.pop_first();
        }
        let [begin, ..] = fingerprint.as_chunks().0 else { return Noted::Full };
        let entry = (expires.as_secs(), u64::from_be_bytes(*begin));
        if entry.0 < *latest || requests.contains(&entry) {
            Noted::Again
        } else if requests.len() >= CAPACITY {
            Noted::Full
        } else {
            requests.insert(entry);
            Noted::New
        }
    }
}

/// What a request is known again by: its genuine signature, which nobody makes without the secret, and what tells retries apart.
pub(crate) fn fingerprint(signature: &[u8; 32], head: &Head<'_>) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(signature);
    for name in ["amz-sdk-invocation-id", "amz-sdk-request"] {
        let value = head.headers.get(name).map(http::HeaderValue::as_bytes).unwrap_or_default();
        hash.update(u64::try_from(value.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(value);
    }
    hash.finalize().into()
}

/// About 16 MiB at most: 1,700 changes a second for the five minutes that a signature is good.
const CAPACITY: usize = 1 << 19;

#[cfg(test)]
mod tests {
    use super::{CAPACITY, Noted, Replay};
    use strongroom::clock::Timestamp;

    fn print(number: u64) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&number.to_be_bytes());
        bytes
    }

    #[test]
    fn a_request_is_new_once_until_its_time_is_over() {
        let replay = Replay::default();
        let at = Timestamp::from_secs;
        assert_eq!(replay.note(&print(1), at(300), at(0)), Noted::New);
        assert_eq!(replay.note(&print(2), at(300), at(0)), Noted::New);
        for now in [0, 299, 300] {
            assert_eq!(replay.note(&print(1), at(300), at(now)), Noted::Again);
        }
        // By then the window refuses it; here its place is free.
        assert_eq!(replay.note(&print(3), at(601), at(301)), Noted::New);
        assert_eq!(replay.0.lock().unwrap().requests.len(), 1);
        // A clock that is set back lets none of the forgotten in.
        assert_eq!(replay.note(&print(1), at(300), at(0)), Noted::Again);
    }

    #[test]
    fn it_is_bounded_and_refuses_what_it_cannot_remember() {
        let replay = Replay::default();
        let at = Timestamp::from_secs;
        for number in 0..CAPACITY as u64 {
            assert_eq!(replay.note(&print(number), at(300), at(0)), Noted::New);
        }
        assert_eq!(replay.note(&print(u64::MAX), at(301), at(0)), Noted::Full);
        assert_eq!(replay.note(&print(7), at(300), at(0)), Noted::Again);
        assert_eq!(replay.note(&print(u64::MAX), at(601), at(301)), Noted::New);
    }
}
