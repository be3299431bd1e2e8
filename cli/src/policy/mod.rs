//! `strongroom policy`.

mod decide;
mod document;
mod lint;
mod managed;
mod validate;
mod what;
mod who;
mod why;

use clap::Subcommand;

use crate::failure::{Done, Failure};
use crate::run::Run;

#[derive(Subcommand, Debug)]
#[command(
    after_help = "Examples:\n  strongroom policy put --secret prod/db @policy.json\n  strongroom policy put --user ci --name read @read.json\n  strongroom policy lint @read.json\n  strongroom policy explain --as user/ci --action secretsmanager:GetSecretValue --resource prod/db"
)]
pub enum Policy {
    /// Set a policy: of a secret, a key, or one of a user, group or role; a role's trust policy
    Put(document::Put),
    /// Print a policy, or the names of the policies of a user, group or role
    Get(document::Get),
    /// Remove a policy
    Rm(document::Remove),
    /// Make a managed policy
    Create(managed::Create),
    /// Put a new version of a managed policy in force
    Version(managed::Version),
    /// List the managed policies
    List(managed::List),
    /// Delete a managed policy that is attached to nothing
    Delete(managed::Delete),
    /// Attach a managed policy to a user, group or role
    Attach(managed::Attach),
    /// Take a managed policy off a user, group or role
    Detach(managed::Attach),
    /// Bound what a user or role may be allowed, or take the boundary off
    Bound(managed::Bound),
    /// Decide whole cases from standard input; needs no store
    Decide(decide::Decide),
    /// Say what is wrong with a policy, with line, column and suggestion; needs no store
    Lint(lint::Lint),
    /// Check a policy of a secret by the store's own rules, without putting it
    Validate(validate::Validate),
    /// List the principals that a request would be allowed to, and by what
    WhoCan(who::WhoCan),
    /// List what a principal would be allowed, resource by resource
    WhatCan(what::WhatCan),
    /// Say which statement decides a request of the principal that `--as` names
    #[command(visible_alias = "simulate")]
    Explain(why::Explain),
}

impl Policy {
    /// Pure questions about documents.
    pub fn needs_no_store(&self) -> bool {
        matches!(self, Self::Decide(_) | Self::Lint(_))
    }
    pub fn run_alone(&self) -> Done {
        match self {
            Self::Decide(decide) => decide.run(),
            Self::Lint(lint) => lint.run(),
            _ => Err(Failure::usage("needs a store")),
        }
    }
    pub fn run(self, run: &Run) -> Done {
        match self {
            Self::Put(put) => put.run(run),
            Self::Get(get) => get.run(run),
            Self::Rm(remove) => remove.run(run),
            Self::Create(create) => create.run(run),
            Self::Version(version) => version.run(run),
            Self::List(list) => list.run(run),
            Self::Delete(delete) => delete.run(run),
            Self::Attach(attach) => attach.attach(run),
            Self::Detach(attach) => attach.detach(run),
            Self::Bound(bound) => bound.run(run),
            Self::Validate(validate) => validate.run(run),
            Self::WhoCan(who) => who.run(run),
            Self::WhatCan(what) => what.run(run),
            Self::Explain(explain) => explain.run(run),
            Self::Decide(_) | Self::Lint(_) => self.run_alone(),
        }
    }
}
