// The AWS SDK for JavaScript against a strongroom that speaks the AWS wire.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import * as secretsmanager from "@aws-sdk/client-secrets-manager";
import * as kms from "@aws-sdk/client-kms";
import * as iam from "@aws-sdk/client-iam";
import * as sts from "@aws-sdk/client-sts";

const run = `js-${randomUUID().slice(0, 8)}`;
const region = process.env.AWS_DEFAULT_REGION;
const options = (credentials) => ({ region, maxAttempts: 1, ...(credentials && { credentials }) });
const secrets = new secretsmanager.SecretsManager(options());
const keys = new kms.KMS(options());
const identities = new iam.IAM(options());
const tokens = new sts.STS(options());

async function refused(name, call) {
  await assert.rejects(call, (error) => {
    assert.equal(error.name, name, error.message);
    // As at AWS, nobody is told why a ciphertext was not opened.
    assert.ok(error.message || name === "InvalidCiphertextException");
    assert.ok(error.$metadata.requestId);
    return true;
  });
}
const keyPair = (key) => ({ accessKeyId: key.AccessKeyId, secretAccessKey: key.SecretAccessKey, sessionToken: key.SessionToken });
const allow = (Action, Resource, more) =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action, Resource, ...more }] });

async function lifeOfASecret() {
  const SecretId = `${run}/db`;
  const made = await secrets.createSecret({ Name: SecretId, SecretString: "one" });
  assert.equal((await secrets.getSecretValue({ SecretId })).SecretString, "one");
  await secrets.putSecretValue({ SecretId, SecretBinary: new Uint8Array([0, 1, 255]) });
  const got = await secrets.getSecretValue({ SecretId: made.ARN });
  assert.deepEqual([...got.SecretBinary], [0, 1, 255]);
  assert.deepEqual(got.VersionStages, ["AWSCURRENT"]);
  assert.ok(got.CreatedDate instanceof Date && got.CreatedDate.getFullYear() >= 2020);
  assert.equal((await secrets.getSecretValue({ SecretId, VersionStage: "AWSPREVIOUS" })).SecretString, "one");
  const gone = await secrets.deleteSecret({ SecretId, RecoveryWindowInDays: 7 });
  assert.ok(gone.DeletionDate instanceof Date);
  await refused("InvalidRequestException", () => secrets.getSecretValue({ SecretId }));
  await secrets.restoreSecret({ SecretId });
  await secrets.deleteSecret({ SecretId, ForceDeleteWithoutRecovery: true });
  await assert.rejects(() => secrets.getSecretValue({ SecretId }), secretsmanager.ResourceNotFoundException);
}

async function customerKeyWithAGrant() {
  const { KeyMetadata: key } = await keys.createKey({ Description: run });
  const EncryptionContext = { app: "a" };
  const { CiphertextBlob } = await keys.encrypt({ KeyId: key.KeyId, Plaintext: Buffer.from("hello"), EncryptionContext });
  const { User: user } = await identities.createUser({ UserName: `${run}-grantee` });
  const { AccessKey: its } = await identities.createAccessKey({ UserName: user.UserName });
  const theirs = new kms.KMS(options(keyPair(its)));
  await refused("AccessDeniedException", () => theirs.decrypt({ CiphertextBlob, EncryptionContext }));
  const { GrantId } = await keys.createGrant({ KeyId: key.KeyId, GranteePrincipal: user.Arn, Operations: ["Decrypt"] });
  const opened = await theirs.decrypt({ CiphertextBlob, EncryptionContext });
  assert.equal(Buffer.from(opened.Plaintext).toString(), "hello");
  assert.equal(opened.KeyId, key.Arn);
  await refused("InvalidCiphertextException", () => keys.decrypt({ CiphertextBlob }));
  await keys.revokeGrant({ KeyId: key.KeyId, GrantId });
  await refused("AccessDeniedException", () => theirs.decrypt({ CiphertextBlob, EncryptionContext }));
  await keys.scheduleKeyDeletion({ KeyId: key.KeyId, PendingWindowInDays: 7 });
  await refused("KMSInvalidStateException", () => keys.encrypt({ KeyId: key.KeyId, Plaintext: Buffer.from("x") }));
}

async function roleWithASessionPolicy() {
  const { User: user } = await identities.createUser({ UserName: `${run}-app` });
  const { AccessKey: its } = await identities.createAccessKey({ UserName: user.UserName });
  const trust = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal: { AWS: user.Arn }, Action: "sts:AssumeRole" }] };
  const { Role: role } = await identities.createRole({ RoleName: run, AssumeRolePolicyDocument: JSON.stringify(trust) });
  assert.deepEqual(JSON.parse(decodeURIComponent(role.AssumeRolePolicyDocument)), trust);
  await identities.putRolePolicy({ RoleName: run, PolicyName: "all", PolicyDocument: allow("secretsmanager:*", "*") });
  const SecretId = `${run}/for-the-role`;
  await secrets.createSecret({ Name: SecretId, SecretString: "x" });
  await refused("AccessDeniedException", () =>
    new secretsmanager.SecretsManager(options(keyPair(its))).getSecretValue({ SecretId }),
  );
  const { Credentials, AssumedRoleUser } = await new sts.STS(options(keyPair(its))).assumeRole({
    RoleArn: role.Arn,
    RoleSessionName: "interop",
    Policy: allow("secretsmanager:GetSecretValue", "*"),
  });
  assert.ok(Credentials.Expiration instanceof Date);
  assert.equal((await new sts.STS(options(keyPair(Credentials))).getCallerIdentity({})).Arn, AssumedRoleUser.Arn);
  const theirs = new secretsmanager.SecretsManager(options(keyPair(Credentials)));
  assert.equal((await theirs.getSecretValue({ SecretId })).SecretString, "x");
  await refused("AccessDeniedException", () => theirs.deleteSecret({ SecretId }));
}

async function rotation() {
  const SecretId = `${run}/rotated`;
  await secrets.createSecret({ Name: SecretId, SecretString: "before" });
  const { Account } = await tokens.getCallerIdentity({});
  const { VersionId } = await secrets.rotateSecret({
    SecretId,
    RotationLambdaARN: `arn:aws:lambda:${region}:${Account}:function:strongroom-generate`,
    RotationRules: { AutomaticallyAfterDays: 7 },
  });
  let got;
  for (let tries = 0; tries < 2000 && got?.VersionId !== VersionId; tries++) got = await secrets.getSecretValue({ SecretId });
  assert.equal(got.VersionId, VersionId);
  assert.notEqual(got.SecretString, "before");
}

async function paging() {
  for (let number = 0; number < 7; number++) await secrets.createSecret({ Name: `${run}/page/${number}`, SecretString: "x" });
  const found = [];
  const filter = { Filters: [{ Key: "name", Values: [`${run}/page`] }] };
  for await (const page of secretsmanager.paginateListSecrets({ client: secrets, pageSize: 3 }, filter))
    found.push(...page.SecretList.map((entry) => entry.Name));
  assert.equal(new Set(found).size, 7);
  const users = [];
  for await (const page of iam.paginateListUsers({ client: identities, pageSize: 1 }, {})) users.push(...page.Users);
  assert.ok(users.length >= 2);
}

async function wrongSignatures() {
  const wrong = { accessKeyId: process.env.AWS_ACCESS_KEY_ID, secretAccessKey: "wrong" };
  await refused("InvalidSignatureException", () => new secretsmanager.SecretsManager(options(wrong)).listSecrets({}));
  await refused("InvalidSignatureException", () => new kms.KMS(options(wrong)).listKeys({}));
  await refused("SignatureDoesNotMatch", () => new iam.IAM(options(wrong)).listUsers({}));
  await refused("UnrecognizedClientException", () =>
    new secretsmanager.SecretsManager(options({ ...wrong, accessKeyId: "AKIAZZZZZZZZZZZZZZZZ" })).listSecrets({}),
  );
}

for (const test of [lifeOfASecret, customerKeyWithAGrant, roleWithASessionPolicy, rotation, paging, wrongSignatures]) {
  await test();
  console.log(`javascript: ${test.name} ok`);
}
