//! `strongroom key reencrypt --all` and `--secrets-of`: the store's own secrets instead of a ciphertext.

use crate::failure::{Done, Exit, Failure};
use crate::own::Record;
use crate::run::Run;
use crate::terminal::note;

/// Moves versions of secrets, of one key or of all, to the current material of their keys.
pub fn reencrypt(run: &Run, key: Option<&str>) -> Done {
    run.as_principal(|session| {
        let quiet = run.out.quiet;
        let done = session.reencrypt(key, &mut |so_far| {
            if !quiet && so_far.found > 0 {
                note(&format!("{} of {} secrets, {} versions moved", so_far.secrets, so_far.found, so_far.moved));
            }
        })?;
        if done.refused > 0 {
            let told = format!("{} moved, {} left under older material", done.moved, done.refused);
            return Err(Failure::new(Exit::Denied, "AccessDenied", told)
                .why("the caller may not update the secret, or not use its key, or the key cannot serve"));
        }
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let record = Record::new().with("Moved", number(done.moved)).with("Secrets", number(done.secrets));
        run.out.thing(&record, "Moved")
    })
}
