//! GetParametersForImport, ImportKeyMaterial, DeleteImportedKeyMaterial; what AWS has not, GetWrappingKeyForImport and
//! ImportRawKeyMaterial; and the expiry of imported material.

use strongroom_keystore::SecretBytes;
#[cfg(feature = "rsa-import")]
use strongroom_keystore::{RsaBits, RsaWrapping};

use super::admitted;
use crate::access::acts::rotation::ExpireMaterial;
use crate::access::acts::through;
use crate::access::{KeyFacts, Pass, Reaches, Writes};
use crate::clock::Timestamp;
use crate::error::{self, Error};
use crate::ledger::{Keys as _, Look};
use crate::model::hex::hex;
use crate::model::key::{ImportWish, KeyRow, KeyRule, KeySpec, TOKEN_MS};
use crate::name::Text;
use crate::operation::kms::{
    DeleteImportedKeyMaterial, DeleteImportedKeyMaterialResponse, ExpirationModel, GetParametersForImport,
    GetParametersForImportResponse, GetWrappingKeyForImport, GetWrappingKeyForImportResponse, ImportKeyMaterial,
    ImportKeyMaterialResponse, ImportRawKeyMaterial, ImportRawKeyMaterialResponse, ImportType,
};
#[cfg(feature = "rsa-import")]
use crate::operation::kms::{WrappingAlgorithm, WrappingKeySpec};
use crate::walk::{Read, Reading, Visit, Write, Writing, reads, writes};

reads!(GetParametersForImport, GetWrappingKeyForImport);
writes!(ImportKeyMaterial, ImportRawKeyMaterial, DeleteImportedKeyMaterial);

impl Read for GetParametersForImport {
    fn walk<L: Look>(&self, visit: &Visit<'_, L>) -> Result<GetParametersForImportResponse, Error> {
        let key = admitted(self, &self.key_id, visit)?;
        key.row().entry.row.admits(KeyRule::Import, visit.observed())?;
        #[cfg(not(feature = "rsa-import"))]
        return Err(error::kms::no_rsa_import());
        #[cfg(feature = "rsa-import")]
        {
            let (bits, way) = rsa_of(self)?;
            let (expires, instant) = token_end(visit)?;
            let (token, public) = visit.keystore.rsa_import_token(key.row().entry.row.key_id(), instant, bits, way)?;
            Ok(GetParametersForImportResponse::new(key.resource(), token, public, expires))
        }
    }
}
/// The length of the pair, and how the material comes under it.
/// # Errors
/// `Unsupported`: SM2, and the padding of PKCS #1 version 1.5, which AWS has withdrawn.
#[cfg(feature = "rsa-import")]
fn rsa_of(asked: &GetParametersForImport) -> Result<(RsaBits, RsaWrapping), Error> {
    let bits = match asked.wrapping_key_spec {
        WrappingKeySpec::Rsa2048 => RsaBits::Rsa2048,
        WrappingKeySpec::Rsa3072 => RsaBits::Rsa3072,
        WrappingKeySpec::Rsa4096 => RsaBits::Rsa4096,
        _ => return Err(error::kms::no_such_wrapping(asked.wrapping_key_spec.as_str())),
    };
    let way = match asked.wrapping_algorithm {
        WrappingAlgorithm::RsaesOaepSha1 => RsaWrapping::OaepSha1,
        WrappingAlgorithm::RsaesOaepSha256 => RsaWrapping::OaepSha256,
        WrappingAlgorithm::RsaAesKeyWrapSha1 => RsaWrapping::AesKeyWrapSha1,
        WrappingAlgorithm::RsaAesKeyWrapSha256 => RsaWrapping::AesKeyWrapSha256,
        _ => return Err(error::kms::no_such_wrapping(asked.wrapping_algorithm.as_str())),
    };
    Ok((bits, way))
}
/// When a token that is given out now ends: as shown, and as it is sealed in.
fn token_end<L: Look>(visit: &Visit<'_, L>) -> Result<(Timestamp, u64), Error> {
    let expires = visit.observed().plus_millis(TOKEN_MS);
    Ok((expires, u64::try_from(expires.as_millis()).map_err(|_| error::damaged())?))
}

impl Read for GetWrappingKeyForImport {
    fn walk<L: Look>(&self, visit: &Visit<'_, L>) -> Result<GetWrappingKeyForImportResponse, Error> {
        let key = admitted(self, &self.key_id, visit)?;
        let row = &key.row().entry.row;
        row.admits(KeyRule::Import, visit.observed())?;
        let (expires, instant) = token_end(visit)?;
        let (token, wrapping_key) = visit.keystore.import_token(row.key_id(), instant)?;
        Ok(GetWrappingKeyForImportResponse::new(key.resource(), token, wrapping_key, expires))
    }
}

/// What the two ways in say of the material.
macro_rules! wish {
    ($request:ident) => {
        ImportWish {
            import_type: $request.import_type.as_ref().map(ImportType::as_str),
            expiration_model: $request.expiration_model.as_ref().map(ExpirationModel::as_str),
            valid_to: $request.valid_to,
            description: $request.key_material_description.as_ref(),
            material_id: $request.key_material_id.as_deref(),
        }
    };
}

impl Write for ImportKeyMaterial {
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        admitted(self, &self.key_id, visit).map(|_| ())
    }
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<ImportKeyMaterialResponse, Error> {
        let key = admitted(self, &self.key_id, visit)?;
        let id = take_in(visit, &key, &wish!(self), |row| {
            let token = visit.keystore.open_import_token(row.key_id(), &self.import_token);
            let token = token.ok_or_else(error::kms::invalid_import_token)?;
            // Good for a day, the last moment not included.
            let now = u64::try_from(visit.observed().as_millis()).map_err(|_| error::damaged())?;
            if token.expires <= now {
                return Err(error::kms::expired_import_token());
            }
            token.unwrap_material(&self.encrypted_key_material).map_err(|_| error::kms::invalid_ciphertext())
        })?;
        let mut answer = ImportKeyMaterialResponse::new(key.resource());
        answer.key_material_id = id;
        Ok(answer)
    }
}

impl Write for ImportRawKeyMaterial {
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        admitted(self, &self.key_id, visit).map(|_| ())
    }
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<ImportRawKeyMaterialResponse, Error> {
        let key = admitted(self, &self.key_id, visit)?;
        let id = take_in(visit, &key, &wish!(self), |_| Ok(SecretBytes::copy_of(self.key_material.expose())))?;
        let mut answer = ImportRawKeyMaterialResponse::new(key.resource());
        answer.key_material_id = id;
        Ok(answer)
    }
}

/// Takes material in, once admitted: state, members, the material itself, in this order. Gives the id that is answered.
fn take_in<'v, A>(
    visit: &Writing<'v, '_>,
    key: &Pass<'v, A, KeyFacts>,
    wish: &ImportWish<'_>,
    material: impl FnOnce(&KeyRow) -> Result<SecretBytes, Error>,
) -> Result<Option<Text>, Error>
where
    A: Reaches<through::Make> + Writes<KeyRow>,
{
    let mut row = key.row().entry.row.clone();
    let now = visit.observed();
    row.admits(KeyRule::Import, now)?;
    let valid_to = row.check_import(wish, now)?;
    let material = material(&row)?;
    expire(visit, key, &mut row)?;
    let permit = visit.gate.make(key, row.key_id());
    let id = visit.keystore.material_id(&permit, material.expose())?;
    let version = row.place_import(wish, material.len(), &id)?;
    let made = visit.keystore.import(permit, version, material.expose())?;
    visit.look.save_backing(key, &row.id, &made.wrapped)?;
    row.imported(version, id, now, (valid_to, wish.description));
    visit.look.save_key(key, &row)?;
    Ok((row.spec == KeySpec::SymmetricDefault).then(|| hex(&made.material_id)))
}

impl Write for DeleteImportedKeyMaterial {
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        admitted(self, &self.key_id, visit).map(|_| ())
    }
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<DeleteImportedKeyMaterialResponse, Error> {
        let key = admitted(self, &self.key_id, visit)?;
        let mut row = key.row().entry.row.clone();
        row.admits(KeyRule::DeleteImportedKeyMaterial, visit.observed())?;
        let symmetric = row.spec == KeySpec::SymmetricDefault;
        if self.key_material_id.is_some() && !symmetric {
            return Err(error::kms::symmetric_import_only());
        }
        let found = match &self.key_material_id {
            Some(id) => {
                let named = row.materials.iter().find(|material| *material.id() == **id);
                Some(named.ok_or_else(|| error::kms::material_not_found(id, &row.arn))?)
            }
            None => row.current_material(),
        };
        let mut answer = DeleteImportedKeyMaterialResponse::new(key.resource());
        // A key that never had any: nothing to take away, and no error.
        let Some((version, id)) = found.map(|material| (material.version, material.id())) else { return Ok(answer) };
        answer.key_material_id = symmetric.then_some(id);
        let expired = expire(visit, &key, &mut row)?;
        if row.material(version).is_some_and(crate::model::key::MaterialRow::is_here) {
            remove(visit, &key, &mut row, version)?;
            visit.look.save_key(&key, &row)?;
        } else if expired > 0 {
            visit.look.save_key(&key, &row)?;
        }
        Ok(answer)
    }
}

/// Takes away what has expired, in a key that is about to be saved. How many that were. What has expired by a clock that jumped
/// serves nothing, and stays.
pub(super) fn expire<'v, A: Writes<KeyRow>>(
    visit: &Writing<'v, '_>,
    key: &Pass<'v, A, KeyFacts>,
    row: &mut KeyRow,
) -> Result<usize, Error> {
    if visit.look.is_clock_in_doubt(visit.observed())? {
        return Ok(0);
    }
    let over = row.expired_materials(visit.observed());
    for version in &over {
        remove(visit, key, row, *version)?;
    }
    Ok(over.len())
}
fn remove<'v, A: Writes<KeyRow>>(
    visit: &Writing<'v, '_>,
    key: &Pass<'v, A, KeyFacts>,
    row: &mut KeyRow,
    version: u32,
) -> Result<(), Error> {
    visit.look.remove_backing(key, &row.id, version)?;
    row.remove_material(version);
    // What was opened of it goes as well.
    visit.keystore.forget(row.key_id());
    Ok(())
}

/// Writes down what has expired of a key. How many materials that were.
pub(crate) fn expire_if_due(visit: &Writing<'_, '_>, id: &[u8; 16]) -> Result<usize, Error> {
    let Some(facts) = visit.look.key_due(id)? else { return Ok(0) };
    let Some(key) = visit.gate.due::<ExpireMaterial>(facts, visit.observed()) else { return Ok(0) };
    let mut row = key.row().entry.row.clone();
    let count = expire(visit, &key, &mut row)?;
    visit.look.save_key(&key, &row)?;
    visit.call.note_due("kms:DeleteExpiredKeyMaterial", key.resource());
    Ok(count)
}
