//! The keys of KMS: used by themselves, and through a secret.

use std::collections::BTreeMap;

use strongroom::name::Text;
use strongroom::operation::kms::{
    CreateAlias, CreateGrant, CreateKey, Decrypt, DescribeKey, Encrypt, GenerateDataKey,
    GenerateDataKeyWithoutPlaintext, GenerateMac, GetKeyPolicy, GrantConstraints, ListGrants, PutKeyPolicy, ReEncrypt,
    RetireGrant, RevokeGrant, ScheduleKeyDeletion, UpdateAlias, UpdateKeyDescription, VerifyMac,
};
use strongroom::operation::secretsmanager::CreateSecret;

use crate::common::{policy, root_arn, statement};
use crate::scene::{By, Call, Case, Scene};

const ENCRYPT: &str = "kms:Encrypt";
const DECRYPT: &str = "kms:Decrypt";
const DATA_KEY: &str = "kms:GenerateDataKey";
const DESCRIBE: &str = "kms:DescribeKey";
const CREATE_KEY: &str = "kms:CreateKey";
const CREATE_GRANT: &str = "kms:CreateGrant";
const PUT_POLICY: &str = "kms:PutKeyPolicy";
const WINDOW: &str = "kms:ScheduleKeyDeletionPendingWindowInDays";
const READ: &str = "secretsmanager:GetSecretValue";

fn context() -> BTreeMap<Text, Text> {
    BTreeMap::from([(Text::from("Dept"), Text::from("it"))])
}
fn grant(at: &Scene) -> CreateGrant {
    CreateGrant::to(at.house.root.principal_arn(), &at.key.arn, ["Decrypt"])
}
fn plain_policy() -> String {
    policy(&[statement("Allow", &root_arn(), "kms:*")])
}

const ENCRYPTS: Call = |at| at.me.kms().encrypt(Encrypt::new(&at.key.arn, "x").encryption_context(context())).map(drop);
const ENCRYPTS_PLAIN: Call = |at| at.me.kms().encrypt(Encrypt::new(&at.key.arn, "x")).map(drop);
const DECRYPTS: Call = |at| {
    let request = Encrypt::new(&at.key.arn, "x").encryption_context(context());
    let blob = at.house.root.kms().encrypt(request)?.ciphertext_blob;
    at.me.kms().decrypt(Decrypt::blob(blob).encryption_context(context()).key_id(&at.key.arn)).map(drop)
};
const MAKES_DATA_KEY: Call = |at| {
    let request = GenerateDataKey::new(&at.key.arn).number_of_bytes(32).encryption_context(context());
    at.me.kms().generate_data_key(request).map(drop)
};
const MAKES_SEALED_DATA_KEY: Call = |at| {
    let request = GenerateDataKeyWithoutPlaintext::new(&at.key.arn).number_of_bytes(32).encryption_context(context());
    at.me.kms().generate_data_key_without_plaintext(request).map(drop)
};
const DESCRIBES: Call = |at| at.me.kms().describe_key(at.key.arn.as_str()).map(drop);
const DESCRIBES_MAC: Call = |at| at.me.kms().describe_key(at.mac.arn.as_str()).map(drop);
const DESCRIBES_FAMILY: Call = |at| at.me.kms().describe_key(at.family.arn.as_str()).map(drop);
const MAKES_KEY: Call = |at| at.me.kms().create_key(CreateKey::new()).map(drop);
const MAKES_MAC_KEY: Call =
    |at| at.me.kms().create_key(CreateKey::new().key_spec("HMAC_256").key_usage("GENERATE_VERIFY_MAC")).map(drop);
const MAKES_FAMILY: Call = |at| at.me.kms().create_key(CreateKey::new().multi_region(true)).map(drop);
const GRANTS: Call = |at| at.me.kms().create_grant(grant(at)).map(drop);
const GETS_POLICY: Call = |at| at.me.kms().get_key_policy(GetKeyPolicy::new(&at.key.key_id)).map(drop);
const PUTS_POLICY: Call = |at| {
    let request = PutKeyPolicy::new(&at.key.key_id, plain_policy());
    at.me.kms().put_key_policy(request).map(drop)
};
const LISTS_GRANTS: Call = |at| at.me.kms().list_grants(ListGrants::new(&at.key.arn)).map(drop);
const REVOKES: Call = |at| {
    let made = at.house.root.kms().create_grant(grant(at))?;
    at.me.kms().revoke_grant(RevokeGrant::new(&at.key.arn, made.grant_id)).map(drop)
};
const REENCRYPTS: Call = |at| {
    let request = Encrypt::new(&at.key.arn, "x").encryption_context(context());
    let blob = at.house.root.kms().encrypt(request)?.ciphertext_blob;
    let request = ReEncrypt::blob(blob, &at.key.arn).source_key_id("alias/app");
    let request = request.source_encryption_context(context());
    let other = BTreeMap::from([(Text::from("Site"), Text::from("north"))]);
    at.me.kms().re_encrypt(request.destination_encryption_context(other)).map(drop)
};
const REENCRYPTS_ABROAD: Call = |at| {
    let blob = at.house.root.kms().encrypt(Encrypt::new(&at.key.arn, "x"))?.ciphertext_blob;
    at.me.kms().re_encrypt(ReEncrypt::blob(blob, &at.family.arn)).map(drop)
};
const RETIRES: Call = |at| {
    let constraints = GrantConstraints::new().encryption_context_subset(context());
    let made = at.house.root.kms().create_grant(grant(at).constraints(constraints))?;
    at.me.kms().retire_grant(RetireGrant::of(&at.key.arn, made.grant_id)).map(drop)
};
const MAKES_ALIAS: Call = |at| at.me.kms().create_alias(CreateAlias::new("alias/new", &at.key.key_id)).map(drop);
const OPENS: Call = |at| at.me.get_secret_value("sealed").map(drop);
const SEALS: Call = |at| at.me.create_secret(CreateSecret::text("new", "v").kms_key_id(at.key.arn.clone())).map(drop);

/// A key that every operation on a KMS key fills.
const fn called(action: &'static str, call: Call) -> Case {
    Case::new(("kms:CallerAccount", "StringEquals"), ("000000000000", "999999999999"), action, call)
}
const fn aliased(action: &'static str, call: Call) -> Case {
    Case::new(("kms:ResourceAliases", "ForAnyValue:StringEquals"), ("alias/app", "alias/other"), action, call)
}
const fn on_key(key: (&'static str, &'static str), values: (&'static str, &'static str), call: Call) -> Case {
    Case::new(key, values, DESCRIBE, call)
}
const fn made(key: (&'static str, &'static str), values: (&'static str, &'static str), call: Call) -> Case {
    Case::new(key, values, CREATE_KEY, call).also(PUT_POLICY)
}
const fn granted(key: (&'static str, &'static str), values: (&'static str, &'static str), call: Call) -> Case {
    Case::new(key, values, CREATE_GRANT, call)
}
const fn opened(key: (&'static str, &'static str), values: (&'static str, &'static str)) -> Case {
    Case::new(key, values, DECRYPT, OPENS).also(READ)
}
const fn with_context(action: &'static str, call: Call) -> Case {
    Case::new(("kms:EncryptionContext:Dept", "StringEquals"), ("it", "hr"), action, call)
}
const fn with_algorithm(action: &'static str, call: Call) -> Case {
    Case::new(("kms:EncryptionAlgorithm", "StringEquals"), ("SYMMETRIC_DEFAULT", "RSAES_OAEP_SHA_256"), action, call)
}

/// The decision on the source; whatever the destination's.
const fn from(key: (&'static str, &'static str), values: (&'static str, &'static str)) -> Case {
    Case::new(key, values, "kms:ReEncryptFrom", REENCRYPTS).also("kms:ReEncryptTo")
}
const fn to(key: (&'static str, &'static str), values: (&'static str, &'static str)) -> Case {
    Case::new(key, values, "kms:ReEncryptTo", REENCRYPTS).also("kms:ReEncryptFrom")
}

pub const CASES: &[Case] = &[
    // ReEncrypt: each side has its own context and names its key in its own way.
    from(("kms:ReEncryptOnSameKey", "Bool"), ("true", "false")),
    to(("kms:ReEncryptOnSameKey", "Bool"), ("true", "false")),
    Case::new(("kms:ReEncryptOnSameKey", "Bool"), ("false", "true"), "kms:ReEncryptFrom", REENCRYPTS_ABROAD)
        .also("kms:ReEncryptTo"),
    Case::new(("kms:ReEncryptOnSameKey", "Null"), ("true", "false"), ENCRYPT, ENCRYPTS),
    from(("kms:EncryptionContext:Dept", "StringEquals"), ("it", "hr")),
    from(("kms:EncryptionContext:Site", "Null"), ("true", "false")),
    to(("kms:EncryptionContext:site", "StringEquals"), ("north", "south")),
    to(("kms:EncryptionContext:Dept", "Null"), ("true", "false")),
    from(("kms:EncryptionContextKeys", "ForAnyValue:StringEquals"), ("Dept", "Site")),
    to(("kms:EncryptionContextKeys", "ForAnyValue:StringEquals"), ("Site", "Dept")),
    from(("kms:RequestAlias", "StringEquals"), ("alias/app", "alias/other")),
    to(("kms:RequestAlias", "Null"), ("true", "false")),
    from(("kms:EncryptionAlgorithm", "StringEquals"), ("SYMMETRIC_DEFAULT", "RSAES_OAEP_SHA_256")),
    to(("kms:EncryptionAlgorithm", "StringEquals"), ("SYMMETRIC_DEFAULT", "RSAES_OAEP_SHA_256")),
    from(("kms:CallerAccount", "StringEquals"), ("000000000000", "999999999999")),
    // RetireGrant is weighed with the grant's own constraint.
    called("kms:RetireGrant", RETIRES),
    with_context("kms:RetireGrant", RETIRES),
    Case::new(
        ("kms:GrantConstraintType", "StringEquals"),
        ("EncryptionContextSubset", "EncryptionContextEquals"),
        "kms:RetireGrant",
        RETIRES,
    ),
    // Every operation on a key.
    called(ENCRYPT, ENCRYPTS),
    called(DECRYPT, DECRYPTS),
    called(DATA_KEY, MAKES_DATA_KEY),
    called("kms:GenerateDataKeyWithoutPlaintext", MAKES_SEALED_DATA_KEY),
    called(DESCRIBE, DESCRIBES),
    called(CREATE_GRANT, GRANTS),
    called("kms:ListGrants", LISTS_GRANTS),
    called("kms:RevokeGrant", REVOKES),
    called("kms:GetKeyPolicy", GETS_POLICY),
    called(PUT_POLICY, PUTS_POLICY),
    called("kms:CreateAlias", MAKES_ALIAS),
    called(DECRYPT, OPENS).also(READ),
    // It is of KMS alone.
    Case::new(("kms:CallerAccount", "Null"), ("true", "false"), READ, |at| at.me.get_secret_value("s").map(drop)),
    aliased(ENCRYPT, ENCRYPTS),
    aliased(DECRYPT, DECRYPTS),
    aliased(DATA_KEY, MAKES_DATA_KEY),
    aliased("kms:GenerateDataKeyWithoutPlaintext", MAKES_SEALED_DATA_KEY),
    aliased(DESCRIBE, DESCRIBES),
    aliased(CREATE_GRANT, GRANTS),
    aliased("kms:ListGrants", LISTS_GRANTS),
    aliased("kms:RevokeGrant", REVOKES),
    aliased("kms:GetKeyPolicy", GETS_POLICY),
    aliased(PUT_POLICY, PUTS_POLICY),
    aliased(DECRYPT, OPENS).also(READ),
    // What kind of key: of one that is there, and of one that is to be made.
    on_key(("kms:KeySpec", "StringEquals"), ("HMAC_256", "SYMMETRIC_DEFAULT"), DESCRIBES_MAC),
    on_key(("kms:KeyUsage", "StringEquals"), ("GENERATE_VERIFY_MAC", "ENCRYPT_DECRYPT"), DESCRIBES_MAC),
    on_key(("kms:CustomerMasterKeySpec", "StringEquals"), ("HMAC_256", "SYMMETRIC_DEFAULT"), DESCRIBES_MAC),
    on_key(("kms:CustomerMasterKeyUsage", "StringEquals"), ("GENERATE_VERIFY_MAC", "ENCRYPT_DECRYPT"), DESCRIBES_MAC),
    on_key(("kms:KeyOrigin", "StringEquals"), ("AWS_KMS", "EXTERNAL"), DESCRIBES),
    on_key(("kms:MultiRegion", "Bool"), ("true", "false"), DESCRIBES_FAMILY),
    on_key(("kms:MultiRegion", "Bool"), ("false", "true"), DESCRIBES),
    on_key(("kms:MultiRegionKeyType", "StringEquals"), ("PRIMARY", "REPLICA"), DESCRIBES_FAMILY),
    on_key(("kms:MultiRegionKeyType", "Null"), ("true", "false"), DESCRIBES),
    opened(("kms:KeySpec", "StringEquals"), ("SYMMETRIC_DEFAULT", "HMAC_256")),
    opened(("kms:KeyUsage", "StringEquals"), ("ENCRYPT_DECRYPT", "GENERATE_VERIFY_MAC")),
    opened(("kms:KeyOrigin", "StringEquals"), ("AWS_KMS", "EXTERNAL")),
    made(("kms:KeySpec", "StringEquals"), ("HMAC_256", "SYMMETRIC_DEFAULT"), MAKES_MAC_KEY),
    made(("kms:KeySpec", "StringEquals"), ("SYMMETRIC_DEFAULT", "HMAC_256"), MAKES_KEY),
    made(("kms:CustomerMasterKeySpec", "StringEquals"), ("HMAC_256", "SYMMETRIC_DEFAULT"), MAKES_MAC_KEY),
    made(("kms:KeyUsage", "StringEquals"), ("GENERATE_VERIFY_MAC", "ENCRYPT_DECRYPT"), MAKES_MAC_KEY),
    made(("kms:CustomerMasterKeyUsage", "StringEquals"), ("ENCRYPT_DECRYPT", "GENERATE_VERIFY_MAC"), MAKES_KEY),
    made(("kms:KeyOrigin", "StringEquals"), ("AWS_KMS", "EXTERNAL"), MAKES_KEY),
    made(("kms:MultiRegion", "Bool"), ("true", "false"), MAKES_FAMILY),
    made(("kms:MultiRegion", "Bool"), ("false", "true"), MAKES_KEY),
    made(("kms:MultiRegionKeyType", "StringEquals"), ("PRIMARY", "REPLICA"), MAKES_FAMILY),
    // How the request names the key.
    Case::new(("kms:RequestAlias", "StringEquals"), ("alias/app", "alias/other"), ENCRYPT, |at| {
        at.me.kms().encrypt(Encrypt::new("alias/app", "x")).map(drop)
    }),
    Case::new(("kms:RequestAlias", "StringEquals"), ("alias/app", "alias/other"), DATA_KEY, |at| {
        let alias = "arn:aws:kms:us-east-1:000000000000:alias/app";
        at.me.kms().generate_data_key(GenerateDataKey::new(alias).number_of_bytes(32)).map(drop)
    }),
    on_key(("kms:RequestAlias", "StringLike"), ("alias/*", "alias/other*"), |at| {
        at.me.kms().describe_key(DescribeKey::new("alias/app")).map(drop)
    }),
    Case::new(("kms:RequestAlias", "Null"), ("true", "false"), ENCRYPT, ENCRYPTS),
    // For what the key is used.
    with_context(ENCRYPT, ENCRYPTS),
    with_context(DECRYPT, DECRYPTS),
    with_context(DATA_KEY, MAKES_DATA_KEY),
    with_context("kms:GenerateDataKeyWithoutPlaintext", MAKES_SEALED_DATA_KEY),
    with_context(CREATE_GRANT, |at| {
        let constraints = GrantConstraints::new().encryption_context_equals(context());
        at.me.kms().create_grant(grant(at).constraints(constraints)).map(drop)
    }),
    opened(("kms:EncryptionContext:SecretARN", "StringEquals"), ("@sealed", "@secret")),
    opened(
        ("kms:EncryptionContext:SecretVersionId", "StringEquals"),
        ("00000000-0000-4000-8000-000000000003", "00000000-0000-4000-8000-000000000004"),
    ),
    Case::new(("kms:EncryptionContextKeys", "ForAnyValue:StringEquals"), ("Dept", "Ort"), ENCRYPT, ENCRYPTS),
    Case::new(("kms:EncryptionContextKeys", "ForAllValues:StringEquals"), ("Dept", "Ort"), DECRYPT, DECRYPTS),
    Case::new(("kms:EncryptionContextKeys", "Null"), ("true", "false"), ENCRYPT, ENCRYPTS_PLAIN),
    opened(("kms:EncryptionContextKeys", "ForAnyValue:StringEquals"), ("SecretARN", "Dept")),
    granted(("kms:EncryptionContextKeys", "ForAllValues:StringEquals"), ("Dept", "Ort"), |at| {
        let constraints = GrantConstraints::new().encryption_context_subset(context());
        at.me.kms().create_grant(grant(at).constraints(constraints)).map(drop)
    }),
    with_algorithm(ENCRYPT, ENCRYPTS),
    with_algorithm(DECRYPT, DECRYPTS),
    with_algorithm(DATA_KEY, MAKES_DATA_KEY),
    with_algorithm("kms:GenerateDataKeyWithoutPlaintext", MAKES_SEALED_DATA_KEY),
    with_algorithm(DECRYPT, OPENS).also(READ),
    // Through which service.
    opened(
        ("kms:ViaService", "StringEquals"),
        ("secretsmanager.us-east-1.amazonaws.com", "secretsmanager.eu-west-1.amazonaws.com"),
    ),
    opened(("kms:ViaService", "StringLike"), ("secretsmanager.*.amazonaws.com", "s3.*.amazonaws.com")).by(By::Role),
    Case::new(
        ("kms:ViaService", "StringEquals"),
        ("secretsmanager.us-east-1.amazonaws.com", "s3.us-east-1.amazonaws.com"),
        DATA_KEY,
        SEALS,
    )
    .also("secretsmanager:CreateSecret kms:Decrypt"),
    Case::new(("kms:ViaService", "Null"), ("true", "false"), DECRYPT, DECRYPTS),
    // Grants.
    granted(("kms:GrantOperations", "ForAllValues:StringEquals"), ("Decrypt", "Encrypt"), GRANTS),
    granted(
        ("kms:GranteePrincipal", "StringEquals"),
        ("arn:aws:iam::000000000000:root", "arn:aws:iam::999999999999:root"),
        GRANTS,
    ),
    granted(
        ("kms:RetiringPrincipal", "StringEquals"),
        ("arn:aws:iam::000000000000:root", "arn:aws:iam::999999999999:root"),
        |at| at.me.kms().create_grant(grant(at).retiring_principal("arn:aws:iam::000000000000:root")).map(drop),
    ),
    granted(("kms:RetiringPrincipal", "Null"), ("true", "false"), GRANTS),
    granted(
        ("kms:GrantConstraintType", "StringEquals"),
        ("EncryptionContextEquals", "EncryptionContextSubset"),
        |at| {
            let constraints = GrantConstraints::new().encryption_context_equals(context());
            at.me.kms().create_grant(grant(at).constraints(constraints)).map(drop)
        },
    ),
    granted(
        ("kms:GrantConstraintType", "StringEquals"),
        ("EncryptionContextSubset", "EncryptionContextEquals"),
        |at| {
            let constraints = GrantConstraints::new().encryption_context_subset(context());
            at.me.kms().create_grant(grant(at).constraints(constraints)).map(drop)
        },
    ),
    granted(("kms:GrantConstraintType", "Null"), ("true", "false"), GRANTS),
    granted(("kms:GrantIsForAWSResource", "Bool"), ("false", "true"), GRANTS),
    Case::new(("kms:GrantIsForAWSResource", "Bool"), ("false", "true"), "kms:ListGrants", LISTS_GRANTS),
    Case::new(("kms:GrantIsForAWSResource", "Bool"), ("false", "true"), "kms:RevokeGrant", REVOKES),
    // Policies.
    Case::new(("kms:PolicyName", "StringEquals"), ("default", "other"), PUT_POLICY, PUTS_POLICY),
    // The check asks for the right to put another policy, whatever that one says: allowed by the key's policy.
    Case::new(("kms:BypassPolicyLockoutSafetyCheck", "Bool"), ("true", "false"), PUT_POLICY, |at| {
        let request = PutKeyPolicy::new(&at.key.key_id, plain_policy()).bypass_policy_lockout_safety_check(true);
        at.me.kms().put_key_policy(request).map(drop)
    }),
    Case::new(("kms:BypassPolicyLockoutSafetyCheck", "Null"), ("true", "false"), PUT_POLICY, PUTS_POLICY),
    made(("kms:BypassPolicyLockoutSafetyCheck", "Bool"), ("true", "false"), |at| {
        at.me.kms().create_key(CreateKey::new().bypass_policy_lockout_safety_check(true)).map(drop)
    }),
    // The end of a key: what it will wait, said or not.
    Case::new((WINDOW, "NumericGreaterThanEquals"), ("7", "8"), "kms:ScheduleKeyDeletion", |at| {
        at.me.kms().schedule_key_deletion(ScheduleKeyDeletion::new(&at.key.arn).pending_window_in_days(7)).map(drop)
    }),
    Case::new((WINDOW, "NumericEquals"), ("30", "7"), "kms:ScheduleKeyDeletion", |at| {
        at.me.kms().schedule_key_deletion(&*at.key.arn).map(drop)
    }),
    // MACs.
    Case::new(("kms:MacAlgorithm", "StringEquals"), ("HMAC_SHA_256", "HMAC_SHA_512"), "kms:GenerateMac", |at| {
        at.me.kms().generate_mac(GenerateMac::new("m", &at.mac.arn, "HMAC_SHA_256")).map(drop)
    }),
    Case::new(("kms:MacAlgorithm", "StringEquals"), ("HMAC_SHA_256", "HMAC_SHA_512"), "kms:VerifyMac", |at| {
        let made = at.house.root.kms().generate_mac(GenerateMac::new("m", &at.mac.arn, "HMAC_SHA_256"))?;
        at.me.kms().verify_mac(VerifyMac::new("m", &at.mac.arn, "HMAC_SHA_256", made.mac)).map(drop)
    }),
    Case::new(("kms:RequestAlias", "Null"), ("true", "false"), "kms:GenerateMac", |at| {
        at.me.kms().generate_mac(GenerateMac::new("m", &at.mac.arn, "HMAC_SHA_256")).map(drop)
    }),
    Case::new(("kms:EncryptionContextKeys", "Null"), ("true", "false"), "kms:GenerateMac", |at| {
        at.me.kms().generate_mac(GenerateMac::new("m", &at.mac.arn, "HMAC_SHA_256")).map(drop)
    }),
    called("kms:EnableKey", |at| at.me.kms().enable_key(&*at.key.arn).map(drop)),
    called("kms:DisableKey", |at| at.me.kms().disable_key(&*at.key.arn).map(drop)),
    called("kms:GetKeyLastUsage", |at| at.me.kms().get_key_last_usage(&*at.key.arn).map(drop)),
    called("kms:ListKeyPolicies", |at| at.me.kms().list_key_policies(&*at.key.arn).map(drop)),
    called("kms:ListResourceTags", |at| at.me.kms().list_resource_tags(&*at.key.arn).map(drop)),
    aliased("kms:UpdateKeyDescription", |at| {
        at.me.kms().update_key_description(UpdateKeyDescription::new(&at.key.arn, "d")).map(drop)
    }),
    // Aliases: the same question on the alias and on the key, which has the tag and the kind.
    Case::new(("kms:CallerAccount", "StringEquals"), ("000000000000", "999999999999"), "kms:UpdateAlias", |at| {
        at.me.kms().update_alias(UpdateAlias::new("alias/app", &at.key.key_id)).map(drop)
    }),
    Case::new(("kms:CallerAccount", "StringEquals"), ("000000000000", "999999999999"), "kms:DeleteAlias", |at| {
        at.me.kms().delete_alias("alias/app").map(drop)
    }),
];
