//! `strongroom key mac`, `verify-mac`, `random`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::{Args, ValueEnum};
use strongroom::Session;
use strongroom::operation::kms::{DescribeKey, GenerateMac, GenerateRandom, MacAlgorithm, VerifyMac};

use super::crypto::{Leave, base64, passed, public, quietly_passed};
use crate::failure::{Done, Failure};
use crate::get;
use crate::output::{self, Format};
use crate::run::Run;
use crate::value::{self, shown};

/// What making and checking a MAC take alike.
#[derive(Args, Debug)]
pub struct Common {
    /// Its algorithm; without it, that of the key, which is then described first
    #[arg(long, value_enum)]
    algorithm: Option<Algorithm>,
    #[command(flatten)]
    leave: Leave,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Algorithm {
    #[value(name = "HMAC_SHA_224")]
    Sha224,
    #[value(name = "HMAC_SHA_256")]
    Sha256,
    #[value(name = "HMAC_SHA_384")]
    Sha384,
    #[value(name = "HMAC_SHA_512")]
    Sha512,
}

#[derive(Args, Debug)]
#[command(after_help = "Example:\n  strongroom key mac alias/macs @message > message.mac")]
pub struct Mac {
    /// Id, ARN, alias/NAME or alias ARN
    key: String,
    /// The message: `-` or `@PATH`; standard input without it
    source: Option<String>,
    /// Print base64
    #[arg(long)]
    base64: bool,
    #[command(flatten)]
    common: Common,
}

#[derive(Args, Debug)]
#[command(after_help = "Example:\n  strongroom key verify-mac alias/macs @message --mac @message.mac")]
pub struct Verify {
    /// Id, ARN, alias/NAME or alias ARN
    key: String,
    /// The message: `-` or `@PATH`; standard input without it
    source: Option<String>,
    /// The MAC: `@PATH` for its bytes in a file, else itself in base64
    #[arg(long, value_name = "MAC")]
    mac: String,
    #[command(flatten)]
    common: Common,
}

#[derive(Args, Debug)]
#[command(after_help = "Example:\n  strongroom key random 32 > seed")]
pub struct Random {
    /// How many bytes: 1 to 1024
    bytes: i64,
    /// Print base64
    #[arg(long)]
    base64: bool,
    /// Show them on a terminal
    #[arg(long)]
    show: bool,
}

impl Common {
    fn of(&self, key: &str, session: &Session) -> Result<MacAlgorithm, Failure> {
        match self.algorithm {
            Some(Algorithm::Sha224) => Ok(MacAlgorithm::HmacSha224),
            Some(Algorithm::Sha256) => Ok(MacAlgorithm::HmacSha256),
            Some(Algorithm::Sha384) => Ok(MacAlgorithm::HmacSha384),
            Some(Algorithm::Sha512) => Ok(MacAlgorithm::HmacSha512),
            None => {
                let described = session.kms().describe_key(DescribeKey::new(key))?.key_metadata;
                let own = described.mac_algorithms.and_then(|own| own.into_iter().next());
                own.ok_or_else(|| {
                    Failure::invalid(format!("`{key}` is not a key for MACs"))
                        .help("`strongroom key create --spec HMAC_256` makes one")
                })
            }
        }
    }
}

impl Mac {
    pub fn run(&self, run: &Run) -> Done {
        let message = value::secret_bytes(self.source.as_deref())?;
        run.as_principal(|session| {
            let algorithm = self.common.of(&self.key, session)?;
            let mut request = GenerateMac::new(message, self.key.as_str(), algorithm);
            (request.grant_tokens, request.dry_run) = self.common.leave.members();
            let answer = session.kms().generate_mac(request).map_err(passed)?;
            if run.out.quiet || run.out.format != Format::Text {
                return run.out.line(&answer, &["KeyId", "MacAlgorithm", "Mac"]);
            }
            public("a MAC", &answer.mac, self.base64)
        })
        .or_else(quietly_passed)
    }
}

impl Verify {
    pub fn run(&self, run: &Run) -> Done {
        let mac = if self.mac.starts_with('@') {
            value::secret_bytes(Some(&self.mac))?.expose().to_vec()
        } else {
            STANDARD.decode(self.mac.trim()).map_err(|_| Failure::invalid("the MAC is not base64"))?
        };
        let message = value::secret_bytes(self.source.as_deref())?;
        run.as_principal(|session| {
            let algorithm = self.common.of(&self.key, session)?;
            let mut request = VerifyMac::new(message, self.key.as_str(), algorithm, mac);
            (request.grant_tokens, request.dry_run) = self.common.leave.members();
            let answer = session.kms().verify_mac(request).map_err(|error| {
                // AWS says no more than the name of the error.
                let wrong = error.code() == "KMSInvalidMacException";
                let failure = passed(error);
                if wrong { failure.why("this is not the MAC of the message under this key") } else { failure }
            })?;
            run.out.line(&answer, &["KeyId", "MacAlgorithm", "MacValid"])
        })
        .or_else(quietly_passed)
    }
}

impl Random {
    pub fn run(&self, run: &Run) -> Done {
        run.as_principal(|session| {
            let answer = session.kms().generate_random(GenerateRandom::new().number_of_bytes(self.bytes))?;
            if run.out.format == Format::Json && !run.out.quiet {
                shown(self.show)?;
                return output::json(&answer);
            }
            if run.out.format.is_pairs() && !run.out.quiet {
                shown(self.show)?;
                return run.out.pairs(&[("Plaintext", base64(answer.plaintext.expose()).expose())]);
            }
            if self.base64 {
                shown(self.show)?;
                return output::write(&[base64(answer.plaintext.expose()).expose(), b"\n"]);
            }
            get::secret(&answer.plaintext, self.show)
        })
    }
}
