//! A store in memory with a clock and randomness of its own, and short ways to ask it and to be refused.
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail loudly")]

use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use strongroom::audit::{Audit, AuditUnavailable, Event};
use strongroom::clock::{Clock as _, Timestamp};
use strongroom::operation::iam::{AccessKey, CreateRole, CreateUser, PutRolePolicy, PutUserPolicy};
use strongroom::operation::kms::CreateKey;
use strongroom::operation::secretsmanager::{CreateSecret, PutResourcePolicy};
use strongroom::operation::sts::Credentials;
use strongroom::testing::{ManualClock, SeededEntropy};
use strongroom::{Builder, Circumstances, Error, Principal, Session, Signed, Strongroom, Unlock};
use strongroom_keystore::Signature;

pub const ACCOUNT: &str = "000000000000";
pub const REGION: &str = "us-east-1";
/// 2027-01-15T08:00:00.123Z: not on a second, not at midnight.
pub const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_123);

/// A store, its root user and its clock.
pub struct House {
    pub room: Strongroom,
    pub root: Session,
    pub clock: ManualClock,
}

/// The root key of every store of these tests: cheap to unlock with.
pub fn key() -> Unlock {
    Unlock::root_key([7_u8; 32].as_slice())
}

pub fn clock() -> ManualClock {
    ManualClock::at(NOW)
}

/// A builder whose time and randomness repeat.
pub fn builder(clock: &ManualClock, seed: u64) -> Builder {
    Strongroom::builder().clock(clock.clone()).entropy(SeededEntropy::new(seed))
}

/// A new store: the same one every time.
pub fn house() -> House {
    let clock = clock();
    House::of(builder(&clock, 7).create_in_memory(key()).unwrap(), clock)
}

/// A new store that tells `audit` of every call.
pub fn house_with(audit: impl Audit + 'static) -> House {
    let clock = clock();
    House::of(builder(&clock, 7).audit(audit).create_in_memory(key()).unwrap(), clock)
}

impl House {
    pub fn of(room: Strongroom, clock: ManualClock) -> Self {
        Self { root: room.root(), room, clock }
    }
    /// A user that no policy allows anything.
    pub fn user(&self, name: &str) -> Session {
        self.root.iam().create_user(CreateUser::new(name)).unwrap();
        self.room.session(Principal::user(name)).unwrap()
    }
    /// A user whose one policy this is.
    pub fn user_with(&self, name: &str, policy: impl AsRef<str>) -> Session {
        let user = self.user(name);
        self.set_policy(name, policy);
        user
    }
    /// Sets the user's one policy.
    pub fn set_policy(&self, name: &str, policy: impl AsRef<str>) {
        self.root.iam().put_user_policy(PutUserPolicy::new(name, "only", policy.as_ref())).unwrap();
    }
    /// A session of a new role with one policy.
    pub fn role_with(&self, name: &str, session: &str, policy: impl AsRef<str>) -> Session {
        self.root.iam().create_role(CreateRole::new(name, trust("*"))).unwrap();
        self.root.iam().put_role_policy(PutRolePolicy::new(name, "only", policy.as_ref())).unwrap();
        self.room.session(Principal::role(name, session)).unwrap()
    }
    /// A caller of another account, to whom its own account allows everything.
    pub fn stranger(&self, arn: &str) -> Session {
        self.room.session(Principal::of_another_account(arn, [allow("*", "*")])).unwrap()
    }
    /// A secret with a text value; its ARN.
    pub fn secret(&self, name: &str, value: &str) -> String {
        self.root.create_secret(CreateSecret::text(name, value)).unwrap().arn.to_string()
    }
    /// A secret that the root user can manage and whose policy says this.
    pub fn set_resource_policy(&self, name: &str, policy: impl AsRef<str>) {
        self.root.put_resource_policy(PutResourcePolicy::new(name, policy.as_ref())).unwrap();
    }
    /// A customer key under this policy, made without the check that its author can change it again.
    pub fn customer_key(&self, policy: impl AsRef<str>) -> String {
        let request = CreateKey::new().policy(policy.as_ref()).bypass_policy_lockout_safety_check(true);
        self.root.kms().create_key(request).unwrap().key_metadata.arn.to_string()
    }
    pub fn advance_days(&self, days: i64) {
        self.clock.advance_days(days);
    }
}

/// Whoever brings these credentials, now.
pub fn bring(house: &House, credentials: &Credentials) -> Result<Session, Error> {
    let token = Some(credentials.session_token.expose());
    sign_in(house, &credentials.access_key_id, credentials.secret_access_key.expose(), token)
}
/// Whoever brings this access key, now.
pub fn bring_key(house: &House, key: &AccessKey) -> Session {
    sign_in(house, &key.access_key_id, key.secret_access_key.expose(), None).unwrap()
}
fn sign_in(house: &House, id: &str, secret: &str, token: Option<&str>) -> Result<Session, Error> {
    let time: String = house.clock.now().to_string().chars().filter(char::is_ascii_alphanumeric).collect();
    let (time, date) = (format!("{}Z", time.get(..15).unwrap()), time.get(..8).unwrap());
    let text = format!("AWS4-HMAC-SHA256\n{time}\n{date}/{REGION}/sts/aws4_request\n{}", "0".repeat(64));
    let unsigned = Signature {
        key_id: id,
        date,
        region: REGION,
        service: "sts",
        string_to_sign: text.as_bytes(),
        signature: &[0; 32],
    };
    let signature = strongroom_keystore::testing::sign(secret, &unsigned);
    let signed = Signed {
        access_key_id: id,
        session_token: token,
        date,
        region: REGION,
        service: "sts",
        string_to_sign: &text,
        signature: &signature,
    };
    house.room.authenticate(&signed, Circumstances::new().user_agent("tests"))
}

/// A token that stands for `number`: 36 characters, as those of SDKs.
pub fn token(number: u32) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

/// An identity-based policy of one statement; actions are separated by blanks.
pub fn allow(actions: &str, resource: &str) -> String {
    policy(&[format!(r#"{{"Effect":"Allow","Action":[{}],"Resource":"{resource}"}}"#, quoted(actions))])
}
/// The same with a condition block, such as `"StringEquals":{"aws:username":"a"}`.
pub fn allow_if(actions: &str, resource: &str, condition: &str) -> String {
    policy(&[format!(
        r#"{{"Effect":"Allow","Action":[{}],"Resource":"{resource}","Condition":{{{condition}}}}}"#,
        quoted(actions)
    )])
}
/// One statement of a resource's policy, on the resource itself.
pub fn statement(effect: &str, principal: &str, actions: &str) -> String {
    format!(
        r#"{{"Effect":"{effect}","Principal":{{"AWS":"{principal}"}},"Action":[{}],"Resource":"*"}}"#,
        quoted(actions)
    )
}
pub fn statement_if(effect: &str, principal: &str, actions: &str, condition: &str) -> String {
    format!(
        r#"{{"Effect":"{effect}","Principal":{{"AWS":"{principal}"}},"Action":[{}],"Resource":"*","Condition":{{{condition}}}}}"#,
        quoted(actions)
    )
}
/// A policy of these statements.
pub fn policy(statements: &[String]) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","))
}
fn quoted(words: &str) -> String {
    let words: Vec<String> = words.split(' ').map(|word| format!("\"{word}\"")).collect();
    words.join(",")
}
/// A trust policy.
pub fn trust(principal: &str) -> String {
    policy(&[format!(r#"{{"Effect":"Allow","Principal":{{"AWS":"{principal}"}},"Action":"sts:AssumeRole"}}"#)])
}
pub fn user_arn(name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:user/{name}")
}
pub fn root_arn() -> String {
    format!("arn:aws:iam::{ACCOUNT}:root")
}
/// The ARN that a secret's policies see while there is no such secret.
pub fn secret_arn(name: &str, suffix: &str) -> String {
    format!("arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{name}-{suffix}")
}

/// Exactly this code, exactly this text.
#[track_caller]
pub fn refused<T: Debug>(outcome: Result<T, Error>, code: &str, text: &str) {
    let error = outcome.unwrap_err();
    assert_eq!((error.code(), error.message().to_string().as_str()), (code, text));
}
/// This code, whatever the text.
#[track_caller]
pub fn refused_as<T: Debug>(outcome: Result<T, Error>, code: &str) {
    let error = outcome.unwrap_err();
    assert_eq!(error.code(), code, "{error}");
}
/// A refusal by policy for want of an allow on the caller's own side: the text that tells nothing of the resource.
#[track_caller]
pub fn denied<T: Debug>(outcome: Result<T, Error>, who: &str, action: &str, resource: Option<&str>) {
    let on = resource.map(|resource| format!(" on resource: {resource}")).unwrap_or_default();
    let text = format!(
        "User: {who} is not authorized to perform: {action}{on} because no identity-based policy allows the {action} action"
    );
    refused(outcome, "AccessDeniedException", &text);
}

pub const NOT_FOUND: &str = "Secrets Manager can't find the specified secret.";
pub const SCHEDULED: &str = "You can't perform this operation on the secret because it was marked for deletion.";
pub const KMS_DENIED: &str = "Access to KMS is not allowed";

/// A sink that keeps every event, or takes none when told so.
#[derive(Clone, Default)]
pub struct Sink(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    events: Vec<Event>,
    broken: bool,
}

impl Sink {
    /// What came in since the last time.
    pub fn take(&self) -> Vec<Event> {
        std::mem::take(&mut self.0.lock().unwrap().events)
    }
    pub fn break_now(&self) {
        self.0.lock().unwrap().broken = true;
    }
    pub fn mend(&self) {
        self.0.lock().unwrap().broken = false;
    }
}
impl Audit for Sink {
    fn record(&self, event: &Event) -> Result<(), AuditUnavailable> {
        let mut kept = self.0.lock().unwrap();
        if kept.broken {
            return Err(AuditUnavailable);
        }
        kept.events.push(event.clone());
        Ok(())
    }
}
