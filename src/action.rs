//! The AWS actions that this crate knows, each with its access level and the types of resource it applies to.
//!
//! Source: the service authorization reference of Secrets Manager, KMS, IAM and STS. Actions that the store does not
//! serve are listed too: policies name them, and a lint that took them for misspellings would be wrong. Of Lambda only
//! the one action is known that a rotation asks for, of CloudTrail the one that reads the journal. Any other text stays possible as [`ActionRef::Other`].

use std::cmp::Ordering;
use std::fmt;

/// One AWS action that this crate knows; a small number, cheap to copy and to look up in a bit set.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Action(u16);

/// The action of a request: a known one, or any other text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ActionRef<'a> {
    /// An action of the table.
    Known(Action),
    /// `service:Name` of an action that is not in the table.
    Other(&'a str),
}

/// What an action does to its resource, in the words of the service authorization reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AccessLevel {
    /// Shows names, not contents.
    List,
    /// Shows contents.
    Read,
    /// Creates, changes or deletes.
    Write,
    /// Changes who may do what.
    Permissions,
    /// Changes tags only.
    Tagging,
}

/// A set of resource types; empty for an action that is decided on `*`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ResourceTypes(u16);

impl Action {
    /// Finds `service:Name` without regard to letter case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (service, name) = text.split_once(':')?;
        Self::find(service, name)
    }
    /// Finds an action by service and name, without regard to letter case.
    #[must_use]
    pub fn find(service: &str, name: &str) -> Option<Self> {
        let found = TABLE.binary_search_by(|row| {
            compare_ignoring_case(row.service, service).then_with(|| compare_ignoring_case(row.name, name))
        });
        found.ok().and_then(|place| u16::try_from(place).ok()).map(Self)
    }
    /// Every known action, by service and name.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..TABLE.len()).filter_map(|place| u16::try_from(place).ok()).map(Self)
    }
    /// The services of which actions are known.
    pub(crate) fn services() -> &'static [&'static str] {
        static SERVICES: std::sync::LazyLock<Vec<&str>> = std::sync::LazyLock::new(|| {
            let mut services: Vec<_> = TABLE.iter().map(|row| row.service).collect();
            services.dedup();
            services
        });
        &SERVICES
    }
    /// The known actions of a service, by name; letter case of the prefix is ignored.
    pub(crate) fn of_service(service: &str) -> impl Iterator<Item = Self> {
        let begin = TABLE.partition_point(|row| compare_ignoring_case(row.service, service).is_lt());
        let end = TABLE.partition_point(|row| compare_ignoring_case(row.service, service).is_le());
        (begin..end).filter_map(|place| u16::try_from(place).ok()).map(Self)
    }
    /// The service prefix, such as `secretsmanager`.
    #[must_use]
    pub fn service(self) -> &'static str {
        self.row().service
    }
    /// The name as AWS writes it, such as `GetSecretValue`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().name
    }
    /// Both, such as `secretsmanager:GetSecretValue`.
    #[must_use]
    pub fn full_name(self) -> &'static str {
        self.row().full
    }
    /// What it does to its resource.
    #[must_use]
    pub fn access_level(self) -> AccessLevel {
        self.row().level
    }
    /// The resource types it applies to; empty when it is decided on `*`.
    #[must_use]
    pub fn resource_types(self) -> ResourceTypes {
        self.row().types
    }
    /// Its place in the table, below [`Action::COUNT`].
    #[must_use]
    pub fn number(self) -> usize {
        usize::from(self.0)
    }
    /// How many actions are known.
    pub const COUNT: usize = TABLE.len();

    fn row(self) -> &'static Row {
        // The field is private and every constructor takes it from the table, so the fallback is never seen.
        TABLE.get(self.number()).unwrap_or(&FIRST)
    }
}
impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.full_name())
    }
}
impl fmt::Debug for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Action({})", self.full_name())
    }
}

impl<'a> ActionRef<'a> {
    /// The known action of that name, without regard to letter case; any other text as it is.
    #[must_use]
    pub fn parse(text: &'a str) -> Self {
        Action::parse(text).map_or(Self::Other(text), Self::Known)
    }
    /// `service:Name`.
    #[must_use]
    pub fn text(self) -> &'a str {
        match self {
            Self::Known(action) => action.full_name(),
            Self::Other(text) => text,
        }
    }
}
impl From<Action> for ActionRef<'_> {
    fn from(action: Action) -> Self {
        Self::Known(action)
    }
}
impl fmt::Display for ActionRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.text())
    }
}

impl ResourceTypes {
    /// No resource: the action is decided on `*`.
    pub const NONE: Self = Self(0);
    /// `arn:aws:secretsmanager:…:secret:…`
    pub const SECRET: Self = Self(1);
    /// `arn:aws:kms:…:key/…`
    pub const KEY: Self = Self(1 << 1);
    /// `arn:aws:kms:…:alias/…`
    pub const ALIAS: Self = Self(1 << 2);
    /// `arn:aws:iam::…:user/…`
    pub const USER: Self = Self(1 << 3);
    /// `arn:aws:iam::…:role/…`
    pub const ROLE: Self = Self(1 << 4);
    /// `arn:aws:iam::…:group/…`
    pub const GROUP: Self = Self(1 << 5);
    /// `arn:aws:iam::…:policy/…`
    pub const POLICY: Self = Self(1 << 6);
    /// `arn:aws:iam::…:mfa/…`
    pub const MFA: Self = Self(1 << 7);
    /// `arn:aws:iam::…:instance-profile/…`
    pub const INSTANCE_PROFILE: Self = Self(1 << 8);
    /// `arn:aws:iam::…:oidc-provider/…`
    pub const OIDC_PROVIDER: Self = Self(1 << 9);
    /// `arn:aws:iam::…:saml-provider/…`
    pub const SAML_PROVIDER: Self = Self(1 << 10);
    /// `arn:aws:iam::…:server-certificate/…`
    pub const SERVER_CERTIFICATE: Self = Self(1 << 11);
    /// `arn:aws:lambda:…:function:…`
    pub const FUNCTION: Self = Self(1 << 12);

    /// No type at all?
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
    /// Some type in both sets?
    #[must_use]
    pub const fn overlaps(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
    /// The types of either set.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
    /// The type of the resource whose ARN has this service and begins its sixth field so; empty when unknown.
    /// A wildcard in the text is not understood: ask for the literal part only.
    #[must_use]
    pub fn of(service: &str, resource: &str) -> Self {
        let kind = resource.split(['/', ':']).next().unwrap_or_default();
        match (service, kind) {
            ("secretsmanager", "secret") => Self::SECRET,
            ("kms", "key") => Self::KEY,
            ("kms", "alias") => Self::ALIAS,
            ("iam" | "sts", "user") => Self::USER,
            ("iam" | "sts", "role") => Self::ROLE,
            ("iam", "group") => Self::GROUP,
            ("iam", "policy") => Self::POLICY,
            ("iam", "mfa") => Self::MFA,
            ("iam", "instance-profile") => Self::INSTANCE_PROFILE,
            ("iam", "oidc-provider") => Self::OIDC_PROVIDER,
            ("iam", "saml-provider") => Self::SAML_PROVIDER,
            ("iam", "server-certificate") => Self::SERVER_CERTIFICATE,
            ("lambda", "function") => Self::FUNCTION,
            _ => Self::NONE,
        }
    }
}

/// Does the table hold every action of this service? Then a name that is not in it is a mistake.
#[must_use]
pub fn is_complete(service: &str) -> bool {
    ["iam", "kms", "secretsmanager", "sts"].iter().any(|known| known.eq_ignore_ascii_case(service))
}

struct Row {
    service: &'static str,
    name: &'static str,
    full: &'static str,
    level: AccessLevel,
    types: ResourceTypes,
}

fn compare_ignoring_case(a: &str, b: &str) -> Ordering {
    a.bytes().map(|byte| byte.to_ascii_lowercase()).cmp(b.bytes().map(|byte| byte.to_ascii_lowercase()))
}

macro_rules! actions {
    ($($constant:ident: $service:literal $name:literal $level:ident [$($type:ident)*],)*) => {
        #[expect(non_camel_case_types, reason = "numbers the constants below, by their names")]
        #[repr(u16)]
        enum Number { $($constant),* }

        impl Action {
            $(
                #[doc = concat!("`", $service, ":", $name, "`")]
                pub const $constant: Self = Self(Number::$constant as u16);
            )*
        }

        /// By service, then by name without regard to case: `Action::parse` searches it.
        static TABLE: [Row; [$($name),*].len()] = [$(
            Row {
                service: $service,
                name: $name,
                full: concat!($service, ":", $name),
                level: AccessLevel::$level,
                types: ResourceTypes(0 $(| ResourceTypes::$type.0)*),
            }
        ),*];
    };
}

static FIRST: Row = Row { service: "", name: "", full: "", level: AccessLevel::List, types: ResourceTypes::NONE };

actions! {
    CLOUDTRAIL_LOOKUP_EVENTS: "cloudtrail" "LookupEvents" Read [],
    IAM_ACCEPT_DELEGATION_REQUEST: "iam" "AcceptDelegationRequest" Write [],
    IAM_ADD_CLIENT_ID_TO_OPENID_CONNECT_PROVIDER: "iam" "AddClientIDToOpenIDConnectProvider" Write [OIDC_PROVIDER],
    IAM_ADD_ROLE_TO_INSTANCE_PROFILE: "iam" "AddRoleToInstanceProfile" Write [INSTANCE_PROFILE],
    IAM_ADD_USER_TO_GROUP: "iam" "AddUserToGroup" Write [GROUP],
    IAM_ASSOCIATE_DELEGATION_REQUEST: "iam" "AssociateDelegationRequest" Write [],
    IAM_ATTACH_GROUP_POLICY: "iam" "AttachGroupPolicy" Permissions [GROUP],
    IAM_ATTACH_ROLE_POLICY: "iam" "AttachRolePolicy" Permissions [ROLE],
    IAM_ATTACH_USER_POLICY: "iam" "AttachUserPolicy" Permissions [USER],
    IAM_CHANGE_PASSWORD: "iam" "ChangePassword" Write [USER],
    IAM_CREATE_ACCESS_KEY: "iam" "CreateAccessKey" Write [USER],
    IAM_CREATE_ACCOUNT_ALIAS: "iam" "CreateAccountAlias" Write [],
    IAM_CREATE_DELEGATION_REQUEST: "iam" "CreateDelegationRequest" Write [],
    IAM_CREATE_GROUP: "iam" "CreateGroup" Write [GROUP],
    IAM_CREATE_INSTANCE_PROFILE: "iam" "CreateInstanceProfile" Write [INSTANCE_PROFILE],
    IAM_CREATE_LOGIN_PROFILE: "iam" "CreateLoginProfile" Write [USER],
    IAM_CREATE_OPENID_CONNECT_PROVIDER: "iam" "CreateOpenIDConnectProvider" Write [OIDC_PROVIDER],
    IAM_CREATE_POLICY: "iam" "CreatePolicy" Permissions [POLICY],
    IAM_CREATE_POLICY_VERSION: "iam" "CreatePolicyVersion" Permissions [POLICY],
    IAM_CREATE_ROLE: "iam" "CreateRole" Write [ROLE],
    IAM_CREATE_SAML_PROVIDER: "iam" "CreateSAMLProvider" Write [SAML_PROVIDER],
    IAM_CREATE_SERVICE_LINKED_ROLE: "iam" "CreateServiceLinkedRole" Write [ROLE],
    IAM_CREATE_SERVICE_SPECIFIC_CREDENTIAL: "iam" "CreateServiceSpecificCredential" Write [USER],
    IAM_CREATE_USER: "iam" "CreateUser" Write [USER],
    IAM_CREATE_VIRTUAL_MFA_DEVICE: "iam" "CreateVirtualMFADevice" Write [MFA],
    IAM_DEACTIVATE_MFA_DEVICE: "iam" "DeactivateMFADevice" Write [USER],
    IAM_DELETE_ACCESS_KEY: "iam" "DeleteAccessKey" Write [USER],
    IAM_DELETE_ACCOUNT_ALIAS: "iam" "DeleteAccountAlias" Write [],
    IAM_DELETE_ACCOUNT_PASSWORD_POLICY: "iam" "DeleteAccountPasswordPolicy" Permissions [],
    IAM_DELETE_CLOUDFRONT_PUBLIC_KEY: "iam" "DeleteCloudFrontPublicKey" Write [],
    IAM_DELETE_GROUP: "iam" "DeleteGroup" Write [GROUP],
    IAM_DELETE_GROUP_POLICY: "iam" "DeleteGroupPolicy" Permissions [GROUP],
    IAM_DELETE_INSTANCE_PROFILE: "iam" "DeleteInstanceProfile" Write [INSTANCE_PROFILE],
    IAM_DELETE_LOGIN_PROFILE: "iam" "DeleteLoginProfile" Write [USER],
    IAM_DELETE_OPENID_CONNECT_PROVIDER: "iam" "DeleteOpenIDConnectProvider" Write [OIDC_PROVIDER],
    IAM_DELETE_POLICY: "iam" "DeletePolicy" Permissions [POLICY],
    IAM_DELETE_POLICY_VERSION: "iam" "DeletePolicyVersion" Permissions [POLICY],
    IAM_DELETE_ROLE: "iam" "DeleteRole" Write [ROLE],
    IAM_DELETE_ROLE_PERMISSIONS_BOUNDARY: "iam" "DeleteRolePermissionsBoundary" Permissions [ROLE],
    IAM_DELETE_ROLE_POLICY: "iam" "DeleteRolePolicy" Permissions [ROLE],
    IAM_DELETE_SAML_PROVIDER: "iam" "DeleteSAMLProvider" Write [SAML_PROVIDER],
    IAM_DELETE_SERVER_CERTIFICATE: "iam" "DeleteServerCertificate" Write [SERVER_CERTIFICATE],
    IAM_DELETE_SERVICE_LINKED_ROLE: "iam" "DeleteServiceLinkedRole" Write [ROLE],
    IAM_DELETE_SERVICE_SPECIFIC_CREDENTIAL: "iam" "DeleteServiceSpecificCredential" Write [USER],
    IAM_DELETE_SIGNING_CERTIFICATE: "iam" "DeleteSigningCertificate" Write [USER],
    IAM_DELETE_SSH_PUBLIC_KEY: "iam" "DeleteSSHPublicKey" Write [USER],
    IAM_DELETE_USER: "iam" "DeleteUser" Write [USER],
    IAM_DELETE_USER_PERMISSIONS_BOUNDARY: "iam" "DeleteUserPermissionsBoundary" Permissions [USER],
    IAM_DELETE_USER_POLICY: "iam" "DeleteUserPolicy" Permissions [USER],
    IAM_DELETE_VIRTUAL_MFA_DEVICE: "iam" "DeleteVirtualMFADevice" Write [MFA],
    IAM_DETACH_GROUP_POLICY: "iam" "DetachGroupPolicy" Permissions [GROUP],
    IAM_DETACH_ROLE_POLICY: "iam" "DetachRolePolicy" Permissions [ROLE],
    IAM_DETACH_USER_POLICY: "iam" "DetachUserPolicy" Permissions [USER],
    IAM_DISABLE_ORGANIZATIONS_ROOT_CREDENTIALS_MANAGEMENT: "iam" "DisableOrganizationsRootCredentialsManagement" Write [],
    IAM_DISABLE_ORGANIZATIONS_ROOT_SESSIONS: "iam" "DisableOrganizationsRootSessions" Write [],
    IAM_DISABLE_OUTBOUND_WEB_IDENTITY_FEDERATION: "iam" "DisableOutboundWebIdentityFederation" Write [],
    IAM_ENABLE_MFA_DEVICE: "iam" "EnableMFADevice" Write [USER],
    IAM_ENABLE_ORGANIZATIONS_ROOT_CREDENTIALS_MANAGEMENT: "iam" "EnableOrganizationsRootCredentialsManagement" Write [],
    IAM_ENABLE_ORGANIZATIONS_ROOT_SESSIONS: "iam" "EnableOrganizationsRootSessions" Write [],
    IAM_ENABLE_OUTBOUND_WEB_IDENTITY_FEDERATION: "iam" "EnableOutboundWebIdentityFederation" Write [],
    IAM_GENERATE_CREDENTIAL_REPORT: "iam" "GenerateCredentialReport" Read [],
    IAM_GENERATE_ORGANIZATIONS_ACCESS_REPORT: "iam" "GenerateOrganizationsAccessReport" Read [],
    IAM_GENERATE_SERVICE_LAST_ACCESSED_DETAILS: "iam" "GenerateServiceLastAccessedDetails" Read [GROUP POLICY ROLE USER],
    IAM_GET_ACCESS_KEY_LAST_USED: "iam" "GetAccessKeyLastUsed" Read [USER],
    IAM_GET_ACCOUNT_AUTHORIZATION_DETAILS: "iam" "GetAccountAuthorizationDetails" Read [],
    IAM_GET_ACCOUNT_EMAIL_ADDRESS: "iam" "GetAccountEmailAddress" Read [],
    IAM_GET_ACCOUNT_NAME: "iam" "GetAccountName" Read [],
    IAM_GET_ACCOUNT_PASSWORD_POLICY: "iam" "GetAccountPasswordPolicy" Read [],
    IAM_GET_ACCOUNT_SUMMARY: "iam" "GetAccountSummary" List [],
    IAM_GET_CLOUDFRONT_PUBLIC_KEY: "iam" "GetCloudFrontPublicKey" Read [],
    IAM_GET_CONTEXT_KEYS_FOR_CUSTOM_POLICY: "iam" "GetContextKeysForCustomPolicy" Read [],
    IAM_GET_CONTEXT_KEYS_FOR_PRINCIPAL_POLICY: "iam" "GetContextKeysForPrincipalPolicy" Read [GROUP ROLE USER],
    IAM_GET_CREDENTIAL_REPORT: "iam" "GetCredentialReport" Read [],
    IAM_GET_DELEGATION_REQUEST: "iam" "GetDelegationRequest" Read [],
    IAM_GET_GROUP: "iam" "GetGroup" Read [GROUP],
    IAM_GET_GROUP_POLICY: "iam" "GetGroupPolicy" Read [GROUP],
    IAM_GET_HUMAN_READABLE_SUMMARY: "iam" "GetHumanReadableSummary" Read [],
    IAM_GET_INSTANCE_PROFILE: "iam" "GetInstanceProfile" Read [INSTANCE_PROFILE],
    IAM_GET_LOGIN_PROFILE: "iam" "GetLoginProfile" List [USER],
    IAM_GET_MFA_DEVICE: "iam" "GetMFADevice" Read [USER],
    IAM_GET_OPENID_CONNECT_PROVIDER: "iam" "GetOpenIDConnectProvider" Read [OIDC_PROVIDER],
    IAM_GET_ORGANIZATIONS_ACCESS_REPORT: "iam" "GetOrganizationsAccessReport" Read [],
    IAM_GET_OUTBOUND_WEB_IDENTITY_FEDERATION_INFO: "iam" "GetOutboundWebIdentityFederationInfo" Read [],
    IAM_GET_POLICY: "iam" "GetPolicy" Read [POLICY],
    IAM_GET_POLICY_VERSION: "iam" "GetPolicyVersion" Read [POLICY],
    IAM_GET_ROLE: "iam" "GetRole" Read [ROLE],
    IAM_GET_ROLE_POLICY: "iam" "GetRolePolicy" Read [ROLE],
    IAM_GET_SAML_PROVIDER: "iam" "GetSAMLProvider" Read [SAML_PROVIDER],
    IAM_GET_SERVER_CERTIFICATE: "iam" "GetServerCertificate" Read [SERVER_CERTIFICATE],
    IAM_GET_SERVICE_LAST_ACCESSED_DETAILS: "iam" "GetServiceLastAccessedDetails" Read [],
    IAM_GET_SERVICE_LAST_ACCESSED_DETAILS_WITH_ENTITIES: "iam" "GetServiceLastAccessedDetailsWithEntities" Read [],
    IAM_GET_SERVICE_LINKED_ROLE_DELETION_STATUS: "iam" "GetServiceLinkedRoleDeletionStatus" Read [ROLE],
    IAM_GET_SSH_PUBLIC_KEY: "iam" "GetSSHPublicKey" Read [USER],
    IAM_GET_USER: "iam" "GetUser" Read [USER],
    IAM_GET_USER_POLICY: "iam" "GetUserPolicy" Read [USER],
    IAM_LIST_ACCESS_KEYS: "iam" "ListAccessKeys" List [USER],
    IAM_LIST_ACCOUNT_ALIASES: "iam" "ListAccountAliases" List [],
    IAM_LIST_ATTACHED_GROUP_POLICIES: "iam" "ListAttachedGroupPolicies" List [GROUP],
    IAM_LIST_ATTACHED_ROLE_POLICIES: "iam" "ListAttachedRolePolicies" List [ROLE],
    IAM_LIST_ATTACHED_USER_POLICIES: "iam" "ListAttachedUserPolicies" List [USER],
    IAM_LIST_CLOUDFRONT_PUBLIC_KEYS: "iam" "ListCloudFrontPublicKeys" List [],
    IAM_LIST_DELEGATION_REQUESTS: "iam" "ListDelegationRequests" List [],
    IAM_LIST_ENTITIES_FOR_POLICY: "iam" "ListEntitiesForPolicy" List [POLICY],
    IAM_LIST_GROUP_POLICIES: "iam" "ListGroupPolicies" List [GROUP],
    IAM_LIST_GROUPS: "iam" "ListGroups" List [],
    IAM_LIST_GROUPS_FOR_USER: "iam" "ListGroupsForUser" List [USER],
    IAM_LIST_INSTANCE_PROFILES: "iam" "ListInstanceProfiles" List [],
    IAM_LIST_INSTANCE_PROFILES_FOR_ROLE: "iam" "ListInstanceProfilesForRole" List [ROLE],
    IAM_LIST_INSTANCE_PROFILE_TAGS: "iam" "ListInstanceProfileTags" List [INSTANCE_PROFILE],
    IAM_LIST_MFA_DEVICES: "iam" "ListMFADevices" List [USER],
    IAM_LIST_MFA_DEVICE_TAGS: "iam" "ListMFADeviceTags" List [MFA],
    IAM_LIST_OPENID_CONNECT_PROVIDERS: "iam" "ListOpenIDConnectProviders" List [],
    IAM_LIST_OPENID_CONNECT_PROVIDER_TAGS: "iam" "ListOpenIDConnectProviderTags" List [OIDC_PROVIDER],
    IAM_LIST_ORGANIZATIONS_FEATURES: "iam" "ListOrganizationsFeatures" List [],
    IAM_LIST_POLICIES: "iam" "ListPolicies" List [],
    IAM_LIST_POLICIES_GRANTING_SERVICE_ACCESS: "iam" "ListPoliciesGrantingServiceAccess" List [GROUP ROLE USER],
    IAM_LIST_POLICY_TAGS: "iam" "ListPolicyTags" List [POLICY],
    IAM_LIST_POLICY_VERSIONS: "iam" "ListPolicyVersions" List [POLICY],
    IAM_LIST_ROLE_POLICIES: "iam" "ListRolePolicies" List [ROLE],
    IAM_LIST_ROLES: "iam" "ListRoles" List [],
    IAM_LIST_ROLE_TAGS: "iam" "ListRoleTags" List [ROLE],
    IAM_LIST_SAML_PROVIDERS: "iam" "ListSAMLProviders" List [],
    IAM_LIST_SAML_PROVIDER_TAGS: "iam" "ListSAMLProviderTags" List [SAML_PROVIDER],
    IAM_LIST_SERVER_CERTIFICATES: "iam" "ListServerCertificates" List [],
    IAM_LIST_SERVER_CERTIFICATE_TAGS: "iam" "ListServerCertificateTags" List [SERVER_CERTIFICATE],
    IAM_LIST_SERVICE_SPECIFIC_CREDENTIALS: "iam" "ListServiceSpecificCredentials" List [USER],
    IAM_LIST_SIGNING_CERTIFICATES: "iam" "ListSigningCertificates" List [USER],
    IAM_LIST_SSH_PUBLIC_KEYS: "iam" "ListSSHPublicKeys" List [USER],
    IAM_LIST_STS_REGIONAL_ENDPOINTS_STATUS: "iam" "ListSTSRegionalEndpointsStatus" List [],
    IAM_LIST_USER_POLICIES: "iam" "ListUserPolicies" List [USER],
    IAM_LIST_USERS: "iam" "ListUsers" List [],
    IAM_LIST_USER_TAGS: "iam" "ListUserTags" List [USER],
    IAM_LIST_VIRTUAL_MFA_DEVICES: "iam" "ListVirtualMFADevices" List [],
    IAM_PASS_ROLE: "iam" "PassRole" Write [ROLE],
    IAM_PUT_GROUP_POLICY: "iam" "PutGroupPolicy" Permissions [GROUP],
    IAM_PUT_ROLE_PERMISSIONS_BOUNDARY: "iam" "PutRolePermissionsBoundary" Permissions [ROLE],
    IAM_PUT_ROLE_POLICY: "iam" "PutRolePolicy" Permissions [ROLE],
    IAM_PUT_USER_PERMISSIONS_BOUNDARY: "iam" "PutUserPermissionsBoundary" Permissions [USER],
    IAM_PUT_USER_POLICY: "iam" "PutUserPolicy" Permissions [USER],
    IAM_REJECT_DELEGATION_REQUEST: "iam" "RejectDelegationRequest" Write [],
    IAM_REMOVE_CLIENT_ID_FROM_OPENID_CONNECT_PROVIDER: "iam" "RemoveClientIDFromOpenIDConnectProvider" Write [OIDC_PROVIDER],
    IAM_REMOVE_ROLE_FROM_INSTANCE_PROFILE: "iam" "RemoveRoleFromInstanceProfile" Write [INSTANCE_PROFILE],
    IAM_REMOVE_USER_FROM_GROUP: "iam" "RemoveUserFromGroup" Write [GROUP],
    IAM_RESET_SERVICE_SPECIFIC_CREDENTIAL: "iam" "ResetServiceSpecificCredential" Write [USER],
    IAM_RESYNC_MFA_DEVICE: "iam" "ResyncMFADevice" Write [USER],
    IAM_SEND_DELEGATION_TOKEN: "iam" "SendDelegationToken" Write [],
    IAM_SET_DEFAULT_POLICY_VERSION: "iam" "SetDefaultPolicyVersion" Permissions [POLICY],
    IAM_SET_SECURITY_TOKEN_SERVICE_PREFERENCES: "iam" "SetSecurityTokenServicePreferences" Write [],
    IAM_SET_STS_REGIONAL_ENDPOINT_STATUS: "iam" "SetSTSRegionalEndpointStatus" Write [],
    IAM_SIMULATE_CUSTOM_POLICY: "iam" "SimulateCustomPolicy" Read [],
    IAM_SIMULATE_PRINCIPAL_POLICY: "iam" "SimulatePrincipalPolicy" Read [GROUP ROLE USER],
    IAM_TAG_INSTANCE_PROFILE: "iam" "TagInstanceProfile" Tagging [INSTANCE_PROFILE],
    IAM_TAG_MFA_DEVICE: "iam" "TagMFADevice" Tagging [MFA],
    IAM_TAG_OPENID_CONNECT_PROVIDER: "iam" "TagOpenIDConnectProvider" Tagging [OIDC_PROVIDER],
    IAM_TAG_POLICY: "iam" "TagPolicy" Tagging [POLICY],
    IAM_TAG_ROLE: "iam" "TagRole" Tagging [ROLE],
    IAM_TAG_SAML_PROVIDER: "iam" "TagSAMLProvider" Tagging [SAML_PROVIDER],
    IAM_TAG_SERVER_CERTIFICATE: "iam" "TagServerCertificate" Tagging [SERVER_CERTIFICATE],
    IAM_TAG_USER: "iam" "TagUser" Tagging [USER],
    IAM_UNTAG_INSTANCE_PROFILE: "iam" "UntagInstanceProfile" Tagging [INSTANCE_PROFILE],
    IAM_UNTAG_MFA_DEVICE: "iam" "UntagMFADevice" Tagging [MFA],
    IAM_UNTAG_OPENID_CONNECT_PROVIDER: "iam" "UntagOpenIDConnectProvider" Tagging [OIDC_PROVIDER],
    IAM_UNTAG_POLICY: "iam" "UntagPolicy" Tagging [POLICY],
    IAM_UNTAG_ROLE: "iam" "UntagRole" Tagging [ROLE],
    IAM_UNTAG_SAML_PROVIDER: "iam" "UntagSAMLProvider" Tagging [SAML_PROVIDER],
    IAM_UNTAG_SERVER_CERTIFICATE: "iam" "UntagServerCertificate" Tagging [SERVER_CERTIFICATE],
    IAM_UNTAG_USER: "iam" "UntagUser" Tagging [USER],
    IAM_UPDATE_ACCESS_KEY: "iam" "UpdateAccessKey" Write [USER],
    IAM_UPDATE_ACCOUNT_EMAIL_ADDRESS: "iam" "UpdateAccountEmailAddress" Write [],
    IAM_UPDATE_ACCOUNT_NAME: "iam" "UpdateAccountName" Write [],
    IAM_UPDATE_ACCOUNT_PASSWORD_POLICY: "iam" "UpdateAccountPasswordPolicy" Permissions [],
    IAM_UPDATE_ASSUME_ROLE_POLICY: "iam" "UpdateAssumeRolePolicy" Permissions [ROLE],
    IAM_UPDATE_CLOUDFRONT_PUBLIC_KEY: "iam" "UpdateCloudFrontPublicKey" Write [],
    IAM_UPDATE_DELEGATION_REQUEST: "iam" "UpdateDelegationRequest" Write [],
    IAM_UPDATE_GROUP: "iam" "UpdateGroup" Write [GROUP],
    IAM_UPDATE_LOGIN_PROFILE: "iam" "UpdateLoginProfile" Write [USER],
    IAM_UPDATE_OPENID_CONNECT_PROVIDER_THUMBPRINT: "iam" "UpdateOpenIDConnectProviderThumbprint" Write [OIDC_PROVIDER],
    IAM_UPDATE_ROLE: "iam" "UpdateRole" Write [ROLE],
    IAM_UPDATE_ROLE_DESCRIPTION: "iam" "UpdateRoleDescription" Write [ROLE],
    IAM_UPDATE_SAML_PROVIDER: "iam" "UpdateSAMLProvider" Write [SAML_PROVIDER],
    IAM_UPDATE_SERVER_CERTIFICATE: "iam" "UpdateServerCertificate" Write [SERVER_CERTIFICATE],
    IAM_UPDATE_SERVICE_SPECIFIC_CREDENTIAL: "iam" "UpdateServiceSpecificCredential" Write [USER],
    IAM_UPDATE_SIGNING_CERTIFICATE: "iam" "UpdateSigningCertificate" Write [USER],
    IAM_UPDATE_SSH_PUBLIC_KEY: "iam" "UpdateSSHPublicKey" Write [USER],
    IAM_UPDATE_USER: "iam" "UpdateUser" Write [USER],
    IAM_UPLOAD_CLOUDFRONT_PUBLIC_KEY: "iam" "UploadCloudFrontPublicKey" Write [],
    IAM_UPLOAD_SERVER_CERTIFICATE: "iam" "UploadServerCertificate" Write [SERVER_CERTIFICATE],
    IAM_UPLOAD_SIGNING_CERTIFICATE: "iam" "UploadSigningCertificate" Write [USER],
    IAM_UPLOAD_SSH_PUBLIC_KEY: "iam" "UploadSSHPublicKey" Write [USER],
    KMS_CANCEL_KEY_DELETION: "kms" "CancelKeyDeletion" Write [KEY],
    KMS_CONNECT_CUSTOM_KEY_STORE: "kms" "ConnectCustomKeyStore" Write [],
    KMS_CREATE_ALIAS: "kms" "CreateAlias" Write [ALIAS KEY],
    KMS_CREATE_CUSTOM_KEY_STORE: "kms" "CreateCustomKeyStore" Write [],
    KMS_CREATE_GRANT: "kms" "CreateGrant" Permissions [KEY],
    KMS_CREATE_KEY: "kms" "CreateKey" Write [],
    KMS_DECAPSULATE: "kms" "Decapsulate" Write [KEY],
    KMS_DECRYPT: "kms" "Decrypt" Write [KEY],
    KMS_DELETE_ALIAS: "kms" "DeleteAlias" Write [ALIAS KEY],
    KMS_DELETE_CUSTOM_KEY_STORE: "kms" "DeleteCustomKeyStore" Write [],
    KMS_DELETE_IMPORTED_KEY_MATERIAL: "kms" "DeleteImportedKeyMaterial" Write [KEY],
    KMS_DERIVE_SHARED_SECRET: "kms" "DeriveSharedSecret" Write [KEY],
    KMS_DESCRIBE_CUSTOM_KEY_STORES: "kms" "DescribeCustomKeyStores" Read [],
    KMS_DESCRIBE_KEY: "kms" "DescribeKey" Read [KEY],
    KMS_DISABLE_KEY: "kms" "DisableKey" Write [KEY],
    KMS_DISABLE_KEY_ROTATION: "kms" "DisableKeyRotation" Write [KEY],
    KMS_DISCONNECT_CUSTOM_KEY_STORE: "kms" "DisconnectCustomKeyStore" Write [],
    KMS_ENABLE_KEY: "kms" "EnableKey" Write [KEY],
    KMS_ENABLE_KEY_ROTATION: "kms" "EnableKeyRotation" Write [KEY],
    KMS_ENCAPSULATE: "kms" "Encapsulate" Write [KEY],
    KMS_ENCRYPT: "kms" "Encrypt" Write [KEY],
    KMS_GENERATE_DATA_KEY: "kms" "GenerateDataKey" Write [KEY],
    KMS_GENERATE_DATA_KEY_PAIR: "kms" "GenerateDataKeyPair" Write [KEY],
    KMS_GENERATE_DATA_KEY_PAIR_WITHOUT_PLAINTEXT: "kms" "GenerateDataKeyPairWithoutPlaintext" Write [KEY],
    KMS_GENERATE_DATA_KEY_WITHOUT_PLAINTEXT: "kms" "GenerateDataKeyWithoutPlaintext" Write [KEY],
    KMS_GENERATE_MAC: "kms" "GenerateMac" Write [KEY],
    KMS_GENERATE_RANDOM: "kms" "GenerateRandom" Write [],
    KMS_GET_KEY_LAST_USAGE: "kms" "GetKeyLastUsage" Read [KEY],
    KMS_GET_KEY_POLICY: "kms" "GetKeyPolicy" Read [KEY],
    KMS_GET_KEY_ROTATION_STATUS: "kms" "GetKeyRotationStatus" Read [KEY],
    KMS_GET_PARAMETERS_FOR_IMPORT: "kms" "GetParametersForImport" Read [KEY],
    KMS_GET_PUBLIC_KEY: "kms" "GetPublicKey" Read [KEY],
    KMS_IMPORT_KEY_MATERIAL: "kms" "ImportKeyMaterial" Write [KEY],
    KMS_LIST_ALIASES: "kms" "ListAliases" List [],
    KMS_LIST_GRANTS: "kms" "ListGrants" List [KEY],
    KMS_LIST_KEY_POLICIES: "kms" "ListKeyPolicies" List [KEY],
    KMS_LIST_KEY_ROTATIONS: "kms" "ListKeyRotations" List [KEY],
    KMS_LIST_KEYS: "kms" "ListKeys" List [],
    KMS_LIST_RESOURCE_TAGS: "kms" "ListResourceTags" List [KEY],
    KMS_LIST_RETIRABLE_GRANTS: "kms" "ListRetirableGrants" List [],
    KMS_PUT_KEY_POLICY: "kms" "PutKeyPolicy" Permissions [KEY],
    KMS_RE_ENCRYPT_FROM: "kms" "ReEncryptFrom" Write [KEY],
    KMS_RE_ENCRYPT_TO: "kms" "ReEncryptTo" Write [KEY],
    KMS_REPLICATE_KEY: "kms" "ReplicateKey" Write [KEY],
    KMS_RETIRE_GRANT: "kms" "RetireGrant" Permissions [KEY],
    KMS_REVOKE_GRANT: "kms" "RevokeGrant" Permissions [KEY],
    KMS_ROTATE_KEY_ON_DEMAND: "kms" "RotateKeyOnDemand" Write [KEY],
    KMS_SCHEDULE_KEY_DELETION: "kms" "ScheduleKeyDeletion" Write [KEY],
    KMS_SIGN: "kms" "Sign" Write [KEY],
    KMS_SYNCHRONIZE_MULTI_REGION_KEY: "kms" "SynchronizeMultiRegionKey" Write [KEY],
    KMS_TAG_RESOURCE: "kms" "TagResource" Tagging [KEY],
    KMS_UNTAG_RESOURCE: "kms" "UntagResource" Tagging [KEY],
    KMS_UPDATE_ALIAS: "kms" "UpdateAlias" Write [ALIAS KEY],
    KMS_UPDATE_CUSTOM_KEY_STORE: "kms" "UpdateCustomKeyStore" Write [],
    KMS_UPDATE_KEY_DESCRIPTION: "kms" "UpdateKeyDescription" Write [KEY],
    KMS_UPDATE_PRIMARY_REGION: "kms" "UpdatePrimaryRegion" Write [KEY],
    KMS_VERIFY: "kms" "Verify" Write [KEY],
    KMS_VERIFY_MAC: "kms" "VerifyMac" Write [KEY],
    LAMBDA_INVOKE_FUNCTION: "lambda" "InvokeFunction" Write [FUNCTION],
    SECRETSMANAGER_BATCH_GET_SECRET_VALUE: "secretsmanager" "BatchGetSecretValue" Read [],
    SECRETSMANAGER_CANCEL_ROTATE_SECRET: "secretsmanager" "CancelRotateSecret" Write [SECRET],
    SECRETSMANAGER_CREATE_SECRET: "secretsmanager" "CreateSecret" Write [SECRET],
    SECRETSMANAGER_DELETE_RESOURCE_POLICY: "secretsmanager" "DeleteResourcePolicy" Permissions [SECRET],
    SECRETSMANAGER_DELETE_SECRET: "secretsmanager" "DeleteSecret" Write [SECRET],
    SECRETSMANAGER_DESCRIBE_SECRET: "secretsmanager" "DescribeSecret" Read [SECRET],
    SECRETSMANAGER_GET_RANDOM_PASSWORD: "secretsmanager" "GetRandomPassword" Read [],
    SECRETSMANAGER_GET_RESOURCE_POLICY: "secretsmanager" "GetResourcePolicy" Read [SECRET],
    SECRETSMANAGER_GET_SECRET_VALUE: "secretsmanager" "GetSecretValue" Read [SECRET],
    SECRETSMANAGER_LIST_RESOURCE_POLICIES: "secretsmanager" "ListResourcePolicies" List [SECRET],
    SECRETSMANAGER_LIST_SECRETS: "secretsmanager" "ListSecrets" List [],
    SECRETSMANAGER_LIST_SECRET_VERSION_IDS: "secretsmanager" "ListSecretVersionIds" Read [SECRET],
    SECRETSMANAGER_PUT_RESOURCE_POLICY: "secretsmanager" "PutResourcePolicy" Permissions [SECRET],
    SECRETSMANAGER_PUT_SECRET_VALUE: "secretsmanager" "PutSecretValue" Write [SECRET],
    SECRETSMANAGER_REMOVE_REGIONS_FROM_REPLICATION: "secretsmanager" "RemoveRegionsFromReplication" Write [SECRET],
    SECRETSMANAGER_REPLICATE_SECRET_TO_REGIONS: "secretsmanager" "ReplicateSecretToRegions" Write [SECRET],
    SECRETSMANAGER_RESTORE_SECRET: "secretsmanager" "RestoreSecret" Write [SECRET],
    SECRETSMANAGER_ROTATE_SECRET: "secretsmanager" "RotateSecret" Write [SECRET],
    SECRETSMANAGER_STOP_REPLICATION_TO_REPLICA: "secretsmanager" "StopReplicationToReplica" Write [SECRET],
    SECRETSMANAGER_TAG_RESOURCE: "secretsmanager" "TagResource" Tagging [SECRET],
    SECRETSMANAGER_UNTAG_RESOURCE: "secretsmanager" "UntagResource" Tagging [SECRET],
    SECRETSMANAGER_UPDATE_SECRET: "secretsmanager" "UpdateSecret" Write [SECRET],
    SECRETSMANAGER_UPDATE_SECRET_VERSION_STAGE: "secretsmanager" "UpdateSecretVersionStage" Write [SECRET],
    SECRETSMANAGER_VALIDATE_RESOURCE_POLICY: "secretsmanager" "ValidateResourcePolicy" Permissions [SECRET],
    STS_ASSUME_ROLE: "sts" "AssumeRole" Write [ROLE],
    STS_ASSUME_ROLE_WITH_SAML: "sts" "AssumeRoleWithSAML" Write [ROLE],
    STS_ASSUME_ROLE_WITH_WEB_IDENTITY: "sts" "AssumeRoleWithWebIdentity" Write [ROLE],
    STS_ASSUME_ROOT: "sts" "AssumeRoot" Write [],
    STS_DECODE_AUTHORIZATION_MESSAGE: "sts" "DecodeAuthorizationMessage" Write [],
    STS_GET_ACCESS_KEY_INFO: "sts" "GetAccessKeyInfo" Read [],
    STS_GET_CALLER_IDENTITY: "sts" "GetCallerIdentity" Read [],
    STS_GET_DELEGATED_ACCESS_TOKEN: "sts" "GetDelegatedAccessToken" Write [],
    STS_GET_FEDERATION_TOKEN: "sts" "GetFederationToken" Read [USER],
    STS_GET_SERVICE_BEARER_TOKEN: "sts" "GetServiceBearerToken" Read [],
    STS_GET_SESSION_TOKEN: "sts" "GetSessionToken" Read [],
    STS_GET_WEB_IDENTITY_TOKEN: "sts" "GetWebIdentityToken" Read [],
    STS_SET_CONTEXT: "sts" "SetContext" Write [ROLE USER],
    STS_SET_SOURCE_IDENTITY: "sts" "SetSourceIdentity" Write [ROLE USER],
    STS_TAG_GET_WEB_IDENTITY_TOKEN: "sts" "TagGetWebIdentityToken" Tagging [],
    STS_TAG_SESSION: "sts" "TagSession" Tagging [ROLE USER],
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_without_doubles() {
        for pair in TABLE.windows(2) {
            let order = compare_ignoring_case(pair[0].service, pair[1].service)
                .then_with(|| compare_ignoring_case(pair[0].name, pair[1].name));
            assert_eq!(order, Ordering::Less, "{} before {}", pair[0].full, pair[1].full);
        }
    }
    #[test]
    fn every_action_is_found_by_its_name_in_any_case() {
        for action in Action::all() {
            assert_eq!(Action::parse(action.full_name()), Some(action));
            assert_eq!(Action::parse(&action.full_name().to_uppercase()), Some(action));
            assert_eq!(Action::parse(&action.full_name().to_lowercase()), Some(action));
            assert_eq!(action.full_name(), format!("{}:{}", action.service(), action.name()));
        }
        assert_eq!(Action::parse("SecretsManager:getsecretvalue"), Some(Action::SECRETSMANAGER_GET_SECRET_VALUE));
    }
    #[test]
    fn other_text_is_no_action() {
        for text in
            ["", ":", "secretsmanager", "secretsmanager:", ":GetSecretValue", "secretsmanager:GetSecret", "*", "kms:*"]
        {
            assert_eq!(Action::parse(text), None, "{text}");
            assert_eq!(ActionRef::parse(text), ActionRef::Other(text));
        }
    }
}
