//! Misuses that must not compile: what a maintainer of a walk might try, and the error that stops each. `tests/breaches.rs`
//! compiles this file under its `cfg` and compares the errors with the words behind the lines. (That nobody builds a permit by
//! hand is shown beside its type, in the keystore.)
#![allow(dead_code, unused_variables, reason = "nothing here ever runs")]

use std::sync::Arc;

use strongroom_keystore::{Compare, Keystore, Open, Permit, Sealed};

use crate::access::acts::through;
use crate::access::{Act, CallContext, Everything, Facts, Gate, KeyFacts, Pass, SecretEntry};
use crate::ledger::{Change, Look, View};
use crate::model::secret::SecretRow;
use crate::operation::secretsmanager::{DescribeSecret, GetSecretValue, PutSecretValue};

#[cfg(strongroom_breach = "types")]
mod types {
    use super::*;

    fn read_a_row_before_the_gate(view: &View<'_>, call: &CallContext<'_>) -> Option<Arc<SecretEntry>> {
        view.secret("prod/db", call).ok()?.row // E0616
    }
    fn open_when_admitted_to_describe(
        gate: &Gate,
        call: &CallContext<'_>,
        pass: &Pass<'_, DescribeSecret, Arc<SecretEntry>>,
        key: &Facts<'_, KeyFacts>,
    ) {
        let _ = gate.permit::<through::Decrypt, _, _>(call, pass, "id", Some(1), key); // E0277
    }
    fn open_when_admitted_to_put(
        gate: &Gate,
        call: &CallContext<'_>,
        pass: &Pass<'_, PutSecretValue, Arc<SecretEntry>>,
        key: &Facts<'_, KeyFacts>,
    ) {
        let _ = gate.permit::<through::Decrypt, _, _>(call, pass, "id", Some(1), key); // E0277
    }
    fn answer_a_strict_read_before_its_record_is_durable(
        held: crate::walk::held::Held<u8>,
    ) -> Result<u8, crate::error::Error> {
        held.answer // E0616
    }
    fn open_with_the_permit_to_compare(keystore: &Keystore, permit: Permit<'_, Compare>, sealed: Sealed<'_>) {
        let _ = keystore.open(permit, sealed); // E0308
    }
    fn save_a_secret_with_a_pass_to_read(
        change: &Change<'_>,
        pass: &Pass<'_, GetSecretValue, Arc<SecretEntry>>,
        row: &SecretRow,
    ) {
        let _ = change.save_secret(pass, row); // E0277
    }
    fn list_with_a_pass_to_describe(
        view: &View<'_>,
        pass: &Pass<'_, DescribeSecret, Everything>,
        wanted: &crate::model::filter::Wanted<'_>,
    ) {
        let _ = view.secrets(pass, wanted); // E0277
    }
    fn reach_a_replica_with_a_pass_to_read(
        gate: &Gate,
        pass: &Pass<'_, GetSecretValue, Arc<SecretEntry>>,
        facts: Facts<'_, <GetSecretValue as Act>::On>,
    ) {
        let _ = gate.kin(pass, facts); // E0277
    }
    fn bring_a_callers_act_through_due(gate: &Gate, facts: Facts<'_, <GetSecretValue as Act>::On>) {
        let _ = gate.due::<GetSecretValue>(facts, crate::clock::Timestamp::default()); // E0277
    }
}

#[cfg(strongroom_breach = "borrows")]
mod borrows {
    use super::*;

    fn use_one_permit_twice(keystore: &Keystore, permit: Permit<'_, Open>, row: &[u8]) {
        let _ = keystore.open(permit, Sealed { row, sequence: 1 });
        let _ = keystore.open(permit, Sealed { row, sequence: 1 }); // E0382
    }
    fn keep_a_pass_past_its_view<'a>(
        gate: &'a Gate,
        ledger: &'a crate::ledger::Ledger,
        call: &CallContext<'_>,
        request: &GetSecretValue,
    ) -> Option<Pass<'a, GetSecretValue, Option<Arc<SecretEntry>>>> {
        let view = ledger.view().ok()?;
        let facts = view.secret("prod/db", call).ok()?;
        gate.admit(request, call, facts).ok() // E0515
    }
}
