//! What a read costs, measured here and now.

use std::time::{Duration, Instant};

use strongroom::{Error, Strongroom};

use super::cast;
use crate::failure::Done;
use crate::output;

/// Reads one secret some thousand times as the role and tells the median.
pub fn gets(room: &Strongroom) -> Done {
    let session = room.session(format!("role/{}/measuring", cast::ROLE))?;
    let mut len = 0;
    let mut timed = |read: &mut dyn FnMut() -> Result<usize, Error>| -> Result<Duration, Error> {
        #[expect(clippy::disallowed_methods, reason = "measures this machine; nothing of the store depends on it")]
        let start = Instant::now();
        len = read()?;
        Ok(start.elapsed())
    };
    let mut read = || Ok(session.get_secret_value(cast::DATABASE)?.value().len());
    let mut costs = Vec::with_capacity(READS);
    let mut spent = Duration::ZERO;
    while costs.len() < READS && spent < TIME_MAX {
        let cost = timed(&mut read)?;
        spent = spent.saturating_add(cost);
        costs.push(cost);
    }
    costs.sort_unstable();
    let median = costs.get(costs.len() / 2).copied().unwrap_or_default();
    let build = if cfg!(debug_assertions) {
        "a debug build; a release build is several times faster"
    } else {
        "a release build"
    };
    output::lines(std::iter::once(format!(
        "Cost: one GetSecretValue of {len} bytes, decided and decrypted, takes {:.1} us (median of {}; {build}).",
        median.as_secs_f64() * 1e6,
        costs.len(),
    )))
}

const READS: usize = 5000;
const TIME_MAX: Duration = Duration::from_millis(800);
