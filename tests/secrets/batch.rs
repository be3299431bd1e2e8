//! BatchGetSecretValue: one form of two, a decision for each secret, errors as entries, pages.

use strongroom::audit::Outcome;
use strongroom::operation::kms::DisableKey;
use strongroom::operation::secretsmanager::{
    BatchGetSecretValue, BatchGetSecretValueResponse, CreateSecret, Filter, PutSecretValue,
};

use crate::common::*;

fn batch(house: &House, ids: &[&str]) -> BatchGetSecretValueResponse {
    house.root.batch_get_secret_value(BatchGetSecretValue::of(ids.iter().copied())).unwrap()
}
fn names(answer: &BatchGetSecretValueResponse) -> Vec<&str> {
    answer.secret_values.iter().map(|entry| &*entry.name).collect()
}
/// Id, code and text of each error.
fn errors(answer: &BatchGetSecretValueResponse) -> Vec<(&str, &str, &str)> {
    answer.errors.iter().map(|entry| (&*entry.secret_id, &*entry.error_code, &*entry.message)).collect()
}
fn by_name(prefix: &str) -> BatchGetSecretValue {
    BatchGetSecretValue::found_by([Filter::by("name", [prefix])])
}

#[test]
fn a_batch_answers_what_the_single_calls_answer_in_the_order_of_the_list() {
    let house = house();
    let arn = house.secret("one", "1");
    let two = CreateSecret::binary("two", vec![0, 255]).client_request_token(token(2));
    house.root.create_secret(two).unwrap();
    // Always the current version.
    house.root.put_secret_value(PutSecretValue::text("one", "1b").client_request_token(token(3))).unwrap();
    let answer = batch(&house, &["two", "one", &arn, "two"]);
    assert_eq!(names(&answer), ["two", "one", "one", "two"], "one entry for each id, repeated ones too");
    assert!(answer.errors.is_empty() && answer.next_token.is_none());
    for entry in &answer.secret_values {
        let single = house.root.get_secret_value(&*entry.name).unwrap();
        assert_eq!((&entry.arn, &entry.version_id), (&single.arn, &single.version_id));
        assert_eq!((entry.value(), &entry.version_stages), (single.value(), &single.version_stages));
        assert_eq!(entry.created_date, single.created_date);
        assert_eq!(entry.secret_binary.is_some(), single.secret_binary.is_some());
    }
    assert!(answer.secret_values[0].secret_string.is_none() && answer.secret_values[1].secret_binary.is_none());
}

#[test]
fn one_secrets_failure_is_an_entry_with_the_code_and_text_of_the_single_call() {
    let house = house();
    house.secret("good", "v");
    house.secret("scheduled", "v");
    house.root.delete_secret("scheduled").unwrap();
    house.root.create_secret(CreateSecret::new("empty")).unwrap();
    let key = house.customer_key(policy(&[statement("Allow", &root_arn(), "kms:*")]));
    house.root.create_secret(CreateSecret::text("shut", "v").kms_key_id(key.as_str())).unwrap();
    house.root.kms().disable_key(DisableKey::new(key)).unwrap();
    let ids = ["missing", "scheduled", "good", "empty", "shut", "no name"];
    let answer = batch(&house, &ids);
    assert_eq!(names(&answer), ["good"]);
    let codes: Vec<(&str, &str)> = errors(&answer).iter().map(|(id, code, _)| (*id, *code)).collect();
    assert_eq!(
        codes,
        [
            ("missing", "ResourceNotFoundException"),
            ("scheduled", "InvalidRequestException"),
            ("empty", "ResourceNotFoundException"),
            ("shut", "DecryptionFailure"),
            ("no name", "ValidationException"),
        ]
    );
    for (id, code, text) in errors(&answer) {
        refused(house.root.get_secret_value(id), code, text);
    }
}

#[test]
fn each_secret_is_decided_by_itself() {
    let house = house();
    house.secret("app/mine", "v");
    house.secret("db/theirs", "v");
    let key = house.customer_key(policy(&[statement("Allow", &root_arn(), "kms:*")]));
    house.root.create_secret(CreateSecret::text("app/keyed", "v").kms_key_id(key)).unwrap();
    let app = |actions: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":[{actions}],"Resource":"*"}},{{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"{}"}}]}}"#,
            secret_arn("app/*", "??????")
        )
    };
    let u = house.user_with("u", app(r#""secretsmanager:BatchGetSecretValue""#));
    let who = user_arn("u");
    let ids = ["app/mine", "db/theirs", "db/missing", "app/keyed"];
    let answer = u.batch_get_secret_value(BatchGetSecretValue::of(ids)).unwrap();
    assert_eq!(names(&answer), ["app/mine"]);
    let no = |name: &str| {
        format!(
            "User: {who} is not authorized to perform: secretsmanager:GetSecretValue on resource: {name} because no \
             identity-based policy allows the secretsmanager:GetSecretValue action"
        )
    };
    assert_eq!(
        errors(&answer),
        [
            ("db/theirs", "AccessDeniedException", no("db/theirs").as_str()),
            ("db/missing", "AccessDeniedException", &no("db/missing")),
            ("app/keyed", "AccessDeniedException", KMS_DENIED),
        ]
    );
    // The right to read each of them is no right to the batch, and a batch scoped to a secret grants nothing.
    let arn = house.root.describe_secret("app/mine").unwrap().arn;
    for own in [app(r#""secretsmanager:GetSecretValue""#), allow("secretsmanager:*", &arn)] {
        house.set_policy("u", own);
        let outcome = u.batch_get_secret_value(BatchGetSecretValue::of(["app/mine"]));
        denied(outcome, &who, "secretsmanager:BatchGetSecretValue", None);
    }
    // Filters need the right to list too.
    house.set_policy("u", app(r#""secretsmanager:BatchGetSecretValue""#));
    denied(u.batch_get_secret_value(by_name("app/")), &who, "secretsmanager:ListSecrets", None);
    house.set_policy("u", app(r#""secretsmanager:BatchGetSecretValue","secretsmanager:ListSecrets""#));
    let answer = u.batch_get_secret_value(by_name("")).unwrap();
    assert_eq!(names(&answer), ["app/mine"]);
    let theirs = house.root.describe_secret("db/theirs").unwrap().arn;
    let keyed = house.root.describe_secret("app/keyed").unwrap().arn;
    // Found, not named: by its ARN.
    let denial = no(&theirs);
    let mut expected =
        vec![(&*theirs, "AccessDeniedException", denial.as_str()), (&*keyed, "AccessDeniedException", KMS_DENIED)];
    expected.sort();
    let mut found = errors(&answer);
    found.sort();
    assert_eq!(found, expected);
}

#[test]
fn exactly_one_of_list_and_filters_is_given_and_pages_belong_to_filters() {
    let house = house();
    house.secret("a", "v");
    let either = "Either 'SecretIdList' or 'Filters' must be provided, but not both.";
    let ask = |request: BatchGetSecretValue| house.root.batch_get_secret_value(request);
    refused(ask(BatchGetSecretValue::new()), "InvalidParameterException", either);
    refused(ask(BatchGetSecretValue::new().filters(vec![])), "InvalidParameterException", either);
    let both = by_name("a").secret_id_list(vec!["a".into()]);
    refused(ask(both), "InvalidParameterException", either);
    refused(
        ask(BatchGetSecretValue::of(["a"]).max_results(1)),
        "InvalidParameterException",
        "'Filters' not specified. 'Filters' must also be specified when 'MaxResults' is provided.",
    );
    refused_as(ask(BatchGetSecretValue::of(["a"]).next_token("x")), "InvalidNextTokenException");
    // Who may not do it learns none of that.
    let nobody = house.user("nobody");
    let outcome = nobody.batch_get_secret_value(BatchGetSecretValue::new());
    denied(outcome, &user_arn("nobody"), "secretsmanager:BatchGetSecretValue", None);
    // Twenty are the most, in a list and on a page.
    assert_eq!(batch(&house, &["a"; 20]).secret_values.len(), 20);
    refused_as(ask(BatchGetSecretValue::of(["a"; 21])), "ValidationException");
    refused_as(ask(BatchGetSecretValue::of([""; 0])), "ValidationException");
    refused_as(ask(BatchGetSecretValue::of([""])), "ValidationException");
    refused_as(ask(BatchGetSecretValue::of(["a".repeat(2_049)])), "ValidationException");
    ask(by_name("a").max_results(20)).unwrap();
    for size in [0, 21] {
        refused_as(ask(by_name("a").max_results(size)), "ValidationException");
    }
    let ten = |count: usize| BatchGetSecretValue::found_by(vec![Filter::by("name", ["a"]); count]);
    ask(ten(10)).unwrap();
    refused_as(ask(ten(11)), "ValidationException");
    refused(
        ask(BatchGetSecretValue::found_by([Filter::new().key("name")])),
        "InvalidParameterException",
        "Invalid filter values for key: name",
    );
}

#[test]
fn what_filters_find_comes_in_pages_the_newest_first() {
    let house = house();
    for number in 0..23 {
        house.secret(&format!("s{number:02}"), "v");
        house.clock.advance_millis(1);
    }
    house.secret("other", "v");
    // Passed over: no value, or none that could be read.
    house.root.create_secret(CreateSecret::new("s-empty")).unwrap();
    house.secret("s-scheduled", "v");
    house.root.delete_secret("s-scheduled").unwrap();
    let expected: Vec<String> = (0..23).rev().map(|number| format!("s{number:02}")).collect();
    for (size, pages) in [(None, 2), (Some(20), 2), (Some(7), 4), (Some(1), 23)] {
        let mut request = by_name("s");
        request.max_results = size;
        let (mut found, mut count) = (Vec::new(), 0);
        loop {
            let page = house.root.batch_get_secret_value(request.clone()).unwrap();
            assert!(page.errors.is_empty());
            found.extend(names(&page).iter().map(ToString::to_string));
            count += 1;
            let Some(next) = page.next_token else { break };
            request = request.next_token(next);
        }
        assert_eq!((found, count), (expected.clone(), pages), "{size:?}");
    }
    // A token belongs to its filters, and to this operation.
    let first = house.root.batch_get_secret_value(by_name("s").max_results(1)).unwrap().next_token.unwrap();
    let other = house.root.batch_get_secret_value(by_name("o").next_token(first.clone()));
    refused(other, "InvalidNextTokenException", "The NextToken value is invalid.");
    let list = strongroom::operation::secretsmanager::ListSecrets::new()
        .filters(vec![Filter::by("name", ["s"])])
        .next_token(first);
    refused(house.root.list_secrets(list), "InvalidNextTokenException", "The NextToken value is invalid.");
}

#[test]
fn the_filters_are_those_of_lists() {
    let house = house();
    for (name, description) in [("app/A", "a secret"), ("app/B", "an secret"), ("db", "asecret"), ("x", "thesecret")] {
        house.root.create_secret(CreateSecret::text(name, "v").description(description)).unwrap();
    }
    let found = |key: &str, value: &str| {
        let answer = house.root.batch_get_secret_value(BatchGetSecretValue::found_by([Filter::by(key, [value])]));
        let mut found: Vec<String> = names(&answer.unwrap()).iter().map(ToString::to_string).collect();
        found.sort();
        found
    };
    assert_eq!(found("description", "a"), ["app/A", "app/B", "db"]);
    assert_eq!(found("description", "a secret"), ["app/A", "app/B"]);
    assert_eq!(found("name", "!app"), ["db", "x"]);
    assert_eq!(found("all", "APP"), ["app/A", "app/B"]);
    assert_eq!(found("all", "zebra"), [""; 0]);
}

#[test]
fn a_batch_counts_as_reading_each_of_its_secrets() {
    let house = house();
    house.secret("read", "v");
    house.secret("not", "v");
    batch(&house, &["read", "missing"]);
    let day = |name: &str| house.root.describe_secret(name).unwrap().last_accessed_date;
    assert_eq!((day("read"), day("not")), (Some(NOW.day_start()), None));
}

#[test]
fn a_batch_is_told_as_itself_and_as_a_read_of_each_secret() {
    let sink = Sink::default();
    let house = house_with(sink.clone());
    house.secret("a", "v");
    sink.take();
    batch(&house, &["a", "missing"]);
    let events = sink.take();
    let told: Vec<(&str, Outcome, usize)> =
        events.iter().map(|event| (event.operation, event.outcome, event.decisions.len())).collect();
    assert_eq!(
        told,
        [
            ("GetSecretValue", Outcome::Done, 2),
            ("GetSecretValue", Outcome::Refused("ResourceNotFoundException"), 1),
            ("BatchGetSecretValue", Outcome::Done, 1),
        ]
    );
    assert!(events.iter().all(|event| event.request_id == events[0].request_id), "one request");
    house.root.batch_get_secret_value(by_name("a")).unwrap();
    let last = sink.take().pop().unwrap();
    let actions: Vec<&str> = last.decisions.iter().map(|decided| decided.action).collect();
    assert_eq!(actions, ["secretsmanager:BatchGetSecretValue", "secretsmanager:ListSecrets"]);
    // Without a record there is no answer.
    sink.break_now();
    assert!(house.root.batch_get_secret_value(BatchGetSecretValue::of(["a"])).is_err());
}

#[test]
fn a_batch_of_a_caller_of_another_account_reads_what_it_was_let_into() {
    let house = house();
    let mateo = "arn:aws:iam::999999999999:user/mateo";
    let use_it = [statement("Allow", &root_arn(), "kms:*"), statement("Allow", mateo, "kms:Decrypt")];
    let key = house.customer_key(policy(&use_it));
    let shared = house.root.create_secret(CreateSecret::text("shared", "v").kms_key_id(key)).unwrap().arn;
    let managed = house.secret("managed", "v");
    for name in ["shared", "managed"] {
        house.set_resource_policy(name, policy(&[statement("Allow", mateo, "secretsmanager:GetSecretValue")]));
    }
    let ids = [shared.to_string(), managed.clone(), "shared".to_owned()];
    let answer = house.stranger(mateo).batch_get_secret_value(BatchGetSecretValue::of(ids)).unwrap();
    assert_eq!(names(&answer), ["shared"]);
    let text = "You can't access a secret from a different AWS account if you encrypt the secret with the default KMS service key.";
    assert_eq!(
        errors(&answer),
        [(&*managed, "InvalidRequestException", text), ("shared", "ResourceNotFoundException", NOT_FOUND)]
    );
    // Filters look among the caller's own secrets, of which none is here.
    let found = house.stranger(mateo).batch_get_secret_value(by_name("")).unwrap();
    assert!(found.secret_values.is_empty() && found.errors.is_empty());
    let limited = [allow("secretsmanager:GetSecretValue", "*")];
    let limited = house.room.session(strongroom::Principal::of_another_account(mateo, limited)).unwrap();
    let outcome = limited.batch_get_secret_value(BatchGetSecretValue::of([shared]));
    denied(outcome, mateo, "secretsmanager:BatchGetSecretValue", None);
}
