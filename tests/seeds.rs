//! Goal: the guide's own policies do in a store what the decision vectors say they do. Method: each case of `seeds.jsonl` gets a
//! store of its `resourceAccount` in its resource's region, with the secret or key, the tags, the labels, the principals and
//! the policies of the case; ARNs are rewritten to those that the store drew, and the call itself is made.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use common::{allow, clock, key, policy, statement, token, trust};
use serde_json::Value;
use strongroom::operation::iam::{
    CreatePolicy, CreateRole, CreateUser, GetRole, GetUser, PutRolePermissionsBoundary, PutRolePolicy, PutUserPolicy,
};
use strongroom::operation::kms::{CreateKey, Decrypt, Encrypt};
use strongroom::operation::secretsmanager::{
    BatchGetSecretValue, CreateSecret, DeleteSecret, DescribeSecret, GetRandomPassword, GetResourcePolicy,
    GetSecretValue, ListSecretVersionIds, ListSecrets, PutResourcePolicy, PutSecretValue, Tag,
    UpdateSecretVersionStage,
};
use strongroom::testing::SeededEntropy;
use strongroom::{Error, ErrorKind, Principal, Session, Strongroom};

#[test]
fn every_example_of_the_guide_holds_in_a_store_of_its_account() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/iam/seeds.jsonl");
    let text = fs::read_to_string(path).unwrap();
    let cases: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(cases.len(), 63);
    for case in &cases {
        let id = case["id"].as_str().unwrap();
        let outcome = Stage::set(case).play();
        let found = match &outcome {
            Ok(()) => "allow",
            Err(error) if error.kind() == ErrorKind::AccessDenied && error.to_string().contains("explicit deny") => {
                "explicitDeny"
            }
            Err(error) if error.kind() == ErrorKind::AccessDenied => "implicitDeny",
            Err(error) => panic!("{id}: {error}"),
        };
        assert_eq!(found, case["expected"].as_str().unwrap(), "{id}: {}: {outcome:?}", case["note"]);
    }
}

/// A store in which one case can be played.
struct Stage<'c> {
    case: &'c Value,
    room: Strongroom,
    /// The resource's ARN in the case, and the one that the store drew.
    arns: Option<(String, String)>,
    /// The version that carries exactly the labels of the case.
    version: Option<String>,
    ciphertext: Vec<u8>,
}

impl<'c> Stage<'c> {
    fn set(case: &'c Value) -> Self {
        let resource = case["request"]["resource"].as_str().unwrap();
        let region = resource.split(':').nth(3).unwrap_or("us-east-1");
        let room = Strongroom::builder()
            .clock(clock())
            .entropy(SeededEntropy::new(63))
            .account(case["resourceAccount"].as_str().unwrap())
            .region(region)
            .create_in_memory(key())
            .unwrap();
        let mut stage = Stage { case, room, arns: None, version: None, ciphertext: Vec::new() };
        stage.make_the_resource(resource);
        stage.make_the_named();
        if !case["resourcePolicy"].is_null() && resource.contains(":secretsmanager:") {
            let policy = stage.rewritten(&case["resourcePolicy"]);
            let drawn = stage.arns.as_ref().unwrap().1.clone();
            stage.room.root().put_resource_policy(PutResourcePolicy::new(drawn, policy)).unwrap();
        }
        stage.make_the_caller();
        stage
    }

    fn make_the_resource(&mut self, resource: &str) {
        let root = self.room.root();
        if let Some(label) = resource.split(":secret:").nth(1) {
            // A label whose end is no drawn suffix is a name.
            let name = match label.rsplit_once('-') {
                Some((name, suffix)) if suffix.len() == 6 => name,
                _ => label,
            };
            let tags = self.context("secretsmanager:ResourceTag/");
            let tags = tags.into_iter().map(|(key, values)| Tag::new(key, values[0].clone())).collect::<Vec<_>>();
            let mut request = CreateSecret::text(name, "value");
            if !tags.is_empty() {
                request = request.tags(tags);
            }
            if self.is_of_another_account() {
                // The managed key serves its own account alone.
                let everybody = policy(&[statement("Allow", "*", "kms:*")]);
                let key = root.kms().create_key(CreateKey::new().policy(everybody)).unwrap();
                request = request.kms_key_id(key.key_metadata.key_id);
            }
            let arn = root.create_secret(request).unwrap().arn.to_string();
            if self.is_about_labels() {
                self.version = Some(self.make_a_version(&arn));
            }
            self.arns = Some((resource.to_owned(), arn));
        } else if resource.contains(":kms:") {
            let policy = self.case["resourcePolicy"].to_string();
            let arn = root.kms().create_key(CreateKey::new().policy(policy)).unwrap().key_metadata.arn.to_string();
            self.ciphertext = root.kms().encrypt(Encrypt::new(arn.as_str(), "plain")).unwrap().ciphertext_blob.to_vec();
            self.arns = Some((resource.to_owned(), arn));
        }
    }

    fn is_of_another_account(&self) -> bool {
        let caller = self.case["request"]["principal"].as_str().unwrap();
        caller.split(':').nth(4) != Some(self.room.account())
    }

    /// The cases about staging labels: those without the key as well.
    fn is_about_labels(&self) -> bool {
        let id = self.case["id"].as_str().unwrap();
        id.starts_with("seed-stage-") || id.starts_with("seed-ec2-")
    }

    /// A version with exactly the labels that the case has, none included: the key's value is the labels of the version that
    /// is read.
    fn make_a_version(&self, arn: &str) -> String {
        let root = self.room.root();
        let labels = self.context("secretsmanager:VersionStage").into_values().next().unwrap_or_default();
        let version = token(9);
        let put = PutSecretValue::text(arn, "another").client_request_token(version.as_str());
        if labels.is_empty() {
            root.put_secret_value(put.version_stages(vec!["for a moment".into()])).unwrap();
            let taken = UpdateSecretVersionStage::new(arn, "for a moment").remove_from_version_id(version.as_str());
            root.update_secret_version_stage(taken).unwrap();
        } else {
            root.put_secret_value(put.version_stages(labels.into_iter().map(Into::into).collect::<Vec<_>>())).unwrap();
        }
        version
    }

    /// Everybody of this account whom the resource's policy names.
    fn make_the_named(&self) {
        let iam_prefix = format!("arn:aws:iam::{}:", self.room.account());
        let policy = self.case["resourcePolicy"].to_string();
        for (at, prefix) in policy.match_indices(&iam_prefix) {
            self.make(policy[at + prefix.len()..].split('"').next().unwrap());
        }
    }

    fn make(&self, principal: &str) {
        let root = self.room.root();
        match principal.split_once('/') {
            Some(("user", name)) => drop(root.iam().create_user(CreateUser::new(name)).unwrap()),
            Some(("role", name)) => drop(root.iam().create_role(CreateRole::new(name, trust("*"))).unwrap()),
            _ => assert_eq!(principal, "root"),
        }
    }

    /// Who calls, with what the policies of the case allow.
    fn make_the_caller(&self) {
        let arn: Vec<&str> = self.case["request"]["principal"].as_str().unwrap().split(':').collect();
        if self.is_of_another_account() {
            return;
        }
        let root = self.room.root();
        let (kind, name) = arn[5].split_once('/').unwrap();
        let name = name.split('/').next().unwrap();
        let policies = self.case["identityPolicies"].as_array().unwrap().iter().enumerate();
        let policies = policies.map(|(number, policy)| (format!("policy-{number}"), self.rewritten(policy)));
        if kind == "user" {
            match root.iam().get_user(GetUser::new().user_name(name)) {
                Ok(known) if *known.user.user_name == *name => {}
                // `Anaya` cannot live beside `anaya`: she leaves, and the policy keeps naming her.
                Ok(other) => {
                    root.iam().delete_user(&*other.user.user_name).unwrap();
                    self.make(&format!("user/{name}"));
                }
                Err(_) => self.make(&format!("user/{name}")),
            }
            for (called, policy) in policies {
                root.iam().put_user_policy(PutUserPolicy::new(name, called, policy)).unwrap();
            }
        } else {
            if root.iam().get_role(GetRole::new(name)).is_err() {
                self.make(&format!("role/{name}"));
            }
            for (called, policy) in policies {
                root.iam().put_role_policy(PutRolePolicy::new(name, called, policy)).unwrap();
            }
            if !self.case["permissionBoundary"].is_null() {
                let text = self.rewritten(&self.case["permissionBoundary"]);
                let arn = root.iam().create_policy(CreatePolicy::new("boundary", text)).unwrap().policy.arn;
                root.iam().put_role_permissions_boundary(PutRolePermissionsBoundary::new(name, arn)).unwrap();
            }
        }
    }

    /// Condition keys of the case below this prefix, without it.
    fn context(&self, prefix: &str) -> BTreeMap<String, Vec<String>> {
        let context = self.case["request"]["context"].as_object().unwrap();
        let below = context.iter().filter_map(|(key, values)| Some((key.strip_prefix(prefix)?, values)));
        let texts = |values: &Value| {
            values.as_array().unwrap().iter().map(|value| value.as_str().unwrap().to_owned()).collect()
        };
        below.map(|(key, values)| (key.to_owned(), texts(values))).collect()
    }

    /// A policy's text with the resource's ARN as drawn.
    fn rewritten(&self, policy: &Value) -> String {
        let text = policy.to_string();
        match &self.arns {
            Some((theirs, drawn)) => text.replace(&format!("\"{theirs}\""), &format!("\"{drawn}\"")),
            None => text,
        }
    }

    fn caller(&self) -> Session {
        let arn = self.case["request"]["principal"].as_str().unwrap();
        if self.is_of_another_account() {
            let policies = self.case["identityPolicies"].as_array().unwrap().iter();
            // Its account allows it the key; what the case is about is the secret.
            let policies = policies.map(|policy| self.rewritten(policy)).chain([allow("kms:Decrypt", "*")]);
            return self.room.session(Principal::of_another_account(arn, policies)).unwrap();
        }
        if !self.case["sessionPolicy"].is_null() {
            let (role, session) = arn.split_once("assumed-role/").unwrap().1.split_once('/').unwrap();
            let policy = self.rewritten(&self.case["sessionPolicy"]);
            return self.room.session(Principal::role_with_session_policies(role, session, [policy])).unwrap();
        }
        self.room.session(arn).unwrap()
    }

    /// Makes the call of the case.
    fn play(&self) -> Result<(), Error> {
        let caller = self.caller();
        let arn = self.arns.as_ref().map_or("*", |(_, drawn)| drawn.as_str());
        match self.case["request"]["action"].as_str().unwrap() {
            "secretsmanager:GetSecretValue" => {
                let mut request = GetSecretValue::new(arn);
                if let Some(version) = &self.version {
                    request = request.version_id(version.as_str());
                }
                caller.get_secret_value(request).map(drop)
            }
            "secretsmanager:PutSecretValue" => caller.put_secret_value(PutSecretValue::text(arn, "more")).map(drop),
            "secretsmanager:DescribeSecret" => caller.describe_secret(DescribeSecret::new(arn)).map(drop),
            "secretsmanager:DeleteSecret" => caller.delete_secret(DeleteSecret::new(arn)).map(drop),
            "secretsmanager:GetResourcePolicy" => caller.get_resource_policy(GetResourcePolicy::new(arn)).map(drop),
            "secretsmanager:ListSecretVersionIds" => {
                caller.list_secret_version_ids(ListSecretVersionIds::new(arn)).map(drop)
            }
            "secretsmanager:BatchGetSecretValue" => {
                caller.batch_get_secret_value(BatchGetSecretValue::of(["x"])).map(drop)
            }
            "secretsmanager:ListSecrets" => caller.list_secrets(ListSecrets::new()).map(drop),
            "secretsmanager:GetRandomPassword" => caller.get_random_password(GetRandomPassword::new()).map(drop),
            "kms:Decrypt" => caller.kms().decrypt(Decrypt::new().ciphertext_blob(self.ciphertext.clone())).map(drop),
            other => panic!("{}: nobody plays {other}", self.case["id"]),
        }
    }
}
