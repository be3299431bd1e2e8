#!/usr/bin/env bash
# The AWS command line against a strongroom that speaks the AWS wire. The first failure ends it.
set -euo pipefail
run="cli-$$-$RANDOM"
export AWS_PAGER= AWS_MAX_ATTEMPTS=1 AWS_RETRY_MODE=standard

same() { # WHAT EXPECTED FOUND
    [ "$2" = "$3" ] || { printf '%s: expected %s, found %s\n' "$1" "$2" "$3" >&2; exit 1; }
}
refused() { # CODE COMMAND...
    local code=$1 said
    shift
    if said=$("$@" 2>&1); then
        printf 'should have been refused with %s: %s\n' "$code" "$*" >&2
        exit 1
    fi
    case $said in
    *"($code)"*) ;;
    *) printf 'expected %s, found %s\n' "$code" "$said" >&2; exit 1 ;;
    esac
}

# The life of a secret.
aws secretsmanager create-secret --name "$run/db" --secret-string 'one' --tags Key=env,Value=test >/dev/null
same value one "$(aws secretsmanager get-secret-value --secret-id "$run/db" --query SecretString --output text)"
aws secretsmanager put-secret-value --secret-id "$run/db" --secret-string 'two' >/dev/null
same previous one "$(aws secretsmanager get-secret-value --secret-id "$run/db" --version-stage AWSPREVIOUS --query SecretString --output text)"
same tag test "$(aws secretsmanager describe-secret --secret-id "$run/db" --query 'Tags[0].Value' --output text)"
aws secretsmanager delete-secret --secret-id "$run/db" >/dev/null
refused InvalidRequestException aws secretsmanager get-secret-value --secret-id "$run/db"
aws secretsmanager restore-secret --secret-id "$run/db" >/dev/null
refused ResourceNotFoundException aws secretsmanager get-secret-value --secret-id "$run/none"

# A customer key with a grant.
key=$(aws kms create-key --description "$run" --query KeyMetadata.KeyId --output text)
user_arn=$(aws iam create-user --user-name "$run" --query User.Arn --output text)
read -r id secret < <(aws iam create-access-key --user-name "$run" --query 'AccessKey.[AccessKeyId,SecretAccessKey]' --output text)
as_user() { AWS_ACCESS_KEY_ID=$id AWS_SECRET_ACCESS_KEY=$secret "$@"; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
printf 'hello' >"$folder/plain"
aws kms encrypt --key-id "$key" --plaintext "fileb://$folder/plain" --encryption-context app=a --query CiphertextBlob --output text |
    base64 -d >"$folder/sealed"
opened() { as_user aws kms decrypt --ciphertext-blob "fileb://$folder/sealed" --encryption-context app=a --query Plaintext --output text; }
refused AccessDeniedException opened
grant=$(aws kms create-grant --key-id "$key" --grantee-principal "$user_arn" --operations Decrypt --query GrantId --output text)
same plaintext hello "$(opened | base64 -d)"
aws kms revoke-grant --key-id "$key" --grant-id "$grant"
refused AccessDeniedException opened

# A role assumed with a session policy.
role_arn=$(aws iam create-role --role-name "$run" --query Role.Arn --output text --assume-role-policy-document \
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"'"$user_arn"'"},"Action":"sts:AssumeRole"}]}')
aws iam put-role-policy --role-name "$run" --policy-name all --policy-document \
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"secretsmanager:*","Resource":"*"}]}'
read -r role_id role_secret role_token < <(as_user aws sts assume-role --role-arn "$role_arn" --role-session-name interop \
    --policy '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"*"}]}' \
    --query 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]' --output text)
as_role() { AWS_ACCESS_KEY_ID=$role_id AWS_SECRET_ACCESS_KEY=$role_secret AWS_SESSION_TOKEN=$role_token "$@"; }
same "value for the role" two "$(as_role aws secretsmanager get-secret-value --secret-id "$run/db" --query SecretString --output text)"
refused AccessDeniedException as_role aws secretsmanager delete-secret --secret-id "$run/db"

# A rotation.
function="arn:aws:lambda:$AWS_DEFAULT_REGION:$(aws sts get-caller-identity --query Account --output text):function:strongroom-generate"
version=$(aws secretsmanager rotate-secret --secret-id "$run/db" --rotation-lambda-arn "$function" \
    --rotation-rules '{"ScheduleExpression":"rate(10 days)"}' --query VersionId --output text)
for _ in $(seq 50); do
    current=$(aws secretsmanager get-secret-value --secret-id "$run/db" --query VersionId --output text)
    [ "$current" != "$version" ] || break
done
same "version after the rotation" "$version" "$current"

# Paging: the command line joins the pages.
for number in 1 2 3 4 5; do
    aws secretsmanager create-secret --name "$run/page/$number" --secret-string x >/dev/null
done
same "secrets over pages" 5 "$(aws secretsmanager list-secrets --filters "Key=name,Values=$run/page" --page-size 2 --query 'length(SecretList)')"

# A wrong signature, an unknown key.
AWS_SECRET_ACCESS_KEY=wrong refused InvalidSignatureException aws secretsmanager list-secrets
AWS_SECRET_ACCESS_KEY=wrong refused SignatureDoesNotMatch aws iam list-users
AWS_ACCESS_KEY_ID=AKIAZZZZZZZZZZZZZZZZ refused UnrecognizedClientException aws secretsmanager list-secrets
echo 'aws command line: ok'
