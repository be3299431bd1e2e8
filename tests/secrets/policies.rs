//! Resource policies: put, get, delete, and what is refused of them.

use strongroom::ErrorKind;
use strongroom::operation::secretsmanager::{
    DeleteResourcePolicy, DeleteSecret, GetResourcePolicy, PutResourcePolicy, ValidateResourcePolicy,
    ValidateResourcePolicyResponse,
};

use crate::common::*;

const LOCKED_OUT: &str = "Your requested changes will not allow you to manage this secret in the future.";
const PUBLIC: &str = "You can't attach a resource-based policy that allows broad access to the secret.";
const UNKNOWN: &str = "This resource policy contains an unsupported principal.";

fn put(house: &House, text: impl AsRef<str>) -> Result<(), strongroom::Error> {
    house.root.put_resource_policy(PutResourcePolicy::new("s", text.as_ref())).map(drop)
}
fn stored(house: &House) -> Option<String> {
    let answer = house.root.get_resource_policy(GetResourcePolicy::new("s")).unwrap();
    assert_eq!(answer.resource_policy.is_some(), answer.policy_name.is_some());
    answer.resource_policy.map(|text| text.to_string())
}

#[test]
fn a_policy_comes_back_byte_for_byte_until_another_takes_its_place() {
    let house = house();
    let arn = house.secret("s", "v");
    assert_eq!(stored(&house), None);
    let odd = format!(
        "{{\n\t\"Version\" : \"2012-10-17\",\r\n  \"Id\":\"\\u0061\",\"Statement\":[ {} ]  }}\n",
        statement("Allow", &root_arn(), "secretsmanager:*")
    );
    let answer = house.root.put_resource_policy(PutResourcePolicy::new("s", odd.as_str())).unwrap();
    assert_eq!((answer.arn.as_str(), answer.name.as_str()), (arn.as_str(), "s"));
    assert_eq!(stored(&house).as_deref(), Some(odd.as_str()));
    let other = policy(&[statement("Allow", "999999999999", "secretsmanager:GetSecretValue")]);
    put(&house, &other).unwrap();
    assert_eq!(stored(&house), Some(other));
    house.root.delete_resource_policy(DeleteResourcePolicy::new("s")).unwrap();
    assert_eq!(stored(&house), None);
    // Without one: success.
    house.root.delete_resource_policy(DeleteResourcePolicy::new("s")).unwrap();
}

#[test]
fn malformed_policies_are_refused_with_the_place_of_the_fault() {
    let house = house();
    house.secret("s", "v");
    let good = policy(&[statement("Allow", &root_arn(), "secretsmanager:*")]);
    put(&house, &good).unwrap();
    for text in [
        "x",
        "{}",
        "[]",
        "null",
        r#"{"Version":"2012-10-17"}"#,
        r#"{"Version":"2012-10-18","Statement":[]}"#,
        &good[..good.len() - 1],
        &format!("{good} x"),
        &good.replace("\"Effect\"", "\"effect\",\"Effect\""),
        &good.replace("\"Allow\"", "\"allow\""),
        &good.replace("\"Allow\"", "\"Allow\",\"Effect\":\"Deny\""),
        &good.replace("\"Action\":[\"secretsmanager:*\"],", ""),
        &good.replace("\"Action\"", "\"Acton\""),
        &good.replace(",\"Resource\":\"*\"", ""),
        &good.replace("\"Principal\":{\"AWS\":\"arn:aws:iam::000000000000:root\"},", ""),
        &good.replace("arn:aws:iam::000000000000:root", "arn:aws:iam::000000000000:user/a*"),
        &good.replace(
            "\"Resource\":\"*\"",
            "\"Resource\":\"*\",\"Condition\":{\"StringEqualz\":{\"aws:username\":\"a\"}}",
        ),
        // Allow with NotPrincipal.
        &good.replace("\"Principal\"", "\"NotPrincipal\""),
        "\u{feff}{}",
        &"[".repeat(20_000),
    ] {
        let error = put(&house, text).unwrap_err();
        assert_eq!(
            (error.code(), error.kind()),
            ("MalformedPolicyDocumentException", ErrorKind::MalformedPolicy),
            "{text}"
        );
        let message = error.message().to_string();
        assert!(message.starts_with("This resource policy contains a syntax error."), "{message}");
        assert!(message.len() > 60 && message.len() < 2_000, "says where and why: {message}");
    }
    refused_as(put(&house, ""), "ValidationException");
    refused_as(put(&house, " ".repeat(20_481)), "ValidationException");
    assert_eq!(stored(&house), Some(good));
}

#[test]
fn a_fault_is_told_with_line_column_and_suggestion() {
    let house = house();
    house.secret("s", "v");
    let text = "{\"Version\": \"2012-10-17\", \"Statement\": {\n  \"Effect\": \"Allow\", \"Principal\": \"*\",\n  \"Action\": \
                \"secretsmanager:GetSecretValue\", \"Resource\": \"*\",\n  \"Condition\": {\"StringEqualz\": {\"aws:username\": \"a\"}}}}";
    let message = put(&house, text).unwrap_err().message().to_string();
    assert!(message.contains("line 4") && message.contains("column 17"), "{message}");
    assert!(message.contains("StringEqualz") && message.contains("StringEquals`"), "{message}");
}

#[test]
fn a_policy_of_20_480_characters_is_taken() {
    let house = house();
    house.secret("s", "v");
    let good = policy(&[statement("Allow", &root_arn(), "secretsmanager:*")]);
    let padded = |len: usize| format!("{good}{}", " ".repeat(len - good.len()));
    put(&house, padded(20_480)).unwrap();
    assert_eq!(stored(&house).unwrap().len(), 20_480);
    refused_as(put(&house, padded(20_481)), "ValidationException");
}

#[test]
fn a_principal_of_this_account_that_does_not_exist_is_refused() {
    let house = house();
    house.secret("s", "v");
    let naming =
        |principal: &str| put(&house, policy(&[statement("Allow", principal, "secretsmanager:GetSecretValue")]));
    for principal in [user_arn("nobody"), "arn:aws:iam::000000000000:role/nobody".into()] {
        refused(naming(&principal), "MalformedPolicyDocumentException", UNKNOWN);
    }
    house.user("reader");
    naming(&user_arn("reader")).unwrap();
    // In another case, or with another path, it is somebody else.
    refused(naming(&user_arn("Reader")), "MalformedPolicyDocumentException", UNKNOWN);
    refused(naming("arn:aws:iam::000000000000:user/path/reader"), "MalformedPolicyDocumentException", UNKNOWN);
    // Of other accounts nothing is known.
    naming("arn:aws:iam::999999999999:user/anybody").unwrap();
}

#[test]
fn a_service_that_is_none_is_refused_in_a_sentence_of_its_own() {
    let house = house();
    house.secret("s", "v");
    let naming = |service: &str| {
        put(
            &house,
            format!(
                r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Principal":{{"Service":"{service}"}},"Action":"secretsmanager:GetSecretValue","Resource":"*"}}}}"#
            ),
        )
    };
    let text = "This resource policy contains an invalid service principal.";
    for service in ["example.com", "lambda", "lambda.amazonaws.org", ".amazonaws.com", "a b.amazonaws.com"] {
        refused(naming(service), "MalformedPolicyDocumentException", text);
    }
    assert_eq!(stored(&house), None);
    naming("lambda.amazonaws.com").unwrap();
}

#[test]
fn a_policy_that_locks_out_its_author_is_refused() {
    let house = house();
    house.secret("s", "v");
    let keeper = house.user_with("keeper", allow("secretsmanager:PutResourcePolicy", "*"));
    house.user("other");
    let by_keeper = |text: String| keeper.put_resource_policy(PutResourcePolicy::new("s", text));
    for text in [
        policy(&[statement("Deny", &user_arn("keeper"), "secretsmanager:*")]),
        policy(&[statement("Deny", &user_arn("keeper"), "secretsmanager:PutResourcePolicy")]),
        policy(&[statement("Deny", "*", "secretsmanager:Put*")]),
        policy(&[statement("Deny", &root_arn(), "secretsmanager:PutResourcePolicy")]),
    ] {
        refused(by_keeper(text), "InvalidRequestException", LOCKED_OUT);
    }
    assert_eq!(stored(&house), None);
    // To lock out somebody else, or oneself from other operations, is allowed.
    by_keeper(policy(&[statement("Deny", &user_arn("other"), "secretsmanager:*")])).unwrap();
    by_keeper(policy(&[statement("Deny", &user_arn("keeper"), "secretsmanager:GetSecretValue")])).unwrap();
    // Root is a principal like any: it may lock itself out of this secret no more than another.
    let text = policy(&[statement("Deny", &root_arn(), "secretsmanager:PutResourcePolicy")]);
    refused(put(&house, text), "InvalidRequestException", LOCKED_OUT);
}

#[test]
fn a_broad_policy_is_refused_only_if_the_request_says_so() {
    let house = house();
    house.secret("s", "v");
    let blocked = |text: &str, block: bool| {
        let request = PutResourcePolicy::new("s", text).block_public_policy(block);
        house.root.put_resource_policy(request)
    };
    let get = "secretsmanager:GetSecretValue";
    let everyone = policy(&[statement("Allow", "*", get)]);
    let bare = everyone.replace("{\"AWS\":\"*\"}", "\"*\"");
    for broad in [
        everyone.clone(),
        bare,
        policy(&[statement_if("Allow", "*", get, r#""StringEquals":{"aws:username":"a"}"#)]),
        policy(&[statement_if("Allow", "*", get, r#""StringLike":{"aws:PrincipalAccount":"0*"}"#)]),
        policy(&[statement_if("Allow", "*", get, r#""StringEqualsIfExists":{"aws:PrincipalAccount":"000000000000"}"#)]),
        policy(&[statement_if("Allow", "*", get, r#""StringNotEquals":{"aws:PrincipalAccount":"000000000000"}"#)]),
        policy(&[statement("Allow", &root_arn(), get), statement("Allow", "*", get)]),
    ] {
        refused(blocked(&broad, true), "PublicPolicyException", PUBLIC);
        assert_eq!(stored(&house), None, "{broad}");
    }
    for narrow in [
        policy(&[statement("Allow", &root_arn(), get)]),
        policy(&[statement("Allow", "999999999999", get)]),
        policy(&[statement_if("Allow", "*", get, r#""StringEquals":{"aws:PrincipalAccount":"000000000000"}"#)]),
        policy(&[statement_if("Allow", "*", get, r#""StringEquals":{"aws:PrincipalOrgID":"o-abcdefghij"}"#)]),
        policy(&[statement("Allow", &root_arn(), "secretsmanager:*"), statement("Deny", "*", get)]),
    ] {
        blocked(&narrow, true).unwrap();
    }
    blocked(&everyone, false).unwrap();
    put(&house, &everyone).unwrap();
}

#[test]
fn the_wish_to_block_can_be_asked_for_in_a_policy() {
    let house = house();
    house.secret("s", "v");
    let condition = r#""Bool":{"secretsmanager:BlockPublicPolicy":"true"}"#;
    let careful = house.user_with("careful", allow_if("secretsmanager:PutResourcePolicy", "*", condition));
    let text = policy(&[statement("Allow", &root_arn(), "secretsmanager:*")]);
    let request = || PutResourcePolicy::new("s", text.as_str());
    let who = user_arn("careful");
    denied(careful.put_resource_policy(request()), &who, "secretsmanager:PutResourcePolicy", Some("s"));
    let open = careful.put_resource_policy(request().block_public_policy(false));
    denied(open, &who, "secretsmanager:PutResourcePolicy", Some("s"));
    careful.put_resource_policy(request().block_public_policy(true)).unwrap();
}

#[test]
fn there_is_one_policy_and_its_name_is_default() {
    let house = house();
    house.secret("s", "v");
    let text = policy(&[statement("Allow", &root_arn(), "secretsmanager:*")]);
    let request = PutResourcePolicy::new("s", text.as_str());
    refused_as(house.root.put_resource_policy(request.clone().policy_name("mine")), "InvalidParameterException");
    refused_as(house.root.put_resource_policy(request.clone().policy_name("a b")), "ValidationException");
    house.root.put_resource_policy(request.policy_name("default")).unwrap();
    let get = |name: &str| house.root.get_resource_policy(GetResourcePolicy::new("s").policy_name(name));
    refused_as(get("mine"), "ResourceNotFoundException");
    assert_eq!(get("default").unwrap().policy_name.as_deref(), Some("default"));
    let delete = |name: &str| house.root.delete_resource_policy(DeleteResourcePolicy::new("s").policy_name(name));
    refused_as(delete("mine"), "InvalidParameterException");
    delete("default").unwrap();
}

#[test]
fn s28_a_policy_put_or_taken_away_binds_the_next_call_of_a_session_that_is_open() {
    let house = house();
    house.secret("s", "v");
    let reader = house.user("reader");
    let another_hand = reader.clone();
    let allow = policy(&[statement("Allow", &user_arn("reader"), "secretsmanager:GetSecretValue")]);
    for _ in 0..3 {
        denied(reader.get_secret_value("s"), &user_arn("reader"), "secretsmanager:GetSecretValue", Some("s"));
        put(&house, &allow).unwrap();
        assert_eq!(another_hand.get_secret_value("s").unwrap().value(), b"v");
        assert_eq!(reader.get_secret_value("s").unwrap().value(), b"v");
        house.root.delete_resource_policy(DeleteResourcePolicy::new("s")).unwrap();
        denied(another_hand.get_secret_value("s"), &user_arn("reader"), "secretsmanager:GetSecretValue", Some("s"));
    }
}

#[test]
fn s30_who_may_put_a_policy_on_a_secret_may_not_read_it_by_that_alone() {
    let house = house();
    house.secret("s", "v");
    let keeper = house.user_with("keeper", allow("secretsmanager:PutResourcePolicy", "*"));
    denied(keeper.get_secret_value("s"), &user_arn("keeper"), "secretsmanager:GetSecretValue", Some("s"));
    // Who grants itself the read did so by a call that stands in the journal.
    let text = policy(&[statement("Allow", &user_arn("keeper"), "secretsmanager:GetSecretValue")]);
    keeper.put_resource_policy(PutResourcePolicy::new("s", text)).unwrap();
    assert_eq!(keeper.get_secret_value("s").unwrap().value(), b"v");
}

fn validate(house: &House, text: &str) -> ValidateResourcePolicyResponse {
    house.root.validate_resource_policy(ValidateResourcePolicy::new(text).secret_id("s")).unwrap()
}
fn checks(answer: &ValidateResourcePolicyResponse) -> Vec<&str> {
    assert_eq!(answer.policy_validation_passed, answer.validation_errors.is_empty());
    answer.validation_errors.iter().map(|error| &*error.check_name).collect()
}

#[test]
fn a_policy_that_passes_validation_can_be_put_and_one_that_does_not_is_refused() {
    let house = house();
    house.secret("s", "v");
    house.user("anaya");
    let get = "secretsmanager:GetSecretValue";
    let good = policy(&[statement("Allow", &user_arn("anaya"), get)]);
    assert_eq!(checks(&validate(&house, &good)), [""; 0]);
    assert_eq!(stored(&house), None, "nothing is stored");
    put(&house, &good).unwrap();
    for (bad, expected) in [
        ("{".to_owned(), "JSON_SYNTAX"),
        (good.replace("\"Effect\"", "\"Efect\""), "UNKNOWN_ELEMENT"),
        (policy(&[statement("Allow", &user_arn("nobody"), get)]), "BAD_PRINCIPAL"),
        (policy(&[statement("Deny", "*", "secretsmanager:*")]), "LOCKOUT"),
    ] {
        assert!(checks(&validate(&house, &bad)).contains(&expected), "{bad}: {:?}", validate(&house, &bad));
        assert!(put(&house, &bad).is_err(), "{bad}");
    }
    // Broad access is an error here whatever the request that puts it says.
    let public = policy(&[statement("Allow", "*", get)]);
    assert_eq!(checks(&validate(&house, &public)), ["PUBLIC"]);
    refused(
        house.root.put_resource_policy(PutResourcePolicy::new("s", public.as_str()).block_public_policy(true)),
        "PublicPolicyException",
        PUBLIC,
    );
    // What AWS stores although it grants nothing.
    let unknown = policy(&[statement("Allow", &user_arn("anaya"), "secretsmanager:GetSecret")]);
    assert_eq!(checks(&validate(&house, &unknown)), ["UNKNOWN_ACTION"]);
    let answer = validate(&house, &policy(&[statement("Allow", &user_arn("nobody"), get)]));
    assert_eq!(&*answer.validation_errors[0].error_message, UNKNOWN);
    let answer = validate(&house, &policy(&[statement("Deny", "*", "secretsmanager:*")]));
    assert_eq!(&*answer.validation_errors[0].error_message, LOCKED_OUT);
    let answer = validate(&house, &unknown);
    let text = &*answer.validation_errors[0].error_message;
    assert!(
        text.starts_with("line 1, column ") && text.contains("did you mean `secretsmanager:GetSecretValue`?"),
        "{text}"
    );
}

#[test]
fn to_validate_a_policy_is_to_be_allowed_to_put_it() {
    let house = house();
    let arn = house.secret("s", "v");
    let good = policy(&[statement("Allow", &root_arn(), "secretsmanager:*")]);
    let clerk = house.user_with("clerk", allow("secretsmanager:ValidateResourcePolicy", "*"));
    let ask = |secret: Option<&str>| {
        let request = ValidateResourcePolicy::new(good.as_str());
        clerk.validate_resource_policy(match secret {
            Some(secret) => request.secret_id(secret),
            None => request,
        })
    };
    denied(ask(Some("s")), &user_arn("clerk"), "secretsmanager:PutResourcePolicy", Some("s"));
    denied(ask(None), &user_arn("clerk"), "secretsmanager:PutResourcePolicy", None);
    house.set_policy("clerk", allow("secretsmanager:ValidateResourcePolicy secretsmanager:PutResourcePolicy", &arn));
    assert!(ask(Some("s")).unwrap().policy_validation_passed);
    // Without a secret it is weighed on `*`, and nobody can be locked out of it.
    denied(ask(None), &user_arn("clerk"), "secretsmanager:ValidateResourcePolicy", None);
    let locks_out = policy(&[statement("Deny", "*", "secretsmanager:*")]);
    let answer = house.root.validate_resource_policy(ValidateResourcePolicy::new(locks_out)).unwrap();
    assert!(answer.policy_validation_passed);
    denied(ask(Some("other")), &user_arn("clerk"), "secretsmanager:ValidateResourcePolicy", Some("other"));
    let missing = ValidateResourcePolicy::new(good.as_str()).secret_id("other");
    refused(house.root.validate_resource_policy(missing), "ResourceNotFoundException", NOT_FOUND);
    house.root.delete_secret(DeleteSecret::new("s")).unwrap();
    refused(ask(Some("s")), "InvalidRequestException", SCHEDULED);
}
