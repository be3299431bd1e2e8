//! PutResourcePolicy, GetResourcePolicy, ListResourcePolicies, DeleteResourcePolicy, ValidateResourcePolicy.

use std::sync::Arc;

use super::{admitted, list};
use crate::access::SecretEntry;
use crate::error::{self, Error, ErrorKind};
use crate::ledger::Look;
use crate::model::paging::{Place, SortOrder};
use crate::name::Text;
use crate::operation::secretsmanager::{
    DeleteResourcePolicy, DeleteResourcePolicyResponse, GetResourcePolicy, GetResourcePolicyResponse,
    ListResourcePolicies, ListResourcePoliciesResponse, PutResourcePolicy, PutResourcePolicyResponse,
    ResourcePolicyListEntry, ValidateResourcePolicy, ValidateResourcePolicyResponse, ValidationErrorsEntry,
};
use crate::policy::{Code, Level, Malformed, Policy, PolicyKind, lint};
use crate::walk::bind::bind;
use crate::walk::visit::List;
use crate::walk::{Read, Reading, Visit, Write, Writing, reads, writes};

reads!(GetResourcePolicy, ListResourcePolicies, ValidateResourcePolicy);
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
        let stored = bind(visit.look, &self.resource_policy, PolicyKind::Secret, &malformed, &|_| {
            error::secretsmanager::policy_principal()
        })?;
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

impl Read for ListResourcePolicies {
    fn walk<L: Look>(&self, visit: &Visit<'_, L>) -> Result<ListResourcePoliciesResponse, Error> {
        let secret = admitted(self, &self.secret_id, visit)?;
        let row = secret.row().row.live(visit.observed())?;
        let list = List {
            number: list::POLICIES,
            scope: row.arn.as_bytes(),
            order: SortOrder::Ascending,
            size: 100,
            invalid: error::secretsmanager::invalid_next_token,
        };
        let names: &[&str] = if row.policy.is_some() { &[POLICY_NAME] } else { &[] };
        let (page, next) =
            visit.page(&list, self.next_token.as_deref(), self.max_results, names, |name| Place::by_text(name))?;
        let entries = page.iter().map(|name| ResourcePolicyListEntry::new(*name)).collect::<Vec<_>>();
        let mut answer = ListResourcePoliciesResponse::new(entries);
        answer.next_token = next;
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

impl Read for ValidateResourcePolicy {
    /// Tells all errors at once: what keeps a policy from being put, what blocked public access would refuse, and what the lint
    /// calls an error although AWS stores it.
    fn walk<L: Look>(&self, visit: &Visit<'_, L>) -> Result<ValidateResourcePolicyResponse, Error> {
        let secret = match &self.secret_id {
            Some(id) => Some((id, admitted(self, id, visit)?)),
            None => visit.admit(self, visit.look.no_secret()).map(|_| None)?,
        };
        let row = secret.as_ref().map(|(_, secret)| secret.row().row.live(visit.observed())).transpose()?;
        let report = lint(&self.resource_policy, PolicyKind::Secret, &visit.home().account).block_public();
        let errors = report.findings.iter().filter(|finding| finding.level == Level::Error);
        let mut found: Vec<_> =
            errors.map(|error| ValidationErrorsEntry::new(error.code.text(), error.to_string())).collect();
        let stored = bind(visit.look, &self.resource_policy, PolicyKind::Secret, &malformed, &|_| {
            error::secretsmanager::policy_principal()
        });
        match (stored, &secret, row) {
            (Ok(stored), Some((id, secret)), Some(row)) => {
                let mut row = row.clone();
                row.policy = Some(stored);
                let policy = crate::ledger::compile_secret_policy(&row, &visit.home().account)?;
                let entry = visit.look.proposed(secret, Arc::new(SecretEntry::new(row, policy)));
                let put = PutResourcePolicy::new(*id, &self.resource_policy);
                if !visit.gate.weigh(&put, visit.call, &entry) {
                    let text = error::secretsmanager::policy_locks_out().message().to_string();
                    found.push(ValidationErrorsEntry::new(Code::Lockout.text(), text));
                }
            }
            (Ok(_), ..) => {}
            // Text that is no policy is among the findings already; a principal that does not exist is not.
            (Err(refused), ..) if refused.kind() == ErrorKind::MalformedPolicy => {
                if !report.findings.iter().any(crate::policy::Finding::refuses) {
                    found.push(ValidationErrorsEntry::new(Code::BadPrincipal.text(), refused.message().to_string()));
                }
            }
            (Err(failed), ..) => return Err(failed),
        }
        Ok(ValidateResourcePolicyResponse::new(found.is_empty(), found))
    }
}

/// AWS has a sentence of its own for services that are none.
fn malformed(fault: &Malformed) -> Error {
    match fault.findings() {
        [finding] if finding.code == Code::BadServicePrincipal => error::secretsmanager::policy_service_principal(),
        _ => error::secretsmanager::policy_syntax(fault),
    }
}

/// A secret has one policy, and this is its name.
const POLICY_NAME: &str = "default";
