//! Encrypt, Decrypt, GenerateDataKey, GenerateDataKeyWithoutPlaintext.

use strongroom_keystore::{self as keystore, BlobHeader, SecretBytes};

use super::{Takes, end_dry_run, granted};
use crate::access::gate::{Contextual, Grantable};
use crate::access::{Act, KeyAct, KeyFacts, Pass};
use crate::error::{self, Error};
use crate::ledger::Look;
use crate::model::key::{KeyName, KeyRule, KeySpec, fits};
use crate::name::Text;
use crate::operation::Blob;
use crate::operation::kms::{
    DataKeySpec, Decrypt, DecryptResponse, DryRunModifier, Encrypt, EncryptResponse, EncryptionAlgorithm,
    GenerateDataKey, GenerateDataKeyResponse, GenerateDataKeyWithoutPlaintext, GenerateDataKeyWithoutPlaintextResponse,
};
use crate::walk::{Read, Visit, reads};

reads!(Encrypt, Decrypt, GenerateDataKey, GenerateDataKeyWithoutPlaintext);

/// What every use of an admitted key is checked for: usage first, then state.
/// # Errors
/// As [`fits`] and [`KeyRule::Use`].
pub(super) fn usable<A: Act, L: Look>(
    visit: &Visit<'_, L>,
    key: &Pass<'_, A, KeyFacts>,
    operation: &str,
) -> Result<(), Error> {
    let row = &key.row().entry.row;
    fits(operation, &row.arn, row.spec)?;
    row.admits(KeyRule::Use, visit.observed())
}

/// Keys here encrypt in one way.
/// # Errors
/// `InvalidState` (AWS: InvalidKeyUsageException).
pub(super) fn algorithm(asked: Option<&EncryptionAlgorithm>) -> Result<EncryptionAlgorithm, Error> {
    match asked {
        None | Some(EncryptionAlgorithm::SymmetricDefault) => Ok(EncryptionAlgorithm::SymmetricDefault),
        Some(other) => Err(error::kms::algorithm_not_valid(other, KeySpec::SymmetricDefault.as_str())),
    }
}

/// Seals under the key's current material; gives the ciphertext and the version of that material.
pub(super) fn seal<'v, A, L>(
    visit: &Visit<'v, L>,
    key: &Pass<'v, A, KeyFacts>,
    act: &A,
    plaintext: &[u8],
) -> Result<(Blob, u32), Error>
where
    A: Act<On = KeyFacts> + KeyAct<Use = keystore::Encrypt> + Contextual,
    L: Look,
{
    let entry = &key.row().entry;
    let material = entry.current().ok_or_else(error::damaged)?;
    let permit = visit.gate.own(key, act, material)?;
    let blob = visit.keystore.encrypt(permit, plaintext)?;
    visit.note_use::<A>(&entry.uses, &entry.row.id);
    Ok((Blob::from(blob), material.version))
}

impl Read for Encrypt {
    fn walk<L: Look>(&self, visit: &Visit<'_, L>) -> Result<EncryptResponse, Error> {
        let key = granted(self, (&self.key_id, Takes::Alias), self.grant_tokens.as_ref(), visit)?;
        usable(visit, &key, "Encrypt")?;
        let algorithm = algorithm(self.encryption_algorithm.as_ref())?;
        end_dry_run_with(self, self.dry_run)?;
        let (blob, _) = seal(visit, &key, self, self.plaintext.expose())?;
        Ok(EncryptResponse::new(blob, key.resource(), algorithm))
    }
}

/// The end of a dry run, which tells of a context that would not do; whoever seals is told then.
fn end_dry_run_with(act: &impl Contextual, dry_run: Option<bool>) -> Result<(), Error> {
    if dry_run == Some(true) {
        act.context()?;
    }
    end_dry_run(dry_run)
}

/// What the two ways to ask for a data key have in common.
struct DataKeyWish<'r> {
    key_id: &'r str,
    tokens: Option<&'r Vec<Text>>,
    spec: Option<&'r DataKeySpec>,
    bytes: Option<i64>,
    dry_run: Option<bool>,
    operation: &'static str,
}
impl DataKeyWish<'_> {
    /// # Errors
    /// `InvalidRequest`: both of kind and length, or neither.
    fn len(&self) -> Result<usize, Error> {
        match (self.spec, self.bytes) {
            (Some(DataKeySpec::Aes256), None) => Ok(32),
            (Some(DataKeySpec::Aes128), None) => Ok(16),
            (None, Some(bytes)) => usize::try_from(bytes).map_err(|_| error::kms::data_key_length()),
            _ => Err(error::kms::data_key_length()),
        }
    }
    /// The data key, the ciphertext of it, the key's ARN, the material that encrypted it.
    fn made<A, L: Look>(&self, act: &A, visit: &Visit<'_, L>) -> Result<(SecretBytes, Blob, Text, Text), Error>
    where
        A: Act<On = KeyFacts> + Grantable + KeyAct<Use = keystore::Encrypt> + Contextual,
    {
        let key = granted(act, (self.key_id, Takes::Alias), self.tokens, visit)?;
        usable(visit, &key, self.operation)?;
        let len = self.len()?;
        end_dry_run_with(act, self.dry_run)?;
        let data_key = visit.keystore.random(len)?;
        let (blob, material) = seal(visit, &key, act, data_key.expose())?;
        let material = key.row().entry.material_id(material).ok_or_else(error::damaged)?;
        Ok((data_key, blob, key.resource().clone(), material))
    }
}

impl Read for GenerateDataKey {
    fn walk<L: Look>(&self, visit: &Visit<'_, L>) -> Result<GenerateDataKeyResponse, Error> {
        if self.recipient.is_some() {
            return Err(error::kms::unsupported("Recipient"));
        }
        let wish = DataKeyWish {
            key_id: &self.key_id,
            tokens: self.grant_tokens.as_ref(),
            spec: self.key_spec.as_ref(),
            bytes: self.number_of_bytes,
            dry_run: self.dry_run,
            operation: "GenerateDataKey",
        };
        let (data_key, blob, arn, material) = wish.made(self, visit)?;
        Ok(GenerateDataKeyResponse::new(blob, data_key, arn, material))
    }
}
impl Read for GenerateDataKeyWithoutPlaintext {
    fn walk<L: Look>(&self, visit: &Visit<'_, L>) -> Result<GenerateDataKeyWithoutPlaintextResponse, Error> {
        let wish = DataKeyWish {
            key_id: &self.key_id,
            tokens: self.grant_tokens.as_ref(),
            spec: self.key_spec.as_ref(),
            bytes: self.number_of_bytes,
            dry_run: self.dry_run,
            operation: "GenerateDataKeyWithoutPlaintext",
        };
        let (_, blob, arn, material) = wish.made(self, visit)?;
        Ok(GenerateDataKeyWithoutPlaintextResponse::new(blob, arn, material))
    }
}

impl Read for Decrypt {
    /// Of the blob nothing but its header is looked at before the decision; whatever is wrong with the rest has one answer.
    fn walk<L: Look>(&self, visit: &Visit<'_, L>) -> Result<DecryptResponse, Error> {
        if self.recipient.is_some() {
            return Err(error::kms::unsupported("Recipient"));
        }
        let named = ("KeyId", self.key_id.as_ref());
        let modifiers = self.dry_run_modifiers.as_ref();
        let Some(blob) = blob_to_open(self.ciphertext_blob.as_ref(), self.dry_run, modifiers, named)? else {
            return self.without_blob(visit);
        };
        let header = BlobHeader::parse(blob);
        let key = match &self.key_id {
            Some(named) => granted(self, (named, Takes::Alias), self.grant_tokens.as_ref(), visit)?,
            None => admitted_by_header(self, header.as_ref(), self.grant_tokens.as_ref(), visit)?,
        };
        usable(visit, &key, "Decrypt")?;
        let algorithm = algorithm(self.encryption_algorithm.as_ref())?;
        let (plaintext, material) = open(visit, &key, self, header.as_ref(), blob)?;
        end_dry_run(self.dry_run)?;
        let entry = &key.row().entry;
        visit.note_use::<Self>(&entry.uses, &entry.row.id);
        Ok(DecryptResponse::new(key.resource(), plaintext, algorithm, material))
    }
}

/// Opens with the material that the header names; gives the plaintext and the id of that material.
/// # Errors
/// `InvalidRequest`: of another key (AWS: IncorrectKeyException); whatever else is wrong with the ciphertext.
pub(super) fn open<'v, A, L>(
    visit: &Visit<'v, L>,
    key: &Pass<'v, A, KeyFacts>,
    act: &A,
    header: Option<&BlobHeader>,
    blob: &Blob,
) -> Result<(SecretBytes, Text), Error>
where
    A: Act<On = KeyFacts> + KeyAct<Use = keystore::Decrypt> + Contextual,
    L: Look,
{
    let header = header.ok_or_else(error::kms::invalid_ciphertext)?;
    let entry = &key.row().entry;
    if entry.row.key_id() != header.key {
        return Err(error::kms::incorrect_key());
    }
    let wrapped = entry.material(header.material, visit.look)?.ok_or_else(error::kms::invalid_ciphertext)?;
    let material = entry.material_id(header.material).ok_or_else(error::damaged)?;
    let permit = visit.gate.own(key, act, wrapped)?;
    let plaintext = visit.keystore.decrypt(permit, blob).map_err(|failed| match failed {
        keystore::Error::Failed => error::kms::invalid_ciphertext(),
        other => Error::from(other),
    })?;
    Ok((plaintext, material))
}
/// The ciphertext; `None`: a dry run that leaves it out, which must name the key by `key`.
/// # Errors
/// `InvalidRequest`: it is missing, or the modifier without a dry run and a key.
pub(super) fn blob_to_open<'r>(
    blob: Option<&'r Blob>,
    dry_run: Option<bool>,
    modifiers: Option<&Vec<DryRunModifier>>,
    (member, key): (&str, Option<&Text>),
) -> Result<Option<&'r Blob>, Error> {
    let ignored = modifiers.is_some_and(|all| all.contains(&DryRunModifier::IgnoreCiphertext));
    match (blob, ignored) {
        (_, true) if dry_run == Some(true) && key.is_some() => Ok(None),
        (_, true) => Err(error::kms::dry_run_modifier(member)),
        (Some(blob), false) => Ok(Some(blob)),
        (None, false) => Err(error::kms::ciphertext_missing()),
    }
}
/// The key that a ciphertext names. Unknown here, gone, or forbidden: one answer, so that it is no oracle.
pub(super) fn admitted_by_header<'v, A: Act<On = KeyFacts> + Grantable, L: Look>(
    act: &A,
    header: Option<&BlobHeader>,
    tokens: Option<&Vec<Text>>,
    visit: &Visit<'v, L>,
) -> Result<Pass<'v, A, KeyFacts>, Error> {
    let header = header.ok_or_else(error::kms::invalid_ciphertext)?;
    super::check_tokens(visit, tokens)?;
    let name = KeyName { id: header.key.id, multi_region: header.key.multi_region };
    let facts = visit.look.key_named(name, visit.observed())?.ok_or_else(error::kms::ciphertext_of_unknown_key)?;
    visit
        .gate
        .admit_key(act, visit.call, facts)
        .map_err(|refused| if refused.is_access_denied() { error::kms::ciphertext_of_unknown_key() } else { refused })
}

impl Decrypt {
    /// A dry run without a ciphertext: all but that is checked.
    fn without_blob<L: Look>(&self, visit: &Visit<'_, L>) -> Result<DecryptResponse, Error> {
        let named = self.key_id.as_deref().ok_or_else(|| error::kms::dry_run_modifier("KeyId"))?;
        let key = granted(self, (named, Takes::Alias), self.grant_tokens.as_ref(), visit)?;
        usable(visit, &key, "Decrypt")?;
        algorithm(self.encryption_algorithm.as_ref())?;
        self.context()?;
        Err(error::kms::dry_run())
    }
}
