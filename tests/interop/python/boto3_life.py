"""boto3 against a strongroom that speaks the AWS wire: nothing in here knows that it is not AWS, but for the endpoint that the
environment names. Ends with 0 when everything was as AWS has it; a failed assertion is the test's failure."""

import base64
import json
import os
import uuid

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

REGION = os.environ["AWS_DEFAULT_REGION"]
# One answer for each request: a retry would hide a refusal.
ONCE = Config(retries={"total_max_attempts": 1})
RUN = f"boto3-{uuid.uuid4().hex[:8]}"


def client(service, credentials=None, **more):
    keys = {}
    if credentials:
        keys = {
            "aws_access_key_id": credentials["AccessKeyId"],
            "aws_secret_access_key": credentials["SecretAccessKey"],
            "aws_session_token": credentials.get("SessionToken"),
        }
    return boto3.client(service, config=ONCE, **keys, **more)


def refused(code, call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error
        # As at AWS, nobody is told why a ciphertext was not opened, or a MAC is none.
        told = error.response["Error"]["Message"]
        assert told or code in ("InvalidCiphertextException", "KMSInvalidMacException"), error
        assert error.response["ResponseMetadata"]["RequestId"]
        return error
    raise AssertionError(f"{call} should have been refused with {code}")


secrets, kms, iam, sts = (client(service) for service in ("secretsmanager", "kms", "iam", "sts"))
ACCOUNT = sts.get_caller_identity()["Account"]


def life_of_a_secret():
    name = f"{RUN}/db"
    made = secrets.create_secret(Name=name, SecretString="one", Description="a database", Tags=[{"Key": "env", "Value": "test"}])
    assert made["ARN"].startswith(f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{name}-"), made
    assert made["Name"] == name
    first = made["VersionId"]
    got = secrets.get_secret_value(SecretId=name)
    assert (got["SecretString"], got["VersionId"], got["VersionStages"]) == ("one", first, ["AWSCURRENT"]), got
    assert "SecretBinary" not in got
    assert got["CreatedDate"].year >= 2020
    second = secrets.put_secret_value(SecretId=made["ARN"], SecretBinary=b"\x00two\xff")["VersionId"]
    got = secrets.get_secret_value(SecretId=name)
    assert (got["SecretBinary"], got["VersionId"]) == (b"\x00two\xff", second), got
    assert secrets.get_secret_value(SecretId=name, VersionStage="AWSPREVIOUS")["SecretString"] == "one"
    secrets.update_secret_version_stage(
        SecretId=name, VersionStage="AWSCURRENT", MoveToVersionId=first, RemoveFromVersionId=second
    )
    assert secrets.get_secret_value(SecretId=name)["SecretString"] == "one"
    described = secrets.describe_secret(SecretId=name)
    assert described["Tags"] == [{"Key": "env", "Value": "test"}], described
    assert described["VersionIdsToStages"] == {first: ["AWSCURRENT"], second: ["AWSPREVIOUS"]}, described
    secrets.tag_resource(SecretId=name, Tags=[{"Key": "team", "Value": "ä: b=c"}])
    secrets.untag_resource(SecretId=name, TagKeys=["env"])
    assert secrets.describe_secret(SecretId=name)["Tags"] == [{"Key": "team", "Value": "ä: b=c"}]
    versions = secrets.list_secret_version_ids(SecretId=name)["Versions"]
    assert {version["VersionId"] for version in versions} == {first, second}
    token = str(uuid.uuid4())
    for _ in range(2):
        again = secrets.put_secret_value(SecretId=name, SecretString="three", ClientRequestToken=token)
        assert again["VersionId"] == token
    refused("ResourceExistsException", secrets.put_secret_value, SecretId=name, SecretString="4", ClientRequestToken=token)
    try:
        secrets.create_secret(Name=name, SecretString="x")
        raise AssertionError("the name is taken")
    except secrets.exceptions.ResourceExistsException:
        pass
    batch = secrets.batch_get_secret_value(SecretIdList=[name, f"{RUN}/none"])
    assert [entry["SecretString"] for entry in batch["SecretValues"]] == ["three"], batch
    assert [error["ErrorCode"] for error in batch["Errors"]] == ["ResourceNotFoundException"], batch
    password = secrets.get_random_password(PasswordLength=40, ExcludePunctuation=True)["RandomPassword"]
    assert len(password) == 40 and password.isalnum()
    gone = secrets.delete_secret(SecretId=name, RecoveryWindowInDays=7)
    assert (gone["DeletionDate"] - described["CreatedDate"]).days >= 6, gone
    error = refused("InvalidRequestException", secrets.get_secret_value, SecretId=name)
    assert "marked for deletion" in error.response["Error"]["Message"], error
    secrets.restore_secret(SecretId=name)
    assert secrets.get_secret_value(SecretId=name)["SecretString"] == "three"
    secrets.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
    error = refused("ResourceNotFoundException", secrets.get_secret_value, SecretId=name)
    assert error.response["Error"]["Message"] == "Secrets Manager can't find the specified secret."
    assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    refused("ValidationException", secrets.get_secret_value, SecretId="x" * 2049)


def customer_key_with_a_grant():
    key = kms.create_key(Description=RUN, Tags=[{"TagKey": "run", "TagValue": RUN}])["KeyMetadata"]
    assert (key["KeyState"], key["KeySpec"], key["KeyManager"]) == ("Enabled", "SYMMETRIC_DEFAULT", "CUSTOMER"), key
    alias = f"alias/{RUN}"
    kms.create_alias(AliasName=alias, TargetKeyId=key["KeyId"])
    sealed = kms.encrypt(KeyId=alias, Plaintext=b"hello", EncryptionContext={"app": "a"})["CiphertextBlob"]
    opened = kms.decrypt(CiphertextBlob=sealed, EncryptionContext={"app": "a"})
    assert (opened["Plaintext"], opened["KeyId"]) == (b"hello", key["Arn"]), opened
    refused("InvalidCiphertextException", kms.decrypt, CiphertextBlob=sealed, EncryptionContext={"app": "b"})
    pair = kms.generate_data_key(KeyId=alias, KeySpec="AES_256")
    assert kms.decrypt(CiphertextBlob=pair["CiphertextBlob"])["Plaintext"] == pair["Plaintext"]

    user = f"{RUN}-grantee"
    arn = iam.create_user(UserName=user)["User"]["Arn"]
    its = iam.create_access_key(UserName=user)["AccessKey"]
    theirs = client("kms", its)
    refused("AccessDeniedException", theirs.decrypt, CiphertextBlob=sealed, EncryptionContext={"app": "a"})
    grant = kms.create_grant(
        KeyId=key["KeyId"],
        GranteePrincipal=arn,
        Operations=["Decrypt"],
        Constraints={"EncryptionContextSubset": {"app": "a"}},
    )
    assert theirs.decrypt(CiphertextBlob=sealed, EncryptionContext={"app": "a"})["Plaintext"] == b"hello"
    refused("AccessDeniedException", theirs.encrypt, KeyId=key["Arn"], Plaintext=b"x", EncryptionContext={"app": "a"})
    grants = kms.list_grants(KeyId=key["KeyId"])["Grants"]
    assert [g["GrantId"] for g in grants] == [grant["GrantId"]], grants
    kms.revoke_grant(KeyId=key["KeyId"], GrantId=grant["GrantId"])
    refused("AccessDeniedException", theirs.decrypt, CiphertextBlob=sealed, EncryptionContext={"app": "a"})

    name = f"{RUN}/under-key"
    secrets.create_secret(Name=name, SecretString="sealed", KmsKeyId=alias)
    assert secrets.describe_secret(SecretId=name)["KmsKeyId"] in (alias, key["Arn"])
    assert secrets.get_secret_value(SecretId=name)["SecretString"] == "sealed"
    kms.disable_key(KeyId=key["KeyId"])
    refused("DisabledException", kms.encrypt, KeyId=key["KeyId"], Plaintext=b"x")
    refused("DecryptionFailure", secrets.get_secret_value, SecretId=name)
    kms.enable_key(KeyId=key["KeyId"])
    assert kms.get_key_rotation_status(KeyId=key["KeyId"])["KeyRotationEnabled"] is False
    kms.enable_key_rotation(KeyId=key["KeyId"], RotationPeriodInDays=180)
    assert kms.get_key_rotation_status(KeyId=key["KeyId"])["RotationPeriodInDays"] == 180
    policy = json.loads(kms.get_key_policy(KeyId=key["KeyId"], PolicyName="default")["Policy"])
    assert policy["Statement"], policy
    assert kms.schedule_key_deletion(KeyId=key["KeyId"], PendingWindowInDays=7)["KeyState"] == "PendingDeletion"
    refused("KMSInvalidStateException", kms.encrypt, KeyId=key["KeyId"], Plaintext=b"x")
    kms.cancel_key_deletion(KeyId=key["KeyId"])
    assert kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"] == "Disabled"
    refused("NotFoundException", kms.describe_key, KeyId=str(uuid.uuid4()))
    mac_key = kms.create_key(KeyUsage="GENERATE_VERIFY_MAC", KeySpec="HMAC_256")["KeyMetadata"]["KeyId"]
    mac = kms.generate_mac(KeyId=mac_key, Message=b"m", MacAlgorithm="HMAC_SHA_256")["Mac"]
    assert kms.verify_mac(KeyId=mac_key, Message=b"m", MacAlgorithm="HMAC_SHA_256", Mac=mac)["MacValid"]
    refused("KMSInvalidMacException", kms.verify_mac, KeyId=mac_key, Message=b"n", MacAlgorithm="HMAC_SHA_256", Mac=mac)


def role_with_a_session_policy():
    user, role = f"{RUN}-app", f"{RUN}-reader"
    user_arn = iam.create_user(UserName=user, Path="/apps/")["User"]["Arn"]
    trust = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": user_arn}, "Action": "sts:AssumeRole"}],
    }
    made = iam.create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps(trust), Description="reads & more")["Role"]
    assert made["AssumeRolePolicyDocument"] == trust, made
    allow = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "secretsmanager:*", "Resource": f"arn:aws:secretsmanager:*:*:secret:{RUN}/*"}
        ],
    }
    iam.put_role_policy(RoleName=role, PolicyName="read", PolicyDocument=json.dumps(allow))
    assert iam.get_role_policy(RoleName=role, PolicyName="read")["PolicyDocument"] == allow
    assert iam.list_role_policies(RoleName=role)["PolicyNames"] == ["read"]
    its = iam.create_access_key(UserName=user)["AccessKey"]
    assert iam.list_access_keys(UserName=user)["AccessKeyMetadata"][0]["AccessKeyId"] == its["AccessKeyId"]
    one, two = f"{RUN}/one", f"{RUN}/two"
    for name in (one, two):
        secrets.create_secret(Name=name, SecretString=name)
    error = refused("AccessDeniedException", client("secretsmanager", its).get_secret_value, SecretId=one)
    assert f"user/apps/{user}" in error.response["Error"]["Message"], error
    session_policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "secretsmanager:GetSecretValue",
                "Resource": f"arn:aws:secretsmanager:*:*:secret:{one}-??????",
            }
        ],
    }
    assumed = client("sts", its).assume_role(
        RoleArn=made["Arn"], RoleSessionName="s1", Policy=json.dumps(session_policy), DurationSeconds=900
    )
    assert assumed["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/s1", assumed
    temporary = assumed["Credentials"]
    assert temporary["AccessKeyId"].startswith("ASIA")
    assert client("sts", temporary).get_caller_identity()["Arn"] == assumed["AssumedRoleUser"]["Arn"]
    theirs = client("secretsmanager", temporary)
    assert theirs.get_secret_value(SecretId=one)["SecretString"] == one
    refused("AccessDeniedException", theirs.get_secret_value, SecretId=two)
    refused("AccessDeniedException", theirs.delete_secret, SecretId=one)
    whole = client("sts", its).assume_role(RoleArn=made["Arn"], RoleSessionName="s2")["Credentials"]
    assert client("secretsmanager", whole).get_secret_value(SecretId=two)["SecretString"] == two
    refused("AccessDenied", client("iam", whole).list_users)
    iam.delete_role_policy(RoleName=role, PolicyName="read")
    refused("AccessDeniedException", client("secretsmanager", whole).get_secret_value, SecretId=two)
    refused("DeleteConflict", iam.delete_user, UserName=user)
    refused("NoSuchEntity", iam.get_user, UserName="nobody-of-that-name")
    refused("EntityAlreadyExists", iam.create_user, UserName=user)
    refused("MalformedPolicyDocument", iam.put_user_policy, UserName=user, PolicyName="p", PolicyDocument="{")
    iam.update_access_key(UserName=user, AccessKeyId=its["AccessKeyId"], Status="Inactive")
    refused("UnrecognizedClientException", client("secretsmanager", its).list_secrets)
    group = f"{RUN}-group"
    iam.create_group(GroupName=group)
    iam.add_user_to_group(GroupName=group, UserName=user)
    assert [u["UserName"] for u in iam.get_group(GroupName=group)["Users"]] == [user]
    policy = iam.create_policy(PolicyName=f"{RUN}-p", PolicyDocument=json.dumps(allow), Tags=[{"Key": "a", "Value": ""}])["Policy"]
    iam.attach_group_policy(GroupName=group, PolicyArn=policy["Arn"])
    attached = iam.list_attached_group_policies(GroupName=group)["AttachedPolicies"]
    assert attached == [{"PolicyName": f"{RUN}-p", "PolicyArn": policy["Arn"]}], attached
    simulated = iam.simulate_principal_policy(
        PolicySourceArn=user_arn,
        ActionNames=["secretsmanager:GetSecretValue", "kms:Decrypt"],
        ResourceArns=[f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{one}-AbCdEf"],
    )["EvaluationResults"]
    decisions = {result["EvalActionName"]: result["EvalDecision"] for result in simulated}
    assert decisions == {"secretsmanager:GetSecretValue": "allowed", "kms:Decrypt": "implicitDeny"}, decisions


def resource_policy():
    name = f"{RUN}/shared"
    secrets.create_secret(Name=name, SecretString="x")
    deny = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": "secretsmanager:DeleteSecret",
                "Resource": "*",
            }
        ],
    }
    secrets.put_resource_policy(SecretId=name, ResourcePolicy=json.dumps(deny))
    assert json.loads(secrets.get_resource_policy(SecretId=name)["ResourcePolicy"]) == deny
    error = refused("AccessDeniedException", secrets.delete_secret, SecretId=name)
    assert "explicit deny" in error.response["Error"]["Message"], error
    secrets.delete_resource_policy(SecretId=name)
    secrets.delete_secret(SecretId=name)
    checked = secrets.validate_resource_policy(ResourcePolicy=json.dumps(deny))
    assert checked["PolicyValidationPassed"] in (True, False)


def rotation():
    name = f"{RUN}/rotated"
    secrets.create_secret(Name=name, SecretString="before")
    function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:strongroom-generate"
    started = secrets.rotate_secret(SecretId=name, RotationLambdaARN=function, RotationRules={"AutomaticallyAfterDays": 30})
    for _ in range(2000):
        got = secrets.get_secret_value(SecretId=name)
        if got["VersionId"] == started["VersionId"]:
            break
    assert got["VersionId"] == started["VersionId"], got
    assert got["SecretString"] != "before" and len(got["SecretString"]) >= 16
    assert secrets.get_secret_value(SecretId=name, VersionStage="AWSPREVIOUS")["SecretString"] == "before"
    described = secrets.describe_secret(SecretId=name)
    assert described["RotationEnabled"] and described["RotationLambdaARN"] == function, described
    assert described["RotationRules"]["AutomaticallyAfterDays"] == 30
    secrets.cancel_rotate_secret(SecretId=name)
    assert not secrets.describe_secret(SecretId=name)["RotationEnabled"]


def paging():
    prefix = f"{RUN}/page"
    names = [f"{prefix}/{number:03}" for number in range(23)]
    for name in names:
        secrets.create_secret(Name=name, SecretString="x")
    pages = list(
        secrets.get_paginator("list_secrets").paginate(
            Filters=[{"Key": "name", "Values": [prefix]}], SortOrder="asc", PaginationConfig={"PageSize": 5}
        )
    )
    assert len(pages) == 5, len(pages)
    found = [entry["Name"] for page in pages for entry in page["SecretList"]]
    assert sorted(found) == names, found
    for number in range(7):
        iam.create_user(UserName=f"{RUN}-u{number}", Path=f"/{RUN}/")
    users = [
        user["UserName"]
        for page in iam.get_paginator("list_users").paginate(PathPrefix=f"/{RUN}/", PaginationConfig={"PageSize": 3})
        for user in page["Users"]
    ]
    assert users == [f"{RUN}-u{number}" for number in range(7)], users
    keys = [key for page in kms.get_paginator("list_keys").paginate(PaginationConfig={"PageSize": 1}) for key in page["Keys"]]
    assert len({key["KeyId"] for key in keys}) == len(keys) >= 2
    refused("InvalidNextTokenException", secrets.list_secrets, NextToken="not a token")


def wrong_signatures():
    good = iam.create_access_key(UserName=iam.create_user(UserName=f"{RUN}-signer")["User"]["UserName"])["AccessKey"]
    wrong = dict(good, SecretAccessKey=base64.b64encode(os.urandom(30)).decode())
    refused("InvalidSignatureException", client("secretsmanager", wrong).list_secrets)
    refused("InvalidSignatureException", client("kms", wrong).list_keys)
    refused("SignatureDoesNotMatch", client("iam", wrong).list_users)
    refused("SignatureDoesNotMatch", client("sts", wrong).get_caller_identity)
    nobody = dict(good, AccessKeyId="AKIA" + "Z" * 16)
    refused("UnrecognizedClientException", client("secretsmanager", nobody).list_secrets)
    refused("InvalidClientTokenId", client("sts", nobody).get_caller_identity)
    stray = dict(good, SessionToken="bm90IGEgdG9rZW4=")
    refused("UnrecognizedClientException", client("secretsmanager", stray).list_secrets)


for test in (
    life_of_a_secret,
    customer_key_with_a_grant,
    role_with_a_session_policy,
    resource_policy,
    rotation,
    paging,
    wrong_signatures,
):
    test()
    print(f"boto3: {test.__name__} ok")
