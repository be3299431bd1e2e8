//! `strongroom role`.

use clap::{Args, Subcommand};
use strongroom::SecretText;
use strongroom::operation::iam::{CreateRole, DeleteRole, ListRoles, ListRolesResponse, Tag};
use strongroom::operation::sts::AssumeRole;

use crate::failure::{Done, Failure};
use crate::output::{self, Format};
use crate::pages;
use crate::pairs::pair;
use crate::run::Run;
use crate::value::{self, shown};

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
    /// Take a role on, if its trust policy admits the caller, and print temporary credentials
    Assume(Assume),
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
            Self::Assume(assume) => assume.run(run),
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

#[derive(Args, Debug)]
pub struct Assume {
    /// Name or ARN of the role
    role: String,
    /// Name of the session
    #[arg(long, value_name = "NAME", default_value = "cli")]
    session: String,
    /// How long, in seconds
    #[arg(long, value_name = "SECONDS")]
    seconds: Option<i64>,
    /// What the session is cut to as well: a policy, `-` or `@PATH`
    #[arg(long, value_name = "SOURCE")]
    policy: Option<String>,
    /// What the role's owner said to say
    #[arg(long, value_name = "TEXT")]
    external_id: Option<String>,
    /// Serial number of the caller's MFA device
    #[arg(long, value_name = "ARN", requires = "code")]
    mfa: Option<String>,
    /// What the device shows
    #[arg(long, value_name = "DIGITS", requires = "mfa")]
    code: Option<String>,
    /// Print the secret on a terminal
    #[arg(long)]
    show: bool,
}

impl Assume {
    fn run(&self, run: &Run) -> Done {
        let policy = self.policy.as_deref().map(|source| value::document(Some(source))).transpose()?;
        run.as_principal_in(|room, session| {
            shown(self.show || run.out.quiet)?;
            let role = if self.role.starts_with("arn:") {
                self.role.clone()
            } else {
                format!("arn:aws:iam::{}:role/{}", room.account(), self.role)
            };
            let mut request = AssumeRole::new(role, self.session.as_str());
            request.duration_seconds = self.seconds;
            request.policy = policy.as_deref().map(Into::into);
            request.external_id = self.external_id.as_deref().map(Into::into);
            request.serial_number = self.mfa.as_deref().map(Into::into);
            request.token_code = self.code.as_deref().map(Into::into);
            let answer = session.sts().assume_role(request)?;
            if let (true, Some(credentials)) = (run.out.format.is_pairs() && !run.out.quiet, &answer.credentials) {
                return run.out.pairs(&[
                    ("AWS_ACCESS_KEY_ID", credentials.access_key_id.as_bytes()),
                    ("AWS_SECRET_ACCESS_KEY", credentials.secret_access_key.expose().as_bytes()),
                    ("AWS_SESSION_TOKEN", credentials.session_token.expose().as_bytes()),
                ]);
            }
            if run.out.format == Format::Text && !run.out.quiet {
                // Lines that a shell, or the AWS command line, takes as they are.
                let Some(credentials) = &answer.credentials else { return Ok(()) };
                let line = |name: &'static str, value: &str| format!("export {name}={value}\n");
                let text: SecretText = [
                    line("AWS_ACCESS_KEY_ID", &credentials.access_key_id),
                    line("AWS_SECRET_ACCESS_KEY", credentials.secret_access_key.expose()),
                    line("AWS_SESSION_TOKEN", credentials.session_token.expose()),
                ]
                .concat()
                .into();
                return output::write(&[text.expose().as_bytes()]);
            }
            run.out.line(&answer, &["Credentials.AccessKeyId", "Credentials.Expiration"])
        })
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
