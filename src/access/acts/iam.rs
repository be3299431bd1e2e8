//! IAM: acts on users, groups, roles and managed policies, each weighed on its ARN; whether it exists lies behind the gate.

use super::{act, may, sent};
use crate::access::entry::{DeviceLook, Membership, PolicyLook, PrincipalLook};
use crate::access::pass::Named;
use crate::access::{Act, Everything};
use crate::action::Action;
use crate::model::credential::CredentialRow;
use crate::model::managed_policy::ManagedPolicyRow;
use crate::model::principal::PrincipalRow;
use crate::operation::iam::{
    AddUserToGroup, AttachGroupPolicy, AttachRolePolicy, AttachUserPolicy, CreateAccessKey, CreateGroup, CreatePolicy,
    CreatePolicyVersion, CreateRole, CreateUser, CreateVirtualMFADevice, DeactivateMFADevice, DeleteAccessKey,
    DeleteGroup, DeleteGroupPolicy, DeletePolicy, DeletePolicyVersion, DeleteRole, DeleteRolePermissionsBoundary,
    DeleteRolePolicy, DeleteUser, DeleteUserPermissionsBoundary, DeleteUserPolicy, DeleteVirtualMFADevice,
    DetachGroupPolicy, DetachRolePolicy, DetachUserPolicy, EnableMFADevice, GetAccessKeyLastUsed,
    GetAccountAuthorizationDetails, GetAccountSummary, GetContextKeysForCustomPolicy, GetContextKeysForPrincipalPolicy,
    GetGroup, GetGroupPolicy, GetPolicy, GetPolicyVersion, GetRole, GetRolePolicy, GetUser, GetUserPolicy,
    ListAccessKeys, ListAttachedGroupPolicies, ListAttachedRolePolicies, ListAttachedUserPolicies,
    ListEntitiesForPolicy, ListGroupPolicies, ListGroups, ListGroupsForUser, ListMFADevices, ListPolicies,
    ListPolicyTags, ListPolicyVersions, ListRolePolicies, ListRoleTags, ListRoles, ListUserPolicies, ListUserTags,
    ListUsers, ListVirtualMFADevices, PutGroupPolicy, PutRolePermissionsBoundary, PutRolePolicy,
    PutUserPermissionsBoundary, PutUserPolicy, RemoveUserFromGroup, SetDefaultPolicyVersion, SimulateCustomPolicy,
    SimulatePrincipalPolicy, TagPolicy, TagRole, TagUser, UntagPolicy, UntagRole, UntagUser, UpdateAccessKey,
    UpdateAssumeRolePolicy, UpdateGroup, UpdateRole, UpdateUser,
};
use crate::policy::{Key, Values};

macro_rules! creates {
    ($($request:ty, $action:ident and $tag:ident, $named:ident on $on:ty, writes $row:ty;)*) => { $(
        impl Act for $request {
            type On = $on;
            const ACTION: Action = Action::$action;
            fn also(&self, ask: &mut dyn FnMut(Action)) {
                if self.tags.as_ref().is_some_and(|tags| !tags.is_empty()) {
                    ask(Action::$tag);
                }
            }
            fn values<'a>(&'a self, _on: &'a $on, key: &Key, _plain: bool) -> Values<'a> {
                sent(self, key)
            }
            fn named(&self) -> Named<'_> {
                Named::AsSent(&self.$named)
            }
        }
        may!($request, writes $row);
    )* };
}
creates! {
    CreateUser, IAM_CREATE_USER and IAM_TAG_USER, user_name on PrincipalLook, writes PrincipalRow;
    CreateRole, IAM_CREATE_ROLE and IAM_TAG_ROLE, role_name on PrincipalLook, writes PrincipalRow;
    CreatePolicy, IAM_CREATE_POLICY and IAM_TAG_POLICY, policy_name on PolicyLook, writes ManagedPolicyRow;
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

macro_rules! of_a_user {
    ($($request:ty, $action:ident $(, writes $row:ty)?;)*) => { $(
        impl Act for $request {
            type On = PrincipalLook;
            const ACTION: Action = Action::$action;
            fn values<'a>(&'a self, _on: &'a PrincipalLook, key: &Key, _plain: bool) -> Values<'a> {
                sent(self, key)
            }
            /// Without a name it is the caller.
            fn named(&self) -> Named<'_> {
                self.user_name.as_deref().map_or(Named::Resource, Named::AsSent)
            }
        }
        may!($request $(, writes $row)?);
    )* };
}
of_a_user! {
    CreateAccessKey, IAM_CREATE_ACCESS_KEY, writes CredentialRow;
    ListAccessKeys, IAM_LIST_ACCESS_KEYS;
    UpdateAccessKey, IAM_UPDATE_ACCESS_KEY, writes CredentialRow;
    DeleteAccessKey, IAM_DELETE_ACCESS_KEY, writes CredentialRow;
    DeactivateMFADevice, IAM_DEACTIVATE_MFA_DEVICE, writes CredentialRow;
    ListMFADevices, IAM_LIST_MFA_DEVICES;
}
act!(GetAccessKeyLastUsed, IAM_GET_ACCESS_KEY_LAST_USED on PrincipalLook);
act!(EnableMFADevice, IAM_ENABLE_MFA_DEVICE on PrincipalLook, as sent user_name, writes CredentialRow);
impl Act for CreateVirtualMFADevice {
    type On = DeviceLook;
    const ACTION: Action = Action::IAM_CREATE_VIRTUAL_MFA_DEVICE;
    fn also(&self, ask: &mut dyn FnMut(Action)) {
        if self.tags.as_ref().is_some_and(|tags| !tags.is_empty()) {
            ask(Action::IAM_TAG_MFA_DEVICE);
        }
    }
    fn values<'a>(&'a self, _on: &'a DeviceLook, key: &Key, _plain: bool) -> Values<'a> {
        sent(self, key)
    }
}
may!(CreateVirtualMFADevice, writes CredentialRow);
act!(DeleteVirtualMFADevice, IAM_DELETE_VIRTUAL_MFA_DEVICE on DeviceLook, as sent serial_number, writes CredentialRow);
act!(ListVirtualMFADevices, IAM_LIST_VIRTUAL_MFA_DEVICES on Everything, nothing here, scans CredentialRow);

act!(GetRole, IAM_GET_ROLE on PrincipalLook, as sent role_name);
act!(DeleteRole, IAM_DELETE_ROLE on PrincipalLook, as sent role_name, writes PrincipalRow);
act!(ListRoles, IAM_LIST_ROLES on Everything, nothing here, scans PrincipalRow);
act!(UpdateAssumeRolePolicy, IAM_UPDATE_ASSUME_ROLE_POLICY on PrincipalLook, as sent role_name, writes PrincipalRow);
act!(PutRolePolicy, IAM_PUT_ROLE_POLICY on PrincipalLook, as sent role_name, writes PrincipalRow);
act!(GetRolePolicy, IAM_GET_ROLE_POLICY on PrincipalLook, as sent role_name);
act!(DeleteRolePolicy, IAM_DELETE_ROLE_POLICY on PrincipalLook, as sent role_name, writes PrincipalRow);
act!(ListRolePolicies, IAM_LIST_ROLE_POLICIES on PrincipalLook, as sent role_name);
act!(UpdateRole, IAM_UPDATE_ROLE on PrincipalLook, as sent role_name, writes PrincipalRow);

act!(CreateGroup, IAM_CREATE_GROUP on PrincipalLook, as sent group_name, writes PrincipalRow);
act!(GetGroup, IAM_GET_GROUP on PrincipalLook, as sent group_name);
act!(DeleteGroup, IAM_DELETE_GROUP on PrincipalLook, as sent group_name, writes PrincipalRow);
act!(ListGroups, IAM_LIST_GROUPS on Everything, nothing here, scans PrincipalRow);
act!(ListGroupsForUser, IAM_LIST_GROUPS_FOR_USER on PrincipalLook, as sent user_name);
act!(AddUserToGroup, IAM_ADD_USER_TO_GROUP on PrincipalLook, as sent group_name, writes Membership);
act!(RemoveUserFromGroup, IAM_REMOVE_USER_FROM_GROUP on PrincipalLook, as sent group_name, writes Membership);
act!(PutGroupPolicy, IAM_PUT_GROUP_POLICY on PrincipalLook, as sent group_name, writes PrincipalRow);
act!(GetGroupPolicy, IAM_GET_GROUP_POLICY on PrincipalLook, as sent group_name);
act!(DeleteGroupPolicy, IAM_DELETE_GROUP_POLICY on PrincipalLook, as sent group_name, writes PrincipalRow);
act!(ListGroupPolicies, IAM_LIST_GROUP_POLICIES on PrincipalLook, as sent group_name);

act!(AttachUserPolicy, IAM_ATTACH_USER_POLICY on PrincipalLook, as sent user_name, writes PrincipalRow);
act!(DetachUserPolicy, IAM_DETACH_USER_POLICY on PrincipalLook, as sent user_name, writes PrincipalRow);
act!(ListAttachedUserPolicies, IAM_LIST_ATTACHED_USER_POLICIES on PrincipalLook, as sent user_name);
act!(AttachGroupPolicy, IAM_ATTACH_GROUP_POLICY on PrincipalLook, as sent group_name, writes PrincipalRow);
act!(DetachGroupPolicy, IAM_DETACH_GROUP_POLICY on PrincipalLook, as sent group_name, writes PrincipalRow);
act!(ListAttachedGroupPolicies, IAM_LIST_ATTACHED_GROUP_POLICIES on PrincipalLook, as sent group_name);
act!(AttachRolePolicy, IAM_ATTACH_ROLE_POLICY on PrincipalLook, as sent role_name, writes PrincipalRow);
act!(DetachRolePolicy, IAM_DETACH_ROLE_POLICY on PrincipalLook, as sent role_name, writes PrincipalRow);
act!(ListAttachedRolePolicies, IAM_LIST_ATTACHED_ROLE_POLICIES on PrincipalLook, as sent role_name);

act!(PutUserPermissionsBoundary, IAM_PUT_USER_PERMISSIONS_BOUNDARY on PrincipalLook, as sent user_name, writes PrincipalRow);
act!(DeleteUserPermissionsBoundary, IAM_DELETE_USER_PERMISSIONS_BOUNDARY on PrincipalLook, as sent user_name, writes PrincipalRow);
act!(PutRolePermissionsBoundary, IAM_PUT_ROLE_PERMISSIONS_BOUNDARY on PrincipalLook, as sent role_name, writes PrincipalRow);
act!(DeleteRolePermissionsBoundary, IAM_DELETE_ROLE_PERMISSIONS_BOUNDARY on PrincipalLook, as sent role_name, writes PrincipalRow);

act!(TagUser, IAM_TAG_USER on PrincipalLook, as sent user_name, writes PrincipalRow);
act!(UntagUser, IAM_UNTAG_USER on PrincipalLook, as sent user_name, writes PrincipalRow);
act!(ListUserTags, IAM_LIST_USER_TAGS on PrincipalLook, as sent user_name);
act!(TagRole, IAM_TAG_ROLE on PrincipalLook, as sent role_name, writes PrincipalRow);
act!(UntagRole, IAM_UNTAG_ROLE on PrincipalLook, as sent role_name, writes PrincipalRow);
act!(ListRoleTags, IAM_LIST_ROLE_TAGS on PrincipalLook, as sent role_name);

act!(GetPolicy, IAM_GET_POLICY on PolicyLook, as sent policy_arn);
act!(DeletePolicy, IAM_DELETE_POLICY on PolicyLook, as sent policy_arn, writes ManagedPolicyRow);
act!(ListPolicies, IAM_LIST_POLICIES on Everything, nothing here, scans ManagedPolicyRow PrincipalRow);
act!(CreatePolicyVersion, IAM_CREATE_POLICY_VERSION on PolicyLook, as sent policy_arn, writes ManagedPolicyRow);
act!(GetPolicyVersion, IAM_GET_POLICY_VERSION on PolicyLook, as sent policy_arn);
act!(ListPolicyVersions, IAM_LIST_POLICY_VERSIONS on PolicyLook, as sent policy_arn);
act!(SetDefaultPolicyVersion, IAM_SET_DEFAULT_POLICY_VERSION on PolicyLook, as sent policy_arn, writes ManagedPolicyRow);
act!(DeletePolicyVersion, IAM_DELETE_POLICY_VERSION on PolicyLook, as sent policy_arn, writes ManagedPolicyRow);
act!(ListEntitiesForPolicy, IAM_LIST_ENTITIES_FOR_POLICY on PolicyLook, as sent policy_arn);
act!(TagPolicy, IAM_TAG_POLICY on PolicyLook, as sent policy_arn, writes ManagedPolicyRow);
act!(UntagPolicy, IAM_UNTAG_POLICY on PolicyLook, as sent policy_arn, writes ManagedPolicyRow);
act!(ListPolicyTags, IAM_LIST_POLICY_TAGS on PolicyLook, as sent policy_arn);

act!(UpdateUser, IAM_UPDATE_USER on PrincipalLook, as sent user_name, writes PrincipalRow CredentialRow);
act!(UpdateGroup, IAM_UPDATE_GROUP on PrincipalLook, as sent group_name, writes PrincipalRow Membership);

macro_rules! renamed {
    ($($(#[$doc:meta])* $name:ident: $action:ident;)*) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub(crate) struct $name;
        impl Act for $name {
            type On = PrincipalLook;
            const ACTION: Action = Action::$action;
        }
        may!($name, writes PrincipalRow);
    )* };
}
renamed! {
    /// UpdateUser is weighed twice: on the user as it is, and on the user as it is to be.
    RenamedUser: IAM_UPDATE_USER;
    /// UpdateGroup likewise.
    RenamedGroup: IAM_UPDATE_GROUP;
}

act!(SimulateCustomPolicy, IAM_SIMULATE_CUSTOM_POLICY on Everything, nothing here);
act!(SimulatePrincipalPolicy, IAM_SIMULATE_PRINCIPAL_POLICY on PrincipalLook, as sent policy_source_arn);
act!(GetContextKeysForCustomPolicy, IAM_GET_CONTEXT_KEYS_FOR_CUSTOM_POLICY on Everything, nothing here);
act!(GetContextKeysForPrincipalPolicy, IAM_GET_CONTEXT_KEYS_FOR_PRINCIPAL_POLICY on PrincipalLook, as sent policy_source_arn);
act!(GetAccountAuthorizationDetails, IAM_GET_ACCOUNT_AUTHORIZATION_DETAILS on Everything, nothing here,
    scans ManagedPolicyRow PrincipalRow);
act!(GetAccountSummary, IAM_GET_ACCOUNT_SUMMARY on Everything, nothing here,
    scans ManagedPolicyRow PrincipalRow CredentialRow);
