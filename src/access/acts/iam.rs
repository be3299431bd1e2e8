//! IAM: acts on users and roles, each weighed on the principal's ARN; whether it exists lies behind the gate.

use super::{act, may, sent};
use crate::access::entry::PrincipalLook;
use crate::access::pass::Named;
use crate::access::{Act, Everything};
use crate::action::Action;
use crate::model::principal::PrincipalRow;
use crate::operation::iam::{
    CreateRole, CreateUser, DeleteRole, DeleteRolePolicy, DeleteUser, DeleteUserPolicy, GetRole, GetRolePolicy,
    GetUser, GetUserPolicy, ListRolePolicies, ListRoles, ListUserPolicies, ListUsers, PutRolePolicy, PutUserPolicy,
    UpdateAssumeRolePolicy,
};
use crate::policy::{Key, Values};

macro_rules! creates {
    ($($request:ty, $action:ident and $tag:ident, $named:ident;)*) => { $(
        impl Act for $request {
            type On = PrincipalLook;
            const ACTION: Action = Action::$action;
            fn also(&self, ask: &mut dyn FnMut(Action)) {
                if self.tags.as_ref().is_some_and(|tags| !tags.is_empty()) {
                    ask(Action::$tag);
                }
            }
            fn values<'a>(&'a self, _on: &'a PrincipalLook, key: &Key, _plain: bool) -> Values<'a> {
                sent(self, key)
            }
            fn named(&self) -> Named<'_> {
                Named::AsSent(&self.$named)
            }
        }
        may!($request, writes PrincipalRow);
    )* };
}
creates! {
    CreateUser, IAM_CREATE_USER and IAM_TAG_USER, user_name;
    CreateRole, IAM_CREATE_ROLE and IAM_TAG_ROLE, role_name;
}

impl Act for GetUser {
    type On = PrincipalLook;
    const ACTION: Action = Action::IAM_GET_USER;
    fn values<'a>(&'a self, _on: &'a PrincipalLook, key: &Key, _plain: bool) -> Values<'a> {
        sent(self, key)
    }
    fn named(&self) -> Named<'_> {
        self.user_name.as_deref().map_or(Named::Resource, Named::AsSent)
    }
}
act!(DeleteUser, IAM_DELETE_USER on PrincipalLook, as sent user_name, writes PrincipalRow);
act!(ListUsers, IAM_LIST_USERS on Everything, nothing here, scans PrincipalRow);
act!(PutUserPolicy, IAM_PUT_USER_POLICY on PrincipalLook, as sent user_name, writes PrincipalRow);
act!(GetUserPolicy, IAM_GET_USER_POLICY on PrincipalLook, as sent user_name);
act!(DeleteUserPolicy, IAM_DELETE_USER_POLICY on PrincipalLook, as sent user_name, writes PrincipalRow);
act!(ListUserPolicies, IAM_LIST_USER_POLICIES on PrincipalLook, as sent user_name);

act!(GetRole, IAM_GET_ROLE on PrincipalLook, as sent role_name);
act!(DeleteRole, IAM_DELETE_ROLE on PrincipalLook, as sent role_name, writes PrincipalRow);
act!(ListRoles, IAM_LIST_ROLES on Everything, nothing here, scans PrincipalRow);
act!(UpdateAssumeRolePolicy, IAM_UPDATE_ASSUME_ROLE_POLICY on PrincipalLook, as sent role_name, writes PrincipalRow);
act!(PutRolePolicy, IAM_PUT_ROLE_POLICY on PrincipalLook, as sent role_name, writes PrincipalRow);
act!(GetRolePolicy, IAM_GET_ROLE_POLICY on PrincipalLook, as sent role_name);
act!(DeleteRolePolicy, IAM_DELETE_ROLE_POLICY on PrincipalLook, as sent role_name, writes PrincipalRow);
act!(ListRolePolicies, IAM_LIST_ROLE_POLICIES on PrincipalLook, as sent role_name);
