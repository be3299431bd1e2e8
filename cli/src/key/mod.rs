//! `strongroom key`.

mod alias;
pub(crate) mod crypto;
mod dependents;
mod import;
mod life;
mod mac;
mod reencrypt;
mod rotation;
mod secrets;

use clap::{Args, Subcommand, ValueEnum};
use strongroom::operation::kms::{
    CreateAlias, CreateKey, GetKeyPolicy, KeySpec, KeyUsage, ListKeys, ListKeysResponse, PutKeyPolicy, Tag,
};

use crate::failure::{Done, Failure};
use crate::pages;
use crate::pairs::pair;
use crate::run::Run;
use crate::value;

#[derive(Subcommand, Debug)]
#[command(
    after_help = "Example:\n  strongroom key create --alias alias/app && strongroom key encrypt alias/app < plain > sealed"
)]
pub enum Key {
    /// Make a key
    Create(Create),
    /// List the keys
    List,
    /// Show everything about a key but its material and policy
    Describe(life::Describe),
    /// Make a key usable again
    Enable(life::One),
    /// Make a key useless until it is enabled again
    Disable(life::One),
    /// Delete a key, at first with a way back
    ScheduleDeletion(life::Schedule),
    /// Take back a deletion; the key is then disabled
    CancelDeletion(life::One),
    /// Set a key's description
    SetDescription(life::SetDescription),
    /// Set tags of a key
    Tag(life::Tag),
    /// Remove tags of a key
    Untag(life::Untag),
    /// List a key's tags
    Tags(life::One),
    /// Other names of keys
    #[command(subcommand)]
    Alias(alias::Alias),
    /// The policy of a key
    #[command(subcommand)]
    Policy(KeyPolicy),
    /// Encrypt up to 4,096 bytes: raw bytes in, raw bytes out
    Encrypt(crypto::Encrypt),
    /// Decrypt what `encrypt` or `data-key` made
    Decrypt(crypto::Decrypt),
    /// Decrypt and encrypt again under another key or context: nobody sees the plaintext
    Reencrypt(reencrypt::ReEncrypt),
    /// Make a data key: in the clear, and encrypted under a key
    DataKey(crypto::DataKey),
    /// Compute the MAC of up to 4,096 bytes: raw bytes in, raw bytes out
    Mac(mac::Mac),
    /// Check the MAC of a message
    VerifyMac(mac::Verify),
    /// Make random bytes
    Random(mac::Random),
    /// Rotate a key now: the same as `key rotation now`
    Rotate(life::One),
    /// New material, by itself or now
    #[command(subcommand)]
    Rotation(rotation::Rotation),
    /// Bring key material that was made elsewhere
    Import(import::Import),
    /// Take imported material away; the key serves nothing until it is back
    DeleteMaterial(import::DeleteMaterial),
    /// Show what would be lost with a key: the secrets under it, the grants on it
    Dependents(dependents::Dependents),
}

#[derive(Args, Debug)]
pub struct Create {
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// A name for it: alias/NAME
    #[arg(long, value_name = "ALIAS")]
    alias: Option<String>,
    /// Its policy: `-` or `@PATH`; without it, one by which the account's own policies decide
    #[arg(long, value_name = "SOURCE")]
    policy: Option<String>,
    /// Take a policy that would lock the caller out
    #[arg(long, requires = "policy")]
    bypass_lockout_check: bool,
    /// A tag; may be given several times
    #[arg(long, value_name = "K=V", value_parser = pair)]
    tag: Vec<(String, String)>,
    /// Make it without material, for `key import`
    #[arg(long)]
    external: bool,
    /// Give it the id of a multi-region key
    #[arg(long)]
    multi_region: bool,
    /// Its kind; one that encrypts without it
    #[arg(long, value_enum)]
    spec: Option<Spec>,
    /// What it is for; follows from its kind without it
    #[arg(long, value_enum)]
    usage: Option<Usage>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Spec {
    #[value(name = "SYMMETRIC_DEFAULT")]
    Symmetric,
    #[value(name = "HMAC_224")]
    Hmac224,
    #[value(name = "HMAC_256")]
    Hmac256,
    #[value(name = "HMAC_384")]
    Hmac384,
    #[value(name = "HMAC_512")]
    Hmac512,
}
impl From<Spec> for KeySpec {
    fn from(spec: Spec) -> Self {
        match spec {
            Spec::Symmetric => Self::SymmetricDefault,
            Spec::Hmac224 => Self::Hmac224,
            Spec::Hmac256 => Self::Hmac256,
            Spec::Hmac384 => Self::Hmac384,
            Spec::Hmac512 => Self::Hmac512,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Usage {
    #[value(name = "ENCRYPT_DECRYPT")]
    Encrypt,
    #[value(name = "GENERATE_VERIFY_MAC")]
    Mac,
}
impl From<Usage> for KeyUsage {
    fn from(usage: Usage) -> Self {
        match usage {
            Usage::Encrypt => Self::EncryptDecrypt,
            Usage::Mac => Self::GenerateVerifyMac,
        }
    }
}

#[derive(Subcommand, Debug)]
pub enum KeyPolicy {
    /// Print it
    Get {
        /// Id or ARN
        key: String,
    },
    /// Set it
    Put {
        /// Id or ARN
        key: String,
        /// `-` or `@PATH`; standard input without it
        source: Option<String>,
        /// Take a policy that would lock the caller out
        #[arg(long)]
        bypass_lockout_check: bool,
    },
}

impl Key {
    pub fn run(self, run: &Run) -> Done {
        match self {
            Self::Create(create) => create.run(run),
            Self::List => list(run),
            Self::Describe(describe) => describe.run(run),
            Self::Enable(one) => one.enable(run),
            Self::Disable(one) => one.disable(run),
            Self::ScheduleDeletion(schedule) => schedule.run(run),
            Self::CancelDeletion(one) => one.cancel_deletion(run),
            Self::SetDescription(set) => set.run(run),
            Self::Tag(tag) => tag.run(run),
            Self::Untag(untag) => untag.run(run),
            Self::Tags(one) => one.tags(run),
            Self::Alias(alias) => alias.run(run),
            Self::Policy(KeyPolicy::Get { key }) => get_policy(run, &key),
            Self::Policy(KeyPolicy::Put { key, source, bypass_lockout_check }) => {
                put_policy(run, &key, source.as_deref(), bypass_lockout_check)
            }
            Self::Encrypt(encrypt) => encrypt.run(run),
            Self::Decrypt(decrypt) => decrypt.run(run),
            Self::Reencrypt(reencrypt) => reencrypt.run(run),
            Self::DataKey(data_key) => data_key.run(run),
            Self::Mac(mac) => mac.run(run),
            Self::VerifyMac(verify) => verify.run(run),
            Self::Random(random) => random.run(run),
            Self::Rotate(one) => rotation::Rotation::Now { key: one.key.clone() }.run(run),
            Self::Rotation(rotation) => rotation.run(run),
            Self::Import(import) => import.run(run),
            Self::DeleteMaterial(delete) => delete.run(run),
            Self::Dependents(dependents) => dependents.run(run),
        }
    }
}

impl Create {
    fn run(&self, run: &Run) -> Done {
        let policy = self.policy.as_deref().map(|source| value::document(Some(source))).transpose()?;
        if let Some(alias) = self.alias.as_deref().filter(|alias| !alias.starts_with("alias/")) {
            // Known before a key is made that nobody wanted without it.
            return Err(Failure::invalid(format!("`{alias}` is no alias")).help(format!("`alias/{alias}`")));
        }
        run.as_principal(|session| {
            let mut request = CreateKey::new();
            request.description = self.description.as_deref().map(Into::into);
            request.policy = policy.map(Into::into);
            request.bypass_policy_lockout_safety_check = self.bypass_lockout_check.then_some(true);
            request.origin = self.external.then(|| "EXTERNAL".into());
            request.multi_region = self.multi_region.then_some(true);
            request.key_spec = self.spec.map(KeySpec::from);
            // AWS wants the usage said of every key but those that encrypt; of the kinds that are made here each has one.
            let implied = self.spec.filter(|spec| *spec != Spec::Symmetric).map(|_| Usage::Mac);
            request.key_usage = self.usage.or(implied).map(KeyUsage::from);
            if !self.tag.is_empty() {
                request.tags = Some(self.tag.iter().map(|(key, value)| Tag::new(key, value)).collect());
            }
            let answer = session.kms().create_key(request)?;
            let made = run.out.line(&answer, &["KeyMetadata.KeyId", "KeyMetadata.Arn"]);
            if let Some(alias) = &self.alias {
                let named = CreateAlias::new(alias, answer.key_metadata.key_id.clone());
                session.kms().create_alias(named).map_err(|error| {
                    Failure::from(error).help("the key was made; `strongroom key alias create` gives it an alias")
                })?;
            }
            made
        })
    }
}

fn list(run: &Run) -> Done {
    run.as_principal(|session| {
        let keys = pages::every(|marker| {
            let mut request = ListKeys::new();
            request.marker = marker;
            let page = session.kms().list_keys(request)?;
            Ok((page.keys, page.next_marker))
        })?;
        let answer = ListKeysResponse::new(keys, false);
        run.out.list(&answer, &answer.keys, &["KeyId", "KeyArn"])
    })
}

/// `key policy get` and `policy get --key`.
pub fn get_policy(run: &Run, key: &str) -> Done {
    run.as_principal(|session| {
        let answer = session.kms().get_key_policy(GetKeyPolicy::new(key))?;
        run.out.text(&answer, &answer.policy)
    })
}

/// `key policy put` and `policy put --key`.
pub fn put_policy(run: &Run, key: &str, source: Option<&str>, bypass: bool) -> Done {
    let text = value::document(source)?;
    run.as_principal(|session| {
        let mut request = PutKeyPolicy::new(key, text);
        request.bypass_policy_lockout_safety_check = bypass.then_some(true);
        let answer = session.kms().put_key_policy(request)?;
        run.out.nothing(&answer)
    })
}
