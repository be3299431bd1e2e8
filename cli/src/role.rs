//! `strongroom role`.

use clap::{Args, Subcommand};
use strongroom::operation::iam::{CreateRole, DeleteRole, ListRoles, ListRolesResponse, Tag};

use crate::failure::{Done, Failure};
use crate::pages;
use crate::pairs::pair;
use crate::run::Run;
use crate::value;

#[derive(Subcommand, Debug)]
#[command(
    after_help = "Example:\n  strongroom role create web --service ec2.amazonaws.com\n  strongroom --as role/web/i-1234 get prod/db"
)]
pub enum Role {
    /// Make a role, which may do nothing yet
    Create(Create),
    /// List the roles
    List {
        /// Those below this path only
        #[arg(long)]
        path: Option<String>,
    },
    /// Delete a role that has no policies left
    Rm {
        /// Name
        name: String,
        /// Do not ask
        #[arg(long, short)]
        yes: bool,
    },
}

#[derive(Args, Debug)]
pub struct Create {
    /// Name
    name: String,
    /// Who may take it on, as a trust policy: `-` or `@PATH`
    #[arg(long, value_name = "SOURCE", required_unless_present = "service")]
    trust: Option<String>,
    /// Who may take it on: a service such as ec2.amazonaws.com
    #[arg(long, value_name = "SERVICE", conflicts_with = "trust")]
    service: Option<String>,
    /// Description
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// `/` or `/…/`
    #[arg(long)]
    path: Option<String>,
    /// A tag; may be given several times
    #[arg(long, value_name = "K=V", value_parser = pair)]
    tag: Vec<(String, String)>,
}

impl Role {
    pub fn run(&self, run: &Run) -> Done {
        match self {
            Self::Create(create) => create.run(run),
            Self::List { path } => run.as_principal(|session| {
                let roles = pages::every(|marker| {
                    let mut request = ListRoles::new();
                    request.path_prefix = path.as_deref().map(Into::into);
                    request.marker = marker;
                    let page = session.iam().list_roles(request)?;
                    Ok((page.roles, page.marker))
                })?;
                let answer = ListRolesResponse::new(roles, false);
                run.out.list(&answer, &answer.roles, &["RoleName", "Arn", "CreateDate"])
            }),
            Self::Rm { name, yes } => {
                run.terminal
                    .confirm(*yes, &format!("Delete role `{name}`; another of this name will inherit nothing"))?;
                run.as_principal(|session| run.out.nothing(&session.iam().delete_role(DeleteRole::new(name))?))
            }
        }
    }
}

impl Create {
    fn run(&self, run: &Run) -> Done {
        let trust = match (&self.trust, &self.service) {
            (Some(source), _) => value::document(Some(source))?,
            (None, Some(service)) => of_service(service)?,
            (None, None) => return Err(Failure::usage("a role needs `--trust` or `--service`")),
        };
        run.as_principal(|session| {
            let mut request = CreateRole::new(self.name.as_str(), trust);
            request.description = self.description.as_deref().map(Into::into);
            request.path = self.path.as_deref().map(Into::into);
            request.tags =
                (!self.tag.is_empty()).then(|| self.tag.iter().map(|(key, value)| Tag::new(key, value)).collect());
            let answer = session.iam().create_role(request)?;
            run.out.line(&answer, &["Role.RoleName", "Role.Arn"])
        })
    }
}

/// The trust policy that lets a service's machines have the role.
pub fn of_service(service: &str) -> Result<String, Failure> {
    if service.is_empty() || !service.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte)) {
        return Err(Failure::invalid(format!("`{service}` is no name of a service")).help("such as ec2.amazonaws.com"));
    }
    Ok(format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Service":"{service}"}},"Action":"sts:AssumeRole"}}]}}"#
    ))
}
