//! `strongroom key import`, `delete-material`.

use clap::Args;
use strongroom::clock::Timestamp;
use strongroom::operation::kms::{DeleteImportedKeyMaterial, ImportRawKeyMaterial};

use crate::failure::{Done, Failure};
use crate::pairs::date;
use crate::run::Run;
use crate::value;

#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  strongroom key create --external && head -c 32 /dev/urandom | tee kept | strongroom key import KEY"
)]
pub struct Import {
    /// Id or ARN of a key made with `key create --external`
    key: String,
    /// The material, raw bytes: `-` or `@PATH`; standard input without it
    source: Option<String>,
    /// When it expires: 2027-01-31 or 2027-01-31T08:00:00Z; never without it
    #[arg(long, value_name = "DATE", value_parser = date)]
    expires: Option<Timestamp>,
    /// It is new to the key, and waits for `key rotation now`
    #[arg(long)]
    new: bool,
    /// A word about it
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
}

#[derive(Args, Debug)]
pub struct DeleteMaterial {
    /// Id or ARN
    key: String,
    /// Which, by its id; the current one without it
    #[arg(long, value_name = "ID")]
    material: Option<String>,
}

impl Import {
    pub fn run(&self, run: &Run) -> Done {
        let material = value::secret_bytes(self.source.as_deref())?;
        run.as_principal(|session| {
            let mut request = ImportRawKeyMaterial::new(self.key.as_str(), material);
            request.valid_to = self.expires;
            let model = if self.expires.is_some() { "KEY_MATERIAL_EXPIRES" } else { "KEY_MATERIAL_DOES_NOT_EXPIRE" };
            request.expiration_model = Some(model.into());
            request.import_type = self.new.then(|| "NEW_KEY_MATERIAL".into());
            request.key_material_description = self.description.as_deref().map(Into::into);
            let answer = session.kms().import_key_material_raw(request).map_err(|error| {
                let incorrect = error.code() == "IncorrectKeyMaterialException";
                let failure = Failure::from(error);
                if incorrect && !self.new { failure.help("`--new` brings other material than before") } else { failure }
            })?;
            run.out.line(&answer, &["KeyMaterialId", "KeyId"])
        })
    }
}

impl DeleteMaterial {
    pub fn run(&self, run: &Run) -> Done {
        run.as_principal(|session| {
            let mut request = DeleteImportedKeyMaterial::new(self.key.as_str());
            request.key_material_id = self.material.as_deref().map(Into::into);
            let answer = session.kms().delete_imported_key_material(request)?;
            run.out.line(&answer, &["KeyMaterialId", "KeyId"])
        })
    }
}
