//! EnableKey, DisableKey, UpdateKeyDescription, ScheduleKeyDeletion, CancelKeyDeletion, GetKeyLastUsage.

use super::admitted;
use crate::error::Error;
use crate::ledger::Look;
use crate::model::key::{KeyRule, KeyState, deletion_window};
use crate::operation::kms::{
    CancelKeyDeletion, CancelKeyDeletionResponse, DisableKey, DisableKeyResponse, EnableKey, EnableKeyResponse,
    GetKeyLastUsage, GetKeyLastUsageResponse, KeyLastUsageData, ScheduleKeyDeletion, ScheduleKeyDeletionResponse,
    UpdateKeyDescription, UpdateKeyDescriptionResponse,
};
use crate::walk::{Read, Reading, Visit, Write, Writing, reads, writes};

reads!(GetKeyLastUsage);
writes!(EnableKey, DisableKey, UpdateKeyDescription, ScheduleKeyDeletion, CancelKeyDeletion);

macro_rules! switches {
    ($($request:ident -> $answer:ident: $state:ident;)*) => { $(
        impl Write for $request {
            fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
                admitted(self, &self.key_id, visit).map(|_| ())
            }
            fn walk(&self, visit: &Writing<'_, '_>) -> Result<$answer, Error> {
                let key = admitted(self, &self.key_id, visit)?;
                let mut row = key.row().entry.row.clone();
                row.admits(KeyRule::Switch, visit.observed())?;
                if row.state != KeyState::$state {
                    row.state = KeyState::$state;
                    visit.look.save_key(&key, &row)?;
                    // A rotation that fell due while the key was disabled.
                    super::rotation::rotate_due(visit, &row.id)?;
                }
                Ok($answer::new())
            }
        }
    )* };
}
switches! {
    EnableKey -> EnableKeyResponse: Enabled;
    DisableKey -> DisableKeyResponse: Disabled;
}

impl Write for UpdateKeyDescription {
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        admitted(self, &self.key_id, visit).map(|_| ())
    }
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<UpdateKeyDescriptionResponse, Error> {
        let key = admitted(self, &self.key_id, visit)?;
        let mut row = key.row().entry.row.clone();
        row.admits(KeyRule::Annotate, visit.observed())?;
        row.description.clone_from(&self.description);
        visit.look.save_key(&key, &row)?;
        Ok(UpdateKeyDescriptionResponse::new())
    }
}

impl Write for ScheduleKeyDeletion {
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        admitted(self, &self.key_id, visit).map(|_| ())
    }
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<ScheduleKeyDeletionResponse, Error> {
        let key = admitted(self, &self.key_id, visit)?;
        let mut row = key.row().entry.row.clone();
        row.admits(KeyRule::ScheduleKeyDeletion, visit.observed())?;
        let days = deletion_window(self.pending_window_in_days)?;
        let due = row.schedule(visit.observed(), days);
        visit.look.save_key(&key, &row)?;
        Ok(ScheduleKeyDeletionResponse::new(row.arn, due, row.state.as_str(), i64::from(days)))
    }
}

impl Write for CancelKeyDeletion {
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        admitted(self, &self.key_id, visit).map(|_| ())
    }
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<CancelKeyDeletionResponse, Error> {
        let key = admitted(self, &self.key_id, visit)?;
        let mut row = key.row().entry.row.clone();
        row.admits(KeyRule::CancelKeyDeletion, visit.observed())?;
        row.cancel_deletion();
        visit.look.save_key(&key, &row)?;
        Ok(CancelKeyDeletionResponse::new(row.arn))
    }
}

impl Read for GetKeyLastUsage {
    fn walk<L: Look>(&self, visit: &Visit<'_, L>) -> Result<GetKeyLastUsageResponse, Error> {
        let key = admitted(self, &self.key_id, visit)?;
        let row = &key.row().entry.row;
        // Uses are kept track of from the first.
        let mut answer = GetKeyLastUsageResponse::new(row.arn.clone(), row.created, row.created);
        let waiting = visit.ledger.accesses().last_use_of_key(&row.id);
        answer.key_last_usage = waiting.or_else(|| row.last_use.clone()).map(|last| {
            KeyLastUsageData::new()
                .operation(last.operation.as_str())
                .timestamp(last.at)
                .cloud_trail_event_id(&last.event)
                .kms_request_id(&last.event)
        });
        Ok(answer)
    }
}
