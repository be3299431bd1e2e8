//! Temporary credentials: who may have them, what they can do, and when they end.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests fail loudly")]

use crate::common::{
    ACCOUNT, House, NOW, REGION, allow, allow_if, bring, house, policy, refused, refused_as, root_arn, trust, user_arn,
};
use strongroom::operation::iam::{
    AttachUserPolicy, CreatePolicy, CreatePolicyVersion, CreateRole, CreateUser, DeleteRole, DeleteRolePolicy,
    DeleteUser, DeleteUserPolicy, GetUser, PutRolePolicy, Tag as RoleTag, TagRole, UpdateAssumeRolePolicy, UpdateRole,
};
use strongroom::operation::kms::{CreateGrant, Encrypt, GrantOperation};
use strongroom::operation::secretsmanager::PutResourcePolicy;
use strongroom::operation::sts::{
    AssumeRole, GetCallerIdentity, GetFederationToken, GetSessionToken, PolicyDescriptorType, Tag,
};
use strongroom::{Error, ErrorKind, Principal, Question, Session};

const GET: &str = "secretsmanager:GetSecretValue";
const HOUR_MS: i64 = 3_600_000;

fn role_arn(name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:role/{name}")
}
fn assume(name: &str) -> AssumeRole {
    AssumeRole::new(role_arn(name), "night-shift")
}
/// A role whose trust policy admits the account, and what it may do.
fn role(house: &House, name: &str, trust: impl AsRef<str>, may: impl AsRef<str>) {
    house.root.iam().create_role(CreateRole::new(name, trust.as_ref())).unwrap();
    house.root.iam().put_role_policy(PutRolePolicy::new(name, "only", may.as_ref())).unwrap();
}
/// anaya may assume `reader`, which may read everything.
fn furnished() -> (House, Session) {
    let house = house();
    house.secret("prod/db", "value");
    house.secret("test/db", "other");
    let anaya = house.user_with("anaya", allow("sts:AssumeRole sts:TagSession sts:SetSourceIdentity", "*"));
    role(&house, "reader", trust_for("sts:AssumeRole sts:TagSession sts:SetSourceIdentity"), allow(GET, "*"));
    (house, anaya)
}
fn trust_for(actions: &str) -> String {
    let actions: Vec<String> = actions.split(' ').map(|action| format!("\"{action}\"")).collect();
    policy(&[format!(
        r#"{{"Effect":"Allow","Principal":{{"AWS":"{}"}},"Action":[{}]}}"#,
        root_arn(),
        actions.join(",")
    )])
}
fn is_over<T: std::fmt::Debug>(outcome: Result<T, Error>) {
    assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Expired);
}

#[test]
fn a_role_is_assumed_and_its_credentials_are_good_until_they_end() {
    let (house, anaya) = furnished();
    refused_as(anaya.get_secret_value("prod/db"), "AccessDeniedException");
    let answer = anaya.sts().assume_role(assume("reader")).unwrap();
    let credentials = answer.credentials.unwrap();
    assert!(credentials.access_key_id.starts_with("ASIA") && credentials.access_key_id.len() == 20);
    assert_eq!(credentials.expiration, NOW.plus_millis(HOUR_MS));
    let arn = format!("arn:aws:sts::{ACCOUNT}:assumed-role/reader/night-shift");
    let who = answer.assumed_role_user.unwrap();
    assert_eq!(*who.arn, *arn);
    assert!(who.assumed_role_id.starts_with("AROA") && who.assumed_role_id.ends_with(":night-shift"));
    assert_eq!((answer.packed_policy_size, answer.source_identity), (None, None));

    let session = bring(&house, &credentials).unwrap();
    assert_eq!(session.get_secret_value("prod/db").unwrap().value(), b"value");
    let identity = session.sts().get_caller_identity(GetCallerIdentity::new()).unwrap();
    assert_eq!((&identity.arn, &identity.user_id), (&who.arn, &who.assumed_role_id));
    let same = anaya.assume_role(assume("reader")).unwrap();
    assert_eq!(same.principal_arn(), arn);
    same.get_secret_value("prod/db").unwrap();

    house.clock.advance_millis(HOUR_MS - 1);
    session.get_secret_value("prod/db").unwrap();
    house.clock.advance_millis(1);
    is_over(session.get_secret_value("prod/db"));
    is_over(same.get_secret_value("prod/db"));
    refused(bring(&house, &credentials), "ExpiredToken", "The security token included in the request is expired");
    // Time that was committed does not come back with the clock.
    house.secret("mark", "x");
    house.clock.advance_millis(-2 * HOUR_MS);
    is_over(session.get_secret_value("prod/db"));
}

#[test]
fn a_token_that_was_changed_or_signed_with_another_secret_is_nobodys() {
    let (house, anaya) = furnished();
    let mut one = anaya.sts().assume_role(assume("reader")).unwrap().credentials.unwrap();
    let two = anaya.sts().assume_role(assume("reader")).unwrap().credentials.unwrap();
    let token = one.session_token.expose().to_owned();
    one.session_token = format!("{}A", &token[..token.len() - 1]).into();
    let spoilt = bring(&house, &one);
    assert!(spoilt.is_err() || token.ends_with('A'));
    one.session_token = two.session_token;
    refused_as(bring(&house, &one), "SignatureDoesNotMatch");
    one.session_token = "not a token".into();
    refused_as(bring(&house, &one), "InvalidClientTokenId");
}

#[test]
fn the_trust_policy_decides_with_its_conditions() {
    let (house, anaya) = furnished();
    let missing = role_arn("nobody");
    // Whether there is such a role is not told.
    for name in ["nobody", "reader"] {
        let ben = house.room.session(Principal::user("anaya")).unwrap();
        if name == "reader" {
            house
                .root
                .iam()
                .update_assume_role_policy(UpdateAssumeRolePolicy::new("reader", trust(&user_arn("anaya"))))
                .unwrap();
            ben.assume_role(assume(name)).unwrap();
            house.root.iam().create_user(CreateUser::new("cara")).unwrap();
            house
                .root
                .iam()
                .update_assume_role_policy(UpdateAssumeRolePolicy::new("reader", trust(&user_arn("cara"))))
                .unwrap();
        }
        let error = ben.assume_role(assume(name)).unwrap_err();
        assert_eq!(error.code(), "AccessDenied");
    }
    refused_as(anaya.assume_role(AssumeRole::new(missing, "night-shift")), "AccessDenied");
    refused(house.root.assume_role(assume("reader")), "AccessDenied", "Roles may not be assumed by root accounts.");

    let conditions = [
        ("sts:ExternalId", "z-42"),
        ("sts:RoleSessionName", "night-shift"),
        ("sts:SourceIdentity", "anaya"),
        ("aws:RequestTag/team", "blue"),
    ];
    for (key, value) in conditions {
        let trust = policy(&[format!(
            r#"{{"Effect":"Allow","Principal":{{"AWS":"{}"}},"Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"],
                "Condition":{{"StringEquals":{{"{key}":"{value}"}}}}}}"#,
            user_arn("anaya")
        )]);
        house.root.iam().update_assume_role_policy(UpdateAssumeRolePolicy::new("reader", trust)).unwrap();
        let request = |external: &str, session: &str, identity: &str, team: &str| {
            AssumeRole::new(role_arn("reader"), session)
                .external_id(external)
                .source_identity(identity)
                .tags(vec![Tag::new("team", team)])
        };
        anaya.assume_role(request("z-42", "night-shift", "anaya", "blue")).unwrap();
        let others = |spoilt: &str| if spoilt == key { "other" } else { "" };
        let pick = |name: &str, right: &'static str| if others(name).is_empty() { right } else { "other" };
        let wrong = request(
            pick("sts:ExternalId", "z-42"),
            pick("sts:RoleSessionName", "night-shift"),
            pick("sts:SourceIdentity", "anaya"),
            pick("aws:RequestTag/team", "blue"),
        );
        refused_as(anaya.assume_role(wrong), "AccessDenied");
    }
    let carried = policy(&[format!(
        r#"{{"Effect":"Allow","Principal":{{"AWS":"{}"}},"Action":["sts:AssumeRole","sts:TagSession"],
            "Condition":{{"ForAllValues:StringEquals":{{"sts:TransitiveTagKeys":["team"]}},"Null":{{"sts:TransitiveTagKeys":"false"}}}}}}"#,
        user_arn("anaya")
    )]);
    house.root.iam().update_assume_role_policy(UpdateAssumeRolePolicy::new("reader", carried)).unwrap();
    let tags = || vec![Tag::new("team", "a"), Tag::new("shift", "b")];
    let going_on = |key: &str| assume("reader").tags(tags()).transitive_tag_keys(vec![key.into()]);
    anaya.assume_role(going_on("team")).unwrap();
    refused_as(anaya.assume_role(going_on("shift")), "AccessDenied");
    refused_as(anaya.assume_role(assume("reader").tags(tags())), "AccessDenied");

    let short = policy(&[format!(
        r#"{{"Effect":"Allow","Principal":{{"AWS":"{}"}},"Action":"sts:AssumeRole",
            "Condition":{{"NumericLessThanEquals":{{"sts:DurationSeconds":"900"}}}}}}"#,
        user_arn("anaya")
    )]);
    house.root.iam().update_assume_role_policy(UpdateAssumeRolePolicy::new("reader", short)).unwrap();
    anaya.assume_role(assume("reader").duration_seconds(900)).unwrap();
    refused_as(anaya.assume_role(assume("reader").duration_seconds(901)), "AccessDenied");
}

#[test]
fn tags_and_source_identity_need_their_own_rights_on_both_sides() {
    let (house, anaya) = furnished();
    let tagged = || assume("reader").tags(vec![Tag::new("team", "blue")]);
    let named = || assume("reader").source_identity("anaya");
    anaya.assume_role(tagged()).unwrap();
    anaya.assume_role(named()).unwrap();
    house.set_policy("anaya", allow("sts:AssumeRole", "*"));
    refused_as(anaya.assume_role(tagged()), "AccessDenied");
    refused_as(anaya.assume_role(named()), "AccessDenied");
    house.set_policy("anaya", allow("sts:*", "*"));
    house
        .root
        .iam()
        .update_assume_role_policy(UpdateAssumeRolePolicy::new("reader", trust_for("sts:AssumeRole")))
        .unwrap();
    refused_as(anaya.assume_role(tagged()), "AccessDenied");
    refused_as(anaya.assume_role(named()), "AccessDenied");
    anaya.assume_role(assume("reader")).unwrap();
}

#[test]
fn a_session_lasts_as_long_as_its_role_allows() {
    let (house, anaya) = furnished();
    let lasts = |seconds| anaya.assume_role(assume("reader").duration_seconds(seconds)).map(|_| ());
    lasts(900).unwrap();
    lasts(3_600).unwrap();
    refused(
        lasts(3_601),
        "ValidationError",
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    );
    house.root.iam().update_role(UpdateRole::new("reader").max_session_duration(43_200)).unwrap();
    lasts(43_200).unwrap();
    for seconds in [899, 43_201] {
        refused_as(lasts(seconds), "ValidationError");
    }
    // Of a session that a session asked for an hour is the most, whatever the role allows.
    role(&house, "step", trust_for("sts:AssumeRole"), allow("sts:AssumeRole", "*"));
    let step = anaya.assume_role(assume("step")).unwrap();
    refused(
        step.assume_role(assume("reader").duration_seconds(3_601)),
        "ValidationError",
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
    );
    step.assume_role(assume("reader").duration_seconds(3_600)).unwrap();
}

#[test]
fn session_policies_cut_and_never_widen() {
    let (house, anaya) = furnished();
    let prod = allow(GET, &format!("arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:prod/*"));
    let cut = anaya.assume_role(assume("reader").policy(prod.as_str())).unwrap();
    cut.get_secret_value("prod/db").unwrap();
    refused_as(cut.get_secret_value("test/db"), "AccessDeniedException");
    // What the role may not do no session policy adds.
    let wide = anaya.assume_role(assume("reader").policy(allow("*", "*"))).unwrap();
    refused_as(wide.iam().get_user(GetUser::new().user_name("anaya")), "AccessDenied");

    // Managed ones, read anew at each call; with a document they are one union.
    let iam = house.root.iam();
    let arn = iam
        .create_policy(CreatePolicy::new(
            "test-only",
            allow(GET, &format!("arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:test/*")),
        ))
        .unwrap()
        .policy
        .arn;
    let arns = vec![PolicyDescriptorType::new().arn(&*arn)];
    let managed = anaya.assume_role(assume("reader").policy_arns(arns.clone())).unwrap();
    refused_as(managed.get_secret_value("prod/db"), "AccessDeniedException");
    managed.get_secret_value("test/db").unwrap();
    let both = anaya.assume_role(assume("reader").policy(prod.as_str()).policy_arns(arns)).unwrap();
    both.get_secret_value("prod/db").unwrap();
    both.get_secret_value("test/db").unwrap();
    let nothing = allow("iam:GetUser", "*");
    iam.create_policy_version(CreatePolicyVersion::new(&*arn, nothing).set_as_default(true)).unwrap();
    refused_as(managed.get_secret_value("test/db"), "AccessDeniedException");
    refused_as(both.get_secret_value("test/db"), "AccessDeniedException");
    both.get_secret_value("prod/db").unwrap();

    refused_as(anaya.assume_role(assume("reader").policy("{}")), "MalformedPolicyDocument");
    let absent = vec![PolicyDescriptorType::new().arn(format!("arn:aws:iam::{ACCOUNT}:policy/absent"))];
    refused_as(anaya.assume_role(assume("reader").policy_arns(absent)), "NoSuchEntity");
    let answer = anaya.sts().assume_role(assume("reader").policy(prod)).unwrap();
    assert!(answer.packed_policy_size.unwrap() > 0);
    let tags = |len: usize| (0..50).map(|n| Tag::new(format!("k{n}"), "v".repeat(len))).collect::<Vec<_>>();
    anaya.assume_role(assume("reader").tags(tags(100))).unwrap();
    refused_as(anaya.assume_role(assume("reader").tags(tags(200))), "PackedPolicyTooLarge");
}

#[test]
fn a_grant_to_the_role_is_cut_as_its_policies_are() {
    let (house, anaya) = furnished();
    let key = house.customer_key(policy(&[format!(
        r#"{{"Effect":"Allow","Principal":{{"AWS":"{}"}},"Action":"kms:*","Resource":"*"}}"#,
        root_arn()
    )]));
    let grant = CreateGrant::new(key.as_str(), vec![GrantOperation::Encrypt]).grantee_principal(role_arn("reader"));
    house.root.kms().create_grant(grant).unwrap();
    let encrypt = |session: &Session| session.kms().encrypt(Encrypt::new(key.as_str(), b"x".as_slice()));
    encrypt(&anaya.assume_role(assume("reader")).unwrap()).unwrap();
    refused_as(encrypt(&anaya.assume_role(assume("reader").policy(allow(GET, "*"))).unwrap()), "AccessDeniedException");
    encrypt(&anaya.assume_role(assume("reader").policy(allow("kms:Encrypt", "*"))).unwrap()).unwrap();
}

#[test]
fn session_tags_overlay_and_transitive_ones_stay() {
    let (house, anaya) = furnished();
    let sts = "sts:AssumeRole sts:TagSession";
    house.root.iam().tag_role(TagRole::new("reader", vec![RoleTag::new("team", "red")])).unwrap();
    let blue_only = allow_if(GET, "*", r#""StringEquals":{"aws:PrincipalTag/team":"blue"}"#);
    house.root.iam().put_role_policy(PutRolePolicy::new("reader", "only", blue_only)).unwrap();
    refused_as(anaya.assume_role(assume("reader")).unwrap().get_secret_value("prod/db"), "AccessDeniedException");
    let tagged = assume("reader").tags(vec![Tag::new("Team", "blue")]);
    anaya.assume_role(tagged).unwrap().get_secret_value("prod/db").unwrap();

    role(&house, "first", trust_for(sts), allow(sts, "*"));
    let tags = || vec![Tag::new("team", "blue"), Tag::new("shift", "night")];
    let carried = assume("first").tags(tags()).transitive_tag_keys(vec!["team".into()]);
    let first = anaya.assume_role(carried).unwrap();
    first.assume_role(assume("reader")).unwrap().get_secret_value("prod/db").unwrap();
    refused_as(first.assume_role(assume("reader").tags(vec![Tag::new("TEAM", "red")])), "ValidationError");
    let dropped = anaya.assume_role(assume("first").tags(tags())).unwrap();
    refused_as(dropped.assume_role(assume("reader")).unwrap().get_secret_value("prod/db"), "AccessDeniedException");
    refused_as(anaya.assume_role(assume("first").transitive_tag_keys(vec!["team".into()])), "ValidationError");
    let twice = vec![Tag::new("team", "a"), Tag::new("TEAM", "b")];
    refused_as(anaya.assume_role(assume("first").tags(twice)), "InvalidInput");
}

#[test]
fn a_source_identity_is_set_once_and_carried_on() {
    let (house, anaya) = furnished();
    role(&house, "first", trust_for("sts:AssumeRole sts:SetSourceIdentity"), allow("sts:*", "*"));
    let only = allow_if(GET, "*", r#""StringEquals":{"aws:SourceIdentity":"anaya"}"#);
    house.root.iam().put_role_policy(PutRolePolicy::new("reader", "only", only)).unwrap();
    let first = anaya.assume_role(assume("first").source_identity("anaya")).unwrap();
    let answer = first.sts().assume_role(assume("reader")).unwrap();
    assert_eq!(answer.source_identity.as_deref(), Some("anaya"));
    bring(&house, &answer.credentials.unwrap()).unwrap().get_secret_value("prod/db").unwrap();
    refused_as(first.assume_role(assume("reader").source_identity("ben")), "ValidationError");
    let without = anaya.assume_role(assume("reader")).unwrap();
    refused_as(without.get_secret_value("prod/db"), "AccessDeniedException");
    // To carry it on is a right of its own.
    house
        .root
        .iam()
        .update_assume_role_policy(UpdateAssumeRolePolicy::new("reader", trust_for("sts:AssumeRole")))
        .unwrap();
    refused_as(first.assume_role(assume("reader")), "AccessDenied");
}

#[test]
fn a_session_ends_with_its_role_and_with_whoever_asked_for_it() {
    let (house, anaya) = furnished();
    let iam = house.root.iam();
    let credentials = anaya.sts().assume_role(assume("reader")).unwrap().credentials.unwrap();
    let session = bring(&house, &credentials).unwrap();
    role(&house, "step", trust_for("sts:AssumeRole"), allow("sts:AssumeRole", "*"));
    let beyond = anaya.assume_role(assume("step")).unwrap().assume_role(assume("reader")).unwrap();
    session.get_secret_value("prod/db").unwrap();
    beyond.get_secret_value("prod/db").unwrap();

    iam.delete_role_policy(DeleteRolePolicy::new("step", "only")).unwrap();
    beyond.get_secret_value("prod/db").unwrap();
    iam.delete_role(DeleteRole::new("step")).unwrap();
    is_over(beyond.get_secret_value("prod/db"));

    iam.delete_role_policy(DeleteRolePolicy::new("reader", "only")).unwrap();
    iam.delete_role(DeleteRole::new("reader")).unwrap();
    is_over(session.get_secret_value("prod/db"));
    role(&house, "reader", trust_for("sts:AssumeRole"), allow(GET, "*"));
    is_over(session.get_secret_value("prod/db"));
    refused_as(bring(&house, &credentials), "ExpiredToken");

    let credentials = anaya.sts().assume_role(assume("reader")).unwrap().credentials.unwrap();
    let session = bring(&house, &credentials).unwrap();
    session.get_secret_value("prod/db").unwrap();
    iam.delete_user_policy(DeleteUserPolicy::new("anaya", "only")).unwrap();
    session.get_secret_value("prod/db").unwrap();
    iam.delete_user(DeleteUser::new("anaya")).unwrap();
    is_over(session.get_secret_value("prod/db"));
    house.user_with("anaya", allow("sts:AssumeRole", "*"));
    is_over(session.get_secret_value("prod/db"));
    refused_as(bring(&house, &credentials), "ExpiredToken");
}

#[test]
fn a_caller_of_another_account_needs_both_sides() {
    let (house, _) = furnished();
    let arn = "arn:aws:iam::444455556666:user/mateo";
    let stranger = house.stranger(arn);
    refused_as(stranger.assume_role(assume("reader")), "AccessDenied");
    house.root.iam().update_assume_role_policy(UpdateAssumeRolePolicy::new("reader", trust(arn))).unwrap();
    stranger.assume_role(assume("reader")).unwrap().get_secret_value("prod/db").unwrap();
    let bare = house.room.session(Principal::of_another_account(arn, [allow("iam:GetUser", "*")])).unwrap();
    refused_as(bare.assume_role(assume("reader")), "AccessDenied");
    refused_as(stranger.sts().get_session_token(GetSessionToken::new()), "AccessDenied");
}

#[test]
fn a_session_token_is_the_user_for_a_while_and_without_mfa_no_administrator() {
    let house = house();
    house.secret("prod/db", "value");
    let anaya = house.user_with("anaya", allow("*", "*"));
    role(&house, "reader", trust_for("sts:AssumeRole"), allow(GET, "*"));
    let answer = anaya.sts().get_session_token(GetSessionToken::new()).unwrap();
    let credentials = answer.credentials.unwrap();
    assert_eq!(credentials.expiration, NOW.plus_millis(12 * HOUR_MS));
    let session = bring(&house, &credentials).unwrap();
    assert_eq!(session.principal_arn(), user_arn("anaya"));
    session.get_secret_value("prod/db").unwrap();
    refused_as(session.iam().get_user(GetUser::new()), "AccessDenied");
    session.sts().get_caller_identity(GetCallerIdentity::new()).unwrap();
    session.assume_role(assume("reader")).unwrap();
    refused_as(session.sts().get_session_token(GetSessionToken::new()), "AccessDenied");
    refused_as(session.sts().get_federation_token(GetFederationToken::new("guest")), "AccessDenied");
    // Temporary credentials say that there was no second factor; lasting ones say nothing.
    let no_mfa = allow_if(GET, "*", r#""Bool":{"aws:MultiFactorAuthPresent":"false"}"#);
    house.set_policy("anaya", no_mfa);
    session.get_secret_value("prod/db").unwrap();
    refused_as(anaya.get_secret_value("prod/db"), "AccessDeniedException");
    house.set_policy("anaya", allow_if(GET, "*", r#""DateGreaterThan":{"aws:TokenIssueTime":"2020-01-01T00:00:00Z"}"#));
    session.get_secret_value("prod/db").unwrap();
    refused_as(anaya.get_secret_value("prod/db"), "AccessDeniedException");

    for seconds in [899, 129_601] {
        refused_as(anaya.sts().get_session_token(GetSessionToken::new().duration_seconds(seconds)), "ValidationError");
    }
    let of_root = house.root.sts().get_session_token(GetSessionToken::new()).unwrap().credentials.unwrap();
    assert_eq!(of_root.expiration, NOW.plus_millis(HOUR_MS));
    refused_as(house.root.sts().get_session_token(GetSessionToken::new().duration_seconds(3_601)), "ValidationError");
    let root = bring(&house, &of_root).unwrap();
    root.get_secret_value("prod/db").unwrap();
    refused_as(root.iam().get_user(GetUser::new().user_name("anaya")), "AccessDenied");
    let machine = house.role_with("machine", "m1", allow("*", "*"));
    refused_as(machine.sts().get_session_token(GetSessionToken::new()), "AccessDenied");
}

#[test]
fn a_federated_session_has_what_user_and_policy_both_allow() {
    let house = house();
    let arn = house.secret("prod/db", "value");
    house.secret("test/db", "other");
    let anaya = house.user_with("anaya", allow("sts:GetFederationToken sts:TagSession secretsmanager:*", "*"));
    let federate = |request: GetFederationToken| {
        let answer = anaya.sts().get_federation_token(request).unwrap();
        assert_eq!(*answer.federated_user.unwrap().arn, *format!("arn:aws:sts::{ACCOUNT}:federated-user/guest"));
        bring(&house, &answer.credentials.unwrap()).unwrap()
    };
    let guest = federate(GetFederationToken::new("guest").policy(allow(GET, &arn)));
    let identity = guest.sts().get_caller_identity(GetCallerIdentity::new()).unwrap();
    assert_eq!(*identity.user_id, *format!("{ACCOUNT}:guest"));
    guest.get_secret_value("prod/db").unwrap();
    refused_as(guest.get_secret_value("test/db"), "AccessDeniedException");
    refused_as(guest.iam().get_user(GetUser::new().user_name("anaya")), "AccessDenied");
    refused_as(guest.assume_role(assume("reader")), "AccessDenied");
    refused_as(guest.explain(&Question::new(Principal::user("anaya"), GET, "prod/db")), "AccessDenied");
    // The user's own limits are the session's.
    house.set_policy("anaya", allow("sts:GetFederationToken", "*"));
    refused_as(guest.get_secret_value("prod/db"), "AccessDeniedException");
    house.set_policy("anaya", allow("sts:GetFederationToken secretsmanager:*", "*"));

    let bare = federate(GetFederationToken::new("guest"));
    refused_as(bare.get_secret_value("prod/db"), "AccessDeniedException");
    let direct = policy(&[format!(
        r#"{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:sts::{ACCOUNT}:federated-user/guest"}},"Action":"{GET}","Resource":"*"}}"#
    )]);
    house.root.put_resource_policy(PutResourcePolicy::new("test/db", direct)).unwrap();
    bare.get_secret_value("test/db").unwrap();
    let tagged = GetFederationToken::new("guest").tags(vec![Tag::new("a", "b")]);
    refused_as(anaya.sts().get_federation_token(tagged), "AccessDenied");
    let managed = vec![PolicyDescriptorType::new().arn("arn:aws:iam::aws:policy/SecretsManagerReadWrite")];
    federate(GetFederationToken::new("guest").policy_arns(managed)).get_secret_value("prod/db").unwrap();

    // Root's guests are limited by their policies alone.
    let of_root = GetFederationToken::new("guest").policy(allow(GET, &arn));
    let credentials = house.root.sts().get_federation_token(of_root).unwrap().credentials.unwrap();
    let guest = bring(&house, &credentials).unwrap();
    guest.get_secret_value("prod/db").unwrap();
    refused_as(guest.iam().get_user(GetUser::new().user_name("anaya")), "AccessDenied");
    house
        .root
        .iam()
        .attach_user_policy(AttachUserPolicy::new("anaya", "arn:aws:iam::aws:policy/IAMFullAccess"))
        .unwrap();
}
