//! A furnished store, and one row of the table played in it.

use std::net::Ipv4Addr;

use strongroom::operation::iam::{
    CreatePolicy, CreateRole, CreateUser, PutRolePolicy, PutUserPermissionsBoundary, PutUserPolicy, Tag as IamTag,
};
use strongroom::operation::kms::{CreateAlias, CreateKey, KeyMetadata, Tag as KeyTag};
use strongroom::operation::secretsmanager::{CreateSecret, PutResourcePolicy, PutSecretValue, Tag};
use strongroom::{Circumstances, Error, Principal, Session};

use crate::common::*;

/// A role session of another account.
pub const ABROAD: &str = "arn:aws:sts::999999999999:assumed-role/app/one";
/// A rotation function that is registered …
pub const FUNCTION: &str = "arn:aws:lambda:us-east-1:000000000000:function:rotate";
/// … and one that is not.
pub const OTHER_FUNCTION: &str = "arn:aws:lambda:us-east-1:000000000000:function:other";
/// A user of another account.
pub const MATEO: &str = "arn:aws:iam::999999999999:user/people/mateo";

/// One key, in one operation.
pub struct Case {
    /// As policies write it, with its part.
    pub key: &'static str,
    operator: &'static str,
    right: &'static str,
    wrong: &'static str,
    action: &'static str,
    call: Call,
    by: By,
    also: &'static str,
    ends_in: Option<&'static str>,
}

pub type Call = fn(&Scene) -> Result<(), Error>;

/// Who calls.
#[derive(Clone, Copy, Debug)]
pub enum By {
    /// A user with a tag.
    User,
    /// A session of a role with a path.
    Role,
    /// The user, from an address, by a program, over a connection that others can read.
    Network,
    /// This principal of another account: the condition stands in the secret's policy.
    Abroad(&'static str),
}

impl Case {
    pub const fn new(
        (key, operator): (&'static str, &'static str),
        (right, wrong): (&'static str, &'static str),
        action: &'static str,
        call: Call,
    ) -> Self {
        Self { key, operator, right, wrong, action, call, by: By::User, also: "sts:GetCallerIdentity", ends_in: None }
    }
    pub const fn by(mut self, by: By) -> Self {
        self.by = by;
        self
    }
    /// Further actions of the same call, allowed without condition.
    pub const fn also(mut self, actions: &'static str) -> Self {
        self.also = actions;
        self
    }
    /// Admitted, the call ends in this error: what it asks for is not served.
    pub const fn ends_in(mut self, code: &'static str) -> Self {
        self.ends_in = Some(code);
        self
    }

    pub fn play(&self) {
        for (value, holds) in [(self.right, true), (self.wrong, false)] {
            self.expect(value, "Allow", holds);
            self.expect(value, "Deny", !holds);
        }
    }

    fn expect(&self, value: &str, effect: &str, allowed: bool) {
        let scene = self.scene(value, effect);
        let outcome = (self.call)(&scene);
        let row = format!("{} {}: {effect} if {} {value}", self.action, self.key, self.operator);
        match (outcome, self.ends_in) {
            (Ok(()), None) => assert!(allowed, "{row}: was allowed"),
            (Err(error), Some(code)) if error.code() == code => assert!(allowed, "{row}: was admitted"),
            (Err(error), _) if error.is_access_denied() => assert!(!allowed, "{row}: {error}"),
            (outcome, _) => panic!("{row}: {outcome:?}"),
        }
    }

    fn scene(&self, value: &str, effect: &str) -> Scene {
        let mut scene = Scene::furnished(self.by);
        let key = if effect == "Deny" { self.key.to_ascii_uppercase() } else { self.key.to_owned() };
        let condition = format!(r#""{}":{{"{key}":"{}"}}"#, self.operator, scene.filled_in(value));
        let mut statements = Vec::new();
        let words = |words: &str| words.split(' ').map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(",");
        let mut say = |effect: &str, actions: &str, condition: Option<&str>| {
            let principal = if matches!(self.by, By::Abroad(_)) { r#""Principal":"*","# } else { "" };
            let condition = condition.map(|condition| format!(r#","Condition":{{{condition}}}"#)).unwrap_or_default();
            statements.push(format!(
                r#"{{"Effect":"{effect}",{principal}"Action":[{}],"Resource":"*"{condition}}}"#,
                words(actions)
            ));
        };
        if !matches!(self.by, By::Abroad(_)) {
            say("Allow", self.also, None);
        }
        if effect == "Deny" {
            say("Allow", self.action, None);
        }
        say(effect, self.action, Some(&condition));
        scene.come_in(self.by, &policy(&statements));
        scene
    }
}

/// What is there: secrets `s` (tagged `team` = `red`, versions 1 and 2) and `sealed` (under `key`); keys; a user and a role.
pub struct Scene {
    pub house: House,
    /// Who calls.
    pub me: Session,
    /// ARN of `s`.
    pub secret: String,
    /// ARN of `sealed`.
    pub sealed: String,
    /// A customer key with an alias and a tag.
    pub key: KeyMetadata,
    /// A key for MACs.
    pub mac: KeyMetadata,
    /// A key of several regions.
    pub family: KeyMetadata,
    /// ARN of a managed policy that bounds `bounded`.
    pub bound: String,
    ids: [String; 2],
}

impl Scene {
    fn furnished(by: By) -> Self {
        let house = house();
        house.room.register_rotation_function(FUNCTION, "app", strongroom::GenerateSecret::new()).unwrap();
        let root = &house.root;
        let key = root.kms().create_key(CreateKey::new().tags(vec![KeyTag::new("team", "red")])).unwrap().key_metadata;
        root.kms().create_alias(CreateAlias::new("alias/app", &key.key_id)).unwrap();
        let mac = CreateKey::new().key_spec("HMAC_256").key_usage("GENERATE_VERIFY_MAC");
        let mac = root.kms().create_key(mac).unwrap().key_metadata;
        let family = root.kms().create_key(CreateKey::new().multi_region(true)).unwrap().key_metadata;
        let mut s = CreateSecret::text("s", "v1").client_request_token(token(1)).tags(vec![Tag::new("team", "red")]);
        if matches!(by, By::Abroad(_)) {
            // The managed key serves its own account alone.
            s = s.kms_key_id(key.arn.clone());
        }
        let secret = root.create_secret(s).unwrap().arn.to_string();
        root.put_secret_value(PutSecretValue::text("s", "v2").client_request_token(token(2))).unwrap();
        let sealed = CreateSecret::text("sealed", "v").client_request_token(token(3)).kms_key_id(key.arn.clone());
        let sealed = root.create_secret(sealed).unwrap().arn.to_string();
        let iam = root.iam();
        let tag = || vec![IamTag::new("team", "red")];
        let anaya = iam.create_user(CreateUser::new("anaya").path("/people/").tags(tag())).unwrap().user.user_id;
        let app = CreateRole::new("app", trust("*")).path("/machines/").tags(tag());
        let app = iam.create_role(app).unwrap().role.role_id;
        let bound = iam.create_policy(CreatePolicy::new("bound", allow("*", "*")).tags(tag())).unwrap().policy.arn;
        iam.create_user(CreateUser::new("bounded").tags(tag())).unwrap();
        iam.put_user_permissions_boundary(PutUserPermissionsBoundary::new("bounded", bound.clone())).unwrap();
        Self {
            me: house.root.clone(),
            house,
            secret,
            sealed,
            key,
            mac,
            family,
            bound: bound.to_string(),
            ids: [anaya.to_string(), format!("{app}:one")],
        }
    }
    /// The value with what only this store knows put in.
    fn filled_in(&self, value: &str) -> String {
        let [anaya, app] = &self.ids;
        [
            ("@secret", self.secret.as_str()),
            ("@sealed", self.sealed.as_str()),
            ("@key", &*self.key.arn),
            ("@id-of-key", &*self.key.key_id),
            ("@bound", self.bound.as_str()),
            ("@anaya", anaya),
            ("@app", app),
        ]
        .into_iter()
        .find(|(word, _)| *word == value)
        .map_or_else(|| value.to_owned(), |(_, text)| text.to_owned())
    }
    fn come_in(&mut self, by: By, policy: &str) {
        let (iam, room) = (self.house.root.iam(), &self.house.room);
        self.me = match by {
            By::User | By::Network => {
                iam.put_user_policy(PutUserPolicy::new("anaya", "only", policy)).unwrap();
                let from = Circumstances::new()
                    .source_ip(Ipv4Addr::new(192, 0, 2, 7))
                    .user_agent("app/1.0")
                    .referer("https://example.org/start")
                    .secure_transport(false);
                match by {
                    By::Network => room.session_under("user/anaya", from).unwrap(),
                    _ => room.session("user/anaya").unwrap(),
                }
            }
            By::Role => {
                iam.put_role_policy(PutRolePolicy::new("app", "only", policy)).unwrap();
                room.session("role/app/one").unwrap()
            }
            By::Abroad(arn) => {
                self.house.root.put_resource_policy(PutResourcePolicy::new("s", policy)).unwrap();
                room.session(Principal::of_another_account(arn, [allow("*", "*")])).unwrap()
            }
        };
    }
}
