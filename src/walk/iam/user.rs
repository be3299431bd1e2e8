//! CreateUser, GetUser, UpdateUser, DeleteUser, ListUsers.

use super::access_key::none_left;
use super::{
    admitted, boundary_of, boundary_shown, creating, fresh, listed, number, remove, rename, renaming, tags_shown,
};
use crate::access::acts::iam::RenamedUser;
use crate::error::{self, Error};
use crate::ledger::{Look, Principals as _};
use crate::model::principal::{PrincipalKind, PrincipalRow};
use crate::operation::iam::{
    CreateUser, CreateUserResponse, DeleteUser, DeleteUserResponse, GetUser, GetUserResponse, ListUsers,
    ListUsersResponse, UpdateUser, UpdateUserResponse, User,
};
use crate::policy::PrincipalKind as CallerKind;
use crate::walk::{Read, Reading, Visit, Write, Writing, reads, writes};

reads!(GetUser, ListUsers);
writes!(CreateUser, UpdateUser, DeleteUser);

pub(super) fn shown(row: &PrincipalRow) -> User {
    User::new(&row.path, &row.name, &row.id, &row.arn, row.created)
}
fn shown_with_tags(row: &PrincipalRow) -> User {
    let mut user = shown(row);
    user.tags = tags_shown(row);
    user.permissions_boundary = boundary_shown(row);
    user
}

impl Write for CreateUser {
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        creating(self, PrincipalKind::User, (self.path.as_ref(), &self.user_name), visit).map(|_| ())
    }
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<CreateUserResponse, Error> {
        let pass = creating(self, PrincipalKind::User, (self.path.as_ref(), &self.user_name), visit)?;
        let mut row =
            fresh(visit, &pass, PrincipalKind::User, (self.path.as_ref(), &self.user_name), self.tags.as_ref())?;
        row.boundary = boundary_of(visit, &pass, self.permissions_boundary.as_ref())?;
        visit.look.save_principal(&pass, &row)?;
        Ok(CreateUserResponse::new(shown_with_tags(&row)))
    }
}

impl Read for GetUser {
    /// Without a name: the caller, if it is a user of this account or the root user.
    fn walk<L: Look>(&self, visit: &Visit<'_, L>) -> Result<GetUserResponse, Error> {
        let who = visit.call.standing.who;
        let name = match &self.user_name {
            Some(name) => name,
            None if who.kind == CallerKind::Root && who.account == visit.home().account => return self.root(visit),
            None => who.username.as_ref().ok_or_else(error::iam::user_name_missing)?,
        };
        let user = admitted(self, PrincipalKind::User, name, visit)?;
        Ok(GetUserResponse::new(shown_with_tags(&user.row().row)))
    }
}
impl GetUser {
    /// The root user has no row and no name of its own; it is as old as the store.
    fn root<L: Look>(&self, visit: &Visit<'_, L>) -> Result<GetUserResponse, Error> {
        let root = visit.admit(self, visit.look.root_user())?;
        let created = visit.look.settings()?.created;
        Ok(GetUserResponse::new(User::new("/", "", visit.home().account.clone(), root.resource(), created)))
    }
}

impl Write for UpdateUser {
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        let wanted = (self.new_path.as_ref(), self.new_user_name.as_ref());
        renaming((self, &RenamedUser), PrincipalKind::User, &self.user_name, wanted, visit).map(|_| ())
    }
    /// Everything that is the user's goes by its unique id or lies in its row, but for the name on its access keys and devices.
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<UpdateUserResponse, Error> {
        let wanted = (self.new_path.as_ref(), self.new_user_name.as_ref());
        let renaming = renaming((self, &RenamedUser), PrincipalKind::User, &self.user_name, wanted, visit)?;
        let (before, _, row) = &renaming;
        for credential in visit.look.credentials_of(before)? {
            visit.look.save_credential(before, &credential.held_as(&row.name))?;
        }
        rename(visit, &renaming)?;
        Ok(UpdateUserResponse::new())
    }
}

impl Write for DeleteUser {
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        admitted(self, PrincipalKind::User, &self.user_name, visit).map(|_| ())
    }
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<DeleteUserResponse, Error> {
        let user = admitted(self, PrincipalKind::User, &self.user_name, visit)?;
        none_left(&user, visit)?;
        remove(visit, &user)?;
        Ok(DeleteUserResponse::new())
    }
}

impl Read for ListUsers {
    fn walk<L: Look>(&self, visit: &Visit<'_, L>) -> Result<ListUsersResponse, Error> {
        let paging = (self.marker.as_deref(), self.max_items);
        let of = (PrincipalKind::User, number::USERS, self.path_prefix.as_ref());
        let (page, next) = listed(self, of, paging, visit, shown)?;
        let mut answer = ListUsersResponse::new(page, next.is_some());
        answer.marker = next;
        Ok(answer)
    }
}
