//! Who and what the story is made of. Policies are the guide's own, word for word, but for Mateo's account number.

/// The store's account.
pub const ACCOUNT: &str = "123456789012";
/// Mateo's. The guide prints the store's number for both.
pub const OTHER_ACCOUNT: &str = "210987654321";

pub const ANAYA: &str = "anaya";
pub const NOAH: &str = "noah";
pub const TARIQ: &str = "tariq";
pub const BILLING: &str = "billing-app";
pub const ROLE: &str = "EC2RoleToAccessSecrets";
pub const MATEO: &str = "arn:aws:iam::210987654321:user/mateo";

pub const NOTES: &str = "Anaya/notes";
pub const REPORT: &str = "Shared/quarterly-report";
pub const DATABASE: &str = "Prod/orders-database";
pub const SERVER_ABC: &str = "Servers/abc";
pub const SERVER_XYZ: &str = "Servers/xyz";
pub const INVOICES: &str = "Billing/invoice-signing";

pub const NOTES_VALUE: &str = "the spare key is under the third flowerpot";
pub const NOTES_VALUE_2: &str = "the spare key has moved to the neighbour";
pub const REPORT_VALUE: &str = "{\"revenue\":\"4711 million\",\"margin\":\"8.15 percent\"}";
pub const DATABASE_VALUE: &str = "{\"username\":\"orders\",\"password\":\"correct-horse-battery\"}";
pub const DATABASE_VALUE_2: &str = "{\"username\":\"orders\",\"password\":\"staple-tractor-lagoon\"}";
pub const SERVER_VALUE: &str = "root-of-the-old-mail-server";
pub const INVOICES_VALUE: &str = "sign-here-and-nowhere-else";
pub const DESCRIPTION: &str = "credentials of the orders database";

/// Granting permission to a user in the same account as the secret.
pub const ANAYAS_POLICY: &str = r#"{ "Version": "2012-10-17", "Statement": [ { "Effect": "Allow", "Action": "secretsmanager:*", "Principal": {"AWS": "arn:aws:iam::123456789012:user/anaya"}, "Resource": "*" } ] }"#;

/// Granting permission to authorized users in a different account.
pub const MATEOS_POLICY: &str = r#"{ "Version": "2012-10-17", "Statement": [ { "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::210987654321:user/mateo" }, "Action": "secretsmanager:GetSecretValue", "Resource": "*" } ] }"#;

/// What Mateo's own account allows him: nothing of it is in this store, the host vouches for it.
pub const MATEOS_OWN: &str = r#"{ "Version": "2012-10-17", "Statement": [ { "Effect": "Allow", "Action": ["secretsmanager:GetSecretValue", "kms:Decrypt"], "Resource": "*" } ] }"#;

/// The key of Mateo's secret: its account administers it, and Mateo may use it through Secrets Manager.
pub const KEY_POLICY: &str = r#"{ "Version": "2012-10-17", "Statement": [
    { "Sid": "Administration", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "kms:*", "Resource": "*" },
    { "Sid": "Mateo", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::210987654321:user/mateo"}, "Action": "kms:Decrypt", "Resource": "*", "Condition": { "StringEquals": { "kms:ViaService": "secretsmanager.us-east-1.amazonaws.com" } } } ] }"#;

/// Grant read-only access to a role, to the current version only.
pub const ROLES_POLICY: &str = r#"{ "Version" : "2012-10-17", "Statement" : [ { "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:role/EC2RoleToAccessSecrets"}, "Action": "secretsmanager:GetSecretValue", "Resource": "*", "Condition": { "ForAnyValue:StringEquals": { "secretsmanager:VersionStage" : "AWSCURRENT" } } } ] }"#;

/// Granting permission to a secret with metadata that has a certain tag key and value.
pub const TARIQS_POLICY: &str = r#"{ "Version": "2012-10-17", "Statement": [ { "Effect": "Allow", "Action": "secretsmanager:DescribeSecret", "Resource": "*", "Condition": { "StringEquals": { "secretsmanager:ResourceTag/ServerName": "ServerABC" } } } ] }"#;

/// Granting permissions to a single secret by name; of its key it says nothing.
pub const BILLINGS_POLICY: &str = r#"{ "Version": "2012-10-17", "Statement": [ { "Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "arn:aws:secretsmanager:us-east-1:123456789012:secret:Billing/invoice-signing-??????" } ] }"#;

/// All that must not be found in the file, beside the identifiers that the store draws.
pub const WORDS: &[&str] = &[
    ACCOUNT,
    OTHER_ACCOUNT,
    ANAYA,
    NOAH,
    TARIQ,
    BILLING,
    ROLE,
    "mateo",
    NOTES,
    REPORT,
    DATABASE,
    SERVER_ABC,
    SERVER_XYZ,
    INVOICES,
    NOTES_VALUE,
    NOTES_VALUE_2,
    REPORT_VALUE,
    DATABASE_VALUE,
    DATABASE_VALUE_2,
    SERVER_VALUE,
    INVOICES_VALUE,
    DESCRIPTION,
    "flowerpot",
    "correct-horse",
    "staple-tractor",
    "ServerName",
    "ServerABC",
    "ServerXYZ",
    "AWSCURRENT",
    "AWSPREVIOUS",
    "arn:aws:",
    "secretsmanager",
    "GetSecretValue",
    "Version",
    "Statement",
    "Effect",
    "Principal",
    "2012-10-17",
    "Condition",
    "StringEquals",
    "us-east-1",
    "amazonaws",
    "assumed-role",
    "user/anaya",
];
