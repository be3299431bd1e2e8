//! `strongroom credential-process`: temporary credentials, in the form that AWS's tools ask an external program for.

use clap::Args;
use strongroom::operation::sts::{AssumeRole, Credentials, GetSessionToken};
use strongroom::operation::{Facet, Sink, Tell};
use strongroom::{Session, Strongroom};

use crate::failure::{Done, Failure};
use crate::output;
use crate::pairs::{arn_of, span};
use crate::run::Run;
use crate::value::shown;

pub const NOTE: &str = "\
For a profile in ~/.aws/config, which then asks again by itself when they end:

  [profile ci]
  credential_process = strongroom --as user/ci credential-process
  endpoint_url = http://127.0.0.1:8200

While a server holds the store, no other process can open it: then use the credentials that `strongroom aws-env --credentials` \
gave before, or an access key.

Example:
  strongroom --as user/ci credential-process --role deploy --duration 1h";

#[derive(Args, Debug)]
pub struct CredentialProcess {
    #[command(flatten)]
    asked: CredentialArgs,
    /// Show secrets on a terminal
    #[arg(long)]
    show: bool,
}

/// What temporary credentials are asked for.
#[derive(Args, Debug)]
pub struct CredentialArgs {
    /// Of a session of this role, by name or ARN, which `--as` may assume
    #[arg(long, value_name = "ROLE")]
    role: Option<String>,
    /// Name of that session
    #[arg(long, value_name = "NAME", requires = "role", default_value = "strongroom")]
    session_name: String,
    /// How long they last: 15m to 36h, 12h without it; of a role up to its own limit, 1h without it
    #[arg(long, value_name = "TIME", value_parser = span)]
    duration: Option<std::time::Duration>,
}

impl CredentialProcess {
    pub fn run(&self, run: &Run) -> Done {
        shown(self.show)?;
        let credentials = run.as_principal_in(|room, session| self.asked.issue(room, session))?;
        output::json(&Answer(credentials))
    }
}

impl CredentialArgs {
    /// Was any of it asked for?
    pub fn is_given(&self) -> bool {
        self.role.is_some() || self.duration.is_some()
    }
    /// Credentials of the principal of this run, or of a role that it assumes.
    pub fn issue(&self, room: &Strongroom, session: &Session) -> Result<Credentials, Failure> {
        let seconds = self.duration.map(|time| i64::try_from(time.as_secs()).unwrap_or(i64::MAX));
        let credentials = if let Some(role) = &self.role {
            let role = if role.starts_with("arn:") || role.starts_with("role/") {
                role.clone()
            } else {
                format!("role/{role}")
            };
            let mut request = AssumeRole::new(arn_of(room.account(), &role), self.session_name.as_str());
            request.duration_seconds = seconds;
            session.sts().assume_role(request)?.credentials
        } else {
            let mut request = GetSessionToken::new();
            request.duration_seconds = seconds;
            session.sts().get_session_token(request)?.credentials
        };
        credentials.ok_or_else(|| Failure::invalid("no credentials were issued"))
    }
}

/// Version 1 of the form.
struct Answer(Credentials);

impl Tell for Answer {
    fn tell(&self, sink: &mut dyn Sink) {
        sink.map(&mut |sink| {
            sink.entry("AccessKeyId", &self.0.access_key_id);
            // Unlike the answers of operations, this form has dates as text.
            sink.entry("Expiration", &strongroom::name::Text::from(self.0.expiration.to_string()));
            sink.entry("SecretAccessKey", &self.0.secret_access_key);
            sink.entry("SessionToken", &self.0.session_token);
            sink.entry("Version", &1_i64);
        });
    }
    fn facet(&self) -> Facet<'_> {
        Facet::Structure
    }
}
