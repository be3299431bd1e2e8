//! GetKeyPolicy, PutKeyPolicy, ListKeyPolicies. Every key has exactly one policy, named `default`.

use super::{admitted, list, managed};
use crate::error::{self, Error};
use crate::ledger::Look;
use crate::model::StoredPolicy;
use crate::model::key::{KeyRow, KeyRule, POLICY_MAX};
use crate::model::paging::{Place, SortOrder};
use crate::name::Text;
use crate::operation::kms::{
    GetKeyPolicy, GetKeyPolicyResponse, ListKeyPolicies, ListKeyPoliciesResponse, PutKeyPolicy, PutKeyPolicyResponse,
};
use crate::policy::{Code, Malformed, PolicyKind};
use crate::walk::bind::bind;
use crate::walk::visit::List;
use crate::walk::{Read, Reading, Visit, Write, Writing, reads, writes};

reads!(GetKeyPolicy, ListKeyPolicies);
writes!(PutKeyPolicy);

impl Read for GetKeyPolicy {
    fn walk<L: Look>(&self, visit: &Visit<'_, L>) -> Result<GetKeyPolicyResponse, Error> {
        let key = admitted(self, &self.key_id, visit)?;
        if self.policy_name.as_ref().is_some_and(|name| *name != POLICY_NAME) {
            return Err(error::kms::policy_not_found());
        }
        Ok(GetKeyPolicyResponse::new(key.row().entry.row.policy.text.clone(), POLICY_NAME))
    }
}

impl Read for ListKeyPolicies {
    fn walk<L: Look>(&self, visit: &Visit<'_, L>) -> Result<ListKeyPoliciesResponse, Error> {
        let key = admitted(self, &self.key_id, visit)?;
        let list = List {
            number: list::POLICIES,
            scope: key.resource().as_bytes(),
            order: SortOrder::Ascending,
            size: 100,
            invalid: error::kms::invalid_marker,
        };
        let names = [Text::from(POLICY_NAME)];
        let (page, next) =
            visit.page(&list, self.marker.as_deref(), self.limit, &names, |name| Place::by_text(name))?;
        let mut answer = ListKeyPoliciesResponse::new(page.to_vec(), next.is_some());
        answer.next_marker = next;
        Ok(answer)
    }
}

impl Write for PutKeyPolicy {
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        admitted(self, &self.key_id, visit).map(|_| ())
    }
    /// In every state of the key. The managed key's own policy lets nobody come this far.
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<PutKeyPolicyResponse, Error> {
        let key = admitted(self, &self.key_id, visit)?;
        let mut row = key.row().entry.row.clone();
        row.admits(KeyRule::DescribeOrPolicy, visit.observed())?;
        match self.policy_name.as_deref() {
            None | Some(POLICY_NAME) => {}
            Some("AWS_RAM") => return Err(error::kms::policy_of_ram()),
            Some(_) => return Err(error::kms::policy_name_not_default()),
        }
        row.policy = checked(visit, &self.policy)?;
        if self.bypass_policy_lockout_safety_check != Some(true) {
            must_not_lock_out(visit, &row)?;
        }
        visit.look.save_key(&key, &row)?;
        Ok(PutKeyPolicyResponse::new())
    }
}

/// A key policy that can be stored, its principals bound.
/// # Errors
/// `LimitExceeded`: more than 32,768 bytes. `MalformedPolicy`.
pub(super) fn checked<L: Look>(visit: &Visit<'_, L>, text: &Text) -> Result<StoredPolicy, Error> {
    if text.len() > POLICY_MAX {
        return Err(error::kms::policy_too_long());
    }
    bind(visit.look, text, PolicyKind::Key, &malformed, &|_| error::kms::policy_principal())
}

/// AWS's own sentence where it has one; where and why is then the cause.
fn malformed(fault: &Malformed) -> Error {
    let first = fault.findings().first();
    match first.map(|first| first.code) {
        // `ForAllValues` over `kms:EncryptionContext:…`, which has one value, holds whenever the pair is absent.
        Some(Code::ForAllSingle) => {
            let key = first.and_then(|first| first.message.split('`').nth(1)).unwrap_or("kms:EncryptionContext");
            error::kms::policy_overly_permissive(key).caused_by(fault.clone())
        }
        Some(Code::MissingPrincipal) => error::kms::policy_without_principal().caused_by(fault.clone()),
        Some(Code::BadPrincipal | Code::PrincipalWildcard) => error::kms::policy_principal().caused_by(fault.clone()),
        _ => error::kms::policy_syntax(fault),
    }
}

/// The caller must be able to put another policy under the one that the row now has.
/// # Errors
/// `MalformedPolicy`.
pub(super) fn must_not_lock_out<L: Look>(visit: &Visit<'_, L>, row: &KeyRow) -> Result<(), Error> {
    let later = PutKeyPolicy::new(row.arn.clone(), row.policy.text.clone());
    let facts = visit.look.proposed_key(managed::candidate(row, &visit.home().account)?);
    if visit.gate.weigh(&later, visit.call, &facts) { Ok(()) } else { Err(error::kms::policy_locks_out()) }
}

const POLICY_NAME: &str = "default";
