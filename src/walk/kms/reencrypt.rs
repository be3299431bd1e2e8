//! ReEncrypt: two keys, two decisions, and between them a plaintext that never leaves this file.

use strongroom_keystore::BlobHeader;

use super::crypto::{admitted_by_header, algorithm, blob_to_open, open, seal, usable};
use super::{Takes, check_tokens, end_dry_run, granted, resolve};
use crate::access::acts::kms::{ReEncryptFrom, ReEncryptTo};
use crate::access::gate::Contextual;
use crate::error::{self, Error};
use crate::ledger::Look;
use crate::operation::kms::{ReEncrypt, ReEncryptResponse};
use crate::walk::{Read, Visit, reads};

reads!(ReEncrypt);

impl Read for ReEncrypt {
    /// As with Decrypt, nothing but the header of the blob is looked at before both decisions.
    fn walk<L: Look>(&self, visit: &Visit<'_, L>) -> Result<ReEncryptResponse, Error> {
        let named = ("SourceKeyId", self.source_key_id.as_ref());
        let modifiers = self.dry_run_modifiers.as_ref();
        let blob = blob_to_open(self.ciphertext_blob.as_ref(), self.dry_run, modifiers, named)?;
        let header = blob.and_then(|blob| BlobHeader::parse(blob));
        let tokens = self.grant_tokens.as_ref();
        check_tokens(visit, tokens)?;
        // Whether it is one key must be known to decide either side; names resolve before anybody is authorised.
        let destination = resolve(visit.look, &self.destination_key_id)?;
        let source = match (&self.source_key_id, &header) {
            (Some(named), _) => resolve(visit.look, named)?,
            (None, Some(header)) => header.key.id,
            (None, None) => return Err(error::kms::invalid_ciphertext()),
        };
        let from = ReEncryptFrom::of(self, source == destination);
        let to = ReEncryptTo::of(self, source == destination);
        let old = match &self.source_key_id {
            Some(named) => granted(&from, (named, Takes::Alias), tokens, visit)?,
            None => admitted_by_header(&from, header.as_ref(), tokens, visit)?,
        };
        let new = granted(&to, (&self.destination_key_id, Takes::Alias), tokens, visit)?;
        usable(visit, &old, "ReEncryptFrom")?;
        usable(visit, &new, "ReEncrypt")?;
        let old_algorithm = algorithm(self.source_encryption_algorithm.as_ref())?;
        let new_algorithm = algorithm(self.destination_encryption_algorithm.as_ref())?;
        to.context()?;
        let Some(blob) = blob else {
            from.context()?;
            return Err(error::kms::dry_run());
        };
        let (plaintext, old_material) = open(visit, &old, &from, header.as_ref(), blob)?;
        end_dry_run(self.dry_run)?;
        let entry = &old.row().entry;
        visit.note_use::<ReEncryptFrom<'_>>(&entry.uses, &entry.row.id);
        let (sealed, new_material) = seal(visit, &new, &to, plaintext.expose())?;
        let new_material = new.row().entry.material_id(new_material).ok_or_else(error::damaged)?;
        Ok(ReEncryptResponse::new(
            sealed,
            old.resource(),
            new.resource(),
            old_algorithm,
            new_algorithm,
            old_material,
            new_material,
        ))
    }
}
