//! Errors as each service words them: code, status and body.

use crate::common::{Draft, House, header, house, json, text};
use strongroom::Unlock;
use strongroom::operation::secretsmanager::CreateSecret;

#[track_caller]
fn refused(house: &House, draft: Draft, status: u16, body: &str) {
    let answer = house.ask(draft);
    let (found, told) = json(&answer);
    assert_eq!((found, told), (status, body));
    let code = body.split('"').nth(3);
    assert_eq!(header(&answer, "x-amzn-errortype"), code);
}
#[track_caller]
fn refused_in_xml(house: &House, draft: Draft, status: u16, code: &str, message: &str) {
    let answer = house.ask(draft);
    let id = header(&answer, "x-amzn-requestid").unwrap().to_owned();
    let told = text(&answer);
    assert_eq!((answer.status, header(&answer, "content-type")), (status, Some("text/xml")), "{told}");
    let inside = format!(
        "<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error><RequestId>{id}</RequestId></ErrorResponse>"
    );
    assert!(told.starts_with("<ErrorResponse xmlns=\"https://") && told.ends_with(&inside), "{told}");
}

#[test]
fn secrets_manager_says_message_large_for_its_model_and_small_for_its_front_end() {
    let house = house();
    let secrets = |operation: &str, body: &str| Draft::json("secretsmanager", operation, body);
    refused(
        &house,
        secrets("GetSecretValue", r#"{"SecretId":"a"}"#),
        400,
        r#"{"__type":"ResourceNotFoundException","Message":"Secrets Manager can't find the specified secret."}"#,
    );
    refused(
        &house,
        secrets(
            "CreateSecret",
            r#"{"Name":"a","ClientRequestToken":"00000000-0000-4000-8000-000000000001","SecretString":"a","SecretBinary":"YQ=="}"#,
        ),
        400,
        r#"{"__type":"InvalidParameterException","Message":"You can't specify both a binary secret value and a string secret value in the same secret."}"#,
    );
    // SDKs fill a token in; whoever does not use one is told.
    for (operation, code) in [
        ("CreateSecret", "InvalidRequestException"),
        ("PutSecretValue", "InvalidRequestException"),
        ("UpdateSecret", "InvalidRequestException"),
        ("RotateSecret", "InvalidParameterException"),
    ] {
        let told = format!(
            r#"{{"__type":"{code}","Message":"You must provide a ClientRequestToken value. We recommend a UUID-type value."}}"#
        );
        let named = if operation == "CreateSecret" { "Name" } else { "SecretId" };
        let value = if operation == "RotateSecret" { "" } else { r#","SecretString":"v""# };
        refused(&house, secrets(operation, &format!(r#"{{"{named}":"a"{value}}}"#)), 400, &told);
    }
    refused(
        &house,
        secrets("GetSecretValue", "{}"),
        400,
        r#"{"__type":"ValidationException","message":"1 validation error detected: Value null at 'secretId' failed to satisfy constraint: Member must not be null"}"#,
    );
    for (body, at) in [("", 0), ("[]", 0), (r#"{"SecretId":1}"#, 12), (r#"{"SecretId":"a"}x"#, 16)] {
        let answer = house.ask(secrets("GetSecretValue", body));
        let (status, told) = json(&answer);
        assert!(
            status == 400
                && told.starts_with(&format!(r#"{{"__type":"SerializationException","message":"byte {at}: "#)),
            "{told}"
        );
    }
    refused(
        &house,
        secrets("NoSuchThing", "{}"),
        400,
        r#"{"__type":"UnknownOperationException","message":"unknown operation `NoSuchThing`"}"#,
    );
    refused(
        &house,
        secrets("GetSecretValue", "{}").set("x-amz-target", "secretsmanager."),
        400,
        r#"{"__type":"UnknownOperationException","message":"unknown operation ``"}"#,
    );
    refused(
        &house,
        secrets("GetSecretValue", "{}").without("x-amz-target"),
        400,
        r#"{"__type":"UnknownOperationException","message":"unknown operation ``"}"#,
    );
    refused(
        &house,
        secrets("GetSecretValue", "{}").set("content-type", "application/json"),
        400,
        r#"{"__type":"SerializationException","message":"The Content-Type must be application/x-amz-json-1.1."}"#,
    );
}

#[test]
fn kms_says_message_small_and_leaves_an_empty_one_out() {
    let house = house();
    let kms = |operation: &str, body: &str| Draft::json("kms", operation, body);
    refused(
        &house,
        kms("Encrypt", r#"{"KeyId":"alias/none","Plaintext":"YQ=="}"#),
        400,
        r#"{"__type":"NotFoundException","message":"Alias arn:aws:kms:us-east-1:000000000000:alias/none is not found."}"#,
    );
    refused(&house, kms("Decrypt", r#"{"CiphertextBlob":"YQ=="}"#), 400, r#"{"__type":"InvalidCiphertextException"}"#);
    refused(
        &house,
        kms("GenerateRandom", r#"{"NumberOfBytes":2000}"#),
        400,
        r#"{"__type":"ValidationException","message":"1 validation error detected: Value '2000' at 'numberOfBytes' failed to satisfy constraint: Member must have value less than or equal to 1024"}"#,
    );
    refused(
        &house,
        kms("Sign", "{}"),
        400,
        r#"{"__type":"UnsupportedOperationException","message":"`Sign` is not served by this release"}"#,
    );
}

#[test]
fn iam_and_sts_have_a_status_for_each_code() {
    let house = house();
    let iam = |operation: &str, parameters: &str| Draft::query("iam", operation, parameters);
    refused_in_xml(&house, iam("GetUser", "&UserName=x"), 404, "NoSuchEntity", "The user with name x cannot be found.");
    refused_in_xml(
        &house,
        iam("CreateUser", "&UserName=admin"),
        409,
        "EntityAlreadyExists",
        "User with name admin already exists.",
    );
    refused_in_xml(
        &house,
        iam("DeleteUser", "&UserName=admin"),
        409,
        "DeleteConflict",
        "Cannot delete entity, must delete access keys first.",
    );
    refused_in_xml(
        &house,
        iam("GetUser", "&UserName="),
        400,
        "ValidationError",
        "2 validation errors detected: Value &apos;&apos; at &apos;userName&apos; failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]+; Value &apos;&apos; at &apos;userName&apos; failed to satisfy constraint: Member must have length greater than or equal to 1",
    );
    refused_in_xml(&house, iam("NoSuchThing", ""), 400, "InvalidAction", "unknown operation `NoSuchThing`");
    refused_in_xml(
        &house,
        iam("CreateLoginProfile", ""),
        400,
        "UnsupportedOperationException",
        "`CreateLoginProfile` is not served by this release",
    );
    let with = |body: &str| Draft { body: body.to_owned(), ..iam("ListUsers", "") };
    refused_in_xml(
        &house,
        with("Version=2010-05-08"),
        400,
        "MissingAction",
        "The request must contain the parameter Action.",
    );
    refused_in_xml(
        &house,
        with("Action=ListUsers"),
        400,
        "MissingAction",
        "The request must contain the parameter Version.",
    );
    refused_in_xml(
        &house,
        with("Action=ListUsers&Version=2011-06-15"),
        400,
        "InvalidAction",
        "Could not find operation ListUsers for version 2011-06-15",
    );
    refused_in_xml(
        &house,
        with("Action=ListUsers&Action=ListUsers"),
        400,
        "MalformedInput",
        "byte 17: a parameter given twice",
    );
    refused_in_xml(
        &house,
        iam("ListUsers", "").set("content-type", "application/json"),
        400,
        "MalformedInput",
        "The Content-Type must be application/x-www-form-urlencoded.",
    );
    refused_in_xml(
        &house,
        Draft::query("sts", "GetAccessKeyInfo", "&AccessKeyId=AKIA0000000000000000"),
        404,
        "NoSuchEntity",
        "The Access Key with id AKIA0000000000000000 cannot be found.",
    );
}

#[test]
fn a_locked_store_answers_each_service_in_its_own_name() {
    let house = house();
    house.root.create_secret(CreateSecret::text("a", "b")).unwrap();
    let drafts = [
        (
            Draft::json("secretsmanager", "GetSecretValue", r#"{"SecretId":"a"}"#),
            r#"{"__type":"InternalServiceError","Message":"#,
        ),
        (Draft::json("kms", "ListKeys", "{}"), r#"{"__type":"KeyUnavailableException","message":"#),
        (Draft::query("iam", "ListUsers", ""), "<Type>Receiver</Type><Code>ServiceFailure</Code>"),
        (Draft::query("sts", "GetCallerIdentity", ""), "<Type>Receiver</Type><Code>ServiceFailure</Code>"),
    ];
    let admitted: Vec<_> = drafts.iter().map(|(draft, _)| house.admit(draft.clone()).unwrap()).collect();
    house.room.lock();
    assert!(house.room.door().is_locked());
    // Those that were let in before, and those that come now.
    let now = drafts.iter().map(|(draft, _)| house.ask(draft.clone()));
    let answers: Vec<_> = admitted.into_iter().map(strongroom_server::Verified::perform).chain(now).collect();
    for (answer, (_, part)) in answers.iter().zip(drafts.iter().chain(&drafts)) {
        assert_eq!(answer.status, 500);
        assert!(text(answer).contains(part), "{}", text(answer));
        let id = header(answer, "x-amzn-requestid").unwrap();
        assert!(id.len() == 36 && !id.trim_matches(['0', '-']).is_empty(), "{id}");
    }
    // With its keys again it goes on.
    house.room.unlock(&Unlock::root_key([7_u8; 32].as_slice())).unwrap();
    let got = house.ask(Draft::json("secretsmanager", "DescribeSecret", r#"{"SecretId":"a"}"#));
    assert_eq!(got.status, 200, "{}", text(&got));
}
