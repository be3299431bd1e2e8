//! GenerateMac, VerifyMac, GenerateRandom.

use strongroom_keystore::{self as keystore, MacAlgorithm};

use super::crypto::usable;
use super::{Takes, end_dry_run, granted};
use crate::access::gate::{Contextual, Grantable};
use crate::access::{Act, KeyAct, KeyFacts, Pass};
use crate::error::{self, Error};
use crate::ledger::Look;
use crate::model::key::KeySpec;
use crate::name::Text;
use crate::operation::kms::{
    self, GenerateMac, GenerateMacResponse, GenerateRandom, GenerateRandomResponse, VerifyMac, VerifyMacResponse,
};
use crate::walk::{Read, Visit, reads};

reads!(GenerateMac, VerifyMac, GenerateRandom);

/// The hash of a key for MACs; `None`: it is no such key.
pub(super) fn hash_of(spec: KeySpec) -> Option<MacAlgorithm> {
    match spec {
        KeySpec::SymmetricDefault => None,
        KeySpec::Hmac224 => Some(MacAlgorithm::Sha224),
        KeySpec::Hmac256 => Some(MacAlgorithm::Sha256),
        KeySpec::Hmac384 => Some(MacAlgorithm::Sha384),
        KeySpec::Hmac512 => Some(MacAlgorithm::Sha512),
    }
}

/// What GenerateMac and VerifyMac ask for alike: a key for MACs that may be used, and its one algorithm.
fn admitted_for_macs<'v, A, L: Look>(
    act: &A,
    key_id: &str,
    tokens: Option<&Vec<Text>>,
    asked: &kms::MacAlgorithm,
    visit: &Visit<'v, L>,
) -> Result<(Pass<'v, A, KeyFacts>, MacAlgorithm), Error>
where
    A: Act<On = KeyFacts> + Grantable + KeyAct<Use = keystore::Mac> + Contextual,
{
    let key = granted(act, (key_id, Takes::Alias), tokens, visit)?;
    usable(visit, &key, <A as Act>::ACTION.name())?;
    let spec = key.row().entry.row.spec;
    let own = spec.mac_algorithm().filter(|own| *own == asked.as_str()).and(hash_of(spec));
    let hash = own.ok_or_else(|| error::kms::algorithm_not_valid(asked, spec.as_str()))?;
    Ok((key, hash))
}

impl Read for GenerateMac {
    fn walk<L: Look>(&self, visit: &Visit<'_, L>) -> Result<GenerateMacResponse, Error> {
        let (key, hash) =
            admitted_for_macs(self, &self.key_id, self.grant_tokens.as_ref(), &self.mac_algorithm, visit)?;
        end_dry_run(self.dry_run)?;
        let entry = &key.row().entry;
        let permit = visit.gate.own(&key, self, entry.current().ok_or_else(error::damaged)?)?;
        let mac = visit.keystore.mac(permit, hash, self.message.expose())?;
        visit.note_use::<Self>(&entry.uses, &entry.row.id);
        Ok(GenerateMacResponse::new(mac, self.mac_algorithm.clone(), key.resource()))
    }
}

impl Read for VerifyMac {
    /// A wrong MAC is an error: nobody can overlook it as he might overlook a `false`.
    fn walk<L: Look>(&self, visit: &Visit<'_, L>) -> Result<VerifyMacResponse, Error> {
        let (key, hash) =
            admitted_for_macs(self, &self.key_id, self.grant_tokens.as_ref(), &self.mac_algorithm, visit)?;
        let entry = &key.row().entry;
        let permit = visit.gate.own(&key, self, entry.current().ok_or_else(error::damaged)?)?;
        if !visit.keystore.is_mac(permit, hash, self.message.expose(), &self.mac)? {
            return Err(error::kms::invalid_mac());
        }
        end_dry_run(self.dry_run)?;
        visit.note_use::<Self>(&entry.uses, &entry.row.id);
        Ok(VerifyMacResponse::new(key.resource(), true, self.mac_algorithm.clone()))
    }
}

impl Read for GenerateRandom {
    fn walk<L: Look>(&self, visit: &Visit<'_, L>) -> Result<GenerateRandomResponse, Error> {
        visit.admit(self, visit.look.everything())?;
        if self.custom_key_store_id.is_some() {
            return Err(error::kms::unsupported("custom key stores"));
        }
        if self.recipient.is_some() {
            return Err(error::kms::unsupported("Recipient"));
        }
        let len = self.number_of_bytes.and_then(|bytes| usize::try_from(bytes).ok());
        let len = len.ok_or_else(error::kms::random_length_missing)?;
        Ok(GenerateRandomResponse::new(visit.keystore.random(len)?))
    }
}
