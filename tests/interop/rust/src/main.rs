//! The AWS SDK for Rust against a strongroom that speaks the AWS wire. Plain HTTP on loopback, so no TLS is built.

use aws_credential_types::Credentials;
use aws_sdk_iam as iam;
use aws_sdk_kms as kms;
use aws_sdk_secretsmanager as secretsmanager;
use aws_sdk_sts as sts;
use aws_smithy_http_client::Builder;
use iam::error::ProvideErrorMetadata as _;
use kms::primitives::Blob;
use kms::types::GrantOperation;
use secretsmanager::types::{Filter, FilterNameStringType, RotationRulesType};

fn env(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is set by whoever runs this"))
}

/// The configuration of one service's client, for a key pair.
macro_rules! client {
    ($service:ident, $keys:expr) => {
        $service::Client::from_conf(
            $service::Config::builder()
                .behavior_version_latest()
                .region($service::config::Region::new(env("AWS_DEFAULT_REGION")))
                .endpoint_url(env("AWS_ENDPOINT_URL"))
                .credentials_provider($keys)
                .retry_config($service::config::retry::RetryConfig::disabled())
                .http_client(Builder::new().build_http())
                .build(),
        )
    };
}
/// The error code of a call that must be refused.
macro_rules! refused {
    ($code:literal, $call:expr) => {
        match $call.send().await {
            Ok(answer) => panic!("should have been refused with {}: {answer:?}", $code),
            Err(error) => {
                assert_eq!(error.code(), Some($code), "{error:?}");
                // As at AWS, nobody is told why a ciphertext was not opened.
                let told = error.message().is_some_and(|message| !message.is_empty());
                assert!(told || $code == "InvalidCiphertextException", "{error:?}");
            }
        }
    };
}

fn keys(id: &str, secret: &str, token: Option<String>) -> Credentials {
    Credentials::new(id, secret, token, None, "test")
}
fn administrator() -> Credentials {
    keys(&env("AWS_ACCESS_KEY_ID"), &env("AWS_SECRET_ACCESS_KEY"), None)
}
fn allow(action: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"{action}","Resource":"*"}}]}}"#)
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let run = format!("rust-{}", std::process::id());
    life_of_a_secret(&run).await;
    customer_key_with_a_grant(&run).await;
    role_with_a_session_policy(&run).await;
    rotation(&run).await;
    paging(&run).await;
    wrong_signatures().await;
    println!("rust: ok");
}

async fn life_of_a_secret(run: &str) {
    let secrets = client!(secretsmanager, administrator());
    let id = format!("{run}/db");
    let made = secrets.create_secret().name(&id).secret_string("one").send().await.unwrap();
    let got = secrets.get_secret_value().secret_id(&id).send().await.unwrap();
    assert_eq!((got.secret_string(), got.arn()), (Some("one"), made.arn()));
    assert!(got.created_date().unwrap().secs() > 1_500_000_000);
    secrets.put_secret_value().secret_id(&id).secret_binary(Blob::new([0, 1, 255])).send().await.unwrap();
    let got = secrets.get_secret_value().secret_id(made.arn().unwrap()).send().await.unwrap();
    assert_eq!(got.secret_binary().unwrap().as_ref(), [0, 1, 255]);
    assert_eq!(got.version_stages(), ["AWSCURRENT"]);
    let previous = secrets.get_secret_value().secret_id(&id).version_stage("AWSPREVIOUS").send().await.unwrap();
    assert_eq!(previous.secret_string(), Some("one"));
    secrets.delete_secret().secret_id(&id).recovery_window_in_days(7).send().await.unwrap();
    refused!("InvalidRequestException", secrets.get_secret_value().secret_id(&id));
    secrets.restore_secret().secret_id(&id).send().await.unwrap();
    secrets.delete_secret().secret_id(&id).force_delete_without_recovery(true).send().await.unwrap();
    let gone = secrets.get_secret_value().secret_id(&id).send().await.unwrap_err().into_service_error();
    assert!(gone.is_resource_not_found_exception(), "{gone:?}");
}

async fn customer_key_with_a_grant(run: &str) {
    let (administered, identities) = (client!(kms, administrator()), client!(iam, administrator()));
    let key = administered.create_key().description(run).send().await.unwrap().key_metadata.unwrap();
    let sealed = administered.encrypt().key_id(key.key_id()).plaintext(Blob::new("hello")).encryption_context("app", "a");
    let sealed = sealed.send().await.unwrap().ciphertext_blob.unwrap();
    let name = format!("{run}-grantee");
    let user = identities.create_user().user_name(&name).send().await.unwrap().user.unwrap();
    let its = identities.create_access_key().user_name(&name).send().await.unwrap().access_key.unwrap();
    let theirs = client!(kms, keys(its.access_key_id(), its.secret_access_key(), None));
    let decrypt = || theirs.decrypt().ciphertext_blob(sealed.clone()).encryption_context("app", "a");
    refused!("AccessDeniedException", decrypt());
    let grant = administered.create_grant().key_id(key.key_id()).grantee_principal(user.arn());
    let grant = grant.operations(GrantOperation::Decrypt).send().await.unwrap();
    assert_eq!(decrypt().send().await.unwrap().plaintext.unwrap().as_ref(), b"hello");
    refused!("InvalidCiphertextException", administered.decrypt().ciphertext_blob(sealed.clone()));
    administered.revoke_grant().key_id(key.key_id()).grant_id(grant.grant_id().unwrap()).send().await.unwrap();
    refused!("AccessDeniedException", decrypt());
    administered.schedule_key_deletion().key_id(key.key_id()).pending_window_in_days(7).send().await.unwrap();
    refused!("KMSInvalidStateException", administered.encrypt().key_id(key.key_id()).plaintext(Blob::new("x")));
}

async fn role_with_a_session_policy(run: &str) {
    let (secrets, identities) = (client!(secretsmanager, administrator()), client!(iam, administrator()));
    let user = identities.create_user().user_name(format!("{run}-app")).send().await.unwrap().user.unwrap();
    let its = identities.create_access_key().user_name(user.user_name()).send().await.unwrap().access_key.unwrap();
    let its = keys(its.access_key_id(), its.secret_access_key(), None);
    let trust = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{}"}},"Action":"sts:AssumeRole"}}]}}"#,
        user.arn()
    );
    let role = identities.create_role().role_name(run).assume_role_policy_document(trust).send().await.unwrap().role.unwrap();
    let all = identities.put_role_policy().role_name(run).policy_name("all").policy_document(allow("secretsmanager:*"));
    all.send().await.unwrap();
    let id = format!("{run}/for-the-role");
    secrets.create_secret().name(&id).secret_string("x").send().await.unwrap();
    refused!("AccessDeniedException", client!(secretsmanager, its.clone()).get_secret_value().secret_id(&id));
    let assumed = client!(sts, its).assume_role().role_arn(role.arn()).role_session_name("interop");
    let assumed = assumed.policy(allow("secretsmanager:GetSecretValue")).send().await.unwrap();
    let temporary = assumed.credentials().unwrap();
    let temporary = keys(
        temporary.access_key_id(),
        temporary.secret_access_key(),
        Some(temporary.session_token().to_owned()),
    );
    let caller = client!(sts, temporary.clone()).get_caller_identity().send().await.unwrap();
    assert_eq!(caller.arn(), Some(assumed.assumed_role_user().unwrap().arn()));
    let theirs = client!(secretsmanager, temporary.clone());
    assert_eq!(theirs.get_secret_value().secret_id(&id).send().await.unwrap().secret_string(), Some("x"));
    refused!("AccessDeniedException", theirs.delete_secret().secret_id(&id));
    refused!("AccessDenied", client!(iam, temporary).list_users());
    refused!("NoSuchEntity", identities.get_user().user_name("nobody-of-that-name"));
}

async fn rotation(run: &str) {
    let secrets = client!(secretsmanager, administrator());
    let account = client!(sts, administrator()).get_caller_identity().send().await.unwrap().account.unwrap();
    let id = format!("{run}/rotated");
    secrets.create_secret().name(&id).secret_string("before").send().await.unwrap();
    let function = format!("arn:aws:lambda:{}:{account}:function:strongroom-generate", env("AWS_DEFAULT_REGION"));
    let rules = RotationRulesType::builder().automatically_after_days(7).build();
    let started = secrets.rotate_secret().secret_id(&id).rotation_lambda_arn(function).rotation_rules(rules);
    let started = started.send().await.unwrap();
    for _ in 0..2000 {
        let got = secrets.get_secret_value().secret_id(&id).send().await.unwrap();
        if got.version_id() == started.version_id() {
            assert_ne!(got.secret_string(), Some("before"));
            return;
        }
    }
    panic!("the rotation did not end");
}

async fn paging(run: &str) {
    let secrets = client!(secretsmanager, administrator());
    for number in 0..7 {
        secrets.create_secret().name(format!("{run}/page/{number}")).secret_string("x").send().await.unwrap();
    }
    let filter = Filter::builder().key(FilterNameStringType::Name).values(format!("{run}/page")).build();
    let mut pages = secrets.list_secrets().filters(filter).max_results(3).into_paginator().send();
    let (mut count, mut found) = (0, 0);
    while let Some(page) = pages.next().await {
        count += 1;
        found += page.unwrap().secret_list().len();
    }
    assert_eq!((count, found), (3, 7));
    let users = client!(iam, administrator()).list_users().into_paginator().page_size(1).items().send();
    assert!(users.collect::<Result<Vec<_>, _>>().await.unwrap().len() >= 2);
}

async fn wrong_signatures() {
    let wrong = keys(&env("AWS_ACCESS_KEY_ID"), "wrong", None);
    refused!("InvalidSignatureException", client!(secretsmanager, wrong.clone()).list_secrets());
    refused!("InvalidSignatureException", client!(kms, wrong.clone()).list_keys());
    refused!("SignatureDoesNotMatch", client!(iam, wrong.clone()).list_users());
    refused!("SignatureDoesNotMatch", client!(sts, wrong).get_caller_identity());
    let nobody = keys("AKIAZZZZZZZZZZZZZZZZ", "x", None);
    refused!("UnrecognizedClientException", client!(secretsmanager, nobody).list_secrets());
}
