//! `strongroom policy create`, `version`, `list`, `attach`, `detach`, `bound`: managed policies.

use clap::Args;
use strongroom::Session;
use strongroom::operation::iam::{
    AttachGroupPolicy, AttachRolePolicy, AttachUserPolicy, CreatePolicy, CreatePolicyVersion, DeletePolicy,
    DeleteRolePermissionsBoundary, DeleteUserPermissionsBoundary, DetachGroupPolicy, DetachRolePolicy,
    DetachUserPolicy, ListPolicies, ListPoliciesResponse, PolicyScopeType, PutRolePermissionsBoundary,
    PutUserPermissionsBoundary,
};
use strongroom::policy::PolicyKind;

use super::lint;
use crate::failure::{Done, Failure};
use crate::pages;
use crate::run::Run;
use crate::value;

#[derive(Args, Debug)]
pub struct Create {
    /// Name
    name: String,
    /// `-` or `@PATH`; standard input without it
    source: Option<String>,
    /// `/` or `/…/`
    #[arg(long)]
    path: Option<String>,
    /// What it is for
    #[arg(long)]
    description: Option<String>,
}

#[derive(Args, Debug)]
pub struct Version {
    /// ARN of the policy
    policy: String,
    /// `-` or `@PATH`; standard input without it
    source: Option<String>,
    /// Keep the version that is in force
    #[arg(long)]
    no_default: bool,
}

#[derive(Args, Debug)]
pub struct List {
    /// Only those that AWS ships, or only those of this account
    #[arg(long, value_parser = ["aws", "local"])]
    scope: Option<String>,
    /// Only those that are attached to something
    #[arg(long)]
    attached: bool,
}

#[derive(Args, Debug)]
pub struct Delete {
    /// ARN of the policy
    policy: String,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

/// To whom: exactly one.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct Holder {
    /// This user
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// This group
    #[arg(long, value_name = "NAME")]
    group: Option<String>,
    /// This role
    #[arg(long, value_name = "NAME")]
    role: Option<String>,
}

#[derive(Args, Debug)]
pub struct Attach {
    /// ARN of the policy, such as `arn:aws:iam::aws:policy/ReadOnlyAccess`
    policy: String,
    #[command(flatten)]
    holder: Holder,
}

/// Whom: exactly one.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct Bounded {
    /// This user
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// This role
    #[arg(long, value_name = "NAME")]
    role: Option<String>,
}

#[derive(Args, Debug)]
pub struct Bound {
    /// ARN of the policy; without it the boundary is taken off
    policy: Option<String>,
    #[command(flatten)]
    bounded: Bounded,
}

impl Create {
    pub fn run(&self, run: &Run) -> Done {
        let text = value::document(self.source.as_deref())?;
        run.as_principal(|session| {
            lint::warn(run, session, &text, PolicyKind::Identity);
            let mut request = CreatePolicy::new(&self.name, text);
            request.path = self.path.as_deref().map(Into::into);
            request.description = self.description.as_deref().map(Into::into);
            let answer = session.iam().create_policy(request)?;
            run.out.line(&answer, &["Policy.Arn", "Policy.DefaultVersionId"])
        })
    }
}

impl Version {
    pub fn run(&self, run: &Run) -> Done {
        let text = value::document(self.source.as_deref())?;
        run.as_principal(|session| {
            lint::warn(run, session, &text, PolicyKind::Identity);
            let request = CreatePolicyVersion::new(&self.policy, text).set_as_default(!self.no_default);
            let answer = session.iam().create_policy_version(request)?;
            run.out.line(&answer, &["PolicyVersion.VersionId", "PolicyVersion.IsDefaultVersion"])
        })
    }
}

impl List {
    pub fn run(&self, run: &Run) -> Done {
        run.as_principal(|session| {
            let policies = pages::every(|marker| {
                let mut request = ListPolicies::new().only_attached(self.attached);
                request.scope = self.scope.as_deref().map(|scope| match scope {
                    "aws" => PolicyScopeType::Aws,
                    _ => PolicyScopeType::Local,
                });
                request.marker = marker;
                let page = session.iam().list_policies(request)?;
                Ok((page.policies, page.marker))
            })?;
            let answer = ListPoliciesResponse::new(policies, false);
            run.out.list(&answer, &answer.policies, &["PolicyName", "Arn", "DefaultVersionId", "AttachmentCount"])
        })
    }
}

impl Delete {
    pub fn run(&self, run: &Run) -> Done {
        run.terminal.confirm(self.yes, &format!("Delete policy `{}`", self.policy))?;
        run.as_principal(|session| run.out.nothing(&session.iam().delete_policy(DeletePolicy::new(&self.policy))?))
    }
}

impl Attach {
    pub fn attach(&self, run: &Run) -> Done {
        run.as_principal(|session| {
            let (iam, policy) = (session.iam(), &self.policy);
            match &self.holder {
                Holder { user: Some(user), .. } => {
                    run.out.nothing(&iam.attach_user_policy(AttachUserPolicy::new(user, policy))?)
                }
                Holder { group: Some(group), .. } => {
                    run.out.nothing(&iam.attach_group_policy(AttachGroupPolicy::new(group, policy))?)
                }
                Holder { role: Some(role), .. } => {
                    run.out.nothing(&iam.attach_role_policy(AttachRolePolicy::new(role, policy))?)
                }
                Holder { .. } => Err(Failure::usage("to whom?")),
            }
        })
    }
    pub fn detach(&self, run: &Run) -> Done {
        run.as_principal(|session| {
            let (iam, policy) = (session.iam(), &self.policy);
            match &self.holder {
                Holder { user: Some(user), .. } => {
                    run.out.nothing(&iam.detach_user_policy(DetachUserPolicy::new(user, policy))?)
                }
                Holder { group: Some(group), .. } => {
                    run.out.nothing(&iam.detach_group_policy(DetachGroupPolicy::new(group, policy))?)
                }
                Holder { role: Some(role), .. } => {
                    run.out.nothing(&iam.detach_role_policy(DetachRolePolicy::new(role, policy))?)
                }
                Holder { .. } => Err(Failure::usage("from whom?")),
            }
        })
    }
}

impl Bound {
    pub fn run(&self, run: &Run) -> Done {
        run.as_principal(|session: &Session| {
            let iam = session.iam();
            match (&self.bounded, &self.policy) {
                (Bounded { user: Some(user), .. }, Some(policy)) => {
                    run.out.nothing(&iam.put_user_permissions_boundary(PutUserPermissionsBoundary::new(user, policy))?)
                }
                (Bounded { role: Some(role), .. }, Some(policy)) => {
                    run.out.nothing(&iam.put_role_permissions_boundary(PutRolePermissionsBoundary::new(role, policy))?)
                }
                (Bounded { user: Some(user), .. }, None) => {
                    run.out.nothing(&iam.delete_user_permissions_boundary(DeleteUserPermissionsBoundary::new(user))?)
                }
                (Bounded { role: Some(role), .. }, None) => {
                    run.out.nothing(&iam.delete_role_permissions_boundary(DeleteRolePermissionsBoundary::new(role))?)
                }
                (Bounded { .. }, _) => Err(Failure::usage("whom?")),
            }
        })
    }
}
