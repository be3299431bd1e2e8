//! Condition keys: the known ones as numbers, with their types, and any other as its text.
//!
//! Source: the IAM user guide's global condition keys and the service authorization references of Secrets Manager, KMS,
//! IAM and STS. Names compare without regard to letter case, the tag key behind the slash included.

use std::fmt;

use crate::name::Text;

/// A condition key as a policy names it.
#[derive(Clone)]
pub struct Key {
    /// Which key it is.
    pub name: KeyName,
    /// What stands behind the `/` of a tag key, or behind `kms:EncryptionContext:`; absent for all other keys.
    pub part: Option<Text>,
    /// The whole key as the policy writes it.
    pub text: Text,
}

/// The type of a key's values, as the service tables give it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyType {
    /// Text.
    Text,
    /// An ARN.
    Arn,
    /// `true` or `false`.
    Bool,
    /// A decimal number.
    Number,
    /// An instant.
    Date,
    /// An instant or a number: `aws:EpochTime`.
    DateOrNumber,
    /// An IP address.
    Ip,
}

/// How many values a key has in one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Arity {
    /// At most one.
    One,
    /// Any number: needs a set operator.
    Many,
    /// Texts disagree: with and without a set operator is right.
    Either,
}

impl Key {
    /// Reads a key; anything is a key, an unknown one is [`KeyName::Other`].
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let (name, part) = KeyName::parse(text);
        Self { name, part: part.map(Text::from), text: Text::from(text) }
    }
    /// Is this the same key, without regard to letter case?
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        self.name == other.name
            && match self.name {
                KeyName::Other => self.text.eq_ignore_ascii_case(&other.text),
                _ => match (&self.part, &other.part) {
                    (None, None) => true,
                    (Some(a), Some(b)) => a.eq_ignore_ascii_case(b),
                    _ => false,
                },
            }
    }
}
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.text)
    }
}
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl KeyName {
    /// Finds a key without regard to letter case, and gives what stands behind its `/` or last `:`.
    fn parse(text: &str) -> (Self, Option<&str>) {
        for row in TABLE {
            let Some((head, rest)) = text.split_at_checked(row.text.len()) else { continue };
            if !head.eq_ignore_ascii_case(row.text) {
                continue;
            }
            match row.separator {
                None if rest.is_empty() => return (row.name, None),
                Some(separator) => {
                    if let Some(part) = rest.strip_prefix(separator) {
                        // A tag key without a name is none: the service never fills it.
                        return if part.is_empty() { (Self::Other, None) } else { (row.name, Some(part)) };
                    }
                }
                None => {}
            }
        }
        (Self::Other, None)
    }
    /// The key as AWS writes it, without the part behind a `/`; empty for [`KeyName::Other`].
    #[must_use]
    pub fn text(self) -> &'static str {
        TABLE.iter().find(|row| row.name == self).map_or("", |row| row.text)
    }
    /// The type of its values; text for an unknown key.
    #[must_use]
    pub fn key_type(self) -> KeyType {
        TABLE.iter().find(|row| row.name == self).map_or(KeyType::Text, |row| row.kind)
    }
    /// How many values it has in one request; either for an unknown key.
    #[must_use]
    pub fn arity(self) -> Arity {
        TABLE.iter().find(|row| row.name == self).map_or(Arity::Either, |row| row.arity)
    }
    /// Every known key.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|row| row.name)
    }
    /// Every known key as AWS writes it, with its separator when it takes a part.
    pub(crate) fn spellings() -> impl Iterator<Item = (&'static str, Option<char>)> {
        TABLE.iter().map(|row| (row.text, row.separator))
    }
}

struct Row {
    name: KeyName,
    text: &'static str,
    kind: KeyType,
    arity: Arity,
    separator: Option<char>,
}

macro_rules! keys {
    ($($name:ident $text:literal $kind:ident $arity:ident $($separator:literal)?,)*) => {
        /// The number of a condition key.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum KeyName {
            $(#[doc = concat!("`", $text, "`")] $name,)*
            /// A key that is not in the table; its text tells which.
            Other,
        }
        static TABLE: &[Row] = &[$(
            Row { name: KeyName::$name, text: $text, kind: KeyType::$kind, arity: Arity::$arity, separator: keys!(@ $($separator)?) },
        )*];
    };
    (@) => { None };
    (@ $separator:literal) => { Some($separator) };
}

keys! {
    AwsAssumedRoot "aws:AssumedRoot" Bool One,
    AwsCalledVia "aws:CalledVia" Text Many,
    AwsCalledViaFirst "aws:CalledViaFirst" Text One,
    AwsCalledViaLast "aws:CalledViaLast" Text One,
    AwsChatbotSourceArn "aws:ChatbotSourceArn" Arn One,
    AwsCurrentTime "aws:CurrentTime" Date One,
    AwsEc2InstanceSourcePrivateIpv4 "aws:Ec2InstanceSourcePrivateIPv4" Ip One,
    AwsEc2InstanceSourceVpc "aws:Ec2InstanceSourceVpc" Text One,
    AwsEpochTime "aws:EpochTime" DateOrNumber One,
    AwsFederatedProvider "aws:FederatedProvider" Text One,
    AwsMultiFactorAuthAge "aws:MultiFactorAuthAge" Number One,
    AwsMultiFactorAuthPresent "aws:MultiFactorAuthPresent" Bool One,
    AwsPrincipalAccount "aws:PrincipalAccount" Text One,
    AwsPrincipalArn "aws:PrincipalArn" Arn One,
    AwsPrincipalIsAwsService "aws:PrincipalIsAWSService" Bool One,
    AwsPrincipalOrgId "aws:PrincipalOrgID" Text One,
    AwsPrincipalOrgPaths "aws:PrincipalOrgPaths" Text Many,
    AwsPrincipalServiceName "aws:PrincipalServiceName" Text One,
    AwsPrincipalServiceNamesList "aws:PrincipalServiceNamesList" Text Many,
    AwsPrincipalTag "aws:PrincipalTag" Text One '/',
    AwsPrincipalType "aws:PrincipalType" Text One,
    AwsReferer "aws:referer" Text One,
    AwsRequestTag "aws:RequestTag" Text One '/',
    AwsRequestedRegion "aws:RequestedRegion" Text One,
    AwsResourceAccount "aws:ResourceAccount" Text One,
    AwsResourceOrgId "aws:ResourceOrgID" Text One,
    AwsResourceOrgPaths "aws:ResourceOrgPaths" Text Many,
    AwsResourceTag "aws:ResourceTag" Text One '/',
    AwsSecureTransport "aws:SecureTransport" Bool One,
    AwsSourceAccount "aws:SourceAccount" Text One,
    AwsSourceArn "aws:SourceArn" Arn One,
    AwsSourceIdentity "aws:SourceIdentity" Text One,
    AwsSourceIp "aws:SourceIp" Ip One,
    AwsSourceOrgId "aws:SourceOrgID" Text One,
    AwsSourceOrgPaths "aws:SourceOrgPaths" Text Many,
    AwsSourceVpc "aws:SourceVpc" Text One,
    AwsSourceVpcArn "aws:SourceVpcArn" Arn One,
    AwsSourceVpce "aws:SourceVpce" Text One,
    AwsTagKeys "aws:TagKeys" Text Many,
    AwsTokenIssueTime "aws:TokenIssueTime" Date One,
    AwsUserAgent "aws:UserAgent" Text One,
    AwsUserid "aws:userid" Text One,
    AwsUsername "aws:username" Text One,
    AwsViaAwsService "aws:ViaAWSService" Bool One,
    AwsVpcSourceIp "aws:VpcSourceIp" Ip One,
    AwsVpceAccount "aws:VpceAccount" Text One,
    AwsVpceOrgId "aws:VpceOrgID" Text One,
    AwsVpceOrgPaths "aws:VpceOrgPaths" Text Many,
    SecretsmanagerAddReplicaRegions "secretsmanager:AddReplicaRegions" Text Many,
    SecretsmanagerBlockPublicPolicy "secretsmanager:BlockPublicPolicy" Bool One,
    SecretsmanagerDescription "secretsmanager:Description" Text One,
    SecretsmanagerExternalSecretRotationRoleArn "secretsmanager:ExternalSecretRotationRoleArn" Arn One,
    SecretsmanagerForceDeleteWithoutRecovery "secretsmanager:ForceDeleteWithoutRecovery" Bool One,
    SecretsmanagerForceOverwriteReplicaSecret "secretsmanager:ForceOverwriteReplicaSecret" Bool One,
    SecretsmanagerKmsKeyArn "secretsmanager:KmsKeyArn" Arn One,
    SecretsmanagerKmsKeyId "secretsmanager:KmsKeyId" Text One,
    SecretsmanagerModifyRotationRules "secretsmanager:ModifyRotationRules" Bool One,
    SecretsmanagerName "secretsmanager:Name" Text One,
    SecretsmanagerRecoveryWindowInDays "secretsmanager:RecoveryWindowInDays" Number One,
    SecretsmanagerResourceAllowRotationLambdaArn "secretsmanager:resource/AllowRotationLambdaArn" Arn One,
    SecretsmanagerResourceTag "secretsmanager:ResourceTag" Text One '/',
    SecretsmanagerResourceType "secretsmanager:resource/Type" Text One,
    SecretsmanagerRotateImmediately "secretsmanager:RotateImmediately" Bool One,
    SecretsmanagerRotationLambdaArn "secretsmanager:RotationLambdaARN" Arn One,
    SecretsmanagerSecretId "secretsmanager:SecretId" Arn One,
    SecretsmanagerSecretPrimaryRegion "secretsmanager:SecretPrimaryRegion" Text One,
    SecretsmanagerType "secretsmanager:Type" Text One,
    SecretsmanagerVersionId "secretsmanager:VersionId" Text One,
    // The labels of the version, several; AWS's own table says one, and policies in the wild use plain operators.
    SecretsmanagerVersionStage "secretsmanager:VersionStage" Text Either,
    KmsBypassPolicyLockoutSafetyCheck "kms:BypassPolicyLockoutSafetyCheck" Bool One,
    KmsCallerAccount "kms:CallerAccount" Text One,
    KmsCustomerMasterKeySpec "kms:CustomerMasterKeySpec" Text One,
    KmsCustomerMasterKeyUsage "kms:CustomerMasterKeyUsage" Text One,
    KmsDataKeyPairSpec "kms:DataKeyPairSpec" Text One,
    KmsEncryptionAlgorithm "kms:EncryptionAlgorithm" Text One,
    KmsEncryptionContext "kms:EncryptionContext" Text One ':',
    KmsEncryptionContextKeys "kms:EncryptionContextKeys" Text Many,
    KmsExpirationModel "kms:ExpirationModel" Text One,
    KmsGrantConstraintType "kms:GrantConstraintType" Text One,
    KmsGrantIsForAwsResource "kms:GrantIsForAWSResource" Bool One,
    KmsGrantOperations "kms:GrantOperations" Text Many,
    KmsGranteePrincipal "kms:GranteePrincipal" Text One,
    KmsKeyAgreementAlgorithm "kms:KeyAgreementAlgorithm" Text One,
    KmsKeyOrigin "kms:KeyOrigin" Text One,
    KmsKeySpec "kms:KeySpec" Text One,
    KmsKeyUsage "kms:KeyUsage" Text One,
    KmsMacAlgorithm "kms:MacAlgorithm" Text One,
    KmsMessageType "kms:MessageType" Text One,
    KmsMultiRegion "kms:MultiRegion" Bool One,
    KmsMultiRegionKeyType "kms:MultiRegionKeyType" Text One,
    KmsPolicyName "kms:PolicyName" Text One,
    KmsPrimaryRegion "kms:PrimaryRegion" Text One,
    KmsReEncryptOnSameKey "kms:ReEncryptOnSameKey" Bool One,
    KmsRecipientAttestation "kms:RecipientAttestation" Text One ':',
    KmsReplicaRegion "kms:ReplicaRegion" Text One,
    KmsRequestAlias "kms:RequestAlias" Text One,
    KmsResourceAliases "kms:ResourceAliases" Text Many,
    KmsRetiringPrincipal "kms:RetiringPrincipal" Text One,
    KmsRotationPeriodInDays "kms:RotationPeriodInDays" Number One,
    KmsScheduleKeyDeletionPendingWindowInDays "kms:ScheduleKeyDeletionPendingWindowInDays" Number One,
    KmsSigningAlgorithm "kms:SigningAlgorithm" Text One,
    KmsValidTo "kms:ValidTo" Date One,
    KmsViaService "kms:ViaService" Text One,
    KmsWrappingAlgorithm "kms:WrappingAlgorithm" Text One,
    KmsWrappingKeySpec "kms:WrappingKeySpec" Text One,
    LambdaSourceFunctionArn "lambda:SourceFunctionArn" Arn One,
    StsAwsServiceName "sts:AWSServiceName" Text One,
    StsDurationSeconds "sts:DurationSeconds" Number One,
    StsExternalId "sts:ExternalId" Text One,
    StsRequestContext "sts:RequestContext" Text One '/',
    StsRequestContextProviders "sts:RequestContextProviders" Arn Many,
    StsRoleSessionName "sts:RoleSessionName" Text One,
    StsSourceIdentity "sts:SourceIdentity" Text One,
    StsTaskPolicyArn "sts:TaskPolicyArn" Arn One,
    StsTransitiveTagKeys "sts:TransitiveTagKeys" Text Many,
    IamAssociatedResourceArn "iam:AssociatedResourceArn" Arn One,
    IamAwsServiceName "iam:AWSServiceName" Text One,
    IamFidoCertification "iam:FIDO-certification" Text One,
    IamFidoFips1402Certification "iam:FIDO-FIPS-140-2-certification" Text One,
    IamFidoFips1403Certification "iam:FIDO-FIPS-140-3-certification" Text One,
    IamOrganizationsPolicyId "iam:OrganizationsPolicyId" Text One,
    IamPassedToService "iam:PassedToService" Text One,
    IamPermissionsBoundary "iam:PermissionsBoundary" Arn One,
    IamPolicyArn "iam:PolicyARN" Arn One,
    IamRegisterSecurityKey "iam:RegisterSecurityKey" Text One,
    IamResourceTag "iam:ResourceTag" Text One '/',
    IamServiceSpecificCredentialAgeDays "iam:ServiceSpecificCredentialAgeDays" Number One,
    IamServiceSpecificCredentialServiceName "iam:ServiceSpecificCredentialServiceName" Text One,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_any_case_and_parts_are_kept_as_written() {
        assert_eq!(Key::parse("AWS:principalarn").name, KeyName::AwsPrincipalArn);
        let tag = Key::parse("aws:principaltag/Cost Center");
        assert_eq!((tag.name, tag.part.as_deref()), (KeyName::AwsPrincipalTag, Some("Cost Center")));
        assert!(tag.is(&Key::parse("AWS:PrincipalTag/cost center")));
        let context = Key::parse("kms:EncryptionContext:SecretARN");
        assert_eq!((context.name, context.part.as_deref()), (KeyName::KmsEncryptionContext, Some("SecretARN")));
        assert_eq!(Key::parse("kms:encryptioncontextkeys").name, KeyName::KmsEncryptionContextKeys);
        assert_eq!(Key::parse("secretsmanager:Resource/type").name, KeyName::SecretsmanagerResourceType);
    }
    #[test]
    fn what_only_looks_like_a_key_is_another_one() {
        for text in
            ["aws:PrincipalTag", "aws:PrincipalTag/", "aws:PrincipalArn/x", "aws:PrincipalArnX", "PrincipalArn", ""]
        {
            assert_eq!(Key::parse(text).name, KeyName::Other, "{text}");
        }
        assert!(!Key::parse("x:a").is(&Key::parse("x:b")));
        assert!(Key::parse("x:A").is(&Key::parse("X:a")));
    }
}
