//! From a signed request to its answer.

use std::sync::{Arc, Mutex};

use crate::common::{Draft, Keys, NOW, answer, header, house, house_by, json, text, user};
use strongroom::audit::{Audit, AuditUnavailable, Event, ReadAudit};
use strongroom::operation::secretsmanager::CreateSecret;
use strongroom::operation::sts::GetSessionToken;
use strongroom::testing::{Call, CrashBackend, Fault, FaultBackend, ManualClock, Plan, SeededEntropy};
use strongroom::{Strongroom, Unlock};
use strongroom_server::{Endpoint, Performed};

fn get() -> Draft {
    Draft::json("secretsmanager", "GetSecretValue", r#"{"SecretId":"prod/db"}"#)
}

/// The gate is shared by threads; what it let in goes to the thread that writes.
const _: fn() = || {
    fn is_shared<T: Send + Sync + 'static>() {}
    fn is_sent<T: Send + 'static>() {}
    is_shared::<Endpoint>();
    is_sent::<strongroom_server::Verified>();
    is_sent::<strongroom_server::Request>();
    is_sent::<strongroom_server::Answer>();
};

#[test]
fn a_secret_is_read_over_the_wire() {
    let house = house();
    let arn = house.root.create_secret(CreateSecret::text("prod/db", "hun\"ter2")).unwrap().arn;
    let admitted = house.admit(get()).unwrap();
    assert_eq!((admitted.operation(), admitted.writes()), (("secretsmanager", "GetSecretValue"), false));
    let id = admitted.request_id().to_owned();
    let answer = admitted.perform();
    assert_eq!(header(&answer, "x-amzn-requestid"), Some(id.as_str()));
    let (status, body) = json(&answer);
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!((status, body["ARN"].as_str(), body["SecretString"].as_str()), (200, Some(&*arn), Some("hun\"ter2")));
}

#[test]
fn what_reads_and_what_writes_is_told_before_it_is_done() {
    let house = house();
    for (draft, writes) in [
        (Draft::json("secretsmanager", "ListSecrets", "{}"), false),
        (Draft::json("secretsmanager", "CreateSecret", r#"{"Name":"a"}"#), true),
        (Draft::json("kms", "Encrypt", r#"{"KeyId":"alias/a","Plaintext":""}"#), false),
        (Draft::json("kms", "CreateKey", "{}"), true),
        (Draft::json("kms", "DescribeKey", r#"{"KeyId":"alias/a"}"#), false),
        // Described for the first time, it is made.
        (Draft::json("kms", "DescribeKey", r#"{"KeyId":"alias/aws/secretsmanager"}"#), true),
        (Draft::query("iam", "ListUsers", ""), false),
        (Draft::query("iam", "CreateUser", "&UserName=a"), true),
        (Draft::query("sts", "GetSessionToken", ""), false),
        // A code is spent.
        (Draft::query("sts", "GetSessionToken", "&SerialNumber=arn%3Aaws%3Amfa&TokenCode=123456"), true),
    ] {
        let admitted = house.admit(draft.clone()).unwrap_or_else(|refused| panic!("{draft:?}: {}", text(&refused)));
        assert_eq!(admitted.writes(), writes, "{draft:?}");
    }
}

#[test]
fn kms_answers_nothing_where_there_is_nothing_to_answer_and_secrets_manager_an_empty_object() {
    let house = house();
    let made = house.ask(Draft::json("kms", "CreateKey", "{}"));
    let made: serde_json::Value = serde_json::from_str(json(&made).1).unwrap();
    let key = made["KeyMetadata"]["KeyId"].as_str().unwrap();
    let disabled = house.ask(Draft::json("kms", "DisableKey", format!(r#"{{"KeyId":"{key}"}}"#)));
    assert_eq!(json(&disabled), (200, ""));
    let grants = house.ask(Draft::json("kms", "ListAliases", format!(r#"{{"KeyId":"{key}"}}"#)));
    assert_eq!(json(&grants), (200, r#"{"Aliases":[],"Truncated":false}"#));
    house.root.create_secret(CreateSecret::text("a", "b")).unwrap();
    let tagged = house.ask(Draft::json("secretsmanager", "TagResource", r#"{"SecretId":"a","Tags":[]}"#));
    assert_eq!(json(&tagged), (200, "{}"));
}

#[test]
fn the_scope_names_the_region_and_iam_has_none() {
    let house = house();
    house.root.create_secret(CreateSecret::text("prod/db", "here")).unwrap();
    let mut there = get();
    there.region = "eu-central-1".to_owned();
    assert!(json(&house.ask(there)).1.contains("ResourceNotFoundException"));
    let made =
        r#"{"Name":"prod/db","SecretString":"there","ClientRequestToken":"00000000-0000-4000-8000-000000000001"}"#;
    let made = Draft::json("secretsmanager", "CreateSecret", made);
    let mut made = made.set("x-amz-unused", "1");
    made.region = "eu-central-1".to_owned();
    assert!(json(&house.ask(made)).1.contains("arn:aws:secretsmanager:eu-central-1:"));
    for region in ["us-east-1", "aws-global", "eu-central-1", "anywhere"] {
        for (service, operation) in [("iam", "ListUsers"), ("sts", "GetCallerIdentity")] {
            let mut draft = Draft::query(service, operation, "");
            draft.region = region.to_owned();
            let answer = house.ask(draft);
            assert_eq!(answer.status, 200, "{}", text(&answer));
        }
    }
    let mut nowhere = get();
    nowhere.region = "anywhere".to_owned();
    let answer = house.ask(nowhere);
    assert!(answer.status == 400 && text(&answer).contains("InvalidSignatureException"), "{}", text(&answer));
}

#[test]
fn temporary_credentials_need_their_token_and_end_with_their_time() {
    let house = house();
    house.root.create_secret(CreateSecret::text("prod/db", "v")).unwrap();
    let session = house.room.session("user/admin").unwrap();
    let made = session.sts().get_session_token(GetSessionToken::new().duration_seconds(900)).unwrap();
    let made = made.credentials.unwrap();
    let keys = Keys {
        id: made.access_key_id.to_string(),
        secret: made.secret_access_key.expose().to_owned(),
        token: Some(made.session_token.expose().to_owned()),
    };
    let ask = |keys: &Keys| answer(house.endpoint.admit(get().at(house.room.door().now()).sign(keys)));
    assert_eq!(json(&ask(&keys)).0, 200);
    for wrong in [
        Keys { token: None, ..keys.clone() },
        Keys { token: house.keys.token.clone().or(Some("no".to_owned())), ..keys.clone() },
    ] {
        let (status, body) = (ask(&wrong).status, text(&ask(&wrong)).to_owned());
        assert!(status == 400 && body.contains("The security token included in the request is invalid."), "{body}");
    }
    let of_another = ask(&Keys { token: keys.token.clone(), ..house.keys.clone() });
    assert!(text(&of_another).contains("does not match the signature you provided"), "{}", text(&of_another));
    house.clock.advance_days(1);
    let (status, body) = (ask(&keys).status, text(&ask(&keys)).to_owned());
    assert_eq!(status, 400);
    assert_eq!(
        body,
        r#"{"__type":"ExpiredTokenException","message":"The security token included in the request is expired"}"#
    );
}

#[test]
fn who_may_not_is_told_so_by_the_gate_of_the_library() {
    let house = house();
    house.root.create_secret(CreateSecret::text("prod/db", "v")).unwrap();
    let keys = user(&house.root, "ben", "kms:*");
    let refused = answer(house.endpoint.admit(get().sign(&keys)));
    let (status, body) = json(&refused);
    assert_eq!(header(&refused, "x-amzn-errortype"), Some("AccessDeniedException"));
    assert!(
        status == 400 && body.starts_with(r#"{"__type":"AccessDeniedException","Message":"User: arn:aws:iam::"#),
        "{body}"
    );
    let refused = answer(house.endpoint.admit(Draft::query("iam", "ListUsers", "").sign(&keys)));
    assert!(refused.status == 403 && text(&refused).contains("<Code>AccessDenied</Code>"), "{}", text(&refused));
}

#[test]
fn a_change_is_taken_once_and_a_read_as_often_as_one_likes() {
    let house = house();
    let draft = Draft::json("kms", "CreateKey", "{}");
    let send = |more: &[(&str, &str)]| {
        let mut draft = draft.clone();
        // As botocore does it: beside the signature.
        draft.unsigned.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        answer(house.endpoint.admit(draft.sign(&house.keys)))
    };
    assert_eq!(send(&[]).status, 200);
    let again = send(&[]);
    assert_eq!(again.status, 400);
    assert!(text(&again).starts_with(r#"{"__type":"InvalidSignatureException","message":"Duplicate request: "#));
    // Another call of the same second, its retry, and both of them again.
    let (first, retry) = ([("amz-sdk-invocation-id", "one"), ("amz-sdk-request", "attempt=1")], "attempt=2");
    let retry = [first[0], ("amz-sdk-request", retry)];
    assert_eq!([send(&first).status, send(&retry).status], [200, 200]);
    assert_eq!([send(&first).status, send(&retry).status], [400, 400]);
    // Until the window itself keeps it out.
    house.clock.set(NOW.plus_millis(300_000));
    assert!(text(&send(&[])).contains("Duplicate request"));
    house.clock.set(NOW.plus_millis(301_000));
    assert!(text(&send(&[])).contains("Signature expired"));
    house.clock.set(NOW);
    for _ in 0..3 {
        let answer = answer(house.endpoint.admit(Draft::json("kms", "ListKeys", "{}").sign(&house.keys)));
        assert_eq!(answer.status, 200);
    }
    let user = Draft::query("iam", "CreateUser", "&UserName=once");
    let first = answer(house.endpoint.admit(user.clone().sign(&house.keys)));
    let second = answer(house.endpoint.admit(user.sign(&house.keys)));
    assert_eq!((first.status, second.status), (200, 403));
    assert!(
        text(&second).contains("<Code>SignatureDoesNotMatch</Code><Message>Duplicate request"),
        "{}",
        text(&second)
    );
}

#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<Event>>>);
impl Audit for Kept {
    fn record(&self, event: &Event) -> Result<(), AuditUnavailable> {
        self.0.lock().unwrap().push(event.clone());
        Ok(())
    }
}

#[test]
fn the_record_of_a_call_has_the_id_of_its_answer() {
    let kept = Kept::default();
    let builder = Strongroom::builder().clock(ManualClock::at(NOW)).entropy(SeededEntropy::new(7)).audit(kept.clone());
    let room = builder.create_in_memory(Unlock::root_key([7_u8; 32].as_slice())).unwrap();
    let endpoint = Endpoint::new(room.door());
    let keys = user(&room.root(), "admin", "*");
    for draft in [get(), Draft::json("kms", "CreateKey", "{}"), Draft::query("iam", "ListUsers", "")] {
        kept.0.lock().unwrap().clear();
        let answer = answer(endpoint.admit(draft.sign(&keys)));
        let events = kept.0.lock().unwrap();
        assert_eq!(events.len(), 1);
        assert_eq!(header(&answer, "x-amzn-requestid"), Some(events[0].request_id.as_str()));
    }
}

#[test]
fn strict_reads_are_answered_once_their_records_are_durable_many_with_one_commit() {
    const REQUESTS: u64 = 64;
    let disk = FaultBackend::over(CrashBackend::new());
    let own = disk.clone();
    let house = house_by(|builder, unlock| builder.read_audit(ReadAudit::Strict).create_on_backend(own, unlock));
    house.root.create_secret(CreateSecret::text("prod/db", "hunter2")).unwrap();
    let begin = || house.endpoint.admit(get().sign(&house.keys)).unwrap().begin();
    let before = house.room.status().unwrap();
    let records = house.room.verify().unwrap().audit_records;
    let held: Vec<Performed> = (0..REQUESTS).map(|_| begin()).collect();
    assert!(held.iter().all(|performed| matches!(performed, Performed::Held(_))));
    assert_eq!(house.room.status().unwrap().sequence, before.sequence, "nothing was written meanwhile");
    for performed in held {
        let answer = performed.finish();
        assert_eq!(answer.status, 200);
        assert!(text(&answer).contains("hunter2"));
    }
    assert_eq!(house.room.status().unwrap().sequence, before.sequence + 1);
    assert_eq!(house.room.verify().unwrap().audit_records, records + REQUESTS);
    // Without a disk there is no record, and no value.
    let held = [begin(), begin()];
    disk.plan(Plan { call: Some(Call::Write), nth: 0, fault: Fault::NoSpace, persistent: true });
    for performed in held.into_iter().chain([begin()]) {
        let answer = performed.finish();
        assert!(answer.status >= 500 && !text(&answer).contains("hunter2"), "{}", text(&answer));
    }
}
