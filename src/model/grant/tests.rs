//! Goal: constraints against contexts, the table of grantable operations, child grants, repeated requests, identifiers.

use super::*;

const SYMMETRIC: KeySpec = KeySpec::SymmetricDefault;
fn pairs(pairs: &[(&str, &str)]) -> BTreeMap<Text, Text> {
    pairs.iter().map(|(key, value)| (Text::from(*key), Text::from(*value))).collect()
}
fn equals(of: &[(&str, &str)]) -> Constraint {
    Constraint::read(Some(&pairs(of)), None, SYMMETRIC).unwrap().unwrap()
}
fn subset(of: &[(&str, &str)]) -> Constraint {
    Constraint::read(None, Some(&pairs(of)), SYMMETRIC).unwrap().unwrap()
}
fn texts(words: &[&str]) -> Vec<Text> {
    words.iter().map(|word| Text::from(*word)).collect()
}
fn allows(grant: &Grant, operation: &str, context: &[(&str, &str)]) -> bool {
    Need::to_use(operation, context.iter().copied()).is_met_by(grant)
}
fn covers(grant: &Grant, operations: &[Text], constraint: Option<&Constraint>) -> bool {
    Need::to_create(operations.iter().map(Text::as_str), constraint.cloned()).is_met_by(grant)
}
fn grant(operations: &[&str], constraint: Option<Constraint>) -> Grant {
    Grant {
        id: Text::from("0"),
        key: [1; 16],
        grantee: Text::from("arn:aws:iam::000000000000:user/u"),
        grantee_id: Some(Text::from("AIDAX")),
        retiring: None,
        retiring_id: None,
        operations: texts(operations),
        constraint,
        name: Some(Text::from("n")),
        issuer: Text::from("arn:aws:iam::000000000000:root"),
        parent: None,
        created: Timestamp::default(),
    }
}

#[test]
fn an_equality_takes_exactly_its_context() {
    let constraint = equals(&[("a", "1"), ("b", "2")]);
    assert!(constraint.holds(&[("b", "2"), ("a", "1")]));
    for context in [
        &[][..],
        &[("a", "1")],
        &[("a", "1"), ("b", "2"), ("c", "3")],
        &[("a", "1"), ("b", "3")],
        &[("A", "1"), ("b", "2")],
        &[("a", "1"), ("c", "2")],
    ] {
        assert!(!constraint.holds(context), "{context:?}");
    }
    assert!(equals(&[]).holds(&[]) && !equals(&[]).holds(&[("a", "1")]));
}
#[test]
fn a_subset_takes_contexts_that_contain_it() {
    let constraint = subset(&[("a", "1"), ("b", "2")]);
    assert!(constraint.holds(&[("a", "1"), ("b", "2")]));
    assert!(constraint.holds(&[("c", "3"), ("b", "2"), ("a", "1")]));
    for context in [&[][..], &[("a", "1")], &[("a", "1"), ("b", "20")], &[("a", "1"), ("B", "2"), ("c", "2")]] {
        assert!(!constraint.holds(context), "{context:?}");
    }
    assert!(subset(&[]).holds(&[]) && subset(&[]).holds(&[("a", "1")]));
}
#[test]
fn a_constraint_binds_cryptography_and_neither_describe_key_nor_retire_grant() {
    let grant = grant(&["CreateGrant", "Decrypt", "DescribeKey", "RetireGrant"], Some(equals(&[("a", "1")])));
    assert!(allows(&grant, "Decrypt", &[("a", "1")]));
    assert!(!allows(&grant, "Decrypt", &[]));
    assert!(!allows(&grant, "Decrypt", &[("a", "2")]));
    for operation in ["DescribeKey", "RetireGrant", "CreateGrant"] {
        assert!(allows(&grant, operation, &[]));
    }
    for operation in ["Encrypt", "decrypt", "ScheduleKeyDeletion", ""] {
        assert!(!allows(&grant, operation, &[("a", "1")]), "{operation} is not granted");
    }
}
#[test]
fn constraints_beyond_their_limits_are_refused() {
    let many = |count: usize| -> BTreeMap<Text, Text> {
        (0..count).map(|number| (Text::from(format!("k{number}")), Text::from("v"))).collect()
    };
    let (empty, one, nine) = (pairs(&[]), pairs(&[("a", "1")]), many(9));
    let long = pairs(&[("a", &"v".repeat(385))]);
    for (equals, subset, spec) in [
        (Some(&one), Some(&one), SYMMETRIC),
        (Some(&nine), None, SYMMETRIC),
        (None, Some(&nine), SYMMETRIC),
        (None, Some(&long), SYMMETRIC),
        (Some(&one), None, KeySpec::Hmac256),
        (Some(&empty), None, KeySpec::Hmac256),
    ] {
        assert_eq!(Constraint::read(equals, subset, spec).unwrap_err().code(), "ValidationException");
    }
    assert_eq!(Constraint::read(None, None, KeySpec::Hmac256).unwrap(), None);
    assert_eq!(Constraint::read(Some(&many(8)), None, SYMMETRIC).unwrap().unwrap().pairs().len(), 8);
    assert!(Constraint::read(None, Some(&pairs(&[("a", &"\u{e4}".repeat(384))])), SYMMETRIC).is_ok());
    assert_eq!((equals(&[]).kind(), subset(&[]).kind()), ("EncryptionContextEquals", "EncryptionContextSubset"));
}

#[test]
fn each_operation_can_be_granted_on_the_keys_of_the_table_and_no_others() {
    for (operation, symmetric, hmac) in [
        ("Encrypt", true, false),
        ("Decrypt", true, false),
        ("GenerateDataKey", true, false),
        ("GenerateDataKeyWithoutPlaintext", true, false),
        ("GenerateDataKeyPair", true, false),
        ("GenerateDataKeyPairWithoutPlaintext", true, false),
        ("ReEncryptFrom", true, false),
        ("ReEncryptTo", true, false),
        ("GenerateMac", false, true),
        ("VerifyMac", false, true),
        ("DescribeKey", true, true),
        ("RetireGrant", true, true),
        ("CreateGrant", true, true),
        ("Sign", false, false),
        ("Verify", false, false),
        ("GetPublicKey", false, false),
        ("DeriveSharedSecret", false, false),
        ("ScheduleKeyDeletion", false, false),
        ("PutKeyPolicy", false, false),
        ("decrypt", false, false),
        ("*", false, false),
        ("", false, false),
    ] {
        for (spec, grantable) in [(SYMMETRIC, symmetric), (KeySpec::Hmac224, hmac), (KeySpec::Hmac512, hmac)] {
            match operations([operation], "ARN", spec) {
                Ok(found) => assert!(grantable && found == texts(&[operation]), "{operation} {spec:?}"),
                Err(error) => {
                    assert!(!grantable && error.code() == "ValidationException", "{operation} {spec:?} {error}");
                }
            }
        }
    }
}
#[test]
fn operations_are_sorted_each_once_and_one_bad_one_refuses_all() {
    assert_eq!(
        operations(["Encrypt", "Decrypt", "Encrypt"], "ARN", SYMMETRIC).unwrap(),
        texts(&["Decrypt", "Encrypt"])
    );
    assert!(operations(["Encrypt", "GenerateMac"], "ARN", SYMMETRIC).is_err());
    assert!(operations([], "ARN", SYMMETRIC).is_err());
}

#[test]
fn a_child_has_only_operations_of_its_parent() {
    let parent = grant(&["CreateGrant", "Decrypt", "Encrypt"], None);
    for operations in [&["Decrypt"][..], &["Decrypt", "Encrypt"], &["CreateGrant", "Decrypt"]] {
        assert!(covers(&parent, &texts(operations), None));
    }
    assert!(!covers(&parent, &texts(&["Decrypt", "GenerateDataKey"]), None));
    assert!(!covers(&parent, &texts(&["DescribeKey"]), None));
    assert!(!covers(&grant(&["Decrypt"], None), &texts(&["Decrypt"]), None), "the parent cannot create grants");
}
#[test]
fn a_child_is_constrained_at_least_as_strictly_as_its_parent() {
    let decrypt = texts(&["Decrypt"]);
    let covering = |floor: Option<Constraint>, child: Option<Constraint>| {
        covers(&grant(&["CreateGrant", "Decrypt"], floor), &decrypt, child.as_ref())
    };
    let a = &[("a", "1")][..];
    let ab = &[("a", "1"), ("b", "2")][..];
    for (floor, child) in [
        (None, None),
        (None, Some(subset(a))),
        (None, Some(equals(a))),
        (Some(subset(a)), Some(subset(a))),
        (Some(subset(a)), Some(subset(ab))),
        (Some(subset(a)), Some(equals(a))),
        (Some(subset(a)), Some(equals(ab))),
        (Some(equals(ab)), Some(equals(ab))),
    ] {
        assert!(covering(floor.clone(), child.clone()), "{floor:?} {child:?}");
    }
    for (floor, child) in [
        (Some(subset(a)), None),
        (Some(equals(a)), None),
        (Some(subset(ab)), Some(subset(a))),
        (Some(subset(ab)), Some(equals(a))),
        (Some(subset(a)), Some(subset(&[("a", "2")]))),
        (Some(subset(a)), Some(equals(&[("b", "2")]))),
        (Some(equals(a)), Some(equals(ab))),
        (Some(equals(ab)), Some(equals(a))),
        (Some(equals(a)), Some(subset(a))),
        (Some(equals(a)), Some(subset(ab))),
        (Some(equals(&[])), Some(subset(&[]))),
    ] {
        assert!(!covering(floor.clone(), child.clone()), "{floor:?} {child:?}");
    }
}
#[test]
fn whatever_a_child_allows_its_parent_allows_too() {
    // Exhaustive over small constraints and contexts: strictness is what it says.
    let sets: [&[(&str, &str)]; 6] =
        [&[], &[("a", "1")], &[("a", "2")], &[("b", "1")], &[("a", "1"), ("b", "1")], &[("a", "2"), ("b", "1")]];
    let mut constraints = vec![None];
    constraints.extend(sets.iter().flat_map(|set| [Some(equals(set)), Some(subset(set))]));
    for floor in &constraints {
        let parent = grant(&["CreateGrant", "Decrypt"], floor.clone());
        for constraint in &constraints {
            let child = grant(&["Decrypt"], constraint.clone());
            if covers(&parent, &child.operations, child.constraint.as_ref()) {
                for context in sets {
                    assert!(
                        !allows(&child, "Decrypt", context) || allows(&parent, "Decrypt", context),
                        "{floor:?} {constraint:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn only_a_named_request_with_every_parameter_the_same_is_a_repeat() {
    let made = grant(&["Decrypt"], Some(subset(&[("a", "1")])));
    let mut again = made.clone();
    (again.id, again.created) = (Text::from("1"), Timestamp::from_secs(9));
    again.issuer = Text::from("arn:aws:iam::000000000000:user/other");
    assert!(made.is_repeated_by(&again));
    let others: [fn(&mut Grant); 8] = [
        |grant| grant.name = Some(Text::from("other")),
        |grant| grant.name = None,
        |grant| grant.key = [2; 16],
        |grant| grant.grantee = Text::from("arn:aws:iam::000000000000:user/v"),
        |grant| grant.grantee_id = Some(Text::from("AIDAY")),
        |grant| grant.retiring = Some(Text::from("arn:aws:iam::000000000000:user/v")),
        |grant| grant.operations = texts(&["Encrypt"]),
        |grant| grant.constraint = Some(equals(&[("a", "1")])),
    ];
    for other in others {
        let mut new = made.clone();
        other(&mut new);
        assert!(!made.is_repeated_by(&new));
    }
    let mut nameless = made;
    nameless.name = None;
    assert!(!nameless.is_repeated_by(&nameless.clone()));
}

#[test]
fn a_grantee_is_a_user_role_session_federated_user_or_account() {
    for (arn, who) in [
        ("arn:aws:iam::000000000000:root", Who::Account),
        ("arn:aws:iam::000000000000:user/u", Who::User("u")),
        ("arn:aws:iam::000000000000:user/a/b/u", Who::User("u")),
        ("arn:aws:iam::000000000000:role/service/r", Who::Role("r")),
        ("arn:aws:sts::000000000000:assumed-role/r/s", Who::Session { role: "r", session: "s" }),
        ("arn:aws:sts::000000000000:federated-user/f", Who::Federated("f")),
    ] {
        assert_eq!(Grantee::parse(arn).unwrap(), Grantee { account: "000000000000", who });
    }
    assert_eq!(Grantee::parse("arn:aws:iam::111111111111:root").unwrap().account, "111111111111");
}
#[test]
fn anything_else_is_no_grantee() {
    for arn in [
        "",
        "000000000000",
        "u",
        "*",
        "AIDAXXXXXXXXXXXXXXXXX",
        "sns.amazonaws.com",
        "arn:aws:iam::000000000000:group/g",
        "arn:aws:iam::000000000000:user",
        "arn:aws:iam::000000000000:user/",
        "arn:aws:iam::000000000000:user/a/",
        "arn:aws:iam::000000000000:user/*",
        "arn:aws:iam::000000000000:role/r?",
        "arn:aws:iam::000000000000:root/x",
        "arn:aws:iam::000000000000:policy/p",
        "arn:aws:iam:us-east-1:000000000000:user/u",
        "arn:aws:iam::00000000000:user/u",
        "arn:aws:iam::*:user/u",
        "arn:aws-cn:iam::000000000000:user/u",
        "arn:aws:sts::000000000000:assumed-role/r",
        "arn:aws:sts::000000000000:assumed-role/r/",
        "arn:aws:sts::000000000000:assumed-role//s",
        "arn:aws:sts::000000000000:assumed-role/p/r/s",
        "arn:aws:sts::000000000000:federated-user/",
        "arn:aws:iam::000000000000:assumed-role/r/s",
        "arn:aws:organizations::000000000000:organization/o-x",
    ] {
        assert_eq!(Grantee::parse(arn).unwrap_err().code(), "InvalidArnException", "{arn}");
    }
}
