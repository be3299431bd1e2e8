//! PutResourcePolicy, GetResourcePolicy, DeleteResourcePolicy.

use std::sync::Arc;

use super::admitted;
use crate::access::SecretEntry;
use crate::error::{self, Error};
use crate::ledger::Look;
use crate::name::Text;
use crate::operation::secretsmanager::{
    DeleteResourcePolicy, DeleteResourcePolicyResponse, GetResourcePolicy, GetResourcePolicyResponse,
    PutResourcePolicy, PutResourcePolicyResponse,
};
use crate::policy::{Policy, PolicyKind};
use crate::walk::bind::bind;
use crate::walk::{Read, Reading, Visit, Write, Writing, reads, writes};

reads!(GetResourcePolicy);
writes!(PutResourcePolicy, DeleteResourcePolicy);

impl Write for PutResourcePolicy {
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        admitted(self, &self.secret_id, visit).map(|_| ())
    }
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<PutResourcePolicyResponse, Error> {
        let secret = admitted(self, &self.secret_id, visit)?;
        let mut row = secret.row().row.live(visit.observed())?.clone();
        if self.policy_name.as_ref().is_some_and(|name| *name != POLICY_NAME) {
            return Err(error::secretsmanager::policy_name_not_default());
        }
        let stored = bind(
            visit.look,
            &self.resource_policy,
            PolicyKind::Secret,
            &|fault| error::secretsmanager::policy_syntax(fault),
            &|_| error::secretsmanager::policy_principal(),
        )?;
        row.policy = Some(stored);
        let policy = crate::ledger::compile_secret_policy(&row, &visit.home().account)?;
        if self.block_public_policy == Some(true) && policy.as_ref().is_some_and(Policy::is_public) {
            return Err(error::secretsmanager::public_policy());
        }
        row.last_changed = visit.observed();
        let entry = Arc::new(SecretEntry::new(row, policy));
        // A policy that would keep its own author from putting another one is refused.
        if !visit.gate.weigh(self, visit.call, &visit.look.proposed(&secret, Arc::clone(&entry))) {
            return Err(error::secretsmanager::policy_locks_out());
        }
        visit.look.save_secret(&secret, &entry.row)?;
        let mut answer = PutResourcePolicyResponse::new(entry.row.arn.clone(), entry.row.name.clone());
        answer.policy_name = Some(Text::from(POLICY_NAME));
        Ok(answer)
    }
}

impl Read for GetResourcePolicy {
    fn walk<L: Look>(&self, visit: &Visit<'_, L>) -> Result<GetResourcePolicyResponse, Error> {
        let secret = admitted(self, &self.secret_id, visit)?;
        let row = secret.row().row.live(visit.observed())?;
        if self.policy_name.as_ref().is_some_and(|name| *name != POLICY_NAME) {
            return Err(error::secretsmanager::policy_not_found(self.policy_name.as_deref().unwrap_or_default()));
        }
        let mut answer = GetResourcePolicyResponse::new(row.arn.clone(), row.name.clone());
        if let Some(policy) = &row.policy {
            answer.resource_policy = Some(policy.text.clone());
            answer.policy_name = Some(Text::from(POLICY_NAME));
        }
        Ok(answer)
    }
}

impl Write for DeleteResourcePolicy {
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        admitted(self, &self.secret_id, visit).map(|_| ())
    }
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<DeleteResourcePolicyResponse, Error> {
        let secret = admitted(self, &self.secret_id, visit)?;
        let mut row = secret.row().row.live(visit.observed())?.clone();
        if self.policy_name.as_ref().is_some_and(|name| *name != POLICY_NAME) {
            return Err(error::secretsmanager::policy_name_not_default());
        }
        if row.policy.take().is_some() {
            row.last_changed = visit.observed();
            visit.look.save_secret(&secret, &row)?;
        }
        let mut answer = DeleteResourcePolicyResponse::new(row.arn.clone(), row.name.clone());
        answer.policy_name = Some(Text::from(POLICY_NAME));
        Ok(answer)
    }
}

/// A secret has one policy, and this is its name.
const POLICY_NAME: &str = "default";
