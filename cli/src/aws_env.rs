//! `strongroom aws-env`: the variables by which AWS's tools and SDKs find a running server.

use clap::Args;

use crate::credential::CredentialArgs;
use crate::environment::single_quoted;
use crate::failure::{Done, Failure};
use crate::output;
use crate::run::Run;
use crate::value::shown;
use crate::wiped::Wiped;

pub const NOTE: &str = "\
The endpoint is the first of: --endpoint, STRONGROOM_ENDPOINT, `endpoint` in a configuration file, http://127.0.0.1:8200. The \
region is that of --region and the like; without one AWS_REGION is left alone, and with --credentials it is the store's own.

--credentials adds temporary credentials of the principal that --as names. It opens the store, so it comes before the server does; \
the server knows them by themselves.

Examples:
  eval \"$(strongroom aws-env)\"
  eval \"$(strongroom --as user/ci aws-env --credentials)\"; strongroom serve &";

#[derive(Args, Debug)]
pub struct AwsEnv {
    /// URL of the server
    #[arg(long, value_name = "URL")]
    endpoint: Option<String>,
    /// Temporary credentials as well
    #[arg(long)]
    credentials: bool,
    #[command(flatten)]
    asked: CredentialArgs,
    /// Show secrets on a terminal
    #[arg(long)]
    show: bool,
}

impl AwsEnv {
    pub fn run(&self, run: &Run) -> Done {
        let endpoint = match (&self.endpoint, &run.settings.endpoint) {
            (Some(url), _) => url.as_str(),
            (None, Some(chosen)) => chosen.value.as_str(),
            (None, None) => ENDPOINT,
        };
        if !["http://", "https://"].iter().any(|scheme| endpoint.starts_with(scheme)) {
            let shown = crate::flat::harmless(endpoint);
            return Err(
                Failure::usage(format!("`{shown}` is no URL of an endpoint")).help("such as http://127.0.0.1:8200")
            );
        }
        if !self.credentials && self.asked.is_given() {
            return Err(Failure::usage("`--role` and `--duration` go with `--credentials`"));
        }
        let mut region = run.settings.region.as_ref().map(|region| region.value.clone());
        let mut text = Wiped::default();
        line(&mut text, "AWS_ENDPOINT_URL", endpoint.as_bytes());
        if self.credentials {
            shown(self.show)?;
            let (credentials, own) =
                run.as_principal_in(|room, session| Ok((self.asked.issue(room, session)?, room.region().to_owned())))?;
            region = region.or(Some(own));
            line(&mut text, "AWS_ACCESS_KEY_ID", credentials.access_key_id.as_bytes());
            line(&mut text, "AWS_SECRET_ACCESS_KEY", credentials.secret_access_key.expose().as_bytes());
            line(&mut text, "AWS_SESSION_TOKEN", credentials.session_token.expose().as_bytes());
        }
        // SDKs read the one, older tools the other.
        for name in ["AWS_REGION", "AWS_DEFAULT_REGION"] {
            if let Some(region) = &region {
                line(&mut text, name, region.as_bytes());
            }
        }
        output::write(&[text.expose()])
    }
}

fn line(text: &mut Wiped, name: &str, value: &[u8]) {
    text.push(format!("export {name}=").as_bytes());
    single_quoted(value, text);
    text.push(b"\n");
}

const ENDPOINT: &str = "http://127.0.0.1:8200";
