//! `strongroom user`.

use clap::Subcommand;
use strongroom::operation::iam::{CreateUser, DeleteUser, ListUsers, ListUsersResponse, Tag};

use crate::failure::Done;
use crate::pages;
use crate::pairs::pair;
use crate::run::Run;

#[derive(Subcommand, Debug)]
#[command(
    after_help = "Example:\n  strongroom user create ci && strongroom policy put --user ci --name read @read.json"
)]
pub enum User {
    /// Make a user, who may do nothing yet
    Create {
        /// Name
        name: String,
        /// `/` or `/…/`
        #[arg(long)]
        path: Option<String>,
        /// A tag; may be given several times
        #[arg(long, value_name = "K=V", value_parser = pair)]
        tag: Vec<(String, String)>,
    },
    /// List the users
    List {
        /// Those below this path only
        #[arg(long)]
        path: Option<String>,
    },
    /// Delete a user that has no policies left
    Rm {
        /// Name
        name: String,
        /// Do not ask
        #[arg(long, short)]
        yes: bool,
    },
}

impl User {
    pub fn run(&self, run: &Run) -> Done {
        match self {
            Self::Create { name, path, tag } => run.as_principal(|session| {
                let mut request = CreateUser::new(name);
                request.path = path.as_deref().map(Into::into);
                request.tags = (!tag.is_empty()).then(|| tag.iter().map(|(key, value)| Tag::new(key, value)).collect());
                let answer = session.iam().create_user(request)?;
                run.out.line(&answer, &["User.UserName", "User.Arn"])
            }),
            Self::List { path } => run.as_principal(|session| {
                let users = pages::every(|marker| {
                    let mut request = ListUsers::new();
                    request.path_prefix = path.as_deref().map(Into::into);
                    request.marker = marker;
                    let page = session.iam().list_users(request)?;
                    Ok((page.users, page.marker))
                })?;
                let answer = ListUsersResponse::new(users, false);
                run.out.list(&answer, &answer.users, &["UserName", "Arn", "CreateDate"])
            }),
            Self::Rm { name, yes } => {
                run.terminal
                    .confirm(*yes, &format!("Delete user `{name}`; another of this name will inherit nothing"))?;
                run.as_principal(|session| run.out.nothing(&session.iam().delete_user(DeleteUser::new(name))?))
            }
        }
    }
}
