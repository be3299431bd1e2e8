//! A store in memory with a clock and randomness of its own, and short ways to ask it.
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, reason = "helpers of tests fail loudly")]

use std::fmt::Debug;

use strongroom::clock::Timestamp;
use strongroom::operation::iam::{CreateRole, CreateUser, PutRolePolicy, PutUserPolicy};
use strongroom::testing::{ManualClock, SeededEntropy};
use strongroom::{Error, Principal, Session, Strongroom, Unlock};

pub const ACCOUNT: &str = "000000000000";
pub const REGION: &str = "us-east-1";
/// A well-formed id of no key.
pub const NOBODY: &str = "12345678-1234-4234-8234-123456789012";

/// A store and its root user.
pub struct House {
    pub room: Strongroom,
    pub root: Session,
    pub clock: ManualClock,
}

/// A new store: the same one every time.
pub fn house() -> House {
    let clock = ManualClock::at(Timestamp::from_secs(1_700_000_000));
    let builder = Strongroom::builder().clock(clock.clone()).entropy(SeededEntropy::new(7));
    let store = builder.create_in_memory(Unlock::root_key([7_u8; 32].as_slice())).unwrap();
    House { root: store.root(), room: store, clock }
}

impl House {
    /// A user that no policy allows anything.
    pub fn user(&self, name: &str) -> Session {
        self.root.iam().create_user(CreateUser::new(name)).unwrap();
        self.room.session(Principal::user(name)).unwrap()
    }
    /// A user whose one policy allows these actions on this resource.
    pub fn user_who_may(&self, name: &str, actions: &str, resource: &str) -> Session {
        let user = self.user(name);
        self.allow(name, actions, resource);
        user
    }
    /// Sets the user's one policy.
    pub fn allow(&self, name: &str, actions: &str, resource: &str) {
        self.root.iam().put_user_policy(PutUserPolicy::new(name, "only", allowing(actions, resource))).unwrap();
    }
    /// A session of a new role that no policy allows anything.
    pub fn role(&self, name: &str, session: &str) -> Session {
        self.root.iam().create_role(CreateRole::new(name, trust("*"))).unwrap();
        self.room.session(Principal::role(name, session)).unwrap()
    }
    pub fn allow_role(&self, name: &str, actions: &str, resource: &str) {
        self.root.iam().put_role_policy(PutRolePolicy::new(name, "only", allowing(actions, resource))).unwrap();
    }
    /// A caller of another account, to whom its own account allows everything.
    pub fn stranger(&self, arn: &str) -> Session {
        self.room.session(Principal::of_another_account(arn, [allowing("*", "*")])).unwrap()
    }
}

/// An identity-based policy. `actions` are separated by blanks.
pub fn allowing(actions: &str, resource: &str) -> String {
    let actions: Vec<String> = actions.split(' ').map(|action| format!("\"{action}\"")).collect();
    let actions = actions.join(",");
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":[{actions}],"Resource":"{resource}"}}]}}"#
    )
}
/// A policy of a resource, of one statement.
pub fn statement(effect: &str, principal: &str, actions: &str) -> String {
    let actions: Vec<String> = actions.split(' ').map(|action| format!("\"{action}\"")).collect();
    let actions = actions.join(",");
    format!(r#"{{"Effect":"{effect}","Principal":{{"AWS":"{principal}"}},"Action":[{actions}],"Resource":"*"}}"#)
}
pub fn policy(statements: &[String]) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","))
}
/// A trust policy.
pub fn trust(principal: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{principal}"}},"Action":"sts:AssumeRole"}}]}}"#
    )
}
pub fn user_arn(name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:user/{name}")
}
pub fn role_arn(name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:role/{name}")
}
pub fn root_arn() -> String {
    format!("arn:aws:iam::{ACCOUNT}:root")
}
pub fn kms_arn(resource: &str) -> String {
    format!("arn:aws:kms:{REGION}:{ACCOUNT}:{resource}")
}

/// Exactly this error, exactly this text.
#[track_caller]
pub fn refused<T: Debug>(result: Result<T, Error>, code: &str, text: &str) {
    let error = result.unwrap_err();
    assert_eq!((error.code(), error.message().to_string().as_str()), (code, text));
}
/// This error, whatever its text.
#[track_caller]
pub fn refused_as<T: Debug>(result: Result<T, Error>, code: &str) {
    let error = result.unwrap_err();
    assert_eq!(error.code(), code, "{error}");
}
/// A denial that begins as all do; the rest is its reason.
#[track_caller]
pub fn denied<T: Debug>(result: Result<T, Error>, who: &str, action: &str, resource: Option<&str>, why: &str) {
    let error = result.unwrap_err();
    let on = resource.map(|resource| format!(" on resource: {resource}")).unwrap_or_default();
    let text = format!("User: {who} is not authorized to perform: {action}{on}{why}");
    assert!(error.is_access_denied(), "{error}");
    assert_eq!(error.message().to_string(), text);
}
/// The usual reason: nothing on the caller's own side allows it.
pub fn no_identity(action: &str) -> String {
    format!(" because no identity-based policy allows the {action} action")
}
pub fn no_resource(action: &str) -> String {
    format!(" because no resource-based policy allows the {action} action")
}
