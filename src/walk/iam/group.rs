//! Groups: CreateGroup, GetGroup, UpdateGroup, DeleteGroup, ListGroups, ListGroupsForUser, AddUserToGroup, RemoveUserFromGroup.

use super::{admitted, below, creating, fresh, list, listed, number, remove, rename, renaming, user};
use crate::access::acts::iam::RenamedGroup;
use crate::error::{self, Error};
use crate::ledger::{Look, Principals as _};
use crate::model::paging::Place;
use crate::model::principal::{PrincipalKind, PrincipalRow};
use crate::operation::iam::{
    AddUserToGroup, AddUserToGroupResponse, CreateGroup, CreateGroupResponse, DeleteGroup, DeleteGroupResponse,
    GetGroup, GetGroupResponse, Group, ListGroups, ListGroupsForUser, ListGroupsForUserResponse, ListGroupsResponse,
    RemoveUserFromGroup, RemoveUserFromGroupResponse, UpdateGroup, UpdateGroupResponse,
};
use crate::walk::{Read, Reading, Visit, Write, Writing, reads, writes};

reads!(GetGroup, ListGroups, ListGroupsForUser);
writes!(CreateGroup, UpdateGroup, DeleteGroup, AddUserToGroup, RemoveUserFromGroup);

fn shown(row: &PrincipalRow) -> Group {
    Group::new(&row.path, &row.name, &row.id, &row.arn, row.created)
}

impl Write for CreateGroup {
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        creating(self, PrincipalKind::Group, (self.path.as_ref(), &self.group_name), visit).map(|_| ())
    }
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<CreateGroupResponse, Error> {
        let pass = creating(self, PrincipalKind::Group, (self.path.as_ref(), &self.group_name), visit)?;
        let row = fresh(visit, &pass, PrincipalKind::Group, (self.path.as_ref(), &self.group_name), None)?;
        visit.look.save_principal(&pass, &row)?;
        Ok(CreateGroupResponse::new(shown(&row)))
    }
}

impl Read for GetGroup {
    fn walk<L: Look>(&self, visit: &Visit<'_, L>) -> Result<GetGroupResponse, Error> {
        let group = admitted(self, PrincipalKind::Group, &self.group_name, visit)?;
        let row = &group.row().row;
        let members = below(visit.look.members(&group)?, PrincipalKind::User, None);
        let list = list(number::MEMBERS, row.id.as_bytes());
        let (page, next) =
            visit.page(&list, self.marker.as_deref(), self.max_items, &members, |row| Place::by_text(&row.name))?;
        let users = page.iter().map(user::shown).collect::<Vec<_>>();
        let mut answer = GetGroupResponse::new(shown(row), users, next.is_some());
        answer.marker = next;
        Ok(answer)
    }
}

impl Write for UpdateGroup {
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        let wanted = (self.new_path.as_ref(), self.new_group_name.as_ref());
        renaming((self, &RenamedGroup), PrincipalKind::Group, &self.group_name, wanted, visit).map(|_| ())
    }
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<UpdateGroupResponse, Error> {
        let wanted = (self.new_path.as_ref(), self.new_group_name.as_ref());
        let renaming = renaming((self, &RenamedGroup), PrincipalKind::Group, &self.group_name, wanted, visit)?;
        rename(visit, &renaming)?;
        let (group, _, row) = &renaming;
        let old = &group.row().row;
        if old.name != row.name {
            // Users know their groups by name.
            for before in visit.look.members(group)? {
                let mut member = before.clone();
                member.leave(&old.name);
                member.join(&row.name)?;
                visit.look.save_member(group, &before, &member)?;
            }
        }
        Ok(UpdateGroupResponse::new())
    }
}

impl Write for DeleteGroup {
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        admitted(self, PrincipalKind::Group, &self.group_name, visit).map(|_| ())
    }
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<DeleteGroupResponse, Error> {
        let group = admitted(self, PrincipalKind::Group, &self.group_name, visit)?;
        if !visit.look.members(&group)?.is_empty() {
            return Err(error::iam::remove_from_groups_first());
        }
        remove(visit, &group)?;
        Ok(DeleteGroupResponse::new())
    }
}

impl Read for ListGroups {
    fn walk<L: Look>(&self, visit: &Visit<'_, L>) -> Result<ListGroupsResponse, Error> {
        let paging = (self.marker.as_deref(), self.max_items);
        let of = (PrincipalKind::Group, number::GROUPS, self.path_prefix.as_ref());
        let (page, next) = listed(self, of, paging, visit, shown)?;
        let mut answer = ListGroupsResponse::new(page, next.is_some());
        answer.marker = next;
        Ok(answer)
    }
}

impl Read for ListGroupsForUser {
    fn walk<L: Look>(&self, visit: &Visit<'_, L>) -> Result<ListGroupsForUserResponse, Error> {
        let user = admitted(self, PrincipalKind::User, &self.user_name, visit)?;
        let rows = below(visit.look.groups_of(&user)?, PrincipalKind::Group, None);
        let list = list(number::GROUPS_OF_USER, user.row().row.id.as_bytes());
        let (page, next) =
            visit.page(&list, self.marker.as_deref(), self.max_items, &rows, |row| Place::by_text(&row.name))?;
        let mut answer = ListGroupsForUserResponse::new(page.iter().map(shown).collect::<Vec<_>>(), next.is_some());
        answer.marker = next;
        Ok(answer)
    }
}

impl Write for AddUserToGroup {
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        admitted(self, PrincipalKind::Group, &self.group_name, visit).map(|_| ())
    }
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<AddUserToGroupResponse, Error> {
        let group = admitted(self, PrincipalKind::Group, &self.group_name, visit)?;
        let missing = || error::iam::entity_not_found(PrincipalKind::User.entity(), &self.user_name);
        let before = visit.look.member(&group, &self.user_name)?.ok_or_else(missing)?;
        let mut row = before.clone();
        row.join(&group.row().row.name)?;
        if row != before {
            visit.look.save_member(&group, &before, &row)?;
        }
        Ok(AddUserToGroupResponse::new())
    }
}

impl Write for RemoveUserFromGroup {
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        admitted(self, PrincipalKind::Group, &self.group_name, visit).map(|_| ())
    }
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<RemoveUserFromGroupResponse, Error> {
        let group = admitted(self, PrincipalKind::Group, &self.group_name, visit)?;
        let missing = || error::iam::entity_not_found(PrincipalKind::User.entity(), &self.user_name);
        let before = visit.look.member(&group, &self.user_name)?.ok_or_else(missing)?;
        let mut row = before.clone();
        if !row.leave(&group.row().row.name) {
            return Err(error::iam::not_in_group(&self.user_name, &self.group_name));
        }
        visit.look.save_member(&group, &before, &row)?;
        Ok(RemoveUserFromGroupResponse::new())
    }
}
