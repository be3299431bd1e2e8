//! `strongroom key reencrypt`: one ciphertext, from standard input to standard output, or the secrets of the store.

use clap::Args;
use strongroom::operation::kms;

use super::crypto::{Leave, ciphertext, passed, public, quietly_passed};
use super::secrets;
use crate::failure::Done;
use crate::output::Format;
use crate::pairs::{context, pair};
use crate::run::Run;

pub const NOTE: &str = "\
What a key has encrypted stays under the material of its day when the key rotates. `--all` and `--secrets-of` seal versions of
secrets anew, under the current material, 64 secrets at a time. Cut short, run it again: it goes on where it was. They need the
rights of moving a secret to another key: secretsmanager:ListSecrets and UpdateSecret; kms:GenerateDataKey, Decrypt and Encrypt
on the key.";

#[derive(Args, Debug)]
#[command(after_help = NOTE)]
pub struct ReEncrypt {
    /// The key to encrypt under: id, ARN, alias/NAME or alias ARN
    #[arg(required_unless_present_any = ["all", "secrets_of"], conflicts_with_all = ["all", "secrets_of"])]
    key: Option<String>,
    /// Instead of a ciphertext: all secrets that are under older material of their key
    #[arg(long, conflicts_with = "secrets_of")]
    all: bool,
    /// Instead of a ciphertext: the secrets under older material of this key
    #[arg(long, value_name = "KEY")]
    secrets_of: Option<String>,
    /// The ciphertext: `-` or `@PATH`; standard input without it
    source: Option<String>,
    /// The key that the ciphertext must be of; without it, the key that it names
    #[arg(long, value_name = "KEY")]
    source_key: Option<String>,
    /// A pair of the old encryption context; may be given several times
    #[arg(long, value_name = "K=V", value_parser = pair)]
    source_context: Vec<(String, String)>,
    /// A pair of the new encryption context; may be given several times. Not secret
    #[arg(long, value_name = "K=V", value_parser = pair)]
    context: Vec<(String, String)>,
    /// Read and print base64
    #[arg(long)]
    base64: bool,
    #[command(flatten)]
    leave: Leave,
}

impl ReEncrypt {
    pub fn run(&self, run: &Run) -> Done {
        // One of the three is there: the parser sees to it.
        let Some(key) = &self.key else { return secrets::reencrypt(run, self.secrets_of.as_deref()) };
        let blob = ciphertext(self.source.as_deref(), self.base64)?;
        run.as_principal(|session| {
            let mut request = kms::ReEncrypt::blob(blob, key.as_str());
            request.source_key_id = self.source_key.as_deref().map(Into::into);
            request.source_encryption_context = context(&self.source_context);
            request.destination_encryption_context = context(&self.context);
            (request.grant_tokens, request.dry_run) = self.leave.members();
            let answer = session.kms().re_encrypt(request).map_err(passed)?;
            if run.out.quiet || run.out.format != Format::Text {
                return run.out.line(&answer, &["KeyId", "CiphertextBlob"]);
            }
            public("a ciphertext", &answer.ciphertext_blob, self.base64)
        })
        .or_else(quietly_passed)
    }
}
