//! `strongroom group`.

use clap::Subcommand;
use strongroom::operation::iam::{
    AddUserToGroup, CreateGroup, DeleteGroup, GetGroup, GetGroupResponse, ListGroups, ListGroupsResponse,
    RemoveUserFromGroup,
};

use crate::failure::Done;
use crate::pages;
use crate::run::Run;

#[derive(Subcommand, Debug)]
#[command(
    after_help = "Example:\n  strongroom group create readers && strongroom group add readers ci\n  strongroom policy put --group readers --name read @read.json"
)]
pub enum Group {
    /// Make a group; nobody is in it
    Create {
        /// Name
        name: String,
        /// `/` or `/…/`
        #[arg(long)]
        path: Option<String>,
    },
    /// List the groups
    List {
        /// Those below this path only
        #[arg(long)]
        path: Option<String>,
    },
    /// List the users in a group
    Members {
        /// Name of the group
        name: String,
    },
    /// Put a user into a group
    Add {
        /// Name of the group
        name: String,
        /// Name of the user
        user: String,
    },
    /// Take a user out of a group
    Remove {
        /// Name of the group
        name: String,
        /// Name of the user
        user: String,
    },
    /// Delete a group that has neither members nor policies left
    Rm {
        /// Name
        name: String,
        /// Do not ask
        #[arg(long, short)]
        yes: bool,
    },
}

impl Group {
    pub fn run(&self, run: &Run) -> Done {
        match self {
            Self::Create { name, path } => run.as_principal(|session| {
                let mut request = CreateGroup::new(name);
                request.path = path.as_deref().map(Into::into);
                let answer = session.iam().create_group(request)?;
                run.out.line(&answer, &["Group.GroupName", "Group.Arn"])
            }),
            Self::List { path } => run.as_principal(|session| {
                let groups = pages::every(|marker| {
                    let mut request = ListGroups::new();
                    request.path_prefix = path.as_deref().map(Into::into);
                    request.marker = marker;
                    let page = session.iam().list_groups(request)?;
                    Ok((page.groups, page.marker))
                })?;
                let answer = ListGroupsResponse::new(groups, false);
                run.out.list(&answer, &answer.groups, &["GroupName", "Arn", "CreateDate"])
            }),
            Self::Members { name } => run.as_principal(|session| {
                let (mut users, mut marker) = (Vec::new(), None);
                let group = loop {
                    let mut request = GetGroup::new(name);
                    request.marker = marker;
                    let page = session.iam().get_group(request)?;
                    users.extend(page.users);
                    marker = page.marker;
                    if marker.is_none() {
                        break page.group;
                    }
                };
                let answer = GetGroupResponse::new(group, users, false);
                run.out.list(&answer, &answer.users, &["UserName", "Arn", "CreateDate"])
            }),
            Self::Add { name, user } => run.as_principal(|session| {
                run.out.nothing(&session.iam().add_user_to_group(AddUserToGroup::new(name, user))?)
            }),
            Self::Remove { name, user } => run.as_principal(|session| {
                run.out.nothing(&session.iam().remove_user_from_group(RemoveUserFromGroup::new(name, user))?)
            }),
            Self::Rm { name, yes } => {
                run.terminal
                    .confirm(*yes, &format!("Delete group `{name}`; another of this name will inherit nothing"))?;
                run.as_principal(|session| run.out.nothing(&session.iam().delete_group(DeleteGroup::new(name))?))
            }
        }
    }
}
