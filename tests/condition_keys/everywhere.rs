//! Global keys: who calls, when, from where, on what.

use strongroom::operation::iam::{CreateUser, Tag as IamTag, TagUser, UntagUser};
use strongroom::operation::kms::{CreateKey, Encrypt, Tag as KeyTag, TagResource as TagKey, UntagResource as UntagKey};
use strongroom::operation::secretsmanager::{CreateSecret, Tag, TagResource, UntagResource};
use strongroom::operation::sts::GetCallerIdentity;

use crate::scene::{ABROAD, By, Call, Case, MATEO};

const READ: &str = "secretsmanager:GetSecretValue";
const DESCRIBE: &str = "secretsmanager:DescribeSecret";
const TAG: &str = "secretsmanager:TagResource";

const READS: Call = |at| at.me.get_secret_value("s").map(drop);
const DESCRIBES: Call = |at| at.me.describe_secret(at.secret.as_str()).map(drop);
/// The key's own right, asked for through the secret.
const OPENS: Call = |at| at.me.get_secret_value("sealed").map(drop);
const TAGS: Call = |at| at.me.tag_resource(TagResource::new("s", vec![Tag::new("cost", "12")])).map(drop);
const CREATES: Call =
    |at| at.me.create_secret(CreateSecret::text("new", "v").tags(vec![Tag::new("cost", "12")])).map(drop);
const MAKES_A_USER: Call =
    |at| at.me.iam().create_user(CreateUser::new("new").tags(vec![IamTag::new("cost", "12")])).map(drop);
const MAKES_A_KEY: Call = |at| at.me.kms().create_key(CreateKey::new().tags(vec![KeyTag::new("cost", "12")])).map(drop);

const fn read(key: (&'static str, &'static str), values: (&'static str, &'static str)) -> Case {
    Case::new(key, values, READ, READS)
}
const fn through(key: (&'static str, &'static str), values: (&'static str, &'static str)) -> Case {
    Case::new(key, values, "kms:Decrypt", OPENS).also(READ)
}
const fn described(key: (&'static str, &'static str), values: (&'static str, &'static str)) -> Case {
    Case::new(key, values, DESCRIBE, DESCRIBES)
}

pub const CASES: &[Case] = &[
    // Who.
    read(
        ("aws:PrincipalArn", "ArnEquals"),
        ("arn:aws:iam::000000000000:user/people/anaya", "arn:aws:iam::000000000000:user/anaya"),
    ),
    // Of a session the role, with its path.
    read(
        ("aws:PrincipalArn", "StringEquals"),
        ("arn:aws:iam::000000000000:role/machines/app", "arn:aws:sts::000000000000:assumed-role/app/one"),
    )
    .by(By::Role),
    described(("aws:PrincipalArn", "ArnEquals"), ("arn:aws:iam::999999999999:role/app", ABROAD)).by(By::Abroad(ABROAD)),
    described(("aws:PrincipalArn", "ArnEquals"), (MATEO, "arn:aws:iam::999999999999:user/mateo")).by(By::Abroad(MATEO)),
    read(("aws:PrincipalAccount", "StringEquals"), ("000000000000", "999999999999")),
    described(("aws:PrincipalAccount", "StringEquals"), ("999999999999", "000000000000")).by(By::Abroad(ABROAD)),
    read(("aws:PrincipalType", "StringEquals"), ("User", "AssumedRole")),
    read(("aws:PrincipalType", "StringEquals"), ("AssumedRole", "User")).by(By::Role),
    read(("aws:userid", "StringEquals"), ("@anaya", "anaya")),
    read(("aws:userid", "StringLike"), ("@app", "AROA*:two")).by(By::Role),
    // The unique id of a user of another account is not known here: no account's number passes for it.
    described(("aws:userid", "Null"), ("true", "false")).by(By::Abroad(MATEO)),
    read(("aws:username", "StringEquals"), ("anaya", "people/anaya")),
    read(("aws:username", "Null"), ("true", "false")).by(By::Role),
    described(("aws:username", "StringEquals"), ("mateo", "people/mateo")).by(By::Abroad(MATEO)),
    read(("aws:PrincipalTag/team", "StringEquals"), ("red", "blue")),
    read(("aws:PrincipalTag/team", "StringEquals"), ("red", "blue")).by(By::Role),
    read(("aws:PrincipalTag/cost", "Null"), ("true", "false")),
    read(("aws:PrincipalIsAWSService", "Bool"), ("false", "true")),
    // Temporary credentials alone have these; nobody vouched for a second factor.
    read(("aws:MultiFactorAuthPresent", "Bool"), ("false", "true")).by(By::Role),
    read(("aws:MultiFactorAuthPresent", "Null"), ("true", "false")),
    read(("aws:TokenIssueTime", "DateLessThanEquals"), ("2027-01-15T08:00:01Z", "2027-01-15T08:00:00Z")).by(By::Role),
    read(("aws:TokenIssueTime", "Null"), ("true", "false")),
    // When.
    read(("aws:CurrentTime", "DateGreaterThan"), ("2027-01-15T08:00:00Z", "2027-01-15T08:00:01Z")),
    read(("aws:EpochTime", "NumericLessThanEquals"), ("1800000000", "1799999999")),
    read(("aws:EpochTime", "DateGreaterThanEquals"), ("2027-01-15T08:00:00Z", "2027-01-15T08:00:01Z")),
    // From where: what the host tells.
    read(("aws:SourceIp", "IpAddress"), ("192.0.2.0/24", "198.51.100.0/24")).by(By::Network),
    read(("aws:SourceIp", "Null"), ("true", "false")),
    read(("aws:UserAgent", "StringLike"), ("app/*", "curl/*")).by(By::Network),
    read(("aws:UserAgent", "Null"), ("true", "false")),
    read(("aws:referer", "StringLike"), ("https://example.org/*", "https://example.com/*")).by(By::Network),
    read(("aws:referer", "Null"), ("true", "false")),
    read(("aws:SecureTransport", "Bool"), ("false", "true")).by(By::Network),
    read(("aws:SecureTransport", "Bool"), ("true", "false")),
    read(("aws:RequestedRegion", "StringEquals"), ("us-east-1", "eu-west-1")),
    // Through which service: the key that a secret lies under.
    read(("aws:ViaAWSService", "Bool"), ("false", "true")),
    through(("aws:ViaAWSService", "Bool"), ("true", "false")),
    through(("aws:CalledVia", "ForAnyValue:StringEquals"), ("secretsmanager.amazonaws.com", "athena.amazonaws.com")),
    through(("aws:CalledViaFirst", "StringEquals"), ("secretsmanager.amazonaws.com", "athena.amazonaws.com")),
    through(("aws:CalledViaLast", "StringEquals"), ("secretsmanager.amazonaws.com", "athena.amazonaws.com")),
    read(("aws:CalledVia", "Null"), ("true", "false")),
    // On what.
    read(("aws:ResourceAccount", "StringEquals"), ("000000000000", "999999999999")),
    through(("aws:ResourceAccount", "StringEquals"), ("000000000000", "999999999999")),
    described(("aws:ResourceAccount", "StringEquals"), ("000000000000", "999999999999")).by(By::Abroad(ABROAD)),
    read(("aws:ResourceTag/team", "StringEquals"), ("red", "blue")),
    through(("aws:ResourceTag/team", "StringEquals"), ("red", "blue")),
    Case::new(("aws:ResourceTag/team", "StringEquals"), ("red", "blue"), "kms:Encrypt", |at| {
        at.me.kms().encrypt(Encrypt::new(&at.key.arn, "x")).map(drop)
    }),
    Case::new(("aws:ResourceTag/team", "StringEquals"), ("red", "blue"), "iam:DeleteUserPermissionsBoundary", |at| {
        at.me.iam().delete_user_permissions_boundary("bounded").map(drop)
    }),
    Case::new(("aws:ResourceTag/team", "StringEquals"), ("red", "blue"), "iam:GetPolicy", |at| {
        at.me.iam().get_policy(at.bound.as_str()).map(drop)
    }),
    // There is no secret yet: the tags that it is to get.
    Case::new(("aws:ResourceTag/cost", "StringEquals"), ("12", "13"), "secretsmanager:CreateSecret", CREATES).also(TAG),
    // With which tags.
    Case::new(("aws:RequestTag/cost", "StringEquals"), ("12", "13"), TAG, TAGS),
    Case::new(("aws:RequestTag/cost", "StringEquals"), ("12", "13"), "secretsmanager:CreateSecret", CREATES).also(TAG),
    // The further question of the same call sees the same request.
    Case::new(("aws:RequestTag/cost", "StringEquals"), ("12", "13"), TAG, CREATES).also("secretsmanager:CreateSecret"),
    Case::new(("aws:RequestTag/cost", "StringEquals"), ("12", "13"), "kms:CreateKey", MAKES_A_KEY)
        .also("kms:TagResource kms:PutKeyPolicy"),
    Case::new(("aws:RequestTag/cost", "StringEquals"), ("12", "13"), "kms:TagResource", |at| {
        let request = TagKey::new(&at.key.arn, vec![KeyTag::new("cost", "12")]);
        at.me.kms().tag_resource(request).map(drop)
    }),
    Case::new(("aws:TagKeys", "ForAnyValue:StringEquals"), ("cost", "team"), "kms:UntagResource", |at| {
        at.me.kms().untag_resource(UntagKey::new(&at.key.arn, vec!["cost".into()])).map(drop)
    }),
    Case::new(("aws:RequestTag/cost", "StringEquals"), ("12", "13"), "iam:CreateUser", MAKES_A_USER)
        .also("iam:TagUser"),
    Case::new(("aws:RequestTag/cost", "StringEquals"), ("12", "13"), "iam:TagUser", |at| {
        at.me.iam().tag_user(TagUser::new("bounded", vec![IamTag::new("cost", "12")])).map(drop)
    }),
    Case::new(("aws:TagKeys", "ForAnyValue:StringEquals"), ("cost", "team"), TAG, TAGS),
    Case::new(("aws:TagKeys", "ForAllValues:StringEquals"), ("cost", "team"), "secretsmanager:CreateSecret", CREATES)
        .also(TAG),
    Case::new(("aws:TagKeys", "ForAnyValue:StringEquals"), ("cost", "team"), "secretsmanager:UntagResource", |at| {
        at.me.untag_resource(UntagResource::new("s", vec!["cost".into()])).map(drop)
    }),
    Case::new(("aws:TagKeys", "ForAnyValue:StringEquals"), ("cost", "team"), "kms:CreateKey", MAKES_A_KEY)
        .also("kms:TagResource kms:PutKeyPolicy"),
    Case::new(("aws:TagKeys", "ForAnyValue:StringEquals"), ("cost", "team"), "iam:UntagUser", |at| {
        at.me.iam().untag_user(UntagUser::new("bounded", vec!["cost".into()])).map(drop)
    }),
];

#[test]
fn a_federated_user_of_another_account_goes_by_its_account_and_name() {
    let house = crate::common::house();
    let guest = house.stranger("arn:aws:sts::999999999999:federated-user/guest");
    assert_eq!(guest.sts().get_caller_identity(GetCallerIdentity::new()).unwrap().user_id, "999999999999:guest");
}
