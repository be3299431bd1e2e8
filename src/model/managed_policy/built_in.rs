//! The managed policies that AWS ships, for the services that are here: what each allows follows the AWS managed policy
//! reference; statements on services that this store has not are left out.

/// A policy that AWS ships: nobody changes it, everybody may attach it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BuiltIn {
    pub name: &'static str,
    pub path: &'static str,
    pub arn: &'static str,
    /// `ANPA…`: ours, AWS's are its own.
    pub id: &'static str,
    pub text: &'static str,
}

/// By name.
pub(crate) const BUILT_IN: &[BuiltIn] = &[
    BuiltIn {
        name: "AWSKeyManagementServicePowerUser",
        path: "/",
        arn: "arn:aws:iam::aws:policy/AWSKeyManagementServicePowerUser",
        id: "ANPAAAAAAAAAAAAAAAAA2",
        // Makes and lists keys; what is done with one is left to its key policy.
        text: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["kms:CreateAlias","kms:CreateKey","kms:DeleteAlias","kms:Describe*","kms:GenerateRandom","kms:Get*","kms:List*","kms:TagResource","kms:UntagResource","iam:ListGroups","iam:ListRoles","iam:ListUsers"],"Resource":"*"}]}"#,
    },
    BuiltIn {
        name: "AWSSecretsManagerRotationFunctionRole",
        path: "/service-role/",
        arn: "arn:aws:iam::aws:policy/service-role/AWSSecretsManagerRotationFunctionRole",
        id: "ANPAAAAAAAAAAAAAAAAA7",
        // AWS writes this into the role of each function that it makes from a template, with the function's ARN as text; the
        // variable, which only a call of a function fills, lets one policy serve them all.
        text: r#"{"Version":"2012-10-17","Statement":[{"Sid":"SecretsOfThisFunction","Effect":"Allow","Action":["secretsmanager:DescribeSecret","secretsmanager:GetSecretValue","secretsmanager:PutSecretValue","secretsmanager:UpdateSecretVersionStage"],"Resource":"arn:aws:secretsmanager:*:*:secret:*","Condition":{"StringEquals":{"secretsmanager:resource/AllowRotationLambdaArn":"${lambda:SourceFunctionArn}"}}},{"Sid":"NewPasswords","Effect":"Allow","Action":"secretsmanager:GetRandomPassword","Resource":"*"}]}"#,
    },
    BuiltIn {
        name: "AdministratorAccess",
        path: "/",
        arn: "arn:aws:iam::aws:policy/AdministratorAccess",
        id: "ANPAAAAAAAAAAAAAAAAA3",
        text: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#,
    },
    BuiltIn {
        name: "IAMFullAccess",
        path: "/",
        arn: "arn:aws:iam::aws:policy/IAMFullAccess",
        id: "ANPAAAAAAAAAAAAAAAAA4",
        text: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:*"],"Resource":"*"}]}"#,
    },
    BuiltIn {
        name: "ReadOnlyAccess",
        path: "/",
        arn: "arn:aws:iam::aws:policy/ReadOnlyAccess",
        id: "ANPAAAAAAAAAAAAAAAAA5",
        // Reads everything but values: those are `secretsmanager:GetSecretValue` and `kms:Decrypt`.
        text: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:Generate*","iam:Get*","iam:List*","iam:Simulate*","kms:Describe*","kms:Get*","kms:List*","secretsmanager:Describe*","secretsmanager:GetResourcePolicy","secretsmanager:List*","sts:GetAccessKeyInfo","sts:GetCallerIdentity"],"Resource":"*"}]}"#,
    },
    BuiltIn {
        name: "SecretsManagerReadWrite",
        path: "/",
        arn: "arn:aws:iam::aws:policy/SecretsManagerReadWrite",
        id: "ANPAAAAAAAAAAAAAAAAA6",
        // As the guide insists: not what enabling rotation needs (making a function's role and attaching its policies). To call
        // functions, only those of the name that Secrets Manager gives its own.
        text: r#"{"Version":"2012-10-17","Statement":[{"Sid":"BasicPermissions","Effect":"Allow","Action":["secretsmanager:*","kms:DescribeKey","kms:ListAliases","kms:ListKeys"],"Resource":"*"},{"Sid":"LambdaPermissions","Effect":"Allow","Action":"lambda:InvokeFunction","Resource":"arn:aws:lambda:*:*:function:SecretsManager*"}]}"#,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Policy, PolicyKind};

    #[test]
    fn they_are_policies_sorted_by_name_under_their_own_arns() {
        assert!(BUILT_IN.is_sorted_by_key(|policy| policy.name));
        for policy in BUILT_IN {
            Policy::parse(policy.text, PolicyKind::Identity).unwrap();
            assert_eq!(policy.arn, format!("arn:aws:iam::aws:policy{}{}", policy.path, policy.name));
            assert!(policy.id.starts_with("ANPA") && policy.id.len() == 21);
        }
    }
}
