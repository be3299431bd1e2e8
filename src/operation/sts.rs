//! Operations of STS, API version 2011-06-15.

use strongroom_keystore::SecretText;

use crate::clock::Timestamp;
use crate::name::Text;
use crate::operation::Pattern;
use crate::operation::table::{from_text, operation, structure};

structure! {
    /// A session tag. Keys are unique without regard to case.
    #[derive(Clone, PartialEq, Eq)]
    Tag {
        must {
            /// Its key.
            key: Text = "Key" [Length(1, 128), Matches(Pattern::TagKey)] key "aws:TagKeys";
            /// Its value; may be empty.
            value: Text = "Value" [Length(0, 256), Matches(Pattern::TagValue)];
        }
        may {}
    } pair key value
}
structure! {
    /// A managed policy by its ARN.
    #[derive(Clone, PartialEq, Eq)]
    PolicyDescriptorType {
        must {}
        may {
            /// ARN.
            arn: Text = "arn" [Length(20, 2048)];
        }
    }
}
structure! {
    /// Temporary credentials.
    Credentials {
        must {
            /// `ASIA…`, 20 characters.
            access_key_id: Text = "AccessKeyId";
            /// 40 characters.
            secret_access_key: SecretText = "SecretAccessKey";
            /// Goes with every request.
            session_token: SecretText = "SessionToken";
            /// When they end.
            expiration: Timestamp = "Expiration";
        }
        may {}
    }
}
structure! {
    /// A session of a role.
    #[derive(Clone, PartialEq, Eq)]
    AssumedRoleUser {
        must {
            /// `AROA…:SESSION`
            assumed_role_id: Text = "AssumedRoleId";
            /// ARN of the session.
            arn: Text = "Arn";
        }
        may {}
    }
}
structure! {
    /// A federated session.
    #[derive(Clone, PartialEq, Eq)]
    FederatedUser {
        must {
            /// `ACCOUNT:NAME`
            federated_user_id: Text = "FederatedUserId";
            /// ARN of the session.
            arn: Text = "Arn";
        }
        may {}
    }
}

operation! {
    /// A session of a role, for those whom the role's trust policy admits.
    sts AssumeRole {
        must {
            /// The role.
            role_arn: Text = "RoleArn" [Length(20, 2048)];
            /// Name of the session.
            role_session_name: Text = "RoleSessionName" [Length(2, 64), Matches(Pattern::EntityName)] key "sts:RoleSessionName";
        }
        may {
            /// What the session is cut to as well: managed policies, at most ten.
            policy_arns: Vec<PolicyDescriptorType> = "PolicyArns" [Items(0, 10)];
            /// What the session is cut to as well: a document of at most 2,048 characters.
            policy: Text = "Policy" [Length(1, 2048), Matches(Pattern::PolicyText)];
            /// 900 seconds to what the role allows; an hour without it, and an hour at most for a session of a role.
            duration_seconds: i64 = "DurationSeconds" [Range(900, 43_200)] key "sts:DurationSeconds";
            /// Session tags; they need `TagSession` too.
            tags: Vec<Tag> = "Tags" [Items(0, 50)] key "aws:RequestTag/";
            /// Keys of session tags that stay through further roles.
            transitive_tag_keys: Vec<Text> = "TransitiveTagKeys" [Items(0, 50)] each [Length(1, 128), Matches(Pattern::TagKey)] key "sts:TransitiveTagKeys";
            /// What the role's owner told the caller to say.
            external_id: Text = "ExternalId" [Length(2, 1224), Matches(Pattern::ExternalId)] key "sts:ExternalId";
            /// The caller's MFA device.
            serial_number: Text = "SerialNumber" [Length(9, 256), Matches(Pattern::SerialNumber)];
            /// What it shows: six digits.
            token_code: SecretText = "TokenCode" [Length(6, 6), Matches(Pattern::Digits)];
            /// Who is behind the session; it needs `SetSourceIdentity` too, and stays through further roles.
            source_identity: Text = "SourceIdentity" [Length(2, 64), Matches(Pattern::EntityName)] key "sts:SourceIdentity";
        }
    } -> AssumeRoleResponse {
        must {}
        may {
            /// The credentials.
            credentials: Credentials = "Credentials";
            /// The session.
            assumed_role_user: AssumedRoleUser = "AssumedRoleUser";
            /// Policies and tags in per cent of what a session token holds.
            packed_policy_size: i64 = "PackedPolicySize";
            /// Who is behind the session.
            source_identity: Text = "SourceIdentity";
        }
    }
}
operation! {
    /// Temporary credentials of the calling user, who may prove a second factor. Needs no right.
    sts GetSessionToken {
        must {}
        may {
            /// 900 to 129,600 seconds; twelve hours without it.
            duration_seconds: i64 = "DurationSeconds" [Range(900, 129_600)];
            /// The caller's MFA device.
            serial_number: Text = "SerialNumber" [Length(9, 256), Matches(Pattern::SerialNumber)];
            /// What it shows: six digits.
            token_code: SecretText = "TokenCode" [Length(6, 6), Matches(Pattern::Digits)];
        }
    } -> GetSessionTokenResponse {
        must {}
        may {
            /// The credentials.
            credentials: Credentials = "Credentials";
        }
    }
}
operation! {
    /// Temporary credentials for somebody without a user: what the calling user may do, cut to the session's policies.
    #[derive(Clone, PartialEq, Eq)]
    sts GetFederationToken {
        must {
            /// Name of the session.
            name: Text = "Name" [Length(2, 32), Matches(Pattern::EntityName)];
        }
        may {
            /// What the session is cut to. Without any policy it can do only what a resource's policy lets it do.
            policy: Text = "Policy" [Length(1, 2048), Matches(Pattern::PolicyText)];
            /// The same, managed policies: at most ten.
            policy_arns: Vec<PolicyDescriptorType> = "PolicyArns" [Items(0, 10)];
            /// 900 to 129,600 seconds; twelve hours without it.
            duration_seconds: i64 = "DurationSeconds" [Range(900, 129_600)] key "sts:DurationSeconds";
            /// Session tags; they need `TagSession` too.
            tags: Vec<Tag> = "Tags" [Items(0, 50)] key "aws:RequestTag/";
        }
    } -> GetFederationTokenResponse {
        must {}
        may {
            /// The credentials.
            credentials: Credentials = "Credentials";
            /// The session.
            federated_user: FederatedUser = "FederatedUser";
            /// Policies and tags in per cent of what a session token holds.
            packed_policy_size: i64 = "PackedPolicySize";
        }
    }
}
operation! {
    /// The account of an access key, long-term or temporary, whether or not it is still good.
    #[derive(Clone, PartialEq, Eq)]
    sts GetAccessKeyInfo {
        must {
            /// Which.
            access_key_id: Text = "AccessKeyId" [Length(16, 128), Matches(Pattern::AccessKeyId)];
        }
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] GetAccessKeyInfoResponse {
        must {}
        may {
            /// Twelve digits.
            account: Text = "Account";
        }
    }
}
operation! {
    /// Who the caller is. Needs no right and cannot be denied.
    #[derive(Clone, PartialEq, Eq)]
    sts GetCallerIdentity {
        must {}
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] GetCallerIdentityResponse {
        must {
            /// Unique id; for a session, with its name after a colon.
            user_id: Text = "UserId";
            /// Account.
            account: Text = "Account";
            /// ARN.
            arn: Text = "Arn";
        }
        may {}
    }
}
from_text!(GetFederationToken, GetAccessKeyInfo);

/// AWS operations of this service that have no shape here.
pub(crate) const UNSERVED: &[&str] = &[
    "AssumeRoleWithSAML",
    "AssumeRoleWithWebIdentity",
    "AssumeRoot",
    "DecodeAuthorizationMessage",
    "GetDelegatedAccessToken",
    "GetWebIdentityToken",
];
