//! Keys that no operation of this store fills, and why.

use strongroom::policy::KeyName;

/// What a key waits for.
#[derive(Clone, Copy, Debug)]
pub enum Waits {
    /// An operation of this service that is not served; once it is, the key needs a row.
    Operation(&'static str, &'static str),
    /// Something else.
    Reason(&'static str),
}
use Waits::{Operation, Reason};

const NO_NETWORK: Waits = Reason("the store has no network of its own: no VPC, no instance, no chat");
const NO_ORGANISATION: Waits = Reason("no organisation is configured");
const NO_SERVICE: Waits = Reason("no session is a service's");
const SESSIONS: Waits = Reason("of temporary credentials: an allow and a deny are in tests/iam/sts.rs");
const PROVIDERS: Waits = Reason("web identities, trusted contexts and services that run tasks are not served");
const SECOND_FACTOR: Waits = Reason("an allow and a deny are in tests/iam/mfa.rs");
const SECURITY_KEYS: Waits = Reason("devices are virtual ones; security keys are not served");
const FUNCTIONS: Waits = Reason("of rotation functions and their roles: an allow and a deny are in tests/rotation");

pub const UNFILLED: &[(KeyName, Waits)] = &[
    (KeyName::AwsAssumedRoot, NO_ORGANISATION),
    (KeyName::AwsChatbotSourceArn, NO_NETWORK),
    (KeyName::AwsEc2InstanceSourcePrivateIpv4, NO_NETWORK),
    (KeyName::AwsEc2InstanceSourceVpc, NO_NETWORK),
    (KeyName::AwsFederatedProvider, PROVIDERS),
    (KeyName::AwsMultiFactorAuthAge, SECOND_FACTOR),
    (KeyName::AwsPrincipalOrgId, NO_ORGANISATION),
    (KeyName::AwsPrincipalOrgPaths, NO_ORGANISATION),
    (KeyName::AwsPrincipalServiceName, NO_SERVICE),
    (KeyName::AwsPrincipalServiceNamesList, NO_SERVICE),
    (KeyName::AwsResourceOrgId, NO_ORGANISATION),
    (KeyName::AwsResourceOrgPaths, NO_ORGANISATION),
    (KeyName::AwsSourceAccount, FUNCTIONS),
    (KeyName::AwsSourceArn, FUNCTIONS),
    (KeyName::AwsSourceIdentity, SESSIONS),
    (KeyName::AwsSourceOrgId, NO_ORGANISATION),
    (KeyName::AwsSourceOrgPaths, NO_ORGANISATION),
    (KeyName::AwsSourceVpc, NO_NETWORK),
    (KeyName::AwsSourceVpcArn, NO_NETWORK),
    (KeyName::AwsSourceVpce, NO_NETWORK),
    (KeyName::AwsVpcSourceIp, NO_NETWORK),
    (KeyName::AwsVpceAccount, NO_NETWORK),
    (KeyName::AwsVpceOrgId, NO_NETWORK),
    (KeyName::AwsVpceOrgPaths, NO_NETWORK),
    (KeyName::KmsDataKeyPairSpec, Operation("kms", "GenerateDataKeyPair")),
    (KeyName::KmsKeyAgreementAlgorithm, Operation("kms", "DeriveSharedSecret")),
    (KeyName::KmsMessageType, Operation("kms", "Sign")),
    (KeyName::KmsPrimaryRegion, Operation("kms", "UpdatePrimaryRegion")),
    (KeyName::KmsRecipientAttestation, Reason("requests with a `Recipient` are refused: there are no enclaves")),
    (KeyName::KmsReplicaRegion, Operation("kms", "ReplicateKey")),
    (KeyName::KmsSigningAlgorithm, Operation("kms", "Sign")),
    (KeyName::LambdaSourceFunctionArn, FUNCTIONS),
    (KeyName::StsAwsServiceName, PROVIDERS),
    (KeyName::StsDurationSeconds, SESSIONS),
    (KeyName::StsExternalId, SESSIONS),
    (KeyName::StsRequestContext, PROVIDERS),
    (KeyName::StsRequestContextProviders, PROVIDERS),
    (KeyName::StsRoleSessionName, SESSIONS),
    (KeyName::StsSourceIdentity, SESSIONS),
    (KeyName::StsTaskPolicyArn, PROVIDERS),
    (KeyName::StsTransitiveTagKeys, SESSIONS),
    (KeyName::IamAssociatedResourceArn, Reason("no operation here passes a role to a service")),
    (KeyName::IamAwsServiceName, Operation("iam", "CreateServiceLinkedRole")),
    (KeyName::IamFidoCertification, SECURITY_KEYS),
    (KeyName::IamFidoFips1402Certification, SECURITY_KEYS),
    (KeyName::IamFidoFips1403Certification, SECURITY_KEYS),
    (KeyName::IamOrganizationsPolicyId, NO_ORGANISATION),
    (KeyName::IamPassedToService, Reason("no operation here passes a role to a service")),
    (KeyName::IamRegisterSecurityKey, SECURITY_KEYS),
    (KeyName::IamServiceSpecificCredentialAgeDays, Operation("iam", "CreateServiceSpecificCredential")),
    (KeyName::IamServiceSpecificCredentialServiceName, Operation("iam", "CreateServiceSpecificCredential")),
];
