//! `strongroom key`.

mod alias;
mod crypto;
pub mod dependents;
mod reencrypt;

use clap::{Args, Subcommand};
use strongroom::operation::kms::{
    CreateAlias, CreateKey, DescribeKey, GetKeyPolicy, ListKeys, ListKeysResponse, PutKeyPolicy, Tag,
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
    Describe(Describe),
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
    /// Make a data key: in the clear, and encrypted under a key
    DataKey(crypto::DataKey),
    /// Show what would be lost with a key: the secrets under it, the grants on it
    Dependents(dependents::Dependents),
    /// Move secrets from older material of their keys to the current one
    #[command(after_help = reencrypt::NOTE)]
    Reencrypt(reencrypt::Reencrypt),
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
    /// Give it the id of a multi-region key
    #[arg(long)]
    multi_region: bool,
}

#[derive(Args, Debug)]
pub struct Describe {
    /// Id, ARN, alias/NAME or alias ARN
    key: String,
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
            Self::Alias(alias) => alias.run(run),
            Self::Policy(KeyPolicy::Get { key }) => get_policy(run, &key),
            Self::Policy(KeyPolicy::Put { key, source, bypass_lockout_check }) => {
                put_policy(run, &key, source.as_deref(), bypass_lockout_check)
            }
            Self::Encrypt(encrypt) => encrypt.run(run),
            Self::Decrypt(decrypt) => decrypt.run(run),
            Self::DataKey(data_key) => data_key.run(run),
            Self::Dependents(dependents) => dependents.run(run),
            Self::Reencrypt(reencrypt) => reencrypt.run(run),
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
            request.multi_region = self.multi_region.then_some(true);
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

impl Describe {
    fn run(&self, run: &Run) -> Done {
        run.as_principal(|session| {
            let answer = session.kms().describe_key(DescribeKey::new(self.key.as_str()))?;
            run.out.thing(&answer, "KeyMetadata.KeyId")
        })
    }
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
