//! The command line as a whole: one noun or verb, one file.

use clap::{Parser, Subcommand};

use crate::failure::{Done, Failure};
use crate::run::Run;
use crate::settings::Global;
use crate::{
    access_key, audit, call, compact, completions, demo, describe, doctor, due, expire, get, grant, group, history,
    init, key, list, locate, mfa, password, policy, put, remove, replicate, role, rotation, slot, stage, status, tag,
    update, user, version,
};

/// An encrypted secret store in one file, with the policies of AWS Secrets Manager, KMS and IAM
#[derive(Parser, Debug)]
#[command(name = "strongroom", version, arg_required_else_help = true, max_term_width = 110, after_help = EXAMPLES)]
pub struct Arguments {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand, Debug)]
pub enum Command {
    /// Make a store
    Init(init::Init),
    /// See what it can do: plays a story in a temporary folder and leaves nothing behind
    #[command(after_help = demo::NOTE)]
    Demo,
    /// Store a value: a new version of a secret, or a new secret
    Put(Box<put::Put>),
    /// Print a value
    Get(get::Get),
    /// List secrets
    Ls(list::List),
    /// Change a secret's description or key
    #[command(after_help = update::EXAMPLES)]
    Update(update::Update),
    /// Show everything about a secret but its value
    Describe(describe::Describe),
    /// Delete a secret, at first with a way back
    Rm(remove::Remove),
    /// Take back a deletion
    Restore(remove::Restore),
    /// List the versions of a secret
    History(history::History),
    /// Move a label from one version to another
    Stage(stage::Stage),
    /// Set, remove or show tags
    Tag(tag::Tag),
    /// Replicate a secret to other regions
    Replicate(replicate::Replicate),
    /// Delete replicas of a secret
    ReplicaRemove(replicate::Remove),
    /// Make a replica a secret of its own
    ReplicaPromote(replicate::Promote),
    /// Rotation of secrets: set, run, look after
    #[command(subcommand)]
    Rotation(rotation::Rotation),
    /// Make a random password
    #[command(after_help = password::EXAMPLES)]
    Password(password::Password),
    /// Any operation of any service by its AWS name, JSON in and out
    #[command(after_help = call::EXAMPLES)]
    Call(call::Call),
    /// Say when a secret's value stops being of use
    Expire(expire::Expire),
    /// List what wants attention: expiries, rotations, deletions
    Due(due::Due),
    /// Keys: make, list, describe, aliases, policies, encrypt, decrypt, data keys
    #[command(subcommand)]
    Key(Box<key::Key>),
    /// Grants on keys
    #[command(subcommand)]
    Grant(grant::Grant),
    /// Users
    #[command(subcommand)]
    User(user::User),
    /// Access keys of users
    #[command(subcommand)]
    AccessKey(access_key::AccessKey),
    /// MFA devices of users
    #[command(subcommand)]
    Mfa(mfa::Mfa),
    /// Groups of users
    #[command(subcommand)]
    Group(group::Group),
    /// Roles
    #[command(subcommand)]
    Role(role::Role),
    /// Policies: of secrets, keys, users, groups and roles; managed ones; decisions and their reasons
    #[command(subcommand)]
    Policy(Box<policy::Policy>),
    /// Ways to unlock the store
    #[command(subcommand)]
    Slot(slot::Slot),
    /// The journal: who changed what, and whether anybody changed the journal
    #[command(subcommand)]
    Audit(audit::Audit),
    /// Counts and sizes of the open store
    Status(status::Status),
    /// Give unused space of the file back to the disk
    #[command(after_help = compact::NOTE)]
    Compact,
    /// Print which store is meant, and why
    #[command(after_help = locate::EXAMPLES)]
    Where,
    /// Look for what is wrong or weak
    Doctor(doctor::Doctor),
    /// Print the version
    Version(version::Version),
    /// Print a completion script for a shell
    Completions(completions::Completions),
}

impl Command {
    pub fn run(self, global: Global) -> Done {
        // These need neither store nor configuration, and must work where both are broken.
        match &self {
            Self::Demo => return demo::run(),
            Self::Version(version) => return version.run(&global),
            Self::Completions(completions) => return completions.run(),
            Self::Policy(policy) if policy.needs_no_store() => return policy.run_alone(),
            Self::Rotation(rotation::Rotation::Call(call)) => return call.run_alone(),
            _ => {}
        }
        let run = Run::new(global)?;
        match self {
            Self::Init(init) => init.run(&run),
            Self::Put(put) => put.run(&run),
            Self::Get(get) => get.run(&run),
            Self::Ls(list) => list.run(&run),
            Self::Update(update) => update.run(&run),
            Self::Describe(describe) => describe.run(&run),
            Self::Rm(remove) => remove.run(&run),
            Self::Restore(restore) => restore.run(&run),
            Self::History(history) => history.run(&run),
            Self::Stage(stage) => stage.run(&run),
            Self::Tag(tag) => tag.run(&run),
            Self::Replicate(replicate) => replicate.run(&run),
            Self::ReplicaRemove(remove) => remove.run(&run),
            Self::ReplicaPromote(promote) => promote.run(&run),
            Self::Rotation(rotation) => rotation.run(&run),
            Self::Password(password) => password.run(&run),
            Self::Call(call) => call.run(&run),
            Self::Expire(expire) => expire.run(&run),
            Self::Due(due) => due.run(&run),
            Self::Key(key) => key.run(&run),
            Self::Grant(grant) => grant.run(&run),
            Self::User(user) => user.run(&run),
            Self::AccessKey(key) => key.run(&run),
            Self::Mfa(mfa) => mfa.run(&run),
            Self::Group(group) => group.run(&run),
            Self::Role(role) => role.run(&run),
            Self::Policy(policy) => policy.run(&run),
            Self::Slot(slot) => slot.run(&run),
            Self::Audit(audit) => audit.run(&run),
            Self::Status(status) => status::run(&run, &status),
            Self::Compact => compact::run(&run),
            Self::Where => locate::run(&run),
            Self::Doctor(doctor) => doctor.run(&run),
            Self::Demo | Self::Version(_) | Self::Completions(_) => Err(Failure::usage("done above")),
        }
    }
}

const EXAMPLES: &str = "\
Examples:
  strongroom init
  strongroom put prod/db --generate 24
  strongroom get prod/db
  strongroom policy explain --as user/ci --action secretsmanager:GetSecretValue --resource prod/db

Exit codes: 0 done, 1 other failure, 2 usage, 3 not found, 4 access denied, 5 cannot unlock, 6 damaged or newer
format, 7 busy, 8 conflict, 9 no audit record, 10 invalid request, 11 malformed policy, 12 disk";
