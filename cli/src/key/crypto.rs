//! `strongroom key encrypt`, `decrypt`, `data-key`.

use std::io::{self, IsTerminal as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::{Args, ValueEnum};
use strongroom::SecretBytes;
use strongroom::name::Text;
use strongroom::operation::kms;

use crate::failure::{Done, Failure};
use crate::get;
use crate::output::{self, Format};
use crate::pairs::{context, pair};
use crate::run::Run;
use crate::terminal::note;
use crate::value::{self, shown};

/// What all three take.
#[derive(Args, Debug)]
pub struct Common {
    /// A pair of the encryption context, which decrypting must repeat; may be given several times. Not secret
    #[arg(long, value_name = "K=V", value_parser = pair)]
    context: Vec<(String, String)>,
    #[command(flatten)]
    leave: Leave,
}

/// What every use of a key takes.
#[derive(Args, Debug)]
pub struct Leave {
    /// A grant's token
    #[arg(long, value_name = "TOKEN")]
    grant_token: Vec<String>,
    /// Check everything, do nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Args, Debug)]
pub struct Encrypt {
    /// Id, ARN, alias/NAME or alias ARN
    key: String,
    /// `-` or `@PATH`; standard input without it
    source: Option<String>,
    /// Print base64
    #[arg(long)]
    base64: bool,
    #[command(flatten)]
    common: Common,
}

#[derive(Args, Debug)]
pub struct Decrypt {
    /// `-` or `@PATH`; standard input without it
    source: Option<String>,
    /// The key that it must be of; without it, the key that the ciphertext names
    #[arg(long)]
    key: Option<String>,
    /// The ciphertext is base64
    #[arg(long)]
    base64: bool,
    /// Show the plaintext on a terminal
    #[arg(long)]
    show: bool,
    #[command(flatten)]
    common: Common,
}

#[derive(Args, Debug)]
pub struct DataKey {
    /// Id, ARN, alias/NAME or alias ARN
    key: String,
    /// Its length in bytes, instead of a kind
    #[arg(long, conflicts_with = "spec")]
    bytes: Option<i64>,
    /// Its kind
    #[arg(long, value_enum, default_value_t = Spec::Aes256)]
    spec: Spec,
    /// Only the encrypted key
    #[arg(long)]
    without_plaintext: bool,
    /// Show the plaintext key on a terminal
    #[arg(long)]
    show: bool,
    #[command(flatten)]
    common: Common,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Spec {
    Aes256,
    Aes128,
}

impl Encrypt {
    pub fn run(&self, run: &Run) -> Done {
        let plain = value::secret_bytes(self.source.as_deref())?;
        run.as_principal(|session| {
            let mut request = kms::Encrypt::new(self.key.as_str(), plain);
            request.encryption_context = context(&self.common.context);
            (request.grant_tokens, request.dry_run) = self.common.leave.members();
            let answer = session.kms().encrypt(request).map_err(passed)?;
            if run.out.quiet || run.out.format != Format::Text {
                return run.out.line(&answer, &["KeyId", "CiphertextBlob"]);
            }
            public("a ciphertext", &answer.ciphertext_blob, self.base64)
        })
        .or_else(quietly_passed)
    }
}

impl Decrypt {
    pub fn run(&self, run: &Run) -> Done {
        let blob = ciphertext(self.source.as_deref(), self.base64)?;
        run.as_principal(|session| {
            let mut request = kms::Decrypt::blob(blob);
            request.key_id = self.key.as_deref().map(Into::into);
            request.encryption_context = context(&self.common.context);
            (request.grant_tokens, request.dry_run) = self.common.leave.members();
            let answer = session.kms().decrypt(request).map_err(passed)?;
            if run.out.quiet || run.out.format == Format::Table {
                return run.out.line(&answer, &["KeyId", "Plaintext"]);
            }
            if run.out.format == Format::Json {
                shown(self.show)?;
                return output::json(&answer);
            }
            if run.out.format.is_pairs() {
                shown(self.show)?;
                return run.out.pairs(&[("Plaintext", answer.plaintext.expose())]);
            }
            get::secret(&answer.plaintext, self.show)
        })
        .or_else(quietly_passed)
    }
}

impl DataKey {
    pub fn run(&self, run: &Run) -> Done {
        let spec = self.bytes.is_none().then_some(match self.spec {
            Spec::Aes256 => kms::DataKeySpec::Aes256,
            Spec::Aes128 => kms::DataKeySpec::Aes128,
        });
        run.as_principal(|session| {
            if self.without_plaintext {
                let mut request = kms::GenerateDataKeyWithoutPlaintext::new(self.key.as_str());
                (request.number_of_bytes, request.key_spec) = (self.bytes, spec);
                request.encryption_context = context(&self.common.context);
                (request.grant_tokens, request.dry_run) = self.common.leave.members();
                let answer = session.kms().generate_data_key_without_plaintext(request).map_err(passed)?;
                return run.out.line(&answer, &["KeyId", "CiphertextBlob"]);
            }
            let mut request = kms::GenerateDataKey::new(self.key.as_str());
            (request.number_of_bytes, request.key_spec) = (self.bytes, spec);
            request.encryption_context = context(&self.common.context);
            (request.grant_tokens, request.dry_run) = self.common.leave.members();
            let answer = session.kms().generate_data_key(request).map_err(passed)?;
            if run.out.format == Format::Json && !run.out.quiet {
                shown(self.show)?;
                return output::json(&answer);
            }
            if run.out.format != Format::Table && !run.out.quiet {
                shown(self.show)?;
                let plain = base64(answer.plaintext.expose());
                let sealed = STANDARD.encode(&*answer.ciphertext_blob);
                if run.out.format.is_pairs() {
                    let (id, sealed) = (("KeyId", answer.key_id.as_bytes()), ("CiphertextBlob", sealed.as_bytes()));
                    return run.out.pairs(&[id, sealed, ("Plaintext", plain.expose())]);
                }
                return output::write(&[
                    answer.key_id.as_bytes(),
                    b"\t",
                    sealed.as_bytes(),
                    b"\t",
                    plain.expose(),
                    b"\n",
                ]);
            }
            run.out.line(&answer, &["KeyId", "CiphertextBlob"])
        })
        .or_else(quietly_passed)
    }
}

impl Leave {
    /// GrantTokens and DryRun of a request.
    pub(super) fn members(&self) -> (Option<Vec<Text>>, Option<bool>) {
        (tokens(&self.grant_token), self.dry_run.then_some(true))
    }
}

/// GrantTokens of a request.
pub(crate) fn tokens(given: &[String]) -> Option<Vec<Text>> {
    (!given.is_empty()).then(|| given.iter().map(Into::into).collect())
}

/// Reads a ciphertext: bytes, or base64 with whatever white space.
pub(super) fn ciphertext(source: Option<&str>, is_base64: bool) -> Result<Vec<u8>, Failure> {
    let read = value::secret_bytes(source)?;
    if !is_base64 {
        return Ok(read.expose().to_vec());
    }
    let text: Vec<u8> = read.expose().iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    STANDARD.decode(text).map_err(|_| Failure::invalid("the ciphertext is not base64"))
}

/// Writes what is no secret, but bytes, which a terminal cannot show.
pub(super) fn public(what: &str, blob: &[u8], as_base64: bool) -> Done {
    if as_base64 {
        return output::write(&[STANDARD.encode(blob).as_bytes(), b"\n"]);
    }
    if io::stdout().is_terminal() {
        return Err(Failure::usage(format!("{what} is bytes that a terminal cannot show"))
            .help("`--base64`, or send it to a file"));
    }
    output::write(&[blob])
}

/// Base64 in a wiped buffer of its exact size.
pub(super) fn base64(bytes: &[u8]) -> SecretBytes {
    let len = base64::encoded_len(bytes.len(), true).unwrap_or_default();
    let filled = SecretBytes::fill_with(len, |out| STANDARD.encode_slice(bytes, out).map(drop));
    // The buffer has the size that the crate itself computed.
    filled.unwrap_or_else(|_| SecretBytes::from(Vec::new()))
}

/// An error whose label tells whether it is a dry run that passed.
pub(crate) fn passed(error: strongroom::Error) -> Failure {
    let dry = error.kind() == strongroom::ErrorKind::DryRunPassed;
    let mut failure = Failure::from(error);
    if dry {
        failure.label = DRY_RUN.into();
    }
    failure
}

/// A dry run that passed is what was asked for.
pub(crate) fn quietly_passed(failure: Failure) -> Done {
    if failure.label == DRY_RUN {
        note("note: everything was checked and would have been done; nothing was done");
        return Ok(());
    }
    Err(failure)
}

const DRY_RUN: &str = "DryRunPassed";
