//! RotateSecret, CancelRotateSecret. They make a rotation due or end it; the steps are called by `run_due`.

use std::sync::Arc;

use super::admitted;
use crate::access::acts::rotate_secret::InvokeFunction;
use crate::access::{Pass, SecretEntry};
use crate::clock::Timestamp;
use crate::error::{self, Error};
use crate::ledger::Look;
use crate::model::rotation::{Rotation, Rules, Run, RunKind};
use crate::model::secret::{SecretRow, need_rotation_token};
use crate::model::version::{CURRENT, PENDING, VERSIONS_MAX};
use crate::name::Text;
use crate::operation::secretsmanager::{
    CancelRotateSecret, CancelRotateSecretResponse, RotateSecret, RotateSecretResponse, RotationRules,
};
use crate::walk::{Reading, Visit, Write, Writing, writes};

writes!(RotateSecret, CancelRotateSecret);

/// What is left to do once everything was allowed.
enum Plan {
    /// The same request was served before.
    Nothing,
    Configure {
        function: Text,
        rules: Option<Rules>,
    },
}

impl Write for RotateSecret {
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        self.plan(visit).map(|_| ())
    }
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<RotateSecretResponse, Error> {
        let (secret, token, plan) = self.plan(visit)?;
        let mut row = secret.row().row.clone();
        let answer = RotateSecretResponse::new(row.arn.clone(), row.name.clone(), token.clone());
        let Plan::Configure { function, rules } = plan else { return Ok(answer) };
        let now = visit.observed();
        let kind = if self.rotate_immediately == Some(false) { RunKind::Test } else { RunKind::Rotate };
        row.configure_rotation(function, rules, kind == RunKind::Rotate, now);
        row.begin_run(Run::new(token.clone(), kind, visit.new_id()?, now), VERSIONS_MAX)?;
        row.last_changed = now;
        visit.look.save_secret(&secret, &row)?;
        Ok(answer)
    }
}

impl RotateSecret {
    /// All that can be refused, in order: the token, the right to the secret, its state, what is asked for, the function and the
    /// right to it, a rotation that is not over.
    #[expect(clippy::type_complexity, reason = "three things that belong together for one caller")]
    fn plan<'v, L: Look>(
        &self,
        visit: &Visit<'v, L>,
    ) -> Result<(Pass<'v, Self, Arc<SecretEntry>>, &Text, Plan), Error> {
        let token = need_rotation_token(self.client_request_token.as_ref())?;
        let secret = admitted(self, &self.secret_id, visit)?;
        let row = secret.row().row.writable(visit.observed())?;
        if let Some(kind) = &row.secret_type {
            return Err(error::secretsmanager::rotation_of_partners_secret(kind));
        }
        if self.external_secret_rotation_metadata.is_some() {
            return Err(error::secretsmanager::member_unsupported("ExternalSecretRotationMetadata"));
        }
        if self.external_secret_rotation_role_arn.is_some() {
            return Err(error::secretsmanager::member_unsupported("ExternalSecretRotationRoleArn"));
        }
        let rules = self.rotation_rules.as_ref().map(asked).filter(|rules| !rules.is_empty());
        if let Some(rules) = &rules {
            rules.check()?;
        }
        let sent = self.rotation_lambda_arn.as_ref().filter(|arn| !arn.is_empty());
        let stored = row.rotation.as_deref().map(|rotation| &rotation.function);
        let function = sent.or(stored).ok_or_else(error::secretsmanager::no_rotation_function)?.clone();
        may_invoke(visit, &function)?;
        if is_repeated(row, token) {
            return Ok((secret, token, Plan::Nothing));
        }
        may_begin(row, token)?;
        Ok((secret, token, Plan::Configure { function, rules }))
    }
}

/// The second decision, on the function; then whether there is one.
/// # Errors
/// `AccessDenied`.
pub(in crate::walk) fn may_invoke<L: Look>(visit: &Visit<'_, L>, function: &Text) -> Result<(), Error> {
    visit.admit(&InvokeFunction, visit.look.elsewhere(function))?;
    if !visit.call.host.has_function(function) {
        return Err(error::secretsmanager::rotation_function_not_invocable());
    }
    Ok(())
}

/// Has this request begun the rotation that is under way, or the one that made the current version?
fn is_repeated(row: &SecretRow, token: &str) -> bool {
    row.run().is_some_and(|run| run.token == token)
        || row.version(token).is_some_and(|version| version.carries(CURRENT))
}

/// # Errors
/// `InvalidState`: another rotation is not over, or something else made the version that the token names.
fn may_begin(row: &SecretRow, token: &Text) -> Result<(), Error> {
    match row.run() {
        // A configuration that was to be tested is replaced, and tested or used anew.
        Some(run) if run.kind == RunKind::Test => {}
        Some(_) => return Err(error::secretsmanager::rotation_not_complete()),
        None if row.being_made().is_some_and(|version| version.id != *token) => {
            return Err(error::secretsmanager::rotation_not_complete());
        }
        None => {}
    }
    // One that a rotation left half done is taken up again by its token.
    if row.version(token).is_some_and(|version| !version.carries(PENDING)) {
        return Err(error::secretsmanager::rotation_token_in_use(token, &row.arn));
    }
    Ok(())
}

impl Write for CancelRotateSecret {
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        admitted(self, &self.secret_id, visit).map(|_| ())
    }
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<CancelRotateSecretResponse, Error> {
        let secret = admitted(self, &self.secret_id, visit)?;
        let mut row = secret.row().row.writable(visit.observed())?.clone();
        let before = row.clone();
        row.drop_run();
        let rotation = row.rotation.as_deref_mut().ok_or_else(error::secretsmanager::rotation_not_configured)?;
        rotation.enabled = false;
        if row != before {
            row.last_changed = visit.observed();
            visit.look.save_secret(&secret, &row)?;
        }
        let mut answer = CancelRotateSecretResponse::new(row.arn.clone(), row.name.clone());
        answer.version_id = row.being_made().map(|version| version.id.clone());
        Ok(answer)
    }
}

fn asked(rules: &RotationRules) -> Rules {
    Rules {
        automatically_after_days: rules.automatically_after_days,
        duration: rules.duration.clone(),
        schedule_expression: rules.schedule_expression.clone(),
    }
}
pub(super) fn shown_rules(rotation: &Rotation) -> RotationRules {
    let mut shown = RotationRules::new();
    shown.automatically_after_days = rotation.rules.automatically_after_days;
    shown.duration.clone_from(&rotation.rules.duration);
    shown.schedule_expression.clone_from(&rotation.rules.schedule_expression);
    shown
}
/// The latest moment of the next window.
pub(super) fn next_date(rotation: &Rotation) -> Option<Timestamp> {
    rotation.next.filter(|_| rotation.enabled).map(|window| window.end)
}
