//! `strongroom policy put`, `get`, `rm`: the text of a policy, byte for byte.

use clap::Args;
use strongroom::Session;
use strongroom::operation::iam::{
    DeleteGroupPolicy, DeleteRolePolicy, DeleteUserPolicy, GetGroupPolicy, GetRole, GetRolePolicy, GetUserPolicy,
    ListGroupPolicies, ListGroupPoliciesResponse, ListRolePolicies, ListRolePoliciesResponse, ListUserPolicies,
    ListUserPoliciesResponse, PutGroupPolicy, PutRolePolicy, PutUserPolicy, UpdateAssumeRolePolicy,
};
use strongroom::operation::secretsmanager::{DeleteResourcePolicy, GetResourcePolicy, PutResourcePolicy};
use strongroom::policy::PolicyKind;

use super::lint;
use crate::failure::{Done, Exit, Failure};
use crate::pages;
use crate::run::Run;
use crate::{key, value};

/// Whose policy it is: exactly one.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct Owner {
    /// Of this secret
    #[arg(long, value_name = "NAME")]
    secret: Option<String>,
    /// Of this key: id or ARN
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// Of this user; `--name` says which one
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// Of this group; `--name` says which one
    #[arg(long, value_name = "NAME")]
    group: Option<String>,
    /// Of this role; `--name` says which one
    #[arg(long, value_name = "NAME")]
    role: Option<String>,
    /// The trust policy of this role
    #[arg(long, value_name = "ROLE")]
    trust: Option<String>,
}

#[derive(Args, Debug)]
pub struct Put {
    #[command(flatten)]
    owner: Owner,
    /// Name of the policy, of a user, group or role
    #[arg(long)]
    name: Option<String>,
    /// `-` or `@PATH`; standard input without it
    source: Option<String>,
    /// Refuse a policy of a secret that lets everybody in
    #[arg(long, requires = "secret")]
    block_public: bool,
    /// Take a policy of a key that would lock the caller out
    #[arg(long, requires = "key")]
    bypass_lockout_check: bool,
}

#[derive(Args, Debug)]
pub struct Get {
    #[command(flatten)]
    owner: Owner,
    /// Name of the policy, of a user, group or role; without it, all names
    #[arg(long)]
    name: Option<String>,
}

#[derive(Args, Debug)]
pub struct Remove {
    #[command(flatten)]
    owner: OwnerOfOptional,
    /// Name of the policy, of a user, group or role
    #[arg(long)]
    name: Option<String>,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

/// Whose policy goes: keys and trusts always have one.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct OwnerOfOptional {
    /// Of this secret
    #[arg(long, value_name = "NAME")]
    secret: Option<String>,
    /// Of this user
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// Of this group
    #[arg(long, value_name = "NAME")]
    group: Option<String>,
    /// Of this role
    #[arg(long, value_name = "NAME")]
    role: Option<String>,
}

impl Owner {
    fn check_name(&self, name: Option<&String>) -> Done {
        if name.is_some() && self.user.is_none() && self.group.is_none() && self.role.is_none() {
            return Err(Failure::usage("`--name` goes with `--user`, `--group` or `--role`"));
        }
        Ok(())
    }
}

impl Put {
    pub fn run(&self, run: &Run) -> Done {
        self.owner.check_name(self.name.as_ref())?;
        let source = self.source.as_deref();
        if let Some(id) = &self.owner.key {
            return key::put_policy(run, id, source, self.bypass_lockout_check);
        }
        let named = self.owner.user.is_some() || self.owner.group.is_some() || self.owner.role.is_some();
        if named && self.name.is_none() {
            return Err(no_name());
        }
        let text = value::document(source)?;
        let name = self.name.as_deref().unwrap_or_default();
        let kind = match &self.owner {
            Owner { secret: Some(_), .. } => PolicyKind::Secret,
            Owner { trust: Some(_), .. } => PolicyKind::Trust,
            _ => PolicyKind::Identity,
        };
        run.as_principal(|session| {
            lint::warn(run, session, &text, kind);
            self.put(run, session, name, text)
        })
    }
    fn put(&self, run: &Run, session: &Session, name: &str, text: String) -> Done {
        match &self.owner {
            Owner { secret: Some(secret), .. } => {
                let mut request = PutResourcePolicy::new(secret, text);
                request.block_public_policy = self.block_public.then_some(true);
                run.out.nothing(&session.put_resource_policy(request)?)
            }
            Owner { user: Some(user), .. } => {
                run.out.nothing(&session.iam().put_user_policy(PutUserPolicy::new(user, name, text))?)
            }
            Owner { group: Some(group), .. } => {
                run.out.nothing(&session.iam().put_group_policy(PutGroupPolicy::new(group, name, text))?)
            }
            Owner { role: Some(role), .. } => {
                run.out.nothing(&session.iam().put_role_policy(PutRolePolicy::new(role, name, text))?)
            }
            Owner { trust: Some(role), .. } => {
                run.out.nothing(&session.iam().update_assume_role_policy(UpdateAssumeRolePolicy::new(role, text))?)
            }
            _ => Err(Failure::usage("whose policy?")),
        }
    }
}

impl Get {
    pub fn run(&self, run: &Run) -> Done {
        self.owner.check_name(self.name.as_ref())?;
        if let Some(id) = &self.owner.key {
            return key::get_policy(run, id);
        }
        run.as_principal(|session| {
            let iam = session.iam();
            match (&self.owner, &self.name) {
                (Owner { secret: Some(secret), .. }, _) => {
                    let answer = session.get_resource_policy(GetResourcePolicy::new(secret))?;
                    match &answer.resource_policy {
                        Some(text) => run.out.text(&answer, text),
                        None => Err(Failure::new(Exit::NotFound, "NotFound", format!("`{secret}` has no policy"))),
                    }
                }
                (Owner { user: Some(user), .. }, Some(name)) => {
                    let answer = iam.get_user_policy(GetUserPolicy::new(user, name))?;
                    run.out.text(&answer, &answer.policy_document)
                }
                (Owner { group: Some(group), .. }, Some(name)) => {
                    let answer = iam.get_group_policy(GetGroupPolicy::new(group, name))?;
                    run.out.text(&answer, &answer.policy_document)
                }
                (Owner { role: Some(role), .. }, Some(name)) => {
                    let answer = iam.get_role_policy(GetRolePolicy::new(role, name))?;
                    run.out.text(&answer, &answer.policy_document)
                }
                (Owner { user: Some(user), .. }, None) => {
                    let names = pages::every(|marker| {
                        let mut request = ListUserPolicies::new(user);
                        request.marker = marker;
                        let page = iam.list_user_policies(request)?;
                        Ok((page.policy_names, page.marker))
                    })?;
                    let answer = ListUserPoliciesResponse::new(names, false);
                    run.out.list(&answer, &answer.policy_names, &[""])
                }
                (Owner { group: Some(group), .. }, None) => {
                    let names = pages::every(|marker| {
                        let mut request = ListGroupPolicies::new(group);
                        request.marker = marker;
                        let page = iam.list_group_policies(request)?;
                        Ok((page.policy_names, page.marker))
                    })?;
                    let answer = ListGroupPoliciesResponse::new(names, false);
                    run.out.list(&answer, &answer.policy_names, &[""])
                }
                (Owner { role: Some(role), .. }, None) => {
                    let names = pages::every(|marker| {
                        let mut request = ListRolePolicies::new(role);
                        request.marker = marker;
                        let page = iam.list_role_policies(request)?;
                        Ok((page.policy_names, page.marker))
                    })?;
                    let answer = ListRolePoliciesResponse::new(names, false);
                    run.out.list(&answer, &answer.policy_names, &[""])
                }
                (Owner { trust: Some(role), .. }, _) => {
                    let answer = iam.get_role(GetRole::new(role))?;
                    let text = answer.role.assume_role_policy_document.clone().unwrap_or_default();
                    run.out.text(&answer, &text)
                }
                _ => Err(Failure::usage("whose policy?")),
            }
        })
    }
}

impl Remove {
    pub fn run(&self, run: &Run) -> Done {
        let OwnerOfOptional { secret, user, group, role } = &self.owner;
        if self.name.is_some() == secret.is_some() {
            return Err(if secret.is_some() {
                Failure::usage("`--name` goes with `--user`, `--group` or `--role`")
            } else {
                no_name()
            });
        }
        let name = self.name.as_deref().unwrap_or_default();
        run.terminal.confirm(self.yes, "Remove the policy")?;
        run.as_principal(|session| {
            let iam = session.iam();
            match (secret, user, group, role) {
                (Some(secret), ..) => {
                    run.out.nothing(&session.delete_resource_policy(DeleteResourcePolicy::new(secret))?)
                }
                (_, Some(user), ..) => run.out.nothing(&iam.delete_user_policy(DeleteUserPolicy::new(user, name))?),
                (_, _, Some(group), _) => {
                    run.out.nothing(&iam.delete_group_policy(DeleteGroupPolicy::new(group, name))?)
                }
                (_, _, _, Some(role)) => run.out.nothing(&iam.delete_role_policy(DeleteRolePolicy::new(role, name))?),
                _ => Err(Failure::usage("whose policy?")),
            }
        })
    }
}

fn no_name() -> Failure {
    Failure::usage("a policy of a user, group or role has a name").help("`--name NAME`")
}
