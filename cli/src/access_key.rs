//! `strongroom access-key`.

use clap::Subcommand;
use strongroom::operation::iam::{
    AccessKeyStatus, CreateAccessKey, DeleteAccessKey, GetAccessKeyLastUsed, ListAccessKeys, ListAccessKeysResponse,
    UpdateAccessKey,
};

use crate::failure::Done;
use crate::output::{self, Format};
use crate::pages;
use crate::run::Run;
use crate::value::shown;

#[derive(Subcommand, Debug)]
#[command(
    after_help = "Example:\n  strongroom access-key create ci\n  strongroom access-key off ci AKIA…\n\nA user has two at most. One that is off or gone ends every session that was opened with it, at the next call."
)]
pub enum AccessKey {
    /// Make an access key and print id and secret: the secret is never told again
    Create {
        /// Name of the user
        user: String,
        /// Print the secret on a terminal
        #[arg(long)]
        show: bool,
    },
    /// List the access keys of a user
    List {
        /// Name of the user
        user: String,
    },
    /// Switch an access key off
    #[command(visible_alias = "disable")]
    Off {
        /// Name of the user
        user: String,
        /// Id of the key
        id: String,
    },
    /// Switch an access key on again
    #[command(visible_alias = "enable")]
    On {
        /// Name of the user
        user: String,
        /// Id of the key
        id: String,
    },
    /// Show when an access key was last used, and for what
    Used {
        /// Id of the key
        id: String,
    },
    /// Delete an access key
    Rm {
        /// Name of the user
        user: String,
        /// Id of the key
        id: String,
        /// Do not ask
        #[arg(long, short)]
        yes: bool,
    },
}

impl AccessKey {
    pub fn run(&self, run: &Run) -> Done {
        match self {
            Self::Create { user, show } => run.as_principal(|session| {
                shown(*show || run.out.quiet)?;
                let answer = session.iam().create_access_key(CreateAccessKey::new().user_name(user))?;
                if run.out.quiet || run.out.format == Format::Json {
                    return run.out.line(&answer, &["AccessKey.AccessKeyId"]);
                }
                let key = &answer.access_key;
                let secret = key.secret_access_key.expose();
                if run.out.format.is_pairs() {
                    // As AWS's tools read them from an environment.
                    let id = ("AWS_ACCESS_KEY_ID", key.access_key_id.as_bytes());
                    return run.out.pairs(&[id, ("AWS_SECRET_ACCESS_KEY", secret.as_bytes())]);
                }
                output::write(&[key.access_key_id.as_bytes(), b"\t", secret.as_bytes(), b"\n"])
            }),
            Self::List { user } => run.as_principal(|session| {
                let keys = pages::every(|marker| {
                    let mut request = ListAccessKeys::new().user_name(user);
                    request.marker = marker;
                    let page = session.iam().list_access_keys(request)?;
                    Ok((page.access_key_metadata, page.marker))
                })?;
                let answer = ListAccessKeysResponse::new(keys, false);
                run.out.list(&answer, &answer.access_key_metadata, &["AccessKeyId", "Status", "CreateDate"])
            }),
            Self::Off { user, id } => switch(run, user, id, AccessKeyStatus::Inactive),
            Self::On { user, id } => switch(run, user, id, AccessKeyStatus::Active),
            Self::Used { id } => run.as_principal(|session| {
                let answer = session.iam().get_access_key_last_used(GetAccessKeyLastUsed::new(id))?;
                let members = [
                    "UserName",
                    "AccessKeyLastUsed.LastUsedDate",
                    "AccessKeyLastUsed.ServiceName",
                    "AccessKeyLastUsed.Region",
                ];
                run.out.line(&answer, &members)
            }),
            Self::Rm { user, id, yes } => {
                run.terminal.confirm(*yes, &format!("Delete access key {id}; what uses it stops working"))?;
                run.as_principal(|session| {
                    run.out.nothing(&session.iam().delete_access_key(DeleteAccessKey::new(id).user_name(user))?)
                })
            }
        }
    }
}

fn switch(run: &Run, user: &str, id: &str, status: AccessKeyStatus) -> Done {
    run.as_principal(|session| {
        run.out.nothing(&session.iam().update_access_key(UpdateAccessKey::new(id, status).user_name(user))?)
    })
}
