//! Goal: rotation of secrets, row by row of section 11 of what AWS says of it, through the public interface alone. Method: a store
//! in memory, a clock that moves when told, and functions that keep a record of how they were called and fail where they are told.
#![allow(clippy::pedantic, reason = "tests read better short")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

#[path = "../common/mod.rs"]
mod common;

mod configuration;
mod course;
mod crashes;
mod dates;
mod generate;
mod roles;
mod tries;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use strongroom::operation::iam::{AttachRolePolicy, CreateRole};
use strongroom::operation::secretsmanager::{
    DescribeSecret, DescribeSecretResponse, GetSecretValue, RotateSecret, RotateSecretResponse, RotationRules,
};
use strongroom::{Error, GenerateSecret, RotationEvent, RotationFailure, RotationFunction, RotationStep, Session};

use crate::common::*;

pub(crate) const FUNCTION: &str = "arn:aws:lambda:us-east-1:000000000000:function:SecretsManagerRotation";
pub(crate) const ROLE: &str = "rotation";
pub(crate) const POLICY: &str = "arn:aws:iam::aws:policy/service-role/AWSSecretsManagerRotationFunctionRole";
pub(crate) const LAMBDA: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}}"#;
pub(crate) const STEPS: [&str; 4] = ["createSecret", "setSecret", "testSecret", "finishSecret"];

/// The role that functions act as, with the policy that AWS writes for it.
pub(crate) fn make_role(house: &House) {
    house.root.iam().create_role(CreateRole::new(ROLE, LAMBDA)).unwrap();
    house.root.iam().attach_role_policy(AttachRolePolicy::new(ROLE, POLICY)).unwrap();
}

/// Rotates by `generate`, keeps a record, and fails where it is told.
#[derive(Clone, Default)]
pub(crate) struct Script(Arc<Mutex<State>>);
#[derive(Default)]
struct State {
    calls: Vec<(RotationStep, String)>,
    fails: BTreeMap<RotationStep, u32>,
    panics: bool,
}
impl Script {
    pub(crate) fn steps(&self) -> Vec<&'static str> {
        self.0.lock().unwrap().calls.iter().map(|(step, _)| step.as_str()).collect()
    }
    pub(crate) fn tokens(&self) -> Vec<String> {
        self.0.lock().unwrap().calls.iter().map(|(_, token)| token.clone()).collect()
    }
    pub(crate) fn forget(&self) {
        self.0.lock().unwrap().calls.clear();
    }
    /// Fails so many times at that step from now on.
    pub(crate) fn fail(&self, step: RotationStep, times: u32) {
        self.0.lock().unwrap().fails.insert(step, times);
    }
    pub(crate) fn panic(&self) {
        self.0.lock().unwrap().panics = true;
    }
}
impl RotationFunction for Script {
    fn call(&self, session: &Session, event: &RotationEvent) -> Result<(), RotationFailure> {
        let (fails, panics) = {
            let mut state = self.0.lock().unwrap();
            state.calls.push((event.step(), event.client_request_token().to_owned()));
            let left = state.fails.entry(event.step()).or_default();
            let fails = *left > 0;
            *left = left.saturating_sub(1);
            (fails, std::mem::take(&mut state.panics))
        };
        if panics {
            // Not by `panic!`: the hook would print it among the results.
            std::panic::resume_unwind(Box::new("hunter2"));
        }
        GenerateSecret::new().call(session, event)?;
        if fails { Err(RotationFailure::new("the service said no")) } else { Ok(()) }
    }
}

/// A store with the role, a scripted function and a secret `s` that is not configured yet.
pub(crate) fn rotating_house() -> (House, Script) {
    let house = house();
    let script = furnish(&house);
    (house, script)
}
pub(crate) fn furnish(house: &House) -> Script {
    make_role(house);
    house.secret("s", "first");
    register(house)
}
pub(crate) fn register(house: &House) -> Script {
    let script = Script::default();
    house.room.register_rotation_function(FUNCTION, ROLE, script.clone()).unwrap();
    script
}

/// `s`, by the scripted function, with the token of that number.
pub(crate) fn by(number: u32) -> RotateSecret {
    RotateSecret::new("s").rotation_lambda_arn(FUNCTION).client_request_token(token(number))
}
pub(crate) fn every_days(days: i64) -> RotationRules {
    RotationRules::new().automatically_after_days(days)
}
pub(crate) fn on(expression: &str) -> RotationRules {
    RotationRules::new().schedule_expression(expression)
}
pub(crate) fn rotate(house: &House, request: RotateSecret) -> Result<RotateSecretResponse, Error> {
    house.root.rotate_secret(request)
}
pub(crate) fn described(house: &House) -> DescribeSecretResponse {
    house.root.describe_secret(DescribeSecret::new("s")).unwrap()
}
/// Labels by the number of their token's version; others by id.
pub(crate) fn labels(house: &House) -> BTreeMap<String, Vec<String>> {
    let stages = described(house).version_ids_to_stages.unwrap_or_default();
    stages.iter().map(|(id, labels)| (id.to_string(), labels.iter().map(|label| label.to_string()).collect())).collect()
}
pub(crate) fn labels_of(house: &House, version: &str) -> Vec<String> {
    labels(house).remove(version).unwrap_or_default()
}
pub(crate) fn value(session: &Session, request: impl Into<GetSecretValue>) -> String {
    session.get_secret_value(request).unwrap().secret_string.unwrap().expose().to_owned()
}
/// Who carries `AWSCURRENT`: exactly one version.
pub(crate) fn current(house: &House) -> String {
    let labels = labels(house);
    let holders: Vec<_> = labels.iter().filter(|(_, labels)| labels.contains(&"AWSCURRENT".to_owned())).collect();
    assert_eq!(holders.len(), 1, "{labels:?}");
    holders[0].0.clone()
}
/// What a run of due work did: rotations finished, failed.
pub(crate) fn due(house: &House) -> (usize, usize) {
    let report = house.room.run_due().unwrap();
    (report.rotations_finished, report.rotations_failed)
}
