//! Simulations: each answer is held against what the store then does, or against a document whose meaning is plain.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests fail loudly")]

use crate::common::{
    ACCOUNT, allow, allow_if, house, policy, refused, refused_as, root_arn, statement, trust, user_arn,
};
use strongroom::operation::iam::{
    AddUserToGroup, ContextEntry, ContextKeyTypeEnum, CreateGroup, CreatePolicy, CreateRole, EvaluationResult,
    GetContextKeysForCustomPolicy, GetContextKeysForPrincipalPolicy, PutGroupPolicy, PutUserPermissionsBoundary,
    SimulateCustomPolicy, SimulatePrincipalPolicy, Statement,
};
use strongroom::operation::kms::CreateKey;
use strongroom::{Error, Session};

const GET: &str = "secretsmanager:GetSecretValue";
const PROD: &str = "arn:aws:secretsmanager:us-east-1:000000000000:secret:prod/db-a1b2c3";
const DEV: &str = "arn:aws:secretsmanager:us-east-1:000000000000:secret:dev/db-a1b2c3";

fn texts(all: &[&str]) -> Vec<strongroom::name::Text> {
    all.iter().map(|text| (*text).into()).collect()
}
fn custom(policies: &[&str], actions: &[&str]) -> SimulateCustomPolicy {
    SimulateCustomPolicy::new(texts(policies), texts(actions))
}
fn of(source: &str, actions: &[&str]) -> SimulatePrincipalPolicy {
    SimulatePrincipalPolicy::new(source, texts(actions))
}
fn run(session: &Session, request: SimulateCustomPolicy) -> Result<Vec<EvaluationResult>, Error> {
    Ok(session.iam().simulate_custom_policy(request)?.evaluation_results)
}
fn ask(session: &Session, request: SimulatePrincipalPolicy) -> Result<Vec<EvaluationResult>, Error> {
    Ok(session.iam().simulate_principal_policy(request)?.evaluation_results)
}
fn decisions(results: &[EvaluationResult]) -> Vec<&str> {
    results.iter().map(|result| result.eval_decision.as_str()).collect()
}
fn ids(statements: &[Statement]) -> Vec<(&str, &str)> {
    statements.iter().map(|one| (&*one.source_policy_id, one.source_policy_type.as_str())).collect()
}
fn entry(name: &str, values: &[&str], kind: ContextKeyTypeEnum) -> ContextEntry {
    ContextEntry::new().context_key_name(name).context_key_values(texts(values)).context_key_type(kind)
}

#[test]
fn a_custom_simulation_names_the_statement_and_its_place() {
    let house = house();
    let document = "{\"Version\":\"2012-10-17\",\n  \"Statement\":[\n    {\"Effect\":\"Allow\",\"Action\":\"secretsmanager:*\",\"Resource\":\"*\"},\n    {\"Effect\":\"Deny\",\"Action\":\"secretsmanager:DeleteSecret\",\"Resource\":\"*\"}]}";
    let actions = [GET, "secretsmanager:DeleteSecret", "kms:Decrypt"];
    let results = run(&house.root, custom(&[document], &actions)).unwrap();
    assert_eq!(decisions(&results), ["allowed", "explicitDeny", "implicitDeny"]);
    let names: Vec<_> = results.iter().map(|result| (&*result.eval_action_name, &*result.eval_resource_name)).collect();
    assert_eq!(names, actions.map(|action| (action, "*")));
    let [matched] = results[0].matched_statements.as_slice() else { unreachable!("{results:?}") };
    assert_eq!((&*matched.source_policy_id, matched.source_policy_type.as_str()), ("PolicyInputList.1", "none"));
    assert_eq!((matched.start_position.line, matched.start_position.column), (3, 5));
    assert_eq!(matched.end_position.line, 3);
    // Of an explicit deny the denying statements alone.
    let places: Vec<_> = results[1].matched_statements.iter().map(|one| one.start_position.line).collect();
    assert_eq!(places, [4]);
    assert!(results[2].matched_statements.is_empty());
    assert!(results.iter().all(|result| result.eval_decision_details.is_none()), "no resource was asked about");
}

#[test]
fn several_resources_come_each_by_itself_under_the_strictest() {
    let house = house();
    let document = allow(GET, "arn:aws:secretsmanager:*:*:secret:dev/*");
    let request = custom(&[&document], &[GET]).resource_arns(texts(&[DEV, PROD]));
    let results = run(&house.root, request).unwrap();
    let [result] = results.as_slice() else { unreachable!("{results:?}") };
    assert_eq!((&*result.eval_resource_name, result.eval_decision.as_str()), (PROD, "implicitDeny"));
    let each = result.resource_specific_results.as_deref().unwrap();
    let each: Vec<_> = each.iter().map(|one| (&*one.eval_resource_name, one.eval_resource_decision.as_str())).collect();
    assert_eq!(each, [(DEV, "allowed"), (PROD, "implicitDeny")]);
    let one = run(&house.root, custom(&[&document], &[GET]).resource_arns(texts(&[DEV]))).unwrap();
    assert_eq!((decisions(&one)[0], one[0].resource_specific_results.is_none()), ("allowed", true));
    assert!(one[0].eval_decision_details.as_ref().unwrap().is_empty(), "one account");
}

#[test]
fn keys_are_those_that_are_given_and_missing_ones_are_told() {
    let house = house();
    let document = allow_if(GET, "*", r#""IpAddress":{"aws:SourceIp":"10.0.0.0/8"}"#);
    let with = |entries: Vec<ContextEntry>| custom(&[&document], &[GET]).context_entries(entries);
    let results = run(&house.root, with(Vec::new())).unwrap();
    assert_eq!(decisions(&results), ["implicitDeny"]);
    assert_eq!(results[0].missing_context_values, ["aws:SourceIp"]);
    let results = run(&house.root, with(vec![entry("AWS:sourceip", &["10.1.2.3"], ContextKeyTypeEnum::Ip)])).unwrap();
    assert_eq!((decisions(&results)[0], results[0].missing_context_values.len()), ("allowed", 0));
    let tags =
        allow_if(GET, "*", r#""ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]},"Null":{"aws:TagKeys":"false"}"#);
    let entries = vec![entry("aws:TagKeys", &["a", "b"], ContextKeyTypeEnum::StringList)];
    assert_eq!(decisions(&run(&house.root, custom(&[&tags], &[GET]).context_entries(entries)).unwrap()), ["allowed"]);
    for (bad, text) in [
        (
            entry("aws:SourceIp", &["here"], ContextKeyTypeEnum::Ip),
            "here is no value of type ip for the context key aws:SourceIp.",
        ),
        (
            entry("aws:SourceIp", &["10.0.0.1", "10.0.0.2"], ContextKeyTypeEnum::Ip),
            "The context key aws:SourceIp has one value, or a list's type.",
        ),
        (
            entry("aws:MultiFactorAuthPresent", &["maybe"], ContextKeyTypeEnum::Boolean),
            "maybe is no value of type boolean for the context key aws:MultiFactorAuthPresent.",
        ),
        (
            ContextEntry::new().context_key_name("aws:SourceIp"),
            "A context entry needs ContextKeyName and ContextKeyValues.",
        ),
    ] {
        refused(run(&house.root, with(vec![bad])), "InvalidInput", text);
    }
    for (kind, good, bad) in [
        (ContextKeyTypeEnum::Numeric, "-1.5", "x"),
        (ContextKeyTypeEnum::Date, "2026-01-01T00:00:00Z", "today"),
        (ContextKeyTypeEnum::Binary, "AAEC", "*"),
        (ContextKeyTypeEnum::Boolean, "TRUE", "1"),
    ] {
        run(&house.root, with(vec![entry("aws:Thing", &[good], kind.clone())])).unwrap();
        refused_as(run(&house.root, with(vec![entry("aws:Thing", &[bad], kind)])), "InvalidInput");
    }
    let twice = vec![
        entry("aws:SourceIp", &["10.0.0.1"], ContextKeyTypeEnum::Ip),
        entry("aws:sourceIP", &["10.0.0.1"], ContextKeyTypeEnum::Ip),
    ];
    refused(run(&house.root, with(twice)), "InvalidInput", "The context key aws:sourceIP is given twice.");
}

#[test]
fn a_boundary_cuts_and_its_deny_is_no_allow() {
    let house = house();
    let all = allow("*", "*");
    let bounded = |boundary: &str| {
        custom(&[&all], &[GET, "kms:Decrypt"]).permissions_boundary_policy_input_list(texts(&[boundary]))
    };
    let said = |results: &[EvaluationResult]| -> Vec<(String, Option<bool>)> {
        let detail = |result: &EvaluationResult| {
            result.permissions_boundary_decision_detail.as_ref().map(|detail| detail.allowed_by_permissions_boundary)
        };
        results.iter().map(|result| (result.eval_decision.as_str().to_owned(), detail(result))).collect()
    };
    let results = run(&house.root, bounded(&allow(GET, "*"))).unwrap();
    assert_eq!(said(&results), [("allowed".into(), Some(true)), ("implicitDeny".into(), Some(false))]);
    let denies = policy(&[
        r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#.into(),
        r#"{"Effect":"Deny","Action":"kms:*","Resource":"*"}"#.into(),
    ]);
    let results = run(&house.root, bounded(&denies)).unwrap();
    assert_eq!(said(&results), [("allowed".into(), Some(true)), ("explicitDeny".into(), Some(false))]);
    let two = custom(&[&all], &[GET]).permissions_boundary_policy_input_list(texts(&[&all, &all]));
    refused(run(&house.root, two), "InvalidInput", "There can be one permissions boundary only.");
    let plain = run(&house.root, custom(&[&all], &[GET])).unwrap();
    assert!(plain[0].permissions_boundary_decision_detail.is_none());
}

#[test]
fn a_resource_policy_is_weighed_for_the_caller_it_is_given() {
    let house = house();
    let none = allow("kms:Decrypt", "*");
    let theirs = policy(&[statement("Allow", &user_arn("anaya"), GET)]);
    let asked = || custom(&[&none], &[GET]).resource_arns(texts(&[PROD])).resource_policy(theirs.as_str());
    refused(run(&house.root, asked()), "InvalidInput", "ResourcePolicy names principals: give CallerArn.");
    let results = run(&house.root, asked().caller_arn(user_arn("anaya"))).unwrap();
    assert_eq!(decisions(&results), ["allowed"]);
    assert_eq!(ids(&results[0].matched_statements), [("resource policy", "resource")]);
    assert_eq!(decisions(&run(&house.root, asked().caller_arn(user_arn("bob"))).unwrap()), ["implicitDeny"]);
    for arn in [root_arn(), "arn:aws:iam::000000000000:role/app".into(), "nobody".into()] {
        refused_as(run(&house.root, asked().caller_arn(arn)), "InvalidInput");
    }
    // From another account both sides must allow.
    let stranger = "arn:aws:iam::111122223333:user/eve";
    let theirs = policy(&[statement("Allow", stranger, GET)]);
    let asked = |identity: &str| {
        let request = custom(&[identity], &[GET]).resource_arns(texts(&[PROD])).caller_arn(stranger);
        run(&house.root, request.resource_policy(theirs.as_str())).unwrap().remove(0)
    };
    let details = |result: &EvaluationResult| -> Vec<(String, String)> {
        let details = result.eval_decision_details.as_ref().unwrap();
        details.iter().map(|(side, decision)| (side.to_string(), decision.as_str().to_owned())).collect()
    };
    let both = |own: &str| [("IAM Policy".into(), own.into()), ("Resource Policy".into(), "allowed".into())];
    let refused = asked(&none);
    assert_eq!((refused.eval_decision.as_str(), details(&refused)), ("implicitDeny", both("implicitDeny").to_vec()));
    let allowed = asked(&allow(GET, "*"));
    assert_eq!((allowed.eval_decision.as_str(), details(&allowed)), ("allowed", both("allowed").to_vec()));
    // `*` belongs to whom the request says.
    let request = custom(&[&allow(GET, "*")], &[GET]).caller_arn(stranger);
    assert_eq!(decisions(&run(&house.root, request.clone()).unwrap()), ["allowed"]);
    assert_eq!(decisions(&run(&house.root, request.clone().resource_owner(root_arn())).unwrap()), ["implicitDeny"]);
    refused_as(run(&house.root, request.resource_owner(user_arn("x"))), "InvalidInput");
}

#[test]
fn a_key_policy_given_must_delegate() {
    let house = house();
    let key = house.root.kms().create_key(CreateKey::new()).unwrap().key_metadata.arn.to_string();
    let request = || {
        custom(&[&allow("kms:Decrypt", "*")], &["kms:Decrypt"]).resource_arns(texts(&[&key])).caller_arn(user_arn("u"))
    };
    let with = |principal: &str| request().resource_policy(policy(&[statement("Allow", principal, "kms:*")]));
    assert_eq!(decisions(&run(&house.root, with(&root_arn())).unwrap()), ["allowed"]);
    assert_eq!(decisions(&run(&house.root, with(&user_arn("other"))).unwrap()), ["implicitDeny"]);
    assert_eq!(decisions(&run(&house.root, request()).unwrap()), ["allowed"], "by the identity's side alone");
}

#[test]
fn a_principals_simulation_says_what_the_store_then_does() {
    let house = house();
    let iam = house.root.iam();
    let prod = house.secret("prod/db", "value");
    let dev = house.secret("dev/db", "value");
    let anaya = house.user_with("anaya", allow(GET, "arn:aws:secretsmanager:*:*:secret:prod/*"));
    iam.create_group(CreateGroup::new("readers")).unwrap();
    iam.put_group_policy(PutGroupPolicy::new("readers", "dev", allow(GET, "arn:aws:secretsmanager:*:*:secret:dev/*")))
        .unwrap();
    let source = user_arn("anaya");
    let check = |expected: [&str; 2]| {
        let results = ask(&house.root, of(&source, &[GET]).resource_arns(texts(&[&prod, &dev]))).unwrap();
        let each = results[0].resource_specific_results.as_deref().unwrap();
        assert_eq!(each.iter().map(|one| one.eval_resource_decision.as_str()).collect::<Vec<_>>(), expected);
        for (name, decision) in ["prod/db", "dev/db"].into_iter().zip(expected) {
            assert_eq!(anaya.get_secret_value(name).is_ok(), decision == "allowed", "{name}");
        }
        results
    };
    check(["allowed", "implicitDeny"]);
    iam.add_user_to_group(AddUserToGroup::new("readers", "anaya")).unwrap();
    let results = check(["allowed", "allowed"]);
    let each = results[0].resource_specific_results.as_deref().unwrap();
    assert_eq!(ids(&each[0].matched_statements), [("only", "user")]);
    assert_eq!(ids(&each[1].matched_statements), [("readers/dev", "group")]);
    let bound = iam
        .create_policy(CreatePolicy::new("bound", allow(GET, "arn:aws:secretsmanager:*:*:secret:dev/*")))
        .unwrap()
        .policy
        .arn;
    iam.put_user_permissions_boundary(PutUserPermissionsBoundary::new("anaya", bound)).unwrap();
    check(["implicitDeny", "allowed"]);
    // A boundary that is passed stands in place of the user's own; policies that are passed are added.
    let wide = of(&source, &[GET])
        .resource_arns(texts(&[&prod]))
        .permissions_boundary_policy_input_list(texts(&[&allow("*", "*")]));
    assert_eq!(decisions(&ask(&house.root, wide.clone()).unwrap()), ["allowed"]);
    let deny = policy(&[r#"{"Effect":"Deny","Action":"*","Resource":"*"}"#.into()]);
    assert_eq!(decisions(&ask(&house.root, wide.policy_input_list(texts(&[&deny]))).unwrap()), ["explicitDeny"]);
    let group = format!("arn:aws:iam::{ACCOUNT}:group/readers");
    let results = ask(&house.root, of(&group, &[GET]).resource_arns(texts(&[&prod, &dev]))).unwrap();
    let each = results[0].resource_specific_results.as_deref().unwrap();
    let each: Vec<_> = each.iter().map(|one| one.eval_resource_decision.as_str()).collect();
    assert_eq!(each, ["implicitDeny", "allowed"]);
}

#[test]
fn to_assume_a_role_its_trust_policy_is_weighed_too() {
    let house = house();
    let iam = house.root.iam();
    house.user_with("anaya", allow("sts:AssumeRole", "*"));
    house.user_with("bob", allow("sts:AssumeRole", "*"));
    let role = iam.create_role(CreateRole::new("app", trust(&user_arn("anaya")))).unwrap().role.arn.to_string();
    let request = |user: &str| of(&user_arn(user), &["sts:AssumeRole"]).resource_arns(texts(&[&role]));
    assert_eq!(decisions(&ask(&house.root, request("anaya")).unwrap()), ["allowed"]);
    assert_eq!(decisions(&ask(&house.root, request("bob")).unwrap()), ["implicitDeny"]);
    let any = custom(&[&allow("*", "*")], &["sts:AssumeRole"]).resource_arns(texts(&[&role]));
    refused_as(run(&house.root, any.clone()), "InvalidInput");
    assert_eq!(decisions(&run(&house.root, any.clone().caller_arn(user_arn("bob"))).unwrap()), ["implicitDeny"]);
    assert_eq!(decisions(&run(&house.root, any.clone().caller_arn(user_arn("anaya"))).unwrap()), ["allowed"]);
    // The trust policy is shown to those who may see it only.
    let clerk = house.user_with("clerk", allow("iam:SimulateCustomPolicy", "*"));
    refused_as(run(&clerk, any.caller_arn(user_arn("bob"))), "AccessDenied");
    // Whoever passes a trust policy is answered by that one.
    let passed = request("bob").resource_policy(trust(&user_arn("bob")));
    assert_eq!(decisions(&ask(&house.root, passed).unwrap()), ["allowed"]);
}

#[test]
fn asking_is_an_action_of_its_own_on_the_principal() {
    let house = house();
    house.user("anaya");
    let may = allow("iam:SimulatePrincipalPolicy iam:GetContextKeysForPrincipalPolicy", &user_arn("anaya"));
    let clerk = house.user_with("clerk", &may);
    ask(&clerk, of(&user_arn("anaya"), &[GET])).unwrap();
    clerk.iam().get_context_keys_for_principal_policy(user_arn("anaya")).unwrap();
    // Whether there is such a user is told to those alone who may ask about it.
    for arn in [user_arn("nobody"), user_arn("clerk"), user_arn("path/anaya")] {
        let text = format!(
            "User: {} is not authorized to perform: iam:SimulatePrincipalPolicy on resource: {arn} because no identity-based policy allows the iam:SimulatePrincipalPolicy action",
            user_arn("clerk")
        );
        refused(ask(&clerk, of(&arn, &[GET])), "AccessDenied", &text);
    }
    refused_as(run(&clerk, custom(&[&may], &[GET])), "AccessDenied");
    refused_as(
        clerk.iam().get_context_keys_for_custom_policy(GetContextKeysForCustomPolicy::new(texts(&[&may]))),
        "AccessDenied",
    );
    for arn in [user_arn("nobody"), user_arn("path/anaya"), root_arn()] {
        let text = format!("No user, group or role has the ARN {arn}.");
        refused(ask(&house.root, of(&arn, &[GET])), "NoSuchEntity", &text);
    }
    // Another account's users are not this account's to ask about.
    refused_as(ask(&house.root, of("arn:aws:iam::111122223333:user/anaya", &[GET])), "AccessDenied");
}

#[test]
fn answers_come_in_pages_of_the_same_question() {
    let house = house();
    let all = allow("kms:*", "*");
    let actions = [GET, "kms:Decrypt", "kms:Encrypt", "kms:CreateKey", "sts:AssumeRole"];
    let request = || custom(&[&all], &actions).max_items(2);
    let (mut seen, mut marker) = (Vec::new(), None);
    loop {
        let mut next = request();
        next.marker = marker;
        let page = house.root.iam().simulate_custom_policy(next).unwrap();
        assert_eq!(page.is_truncated, page.marker.is_some());
        seen.extend(page.evaluation_results.iter().map(|result| result.eval_action_name.to_string()));
        marker = page.marker;
        if marker.is_none() {
            break;
        }
    }
    assert_eq!(seen, actions);
    let marker = house.root.iam().simulate_custom_policy(request()).unwrap().marker.unwrap();
    let other = custom(&[&all], &actions[1..]).max_items(2).marker(marker);
    refused(run(&house.root, other), "ValidationError", "Invalid Marker.");
    let many = vec![strongroom::name::Text::from(PROD); 10_001];
    refused_as(run(&house.root, custom(&[&all], &[GET]).resource_arns(many)), "InvalidInput");
}

#[test]
fn what_cannot_be_meant_or_is_not_served_is_refused() {
    let house = house();
    let all = allow("*", "*");
    for action in ["secretsmanager:*", "GetSecretValue", "kms:", "kms:De?rypt"] {
        refused_as(run(&house.root, custom(&[&all], &[action])), "InvalidInput");
    }
    refused_as(run(&house.root, custom(&["{}"], &[GET])), "InvalidInput");
    refused_as(run(&house.root, custom(&[&all], &[GET]).resource_arns(texts(&["prod/db"]))), "InvalidInput");
    refused(
        run(&house.root, custom(&[&all], &[GET]).resource_handling_option("EC2-VPC-EBS")),
        "UnsupportedOperationException",
        "`ResourceHandlingOption` is not served by this release",
    );
    let malformed = custom(&[&all], &[GET]).resource_policy("{").caller_arn(user_arn("x"));
    refused_as(run(&house.root, malformed), "InvalidInput");
}

#[test]
fn context_keys_are_those_of_conditions_and_variables() {
    let house = house();
    let one = allow_if(
        GET,
        "*",
        r#""IpAddress":{"aws:SourceIp":"10.0.0.0/8"},"StringEquals":{"kms:ViaService":"${aws:username}"}"#,
    );
    let two = allow_if(
        GET,
        "arn:aws:secretsmanager:*:*:secret:${aws:PrincipalTag/team}/*",
        r#""Bool":{"AWS:sourceip":"true"}"#,
    );
    let request = GetContextKeysForCustomPolicy::new(texts(&[&one, &two]));
    let names = house.root.iam().get_context_keys_for_custom_policy(request).unwrap().context_key_names;
    assert_eq!(names, ["aws:PrincipalTag/team", "aws:SourceIp", "aws:username", "kms:ViaService"]);
    house.user_with("anaya", &one);
    let own = house.root.iam().get_context_keys_for_principal_policy(user_arn("anaya")).unwrap().context_key_names;
    assert_eq!(own, ["aws:SourceIp", "aws:username", "kms:ViaService"]);
    let more = GetContextKeysForPrincipalPolicy::new(user_arn("anaya")).policy_input_list(texts(&[&two]));
    let more = house.root.iam().get_context_keys_for_principal_policy(more).unwrap().context_key_names;
    assert_eq!(more, ["aws:PrincipalTag/team", "aws:SourceIp", "aws:username", "kms:ViaService"]);
    refused_as(
        house.root.iam().get_context_keys_for_custom_policy(GetContextKeysForCustomPolicy::new(texts(&["x"]))),
        "InvalidInput",
    );
}
