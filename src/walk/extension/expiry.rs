//! When a secret's value stops being of use.

use crate::clock::Timestamp;
use crate::error::Error;
use crate::operation::secretsmanager::UpdateSecret;
use crate::walk::secretsmanager::admitted;
use crate::walk::{Reading, Task, Writing};

/// Sets the date, or takes it away: an update of the secret that AWS has no member for.
pub(crate) struct SetExpiry {
    request: UpdateSecret,
    expires: Option<Timestamp>,
}
impl SetExpiry {
    pub(crate) fn new(secret_id: &str, expires: Option<Timestamp>) -> Self {
        Self { request: UpdateSecret::new(secret_id), expires }
    }
}

impl Task for SetExpiry {
    type Operation = UpdateSecret;
    type Answer = ();
    const TOLD_AS: (&'static str, &'static str) = ("strongroom", "SetExpiry");
    fn request(&self) -> &UpdateSecret {
        &self.request
    }
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        admitted(&self.request, &self.request.secret_id, visit).map(|_| ())
    }
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<(), Error> {
        let secret = admitted(&self.request, &self.request.secret_id, visit)?;
        let mut row = secret.row().row.writable(visit.observed())?.clone();
        if row.expires != self.expires {
            row.expires = self.expires;
            row.last_changed = visit.observed();
            visit.look.save_secret(&secret, &row)?;
        }
        Ok(())
    }
}
