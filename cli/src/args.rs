//! The command line as a whole: one noun or verb, one file.

use clap::{Parser, Subcommand};

use crate::failure::{Done, Failure};
use crate::run::Run;
use crate::settings::Global;
use crate::{
    access_key, api, audit, compact, completions, demo, describe, doctor, due, expire, get, grant, group, history,
    init, key, list, locate, lock, mfa, password, policy, put, remove, replicate, role, rotation, serve, slot, stage,
    status, tag, update, user, version,
};
use crate::{
    aws_env, backup, copy, credential, diff, environment, execute, export, find, import, man, restore_from, rollback,
    template, upgrade, watch,
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
    #[command(alias = "list")]
    Ls(list::List),
    /// Change a secret's description or key
    #[command(after_help = update::EXAMPLES)]
    Update(update::Update),
    /// Show everything about a secret but its value
    Describe(describe::Describe),
    /// Delete a secret, at first with a way back
    #[command(alias = "delete")]
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
    #[command(after_help = api::EXAMPLES, alias = "call")]
    Api(api::Api),
    /// Run a program with secrets in its environment or in private files
    #[command(after_help = execute::NOTE)]
    Run(execute::Execute),
    /// Print secrets as variables for a shell, a service or a container
    #[command(after_help = environment::NOTE)]
    Env(environment::Environment),
    /// Files with secrets filled in
    #[command(subcommand)]
    Template(template::Template),
    /// Wait for changes of secrets, and run a command for them
    #[command(after_help = watch::NOTE)]
    Watch(watch::Watch),
    /// Look for secrets by a part of their name
    #[command(after_help = find::EXAMPLES)]
    Find(find::Find),
    /// Copy a secret
    #[command(after_help = copy::COPY_NOTE, alias = "copy")]
    Cp(copy::Copy),
    /// Give a secret another name
    #[command(after_help = copy::MOVE_NOTE, alias = "move")]
    Mv(copy::Move),
    /// Compare two values without showing them
    #[command(after_help = diff::EXAMPLES)]
    Diff(diff::Diff),
    /// Make the previous version the current one
    #[command(after_help = rollback::EXAMPLES)]
    Rollback(rollback::Rollback),
    /// Rotate a secret now
    Rotate(rotation::Rotate),
    /// Temporary credentials, as AWS's tools ask an external program for them
    #[command(after_help = credential::NOTE)]
    CredentialProcess(credential::CredentialProcess),
    /// Print the variables by which AWS's tools find a server
    #[command(after_help = aws_env::NOTE)]
    AwsEnv(aws_env::AwsEnv),
    /// Bring the file to the newest format
    #[command(after_help = upgrade::NOTE)]
    Upgrade,
    /// Print manual pages
    #[command(after_help = man::EXAMPLES)]
    Man(man::ManPages),
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
    /// Serve the store to AWS's SDKs and command line
    #[command(after_help = serve::EXAMPLES)]
    Serve(Box<serve::Serve>),
    /// Take the keys of a running server away: it answers nothing until it is unlocked
    #[command(after_help = lock::NOTE)]
    Lock(lock::Socket),
    /// Give a running server its keys again, by any slot
    #[command(after_help = lock::NOTE)]
    Unlock(lock::Socket),
    /// Serve a store in memory, instead of an emulator: for tests and local work
    #[command(after_help = serve::dev::EXAMPLES)]
    Dev(Box<serve::dev::Dev>),
    /// Ways to unlock the store
    #[command(subcommand)]
    Slot(slot::Slot),
    /// Copies of the store: make, verify, list
    #[command(subcommand)]
    Backup(backup::Backup),
    /// Put a backup in the place of the store
    #[command(after_help = restore_from::EXAMPLES)]
    RestoreFrom(restore_from::RestoreFrom),
    /// Write secrets out: as AWS shows them, or sealed
    #[command(after_help = export::EXAMPLES)]
    Export(export::Export),
    /// Take secrets in: from AWS, Vault, sops, pass, dotenv, JSON, tables, systemd
    #[command(after_help = import::EXAMPLES)]
    Import(Box<import::Import>),
    /// The journal: who read and changed what, and whether anybody changed the journal
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
            Self::Man(man) => return man.run(),
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
            Self::Api(api) => api.run(&run),
            Self::Run(execute) => execute.run(&run),
            Self::Env(environment) => environment.run(&run),
            Self::Template(template) => template.run(&run),
            Self::Watch(watch) => watch.run(&run),
            Self::Find(find) => find.run(&run),
            Self::Cp(copy) => copy.run(&run),
            Self::Mv(moving) => moving.run(&run),
            Self::Diff(diff) => diff.run(&run),
            Self::Rollback(rollback) => rollback.run(&run),
            Self::Rotate(rotate) => rotate.run(&run),
            Self::CredentialProcess(asked) => asked.run(&run),
            Self::AwsEnv(asked) => asked.run(&run),
            Self::Upgrade => upgrade::run(&run),
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
            Self::Serve(serve) => serve.run(&run),
            Self::Lock(socket) => socket.lock(&run),
            Self::Unlock(socket) => socket.unlock(&run),
            Self::Dev(dev) => dev.run(&run),
            Self::Slot(slot) => slot.run(&run),
            Self::Backup(backup) => backup.run(&run),
            Self::RestoreFrom(restore) => restore.run(&run),
            Self::Export(export) => export.run(&run),
            Self::Import(import) => import.run(&run),
            Self::Audit(audit) => audit.run(&run),
            Self::Status(status) => status::run(&run, &status),
            Self::Compact => compact::run(&run),
            Self::Where => locate::run(&run),
            Self::Doctor(doctor) => doctor.run(&run),
            Self::Demo | Self::Version(_) | Self::Completions(_) | Self::Man(_) => Err(Failure::usage("done above")),
        }
    }
}

const EXAMPLES: &str = "\
Examples:
  strongroom init
  strongroom put prod/db --generate 24
  strongroom get prod/db
  strongroom run --env PGPASSWORD=prod/db -- psql -h db.local
  strongroom policy explain --as user/ci --action secretsmanager:GetSecretValue --resource prod/db

Exit codes: 0 done, 1 other failure, 2 usage, 3 not found, 4 access denied, 5 cannot unlock, 6 damaged or newer
format, 7 busy, 8 conflict, 9 no audit record, 10 invalid request, 11 malformed policy, 12 disk; `run`: see there";
