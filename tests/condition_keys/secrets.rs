//! The keys of Secrets Manager, and those that every operation on a secret fills.

use strongroom::operation::secretsmanager::{
    BatchGetSecretValue, CancelRotateSecret, CreateSecret, DeleteResourcePolicy, DeleteSecret, GetResourcePolicy,
    GetSecretValue, ListResourcePolicies, ListSecretVersionIds, PutResourcePolicy, PutSecretValue,
    RemoveRegionsFromReplication, ReplicaRegion, ReplicateSecretToRegions, RestoreSecret, RotateSecret, RotationRules,
    Tag, TagResource, UntagResource, UpdateSecret, UpdateSecretVersionStage, ValidateResourcePolicy,
};

use crate::common::{allow, policy, root_arn, statement, token, user_arn};
use crate::scene::{Call, Case, FUNCTION, OTHER_FUNCTION, Scene};

const CREATE: &str = "secretsmanager:CreateSecret";
const UPDATE: &str = "secretsmanager:UpdateSecret";
const DELETE: &str = "secretsmanager:DeleteSecret";
const GET: &str = "secretsmanager:GetSecretValue";
const REPLICATE: &str = "secretsmanager:ReplicateSecretToRegions";
const REMOVE: &str = "secretsmanager:RemoveRegionsFromReplication";
const STOP: &str = "secretsmanager:StopReplicationToReplica";
const PUT_POLICY: &str = "secretsmanager:PutResourcePolicy";
const USE: &str = "kms:Decrypt kms:GenerateDataKey kms:Encrypt";
const UNSUPPORTED: &str = "UnsupportedOperationException";

const CREATES_UNDER_ALIAS: Call =
    |at| at.me.create_secret(CreateSecret::text("new", "v").kms_key_id("alias/app")).map(drop);
const CREATES_UNDER_ID: Call =
    |at| at.me.create_secret(CreateSecret::text("new", "v").kms_key_id(at.key.key_id.clone())).map(drop);
const CREATES_UNDER_ARN: Call =
    |at| at.me.create_secret(CreateSecret::text("new", "v").kms_key_id(at.key.arn.clone())).map(drop);
const MOVES_TO_ALIAS: Call = |at| at.me.update_secret(UpdateSecret::new("s").kms_key_id("alias/app")).map(drop);

const fn created(key: (&'static str, &'static str), values: (&'static str, &'static str), call: Call) -> Case {
    Case::new(key, values, CREATE, call).also(USE)
}
const fn updated(key: (&'static str, &'static str), values: (&'static str, &'static str), call: Call) -> Case {
    Case::new(key, values, UPDATE, call).also(USE)
}
/// The same key in another operation on the secret `s`.
const fn tagged(action: &'static str, call: Call) -> Case {
    Case::new(("secretsmanager:ResourceTag/team", "StringEquals"), ("red", "blue"), action, call)
}
const fn named(action: &'static str, call: Call) -> Case {
    Case::new(("secretsmanager:SecretId", "StringEquals"), ("s", "@secret"), action, call)
}

const READS: Call = |at| at.me.get_secret_value("s").map(drop);
const DESCRIBES: Call = |at| at.me.describe_secret("s").map(drop);
const LISTS: Call = |at| at.me.list_secret_version_ids(ListSecretVersionIds::new("s")).map(drop);
const PUTS: Call = |at| at.me.put_secret_value(PutSecretValue::text("s", "v3")).map(drop);
const UPDATES: Call = |at| at.me.update_secret(UpdateSecret::new("s").description("ours")).map(drop);
const DELETES: Call = |at| at.me.delete_secret("s").map(drop);
const RESTORES: Call = |at| {
    at.house.root.delete_secret("s")?;
    at.me.restore_secret(RestoreSecret::new("s")).map(drop)
};
const TAGS: Call = |at| at.me.tag_resource(TagResource::new("s", vec![Tag::new("cost", "12")])).map(drop);
const UNTAGS: Call = |at| at.me.untag_resource(UntagResource::new("s", vec!["cost".into()])).map(drop);
const MOVES: Call = |at| {
    let request = UpdateSecretVersionStage::new("s", "mine").move_to_version_id(token(1));
    at.me.update_secret_version_stage(request).map(drop)
};
const PUTS_POLICY: Call = |at| {
    let text = policy(&[statement("Allow", &root_arn(), "secretsmanager:*")]);
    at.me.put_resource_policy(PutResourcePolicy::new("s", text)).map(drop)
};
const GETS_POLICY: Call = |at| at.me.get_resource_policy(GetResourcePolicy::new("s")).map(drop);
const LISTS_POLICIES: Call = |at| at.me.list_resource_policies(ListResourcePolicies::new("s")).map(drop);
const VALIDATES: Call = |at| {
    let text = policy(&[statement("Allow", &root_arn(), "secretsmanager:*")]);
    at.me.validate_resource_policy(ValidateResourcePolicy::new(text).secret_id("s")).map(drop)
};
/// A batch is weighed on `*`; its secret is weighed as GetSecretValue.
const READS_BATCH: Call = |at| {
    let answer = at.me.batch_get_secret_value(BatchGetSecretValue::of(["s"]))?;
    match answer.errors.first() {
        None => Ok(()),
        // What the batch tells of a secret is what the single call answers.
        Some(refused) => {
            let error = at.me.get_secret_value("s").unwrap_err();
            assert_eq!(
                (refused.error_code.as_str(), refused.message.to_string()),
                (error.code(), error.message().to_string())
            );
            Err(error)
        }
    }
};
const DELETES_POLICY: Call = |at| at.me.delete_resource_policy(DeleteResourcePolicy::new("s")).map(drop);

const REPLICATES: Call =
    |at| at.me.replicate_secret_to_regions(ReplicateSecretToRegions::to("s", ["eu-west-1"])).map(drop);
const REMOVES: Call = |at| {
    replicated(at);
    let request = RemoveRegionsFromReplication::new("s", vec!["eu-west-1".into()]);
    at.me.remove_regions_from_replication(request).map(drop)
};
const STOPS: Call = |at| {
    replicated(at);
    at.me.in_region("eu-west-1").unwrap().stop_replication_to_replica("s").map(drop)
};
const READS_REPLICA: Call = |at| {
    replicated(at);
    at.me.in_region("eu-west-1").unwrap().get_secret_value("s").map(drop)
};
/// A replica of `s`.
fn replicated(at: &Scene) {
    at.house.root.replicate_secret_to_regions(ReplicateSecretToRegions::to("s", ["eu-west-1"])).unwrap();
}
const ROTATE: &str = "secretsmanager:RotateSecret";
const CANCEL: &str = "secretsmanager:CancelRotateSecret";
const INVOKE: &str = "lambda:InvokeFunction";
const ROTATES: Call = |at| at.me.rotate_secret(RotateSecret::new("s").rotation_lambda_arn(FUNCTION)).map(drop);
const CANCELS: Call = |at| {
    configured(at);
    at.me.cancel_rotate_secret("s").map(drop)
};
/// `s` is rotated by the function.
fn configured(at: &Scene) {
    at.house.root.rotate_secret(RotateSecret::new("s").rotation_lambda_arn(FUNCTION)).unwrap();
    at.house.root.cancel_rotate_secret(CancelRotateSecret::new("s")).unwrap();
}
const fn rotated(key: (&'static str, &'static str), values: (&'static str, &'static str), call: Call) -> Case {
    Case::new(key, values, ROTATE, call).also(INVOKE)
}
/// The function that the secret is rotated by, in another operation on it.
const fn by_function(action: &'static str, call: Call) -> Case {
    Case::new(("secretsmanager:resource/AllowRotationLambdaArn", "ArnEquals"), (FUNCTION, OTHER_FUNCTION), action, call)
}
macro_rules! after_configuring {
    ($call:expr) => {
        |at| {
            configured(at);
            let call: Call = $call;
            call(at)
        }
    };
}

pub const CASES: &[Case] = &[
    // RotateSecret and CancelRotateSecret.
    tagged(CANCEL, CANCELS),
    named(CANCEL, CANCELS),
    tagged(ROTATE, ROTATES).also(INVOKE),
    named(ROTATE, ROTATES).also(INVOKE),
    rotated(("secretsmanager:RotationLambdaARN", "ArnEquals"), (FUNCTION, OTHER_FUNCTION), ROTATES),
    rotated(("secretsmanager:RotationLambdaARN", "Null"), ("true", "false"), |at| {
        at.house
            .root
            .rotate_secret(RotateSecret::new("s").rotation_lambda_arn(FUNCTION).client_request_token(token(9)))?;
        at.me.rotate_secret(RotateSecret::new("s").client_request_token(token(9))).map(drop)
    }),
    rotated(("secretsmanager:RotateImmediately", "Bool"), ("false", "true"), |at| {
        let request = RotateSecret::new("s").rotation_lambda_arn(FUNCTION).rotate_immediately(false);
        at.me.rotate_secret(request).map(drop)
    }),
    rotated(("secretsmanager:RotateImmediately", "Null"), ("true", "false"), ROTATES),
    rotated(("secretsmanager:ModifyRotationRules", "Bool"), ("true", "false"), |at| {
        let rules = RotationRules::new().automatically_after_days(30);
        at.me.rotate_secret(RotateSecret::new("s").rotation_lambda_arn(FUNCTION).rotation_rules(rules)).map(drop)
    }),
    rotated(("secretsmanager:ModifyRotationRules", "Null"), ("true", "false"), ROTATES),
    rotated(
        ("secretsmanager:ExternalSecretRotationRoleArn", "ArnEquals"),
        ("arn:aws:iam::000000000000:role/partner", "arn:aws:iam::000000000000:role/other"),
        |at| {
            let request = RotateSecret::new("s")
                .rotation_lambda_arn(FUNCTION)
                .external_secret_rotation_role_arn("arn:aws:iam::000000000000:role/partner");
            at.me.rotate_secret(request).map(drop)
        },
    )
    .ends_in(UNSUPPORTED),
    // The function that is configured, in every operation on a secret; without one there is no such key.
    by_function(CANCEL, CANCELS),
    by_function(ROTATE, |at| {
        at.house
            .root
            .rotate_secret(RotateSecret::new("s").rotation_lambda_arn(FUNCTION).client_request_token(token(9)))?;
        at.me.rotate_secret(RotateSecret::new("s").client_request_token(token(9))).map(drop)
    })
    .also(INVOKE),
    by_function(GET, after_configuring!(READS)),
    by_function("secretsmanager:DescribeSecret", after_configuring!(DESCRIBES)),
    by_function("secretsmanager:ListSecretVersionIds", after_configuring!(LISTS)),
    by_function("secretsmanager:PutSecretValue", after_configuring!(PUTS)),
    by_function(UPDATE, after_configuring!(UPDATES)),
    by_function(DELETE, after_configuring!(DELETES)),
    by_function("secretsmanager:RestoreSecret", after_configuring!(RESTORES)),
    by_function("secretsmanager:TagResource", after_configuring!(TAGS)),
    by_function("secretsmanager:UntagResource", after_configuring!(UNTAGS)),
    by_function("secretsmanager:UpdateSecretVersionStage", after_configuring!(MOVES)),
    by_function(PUT_POLICY, after_configuring!(PUTS_POLICY)),
    by_function("secretsmanager:GetResourcePolicy", after_configuring!(GETS_POLICY)),
    by_function("secretsmanager:DeleteResourcePolicy", after_configuring!(DELETES_POLICY)),
    Case::new(("secretsmanager:resource/AllowRotationLambdaArn", "Null"), ("true", "false"), GET, READS),
    // On every secret: its tags, and the name by which the request goes.
    tagged(GET, READS),
    tagged("secretsmanager:DescribeSecret", DESCRIBES),
    tagged("secretsmanager:ListSecretVersionIds", LISTS),
    tagged("secretsmanager:PutSecretValue", PUTS),
    tagged(UPDATE, UPDATES),
    tagged(DELETE, DELETES),
    tagged("secretsmanager:RestoreSecret", RESTORES),
    tagged("secretsmanager:TagResource", TAGS),
    tagged("secretsmanager:UntagResource", UNTAGS),
    tagged("secretsmanager:UpdateSecretVersionStage", MOVES),
    tagged(PUT_POLICY, PUTS_POLICY),
    tagged("secretsmanager:GetResourcePolicy", GETS_POLICY),
    tagged("secretsmanager:DeleteResourcePolicy", DELETES_POLICY),
    tagged("secretsmanager:ListResourcePolicies", LISTS_POLICIES),
    tagged("secretsmanager:ValidateResourcePolicy", VALIDATES).also(PUT_POLICY),
    tagged(GET, READS_BATCH).also("secretsmanager:BatchGetSecretValue"),
    named(GET, READS),
    named("secretsmanager:DescribeSecret", DESCRIBES),
    named("secretsmanager:ListSecretVersionIds", LISTS),
    named("secretsmanager:PutSecretValue", PUTS),
    named(UPDATE, UPDATES),
    named(DELETE, DELETES),
    named("secretsmanager:RestoreSecret", RESTORES),
    named("secretsmanager:TagResource", TAGS),
    named("secretsmanager:UntagResource", UNTAGS),
    named("secretsmanager:UpdateSecretVersionStage", MOVES),
    named(PUT_POLICY, PUTS_POLICY),
    named("secretsmanager:GetResourcePolicy", GETS_POLICY),
    named("secretsmanager:DeleteResourcePolicy", DELETES_POLICY),
    named("secretsmanager:ListResourcePolicies", LISTS_POLICIES),
    named("secretsmanager:ValidateResourcePolicy", VALIDATES).also(PUT_POLICY),
    named(GET, READS_BATCH).also("secretsmanager:BatchGetSecretValue"),
    Case::new(("secretsmanager:SecretId", "ArnEquals"), ("@secret", "@sealed"), GET, |at| {
        at.me.get_secret_value(at.secret.as_str()).map(drop)
    }),
    // CreateSecret.
    created(("secretsmanager:Name", "StringLike"), ("app/*", "infra/*"), |at| {
        at.me.create_secret(CreateSecret::text("app/new", "v")).map(drop)
    }),
    created(("secretsmanager:Description", "StringEquals"), ("ours", "theirs"), |at| {
        at.me.create_secret(CreateSecret::text("new", "v").description("ours")).map(drop)
    }),
    created(("secretsmanager:KmsKeyId", "StringEquals"), ("alias/app", "@key"), CREATES_UNDER_ALIAS),
    created(("secretsmanager:KmsKeyId", "Null"), ("true", "false"), |at| {
        at.me.create_secret(CreateSecret::text("new", "v")).map(drop)
    }),
    // The key's ARN, however the request names it.
    created(("secretsmanager:KmsKeyArn", "ArnEquals"), ("@key", "@secret"), CREATES_UNDER_ALIAS),
    created(("secretsmanager:KmsKeyArn", "StringEquals"), ("@key", "@id-of-key"), CREATES_UNDER_ID),
    created(("secretsmanager:KmsKeyArn", "ArnLike"), ("@key", "arn:aws:kms:*:*:alias/*"), CREATES_UNDER_ARN),
    created(("secretsmanager:KmsKeyArn", "Null"), ("true", "false"), |at| {
        at.me.create_secret(CreateSecret::text("new", "v")).map(drop)
    }),
    created(("secretsmanager:Type", "StringEquals"), ("partner", "other"), |at| {
        at.me.create_secret(CreateSecret::text("new", "v").secret_type("partner")).map(drop)
    }),
    created(("secretsmanager:AddReplicaRegions", "ForAllValues:StringEquals"), ("eu-west-1", "eu-west-2"), |at| {
        let regions = vec![ReplicaRegion::new("eu-west-1")];
        at.me.create_secret(CreateSecret::text("new", "v").add_replica_regions(regions)).map(drop)
    })
    .also("secretsmanager:ReplicateSecretToRegions"),
    created(("secretsmanager:ForceOverwriteReplicaSecret", "Bool"), ("false", "true"), |at| {
        at.me.create_secret(CreateSecret::text("new", "v").force_overwrite_replica_secret(false)).map(drop)
    }),
    created(("secretsmanager:ForceOverwriteReplicaSecret", "Bool"), ("true", "false"), |at| {
        at.me.create_secret(CreateSecret::text("new", "v").force_overwrite_replica_secret(true)).map(drop)
    }),
    // Replicas. The regions are several values.
    tagged(REPLICATE, REPLICATES),
    named(REPLICATE, REPLICATES),
    Case::new(
        ("secretsmanager:AddReplicaRegions", "ForAllValues:StringEquals"),
        ("eu-west-1", "eu-west-2"),
        REPLICATE,
        REPLICATES,
    ),
    Case::new(("secretsmanager:AddReplicaRegions", "ForAnyValue:StringLike"), ("eu-*", "us-*"), REPLICATE, REPLICATES),
    Case::new(("secretsmanager:ForceOverwriteReplicaSecret", "Bool"), ("true", "false"), REPLICATE, |at| {
        let request = ReplicateSecretToRegions::to("s", ["eu-west-1"]).force_overwrite_replica_secret(true);
        at.me.replicate_secret_to_regions(request).map(drop)
    }),
    Case::new(("secretsmanager:ForceOverwriteReplicaSecret", "Null"), ("true", "false"), REPLICATE, REPLICATES),
    tagged(REMOVE, REMOVES),
    named(REMOVE, REMOVES),
    tagged(STOP, STOPS),
    named(STOP, STOPS),
    // The region of the primary: of a primary, of its replica, and of nothing else.
    Case::new(("secretsmanager:SecretPrimaryRegion", "StringEquals"), ("us-east-1", "eu-west-1"), GET, |at| {
        replicated(at);
        at.me.get_secret_value("s").map(drop)
    }),
    Case::new(("secretsmanager:SecretPrimaryRegion", "StringEquals"), ("us-east-1", "eu-west-1"), GET, READS_REPLICA),
    Case::new(("secretsmanager:SecretPrimaryRegion", "Null"), ("true", "false"), GET, READS),
    Case::new(("aws:RequestedRegion", "StringEquals"), ("eu-west-1", "us-east-1"), GET, READS_REPLICA),
    // There is no secret yet: the tags that it is to get.
    created(("secretsmanager:ResourceTag/team", "StringEquals"), ("red", "blue"), |at| {
        at.me.create_secret(CreateSecret::text("new", "v").tags(vec![Tag::new("team", "red")])).map(drop)
    })
    .also("secretsmanager:TagResource"),
    // UpdateSecret.
    updated(("secretsmanager:Description", "StringEquals"), ("ours", "theirs"), UPDATES),
    updated(("secretsmanager:Description", "Null"), ("true", "false"), |at| {
        at.me.update_secret(UpdateSecret::text("s", "v3")).map(drop)
    }),
    updated(("secretsmanager:KmsKeyId", "StringEquals"), ("alias/app", "@key"), MOVES_TO_ALIAS),
    updated(("secretsmanager:KmsKeyArn", "ArnEquals"), ("@key", "@secret"), MOVES_TO_ALIAS),
    updated(("secretsmanager:KmsKeyArn", "Null"), ("true", "false"), UPDATES),
    updated(("secretsmanager:Type", "StringEquals"), ("partner", "other"), |at| {
        at.me.update_secret(UpdateSecret::new("s").secret_type("partner")).map(drop)
    }),
    // The partner's type that the secret has.
    Case::new(("secretsmanager:resource/Type", "StringEquals"), ("partner", "other"), GET, |at| {
        at.house.root.update_secret(UpdateSecret::new("s").secret_type("partner"))?;
        READS(at)
    }),
    Case::new(("secretsmanager:resource/Type", "Null"), ("true", "false"), "secretsmanager:PutSecretValue", PUTS),
    // DeleteSecret: only what was sent.
    Case::new(("secretsmanager:RecoveryWindowInDays", "NumericGreaterThanEquals"), ("7", "8"), DELETE, |at| {
        at.me.delete_secret(DeleteSecret::new("s").recovery_window_in_days(7)).map(drop)
    }),
    Case::new(("secretsmanager:RecoveryWindowInDays", "Null"), ("true", "false"), DELETE, DELETES),
    Case::new(("secretsmanager:ForceDeleteWithoutRecovery", "Bool"), ("true", "false"), DELETE, |at| {
        at.me.delete_secret(DeleteSecret::new("s").force_delete_without_recovery(true)).map(drop)
    }),
    Case::new(("secretsmanager:ForceDeleteWithoutRecovery", "Null"), ("true", "false"), DELETE, DELETES),
    // GetSecretValue: the version that is found. UpdateSecretVersionStage: the label that moves.
    Case::new(
        ("secretsmanager:VersionId", "StringEquals"),
        ("00000000-0000-4000-8000-000000000002", "00000000-0000-4000-8000-000000000001"),
        GET,
        READS,
    ),
    Case::new(("secretsmanager:VersionStage", "ForAnyValue:StringEquals"), ("AWSCURRENT", "AWSPREVIOUS"), GET, READS),
    Case::new(("secretsmanager:VersionStage", "StringEquals"), ("AWSPREVIOUS", "AWSCURRENT"), GET, |at| {
        at.me.get_secret_value(GetSecretValue::new("s").version_stage("AWSPREVIOUS")).map(drop)
    }),
    Case::new(
        ("secretsmanager:VersionStage", "StringEquals"),
        ("mine", "AWSCURRENT"),
        "secretsmanager:UpdateSecretVersionStage",
        MOVES,
    ),
    Case::new(("secretsmanager:BlockPublicPolicy", "Bool"), ("true", "false"), PUT_POLICY, |at| {
        let text = policy(&[statement("Allow", &root_arn(), "secretsmanager:*")]);
        at.me.put_resource_policy(PutResourcePolicy::new("s", text).block_public_policy(true)).map(drop)
    }),
    Case::new(("secretsmanager:BlockPublicPolicy", "Null"), ("true", "false"), PUT_POLICY, PUTS_POLICY),
];

#[test]
fn a_key_that_is_named_is_told_by_its_arn_whether_or_not_it_is_there() {
    let house = crate::common::house();
    let elsewhere = "arn:aws:kms:us-east-1:999999999999:key/12345678-1234-4234-8234-123456789012";
    let missing = "12345678-1234-4234-8234-123456789012";
    let stops = |arn: &str| {
        policy(&[
            r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#.to_owned(),
            format!(
                r#"{{"Effect":"Deny","Action":"{CREATE}","Resource":"*","Condition":{{"ArnEquals":{{"secretsmanager:KmsKeyArn":"{arn}"}}}}}}"#
            ),
        ])
    };
    let anaya = house.user_with("anaya", allow("*", "*"));
    let create = |key: &str| anaya.create_secret(CreateSecret::text("new", "v").kms_key_id(key)).unwrap_err();
    for (named, arn) in
        [(elsewhere, elsewhere.to_owned()), (missing, format!("arn:aws:kms:us-east-1:000000000000:key/{missing}"))]
    {
        house.set_policy("anaya", allow("*", "*"));
        assert!(!create(named).is_access_denied(), "{named}: no such key");
        house.set_policy("anaya", stops(&arn));
        let error = create(named);
        assert!(error.is_access_denied() && error.to_string().contains(&user_arn("anaya")), "{named}: {error}");
    }
    // The empty name means the managed key.
    house.secret("first", "v");
    let managed = house.root.kms().describe_key("alias/aws/secretsmanager").unwrap().key_metadata.arn;
    house.set_policy("anaya", stops(&managed));
    assert!(create("").is_access_denied());
    assert!(create("alias/aws/secretsmanager").is_access_denied());
    anaya.create_secret(CreateSecret::text("new", "v")).unwrap();
}
