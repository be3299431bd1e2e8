//! Rotation: when, by which function, and not any more.

use crate::name::Text;
use crate::operation::secretsmanager::{ExternalSecretRotationMetadata, RotationRules};
use crate::operation::table::{from_text, operation};

operation! {
    /// Configures rotation, and begins one unless the request says otherwise. Without any member of a configuration: rotates as
    /// it is configured. The steps run with the next run of due work
    /// ([`Strongroom::run_due`](crate::Strongroom::run_due)).
    #[derive(Clone, PartialEq, Eq)]
    secretsmanager RotateSecret {
        must {
            /// Name, partial or full ARN.
            secret_id: Text = "SecretId" [Length(1, 2048)] key "secretsmanager:SecretId";
        }
        may {
            /// Idempotency token; becomes the new version's id.
            client_request_token: Text = "ClientRequestToken" [Length(32, 64)];
            /// ARN of the rotation function; empty is the same as none: the one that is configured.
            rotation_lambda_arn: Text = "RotationLambdaARN" [Length(0, 2048)] key "secretsmanager:RotationLambdaARN";
            /// When it is rotated; without them, as it is configured.
            rotation_rules: RotationRules = "RotationRules";
            /// What a partner needs to rotate a secret that it holds: not served.
            external_secret_rotation_metadata: Vec<ExternalSecretRotationMetadata> = "ExternalSecretRotationMetadata";
            /// The role of a partner that rotates the secret: not served.
            external_secret_rotation_role_arn: Text = "ExternalSecretRotationRoleArn" [Length(20, 2048)] key "secretsmanager:ExternalSecretRotationRoleArn";
            /// `false`: only test the configuration now, and rotate in the next window; `true` without it.
            rotate_immediately: bool = "RotateImmediately" key "secretsmanager:RotateImmediately";
        }
    } token client_request_token -> #[derive(Clone, PartialEq, Eq)] RotateSecretResponse {
        must {
            /// Full ARN.
            arn: Text = "ARN";
            /// Name.
            name: Text = "Name";
            /// The version that is to be made.
            version_id: Text = "VersionId";
        }
        may {}
    }
}

operation! {
    /// Switches rotation off and ends one that is under way. Labels stay where they are, function and rules are kept;
    /// RotateSecret switches it on again.
    #[derive(Clone, PartialEq, Eq)]
    secretsmanager CancelRotateSecret {
        must {
            /// Name, partial or full ARN.
            secret_id: Text = "SecretId" [Length(1, 2048)] key "secretsmanager:SecretId";
        }
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] CancelRotateSecretResponse {
        must {
            /// Full ARN.
            arn: Text = "ARN";
            /// Name.
            name: Text = "Name";
        }
        may {
            /// The version that was being made, if there is one.
            version_id: Text = "VersionId";
        }
    }
}

from_text!(RotateSecret, CancelRotateSecret);
