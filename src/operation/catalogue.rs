//! The list of all operations: what server, CLI, simulator and fuzz targets walk over.

use super::member::{Facet, Sink, Source, Spec, Take, Tell};
use super::{Operation, check, iam, kms, secretsmanager, sts};
use crate::error::{Error, codes};

/// Hands the list of all operations to another macro: `for_each_operation!(callback extra tokens)` becomes
/// `callback! { (extra tokens) SecretsManager secretsmanager { GetSecretValue: GetSecretValue, get_secret_value; … } Kms … }`.
///
/// An entry reads `Variant: Name, method;`. The variant is unique over all services (`TagResource` exists twice), the name is
/// the request's in its module of `operation`, the method is what a session calls it.
macro_rules! for_each_operation {
    ($callback:ident $($with:tt)*) => {
        $callback! { ($($with)*)
            SecretsManager secretsmanager {
                BatchGetSecretValue: BatchGetSecretValue, batch_get_secret_value;
                CancelRotateSecret: CancelRotateSecret, cancel_rotate_secret;
                CreateSecret: CreateSecret, create_secret;
                DeleteResourcePolicy: DeleteResourcePolicy, delete_resource_policy;
                DeleteSecret: DeleteSecret, delete_secret;
                DescribeSecret: DescribeSecret, describe_secret;
                GetRandomPassword: GetRandomPassword, get_random_password;
                GetResourcePolicy: GetResourcePolicy, get_resource_policy;
                GetSecretValue: GetSecretValue, get_secret_value;
                ListResourcePolicies: ListResourcePolicies, list_resource_policies;
                ListSecretVersionIds: ListSecretVersionIds, list_secret_version_ids;
                ListSecrets: ListSecrets, list_secrets;
                PutResourcePolicy: PutResourcePolicy, put_resource_policy;
                PutSecretValue: PutSecretValue, put_secret_value;
                RemoveRegionsFromReplication: RemoveRegionsFromReplication, remove_regions_from_replication;
                ReplicateSecretToRegions: ReplicateSecretToRegions, replicate_secret_to_regions;
                RestoreSecret: RestoreSecret, restore_secret;
                RotateSecret: RotateSecret, rotate_secret;
                StopReplicationToReplica: StopReplicationToReplica, stop_replication_to_replica;
                TagResource: TagResource, tag_resource;
                UntagResource: UntagResource, untag_resource;
                UpdateSecret: UpdateSecret, update_secret;
                UpdateSecretVersionStage: UpdateSecretVersionStage, update_secret_version_stage;
                ValidateResourcePolicy: ValidateResourcePolicy, validate_resource_policy;
            }
            Kms kms {
                CancelKeyDeletion: CancelKeyDeletion, cancel_key_deletion;
                CreateAlias: CreateAlias, create_alias;
                CreateGrant: CreateGrant, create_grant;
                CreateKey: CreateKey, create_key;
                Decrypt: Decrypt, decrypt;
                DeleteAlias: DeleteAlias, delete_alias;
                DeleteImportedKeyMaterial: DeleteImportedKeyMaterial, delete_imported_key_material;
                DescribeKey: DescribeKey, describe_key;
                DisableKey: DisableKey, disable_key;
                DisableKeyRotation: DisableKeyRotation, disable_key_rotation;
                EnableKey: EnableKey, enable_key;
                EnableKeyRotation: EnableKeyRotation, enable_key_rotation;
                Encrypt: Encrypt, encrypt;
                GenerateDataKey: GenerateDataKey, generate_data_key;
                GenerateDataKeyWithoutPlaintext: GenerateDataKeyWithoutPlaintext, generate_data_key_without_plaintext;
                GenerateMac: GenerateMac, generate_mac;
                GenerateRandom: GenerateRandom, generate_random;
                GetKeyLastUsage: GetKeyLastUsage, get_key_last_usage;
                GetKeyPolicy: GetKeyPolicy, get_key_policy;
                GetKeyRotationStatus: GetKeyRotationStatus, get_key_rotation_status;
                GetParametersForImport: GetParametersForImport, get_parameters_for_import;
                ImportKeyMaterial: ImportKeyMaterial, import_key_material;
                ListAliases: ListAliases, list_aliases;
                ListGrants: ListGrants, list_grants;
                ListKeyPolicies: ListKeyPolicies, list_key_policies;
                ListKeyRotations: ListKeyRotations, list_key_rotations;
                ListKeys: ListKeys, list_keys;
                ListResourceTags: ListResourceTags, list_resource_tags;
                ListRetirableGrants: ListRetirableGrants, list_retirable_grants;
                PutKeyPolicy: PutKeyPolicy, put_key_policy;
                ReEncrypt: ReEncrypt, re_encrypt;
                RetireGrant: RetireGrant, retire_grant;
                RevokeGrant: RevokeGrant, revoke_grant;
                RotateKeyOnDemand: RotateKeyOnDemand, rotate_key_on_demand;
                ScheduleKeyDeletion: ScheduleKeyDeletion, schedule_key_deletion;
                KmsTagResource: TagResource, tag_resource;
                KmsUntagResource: UntagResource, untag_resource;
                UpdateAlias: UpdateAlias, update_alias;
                UpdateKeyDescription: UpdateKeyDescription, update_key_description;
                VerifyMac: VerifyMac, verify_mac;
            }
            Iam iam {
                AddUserToGroup: AddUserToGroup, add_user_to_group;
                AttachGroupPolicy: AttachGroupPolicy, attach_group_policy;
                AttachRolePolicy: AttachRolePolicy, attach_role_policy;
                AttachUserPolicy: AttachUserPolicy, attach_user_policy;
                CreateAccessKey: CreateAccessKey, create_access_key;
                CreateGroup: CreateGroup, create_group;
                CreatePolicy: CreatePolicy, create_policy;
                CreatePolicyVersion: CreatePolicyVersion, create_policy_version;
                CreateRole: CreateRole, create_role;
                CreateUser: CreateUser, create_user;
                CreateVirtualMFADevice: CreateVirtualMFADevice, create_virtual_mfa_device;
                DeactivateMFADevice: DeactivateMFADevice, deactivate_mfa_device;
                DeleteAccessKey: DeleteAccessKey, delete_access_key;
                DeleteGroup: DeleteGroup, delete_group;
                DeleteGroupPolicy: DeleteGroupPolicy, delete_group_policy;
                DeletePolicy: DeletePolicy, delete_policy;
                DeletePolicyVersion: DeletePolicyVersion, delete_policy_version;
                DeleteRole: DeleteRole, delete_role;
                DeleteRolePermissionsBoundary: DeleteRolePermissionsBoundary, delete_role_permissions_boundary;
                DeleteRolePolicy: DeleteRolePolicy, delete_role_policy;
                DeleteUser: DeleteUser, delete_user;
                DeleteUserPermissionsBoundary: DeleteUserPermissionsBoundary, delete_user_permissions_boundary;
                DeleteUserPolicy: DeleteUserPolicy, delete_user_policy;
                DeleteVirtualMFADevice: DeleteVirtualMFADevice, delete_virtual_mfa_device;
                DetachGroupPolicy: DetachGroupPolicy, detach_group_policy;
                DetachRolePolicy: DetachRolePolicy, detach_role_policy;
                DetachUserPolicy: DetachUserPolicy, detach_user_policy;
                EnableMFADevice: EnableMFADevice, enable_mfa_device;
                GetAccessKeyLastUsed: GetAccessKeyLastUsed, get_access_key_last_used;
                GetAccountAuthorizationDetails: GetAccountAuthorizationDetails, get_account_authorization_details;
                GetAccountSummary: GetAccountSummary, get_account_summary;
                GetContextKeysForCustomPolicy: GetContextKeysForCustomPolicy, get_context_keys_for_custom_policy;
                GetContextKeysForPrincipalPolicy: GetContextKeysForPrincipalPolicy, get_context_keys_for_principal_policy;
                GetGroup: GetGroup, get_group;
                GetGroupPolicy: GetGroupPolicy, get_group_policy;
                GetPolicy: GetPolicy, get_policy;
                GetPolicyVersion: GetPolicyVersion, get_policy_version;
                GetRole: GetRole, get_role;
                GetRolePolicy: GetRolePolicy, get_role_policy;
                GetUser: GetUser, get_user;
                GetUserPolicy: GetUserPolicy, get_user_policy;
                ListAccessKeys: ListAccessKeys, list_access_keys;
                ListAttachedGroupPolicies: ListAttachedGroupPolicies, list_attached_group_policies;
                ListAttachedRolePolicies: ListAttachedRolePolicies, list_attached_role_policies;
                ListAttachedUserPolicies: ListAttachedUserPolicies, list_attached_user_policies;
                ListEntitiesForPolicy: ListEntitiesForPolicy, list_entities_for_policy;
                ListGroupPolicies: ListGroupPolicies, list_group_policies;
                ListGroups: ListGroups, list_groups;
                ListGroupsForUser: ListGroupsForUser, list_groups_for_user;
                ListMFADevices: ListMFADevices, list_mfa_devices;
                ListPolicies: ListPolicies, list_policies;
                ListPolicyTags: ListPolicyTags, list_policy_tags;
                ListPolicyVersions: ListPolicyVersions, list_policy_versions;
                ListRolePolicies: ListRolePolicies, list_role_policies;
                ListRoleTags: ListRoleTags, list_role_tags;
                ListRoles: ListRoles, list_roles;
                ListUserPolicies: ListUserPolicies, list_user_policies;
                ListUserTags: ListUserTags, list_user_tags;
                ListUsers: ListUsers, list_users;
                ListVirtualMFADevices: ListVirtualMFADevices, list_virtual_mfa_devices;
                PutGroupPolicy: PutGroupPolicy, put_group_policy;
                PutRolePermissionsBoundary: PutRolePermissionsBoundary, put_role_permissions_boundary;
                PutRolePolicy: PutRolePolicy, put_role_policy;
                PutUserPermissionsBoundary: PutUserPermissionsBoundary, put_user_permissions_boundary;
                PutUserPolicy: PutUserPolicy, put_user_policy;
                RemoveUserFromGroup: RemoveUserFromGroup, remove_user_from_group;
                SetDefaultPolicyVersion: SetDefaultPolicyVersion, set_default_policy_version;
                SimulateCustomPolicy: SimulateCustomPolicy, simulate_custom_policy;
                SimulatePrincipalPolicy: SimulatePrincipalPolicy, simulate_principal_policy;
                TagPolicy: TagPolicy, tag_policy;
                TagRole: TagRole, tag_role;
                TagUser: TagUser, tag_user;
                UntagPolicy: UntagPolicy, untag_policy;
                UntagRole: UntagRole, untag_role;
                UntagUser: UntagUser, untag_user;
                UpdateAccessKey: UpdateAccessKey, update_access_key;
                UpdateAssumeRolePolicy: UpdateAssumeRolePolicy, update_assume_role_policy;
                UpdateGroup: UpdateGroup, update_group;
                UpdateRole: UpdateRole, update_role;
                UpdateUser: UpdateUser, update_user;
            }
            Sts sts {
                AssumeRole: AssumeRole, assume_role;
                GetAccessKeyInfo: GetAccessKeyInfo, get_access_key_info;
                GetCallerIdentity: GetCallerIdentity, get_caller_identity;
                GetFederationToken: GetFederationToken, get_federation_token;
                GetSessionToken: GetSessionToken, get_session_token;
            }
        }
    };
}
#[allow(unused_imports, reason = "sessions generate their methods from it")]
pub(crate) use for_each_operation;

macro_rules! catalogue {
    (() $( $group:ident $service:ident { $( $variant:ident : $name:ident , $method:ident ; )* } )*) => {
        /// Any request.
        #[derive(Debug)]
        #[non_exhaustive]
        pub enum AnyRequest { $( $( #[doc = concat!("[`", stringify!($service), "::", stringify!($name), "`]")] $variant($service::$name), )* )* }

        /// Any answer.
        #[derive(Debug)]
        #[allow(clippy::large_enum_variant, reason = "one lives at a time, for as long as it takes to be told")]
        #[non_exhaustive]
        pub enum AnyResponse { $( $(
            #[doc = concat!("Answer of [`", stringify!($service), "::", stringify!($name), "`].")]
            $variant(<$service::$name as Operation>::Response),
        )* )* }

        /// Every operation that has a shape, by service, then by name.
        pub const ALL: &[Entry] = &[ $( $( Entry {
            service: stringify!($service),
            name: stringify!($name),
            request: $service::$name::MEMBERS,
            response: <<$service::$name as Operation>::Response>::MEMBERS,
        }, )* )* ];

        impl AnyRequest {
            /// From a service, an operation and a body.
            ///
            /// # Errors
            /// `Unsupported` for an operation without a shape (`UnsupportedOperationException`) or without a name
            /// (`UnknownOperationException`; at IAM and STS `InvalidAction`), `InvalidRequest` for a body of the wrong form
            /// or without its required members. Constraints are left to [`AnyRequest::check`].
            pub fn take(service: &str, name: &str, source: &mut dyn Source) -> Result<Self, Error> {
                $( $( if (service, name) == (stringify!($service), stringify!($name)) {
                    return $service::$name::take(source).map(Self::$variant).map_err(|refused| check::refused(service, refused));
                } )* )*
                Err(no_shape(service, name))
            }
            /// The service's prefix in actions.
            #[must_use]
            pub fn service(&self) -> &'static str {
                match self { $( $( Self::$variant(_) => <$service::$name as Operation>::SERVICE, )* )* }
            }
            /// AWS's name of the operation.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self { $( $( Self::$variant(_) => <$service::$name as Operation>::NAME, )* )* }
            }
            /// As [`Operation::check`].
            ///
            /// # Errors
            /// As [`Operation::check`].
            pub fn check(&self) -> Result<(), Error> {
                match self { $( $( Self::$variant(request) => request.check(), )* )* }
            }
            /// Gives the request to `caller` under its own type.
            ///
            /// # Errors
            /// What `caller` answers.
            pub fn call<C: Caller>(self, caller: &mut C) -> Result<AnyResponse, Error> {
                match self { $( $( Self::$variant(request) => caller.call(request).map(AnyResponse::$variant), )* )* }
            }
        }
        impl Tell for AnyRequest {
            fn tell(&self, sink: &mut dyn Sink) {
                match self { $( $( Self::$variant(request) => request.tell(sink), )* )* }
            }
            fn facet(&self) -> Facet<'_> {
                Facet::Structure
            }
        }
        impl Tell for AnyResponse {
            fn tell(&self, sink: &mut dyn Sink) {
                match self { $( $( Self::$variant(response) => response.tell(sink), )* )* }
            }
            fn facet(&self) -> Facet<'_> {
                Facet::Structure
            }
        }
        $( $( impl From<$service::$name> for AnyRequest {
            fn from(request: $service::$name) -> Self {
                Self::$variant(request)
            }
        } )* )*
    };
}
for_each_operation!(catalogue);

/// One operation of [`ALL`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Entry {
    /// `secretsmanager`
    pub service: &'static str,
    /// `GetSecretValue`
    pub name: &'static str,
    /// Members of the request.
    pub request: &'static [Spec],
    /// Members of the answer.
    pub response: &'static [Spec],
}

/// Whoever serves requests of every type: a session, a test, a client.
pub trait Caller {
    /// Serves one.
    ///
    /// # Errors
    /// Its own.
    fn call<O: Operation>(&mut self, request: O) -> Result<O::Response, Error>;
}

/// Names of a service's AWS operations that have no shape here: known, so that they are refused by their own error.
#[must_use]
pub fn unserved(service: &str) -> &'static [&'static str] {
    match service {
        "secretsmanager" => secretsmanager::UNSERVED,
        "kms" => kms::UNSERVED,
        "iam" => iam::UNSERVED,
        "sts" => sts::UNSERVED,
        _ => &[],
    }
}

/// The error for an operation that is not in [`ALL`].
fn no_shape(service: &str, name: &str) -> Error {
    if unserved(service).contains(&name) {
        Error::new(codes::unsupported(service), format!("`{name}` is not served by this release"))
    } else {
        Error::new(codes::unknown_operation(service), format!("unknown operation `{name}`"))
    }
}

#[cfg(test)]
mod tests {
    use super::ALL;

    /// What another macro gets of the list.
    macro_rules! methods {
        ((with $extra:literal) $( $group:ident $service:ident { $( $variant:ident : $name:ident , $method:ident ; )* } )*) => {
            ($extra, [ $( $( (stringify!($service), stringify!($name), stringify!($method)) ),* ),* ])
        };
    }

    #[test]
    fn the_list_names_each_method_as_its_operation() {
        let (extra, methods) = crate::operation::catalogue::for_each_operation!(methods with "more");
        assert_eq!(extra, "more");
        assert_eq!(methods.len(), ALL.len());
        for ((service, name, method), entry) in methods.into_iter().zip(ALL) {
            assert_eq!((service, name), (entry.service, entry.name));
            // The one name of several capitals in a row.
            let name = name.replace("MFA", "Mfa");
            let words = name.chars().fold(String::new(), |words, c| {
                let gap = if c.is_ascii_uppercase() && !words.is_empty() { "_" } else { "" };
                words + gap + &c.to_ascii_lowercase().to_string()
            });
            assert_eq!(method, words);
        }
    }
}
