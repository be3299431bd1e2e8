//! Every operation that AWS names and that is meant to be here is answered; what is left out says so by its own code.

use crate::common::{Draft, House, header, house, text};

/// Of Secrets Manager's API, version 2017-10-17: all of them.
const SECRETS_MANAGER: &str = "BatchGetSecretValue CancelRotateSecret CreateSecret DeleteResourcePolicy DeleteSecret \
    DescribeSecret GetRandomPassword GetResourcePolicy GetSecretValue ListSecretVersionIds ListSecrets PutResourcePolicy \
    PutSecretValue RemoveRegionsFromReplication ReplicateSecretToRegions RestoreSecret RotateSecret StopReplicationToReplica \
    TagResource UntagResource UpdateSecret UpdateSecretVersionStage ValidateResourcePolicy";
/// Of KMS, version 2014-11-01: symmetric keys, keys of MACs, aliases, grants, policies, tags, rotation, import.
const KMS: &str = "CreateKey DescribeKey ListKeys UpdateKeyDescription EnableKey DisableKey ScheduleKeyDeletion \
    CancelKeyDeletion CreateAlias UpdateAlias DeleteAlias ListAliases Encrypt Decrypt ReEncrypt GenerateDataKey \
    GenerateDataKeyWithoutPlaintext GenerateRandom GenerateMac VerifyMac EnableKeyRotation DisableKeyRotation \
    GetKeyRotationStatus RotateKeyOnDemand ListKeyRotations GetParametersForImport ImportKeyMaterial \
    DeleteImportedKeyMaterial GetKeyPolicy PutKeyPolicy ListKeyPolicies CreateGrant ListGrants ListRetirableGrants RetireGrant \
    RevokeGrant TagResource UntagResource ListResourceTags";
/// Asymmetric keys, custom key stores, key agreement, keys of several regions.
const KMS_UNSERVED: &str = "Sign Verify GetPublicKey DeriveSharedSecret ReplicateKey UpdatePrimaryRegion \
    GenerateDataKeyPair GenerateDataKeyPairWithoutPlaintext CreateCustomKeyStore DescribeCustomKeyStores";
/// Of IAM, version 2010-05-08: principals, their policies, keys and devices; the simulator; reports.
const IAM: &str = "CreateUser GetUser UpdateUser DeleteUser ListUsers CreateGroup GetGroup UpdateGroup DeleteGroup ListGroups \
    ListGroupsForUser AddUserToGroup RemoveUserFromGroup CreateRole GetRole UpdateRole UpdateAssumeRolePolicy DeleteRole \
    ListRoles CreatePolicy GetPolicy ListPolicies DeletePolicy CreatePolicyVersion GetPolicyVersion ListPolicyVersions \
    SetDefaultPolicyVersion DeletePolicyVersion AttachUserPolicy AttachGroupPolicy AttachRolePolicy DetachUserPolicy \
    DetachGroupPolicy DetachRolePolicy ListAttachedUserPolicies ListAttachedGroupPolicies ListAttachedRolePolicies \
    ListEntitiesForPolicy PutUserPolicy PutGroupPolicy PutRolePolicy GetUserPolicy GetGroupPolicy GetRolePolicy \
    DeleteUserPolicy DeleteGroupPolicy DeleteRolePolicy ListUserPolicies ListGroupPolicies ListRolePolicies \
    PutUserPermissionsBoundary PutRolePermissionsBoundary DeleteUserPermissionsBoundary DeleteRolePermissionsBoundary TagUser \
    TagRole TagPolicy UntagUser UntagRole UntagPolicy ListUserTags ListRoleTags ListPolicyTags \
    CreateAccessKey UpdateAccessKey DeleteAccessKey ListAccessKeys GetAccessKeyLastUsed CreateVirtualMFADevice \
    EnableMFADevice DeactivateMFADevice ListMFADevices DeleteVirtualMFADevice ListVirtualMFADevices SimulateCustomPolicy \
    SimulatePrincipalPolicy GetContextKeysForCustomPolicy GetContextKeysForPrincipalPolicy GetAccountAuthorizationDetails \
    GetAccountSummary";
/// Passwords of people, identity providers, instance profiles, tags of devices.
const IAM_UNSERVED: &str =
    "CreateLoginProfile CreateSAMLProvider CreateOpenIDConnectProvider CreateInstanceProfile ListMFADeviceTags";
/// Of STS, version 2011-06-15.
const STS: &str = "GetCallerIdentity AssumeRole GetSessionToken GetFederationToken GetAccessKeyInfo";
/// Identities of others; and no refusal of this store is encoded.
const STS_UNSERVED: &str = "DecodeAuthorizationMessage AssumeRoleWithWebIdentity AssumeRoleWithSAML";

/// The code of the answer to a call without members; `None` if it was done.
fn code(house: &House, service: &str, operation: &str) -> Option<String> {
    let is_json = matches!(service, "secretsmanager" | "kms");
    let draft = if is_json { Draft::json(service, operation, "{}") } else { Draft::query(service, operation, "") };
    let answer = house.ask(draft);
    assert_eq!(header(&answer, "x-amzn-requestid").map(str::len), Some(36));
    if answer.status == 200 {
        return None;
    }
    assert!((400..500).contains(&answer.status), "{service} {operation}: {}", text(&answer));
    let begin = if is_json { "\"__type\":\"" } else { "<Code>" };
    let (_, rest) = text(&answer).split_once(begin).unwrap();
    Some(rest.split(['"', '<']).next().unwrap().to_owned())
}

#[test]
fn every_operation_that_is_meant_to_be_here_is_answered() {
    let house = house();
    for (service, served, count) in
        [("secretsmanager", SECRETS_MANAGER, 23), ("kms", KMS, 39), ("iam", IAM, 80), ("sts", STS, 5)]
    {
        let names: Vec<&str> = served.split_whitespace().collect();
        assert_eq!(names.len(), count, "{service}");
        for name in names {
            let code = code(&house, service, name);
            let unknown = ["UnknownOperationException", "InvalidAction", "UnsupportedOperationException"];
            assert!(!code.as_deref().is_some_and(|code| unknown.contains(&code)), "{service} {name}: {code:?}");
        }
    }
}

#[test]
fn what_is_left_out_says_so_and_what_nobody_knows_is_unknown() {
    let house = house();
    for (service, unserved) in [("kms", KMS_UNSERVED), ("iam", IAM_UNSERVED), ("sts", STS_UNSERVED)] {
        for name in unserved.split_whitespace() {
            assert_eq!(
                code(&house, service, name).as_deref(),
                Some("UnsupportedOperationException"),
                "{service} {name}"
            );
        }
    }
    for (service, unknown) in [
        ("secretsmanager", "UnknownOperationException"),
        ("kms", "UnknownOperationException"),
        ("iam", "InvalidAction"),
        ("sts", "InvalidAction"),
    ] {
        assert_eq!(code(&house, service, "NoSuchThing").as_deref(), Some(unknown), "{service}");
    }
}
