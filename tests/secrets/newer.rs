//! Section 18: members and operations of the newer models of AWS.

use strongroom::operation::secretsmanager::{
    CreateSecret, DeleteResourcePolicy, GetResourcePolicy, ListResourcePolicies, ListSecrets, PutResourcePolicy,
    PutSecretValue, UpdateSecret,
};

use crate::common::*;

/// As a description and as a list show it.
fn shown(house: &House, name: &str) -> (Option<String>, Option<String>) {
    let described = house.root.describe_secret(name).unwrap().secret_type;
    let list = house.root.list_secrets(ListSecrets::new()).unwrap().secret_list;
    let listed = list.into_iter().find(|entry| entry.name == *name).unwrap().secret_type;
    (described.map(String::from), listed.map(String::from))
}
fn both(partner: &str) -> (Option<String>, Option<String>) {
    (Some(partner.to_owned()), Some(partner.to_owned()))
}

#[test]
fn the_type_of_a_partners_secret_is_kept_and_shown() {
    let house = house();
    house.root.create_secret(CreateSecret::text("s", "v").secret_type("SalesforceClientSecret")).unwrap();
    house.secret("plain", "v");
    assert_eq!(shown(&house, "s"), both("SalesforceClientSecret"));
    assert_eq!(shown(&house, "plain"), (None, None));
    // What is not sent stays.
    house.root.update_secret(UpdateSecret::new("s").description("d")).unwrap();
    house.root.put_secret_value(PutSecretValue::text("s", "w")).unwrap();
    assert_eq!(shown(&house, "s"), both("SalesforceClientSecret"));
    house.clock.advance_millis(5);
    let answer = house.root.update_secret(UpdateSecret::new("s").secret_type("Other")).unwrap();
    assert!(answer.version_id.is_none(), "no new version");
    assert_eq!(shown(&house, "s"), both("Other"));
    assert_eq!(house.root.describe_secret("s").unwrap().last_changed_date.unwrap().as_millis(), NOW.as_millis() + 5);
    // Empty is the same as none.
    house.root.update_secret(UpdateSecret::new("s").secret_type("")).unwrap();
    assert_eq!(shown(&house, "s"), (None, None));
    house.root.create_secret(CreateSecret::text("empty", "v").secret_type("")).unwrap();
    assert_eq!(shown(&house, "empty"), (None, None));
    house.root.update_secret(UpdateSecret::new("plain").secret_type("a".repeat(256))).unwrap();
    assert_eq!(shown(&house, "plain"), both(&"a".repeat(256)));
    let long = UpdateSecret::new("plain").secret_type("a".repeat(257));
    refused_as(house.root.update_secret(long), "ValidationException");
}

#[test]
fn a_policy_may_ask_for_the_type_that_is_sent_and_for_the_type_that_is_there() {
    let house = house();
    house.root.create_secret(CreateSecret::text("s", "v").secret_type("Partner")).unwrap();
    house.secret("plain", "v");
    let of = r#""StringEquals":{"secretsmanager:resource/Type":"Partner"}"#;
    let u = house.user_with("u", allow_if("secretsmanager:GetSecretValue", "*", of));
    assert_eq!(u.get_secret_value("s").unwrap().value(), b"v");
    denied(u.get_secret_value("plain"), &user_arn("u"), "secretsmanager:GetSecretValue", Some("plain"));
    let sent = r#""StringEquals":{"secretsmanager:Type":"Partner"}"#;
    house.set_policy("u", allow_if("secretsmanager:CreateSecret secretsmanager:UpdateSecret", "*", sent));
    u.create_secret(CreateSecret::text("new", "v").secret_type("Partner")).unwrap();
    assert!(u.create_secret(CreateSecret::text("other", "v").secret_type("Else")).unwrap_err().is_access_denied());
    assert!(u.update_secret(UpdateSecret::new("plain").description("d")).unwrap_err().is_access_denied());
    u.update_secret(UpdateSecret::new("plain").secret_type("Partner")).unwrap();
}

#[test]
fn the_policies_of_a_secret_are_listed_by_name() {
    let house = house();
    let arn = house.secret("s", "v");
    let names = |request: ListResourcePolicies| {
        let answer = house.root.list_resource_policies(request).unwrap();
        assert!(answer.next_token.is_none());
        answer.resource_policies.iter().map(|entry| entry.policy_name.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(names("s".into()), [""; 0]);
    house.set_resource_policy("s", policy(&[statement("Allow", &root_arn(), "secretsmanager:*")]));
    assert_eq!(names("s".into()), ["default"]);
    assert_eq!(names(ListResourcePolicies::new(arn.as_str()).max_results(1)), ["default"]);
    for size in [0, 101] {
        refused_as(
            house.root.list_resource_policies(ListResourcePolicies::new("s").max_results(size)),
            "ValidationException",
        );
    }
    let token = ListResourcePolicies::new("s").next_token("x");
    refused(house.root.list_resource_policies(token), "InvalidNextTokenException", "The NextToken value is invalid.");
    refused(house.root.list_resource_policies("missing"), "ResourceNotFoundException", NOT_FOUND);
    // A right of its own.
    let u = house.user_with("u", allow("secretsmanager:GetResourcePolicy", "*"));
    denied(u.list_resource_policies("s"), &user_arn("u"), "secretsmanager:ListResourcePolicies", Some("s"));
    house.set_policy("u", allow("secretsmanager:ListResourcePolicies", &arn));
    assert_eq!(u.list_resource_policies("s").unwrap().resource_policies.len(), 1);
    denied(u.list_resource_policies("missing"), &user_arn("u"), "secretsmanager:ListResourcePolicies", Some("missing"));
    house.root.delete_resource_policy("s").unwrap();
    assert_eq!(names("s".into()), [""; 0]);
    house.root.delete_secret("s").unwrap();
    refused(house.root.list_resource_policies("s"), "InvalidRequestException", SCHEDULED);
}

#[test]
fn answers_about_a_policy_say_default() {
    let house = house();
    house.secret("s", "v");
    let text = policy(&[statement("Allow", &root_arn(), "secretsmanager:*")]);
    let default = Some("default");
    let put = house.root.put_resource_policy(PutResourcePolicy::new("s", text)).unwrap();
    assert_eq!(put.policy_name.as_deref(), default);
    assert_eq!(house.root.get_resource_policy(GetResourcePolicy::new("s")).unwrap().policy_name.as_deref(), default);
    let gone = house.root.delete_resource_policy(DeleteResourcePolicy::new("s")).unwrap();
    assert_eq!(gone.policy_name.as_deref(), default);
}

#[test]
fn replicas_in_another_account_are_out_of_scope() {
    let house = house();
    let request = CreateSecret::text("s", "v").cross_account_primary_arn(secret_arn("there", "abcdef"));
    refused_as(house.root.create_secret(request), "InvalidParameterException");
    refused(house.root.describe_secret("s"), "ResourceNotFoundException", NOT_FOUND);
    for name in ["AssociateCrossAccountReplica", "DisassociateCrossAccountReplica"] {
        let error = strongroom::json::read_any("secretsmanager", name, b"{}").unwrap_err();
        assert_eq!(error.code(), "UnknownOperationException");
    }
}
