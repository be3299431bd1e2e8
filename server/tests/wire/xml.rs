//! Answers in XML, text by text, after the samples of the IAM and STS API references.

use strongroom::Error;
use strongroom::json;
use strongroom::operation::{ALL, AnyRequest, AnyResponse, Caller, Operation};
use strongroom_server::protocol::xml::{error, response};

use crate::operation_bodies::BODIES;

const ID: &str = "7a62c49f-347e-4fc4-9331-6e8eEXAMPLE";

/// Answers every request with one body.
struct Canned<'b>(&'b str);
impl Caller for Canned<'_> {
    fn call<O: Operation>(&mut self, _: O) -> Result<O::Response, Error> {
        Ok(json::take(self.0.as_bytes()).unwrap())
    }
}
fn answered(service: &str, name: &str, body: &str) -> AnyResponse {
    let (.., request, _) = BODIES.iter().find(|body| (body.0, body.1) == (service, name)).unwrap();
    let request: AnyRequest = json::read_any(service, name, request.as_bytes()).unwrap();
    request.call(&mut Canned(body)).unwrap()
}
/// What stands between the tags of the whole, without the request's id.
fn told(service: &str, name: &str, body: &str) -> String {
    let answer = answered(service, name, body);
    let entry = ALL.iter().find(|entry| (entry.service, entry.name) == (service, name)).unwrap();
    let written = if entry.response.is_empty() {
        response(service, name, None, ID)
    } else {
        response(service, name, Some(&answer), ID)
    };
    let text = std::str::from_utf8(written.expose()).unwrap().to_owned();
    let (namespace, end) = match service {
        "sts" => ("https://sts.amazonaws.com/doc/2011-06-15/", name),
        _ => ("https://iam.amazonaws.com/doc/2010-05-08/", name),
    };
    let inside = text.strip_prefix(&format!("<{name}Response xmlns=\"{namespace}\">")).unwrap();
    let metadata = format!("<ResponseMetadata><RequestId>{ID}</RequestId></ResponseMetadata></{end}Response>");
    inside.strip_suffix(&metadata).unwrap().to_owned()
}

#[test]
fn answers_are_those_of_the_api_references() {
    let cases = [
        ("iam", "DeleteUser", "{}", ""),
        (
            "iam",
            "CreateUser",
            r#"{"User":{"Path":"/division_abc/subdivision_xyz/","UserName":"Bob","UserId":"AIDACKCEVSQ6C2EXAMPLE","Arn":"arn:aws:iam::123456789012:user/division_abc/subdivision_xyz/Bob","CreateDate":1356998400.999}}"#,
            "<CreateUserResult><User><Path>/division_abc/subdivision_xyz/</Path><UserName>Bob</UserName><UserId>AIDACKCEVSQ6C2EXAMPLE</UserId><Arn>arn:aws:iam::123456789012:user/division_abc/subdivision_xyz/Bob</Arn><CreateDate>2013-01-01T00:00:00Z</CreateDate></User></CreateUserResult>",
        ),
        (
            "iam",
            "CreateUser",
            r#"{"User":{"Path":"/","UserName":"a","UserId":"b","Arn":"c","CreateDate":0,"PermissionsBoundary":{"PermissionsBoundaryType":"PermissionsBoundaryPolicy","PermissionsBoundaryArn":"d"},"Tags":[{"Key":"<&>","Value":"\"'\t\r\n"},{"Key":"ü\u0001","Value":""}]}}"#,
            "<CreateUserResult><User><Path>/</Path><UserName>a</UserName><UserId>b</UserId><Arn>c</Arn><CreateDate>1970-01-01T00:00:00Z</CreateDate><PermissionsBoundary><PermissionsBoundaryType>PermissionsBoundaryPolicy</PermissionsBoundaryType><PermissionsBoundaryArn>d</PermissionsBoundaryArn></PermissionsBoundary><Tags><member><Key>&lt;&amp;&gt;</Key><Value>&quot;&apos;&#x9;&#xD;&#xA;</Value></member><member><Key>ü\u{FFFD}</Key><Value></Value></member></Tags></User></CreateUserResult>",
        ),
        (
            "iam",
            "ListUsers",
            r#"{"Users":[],"IsTruncated":false}"#,
            "<ListUsersResult><Users></Users><IsTruncated>false</IsTruncated></ListUsersResult>",
        ),
        (
            "iam",
            "CreateAccessKey",
            r#"{"AccessKey":{"UserName":"Bob","AccessKeyId":"AKIAIOSFODNN7EXAMPLE","Status":"Active","SecretAccessKey":"wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY"}}"#,
            "<CreateAccessKeyResult><AccessKey><UserName>Bob</UserName><AccessKeyId>AKIAIOSFODNN7EXAMPLE</AccessKeyId><Status>Active</Status><SecretAccessKey>wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY</SecretAccessKey></AccessKey></CreateAccessKeyResult>",
        ),
        (
            "iam",
            "GetUserPolicy",
            r#"{"UserName":"Bob","PolicyName":"All","PolicyDocument":"{\"Version\":\"2012-10-17\",\"a\":\"é ~*\"}"}"#,
            "<GetUserPolicyResult><UserName>Bob</UserName><PolicyName>All</PolicyName><PolicyDocument>%7B%22Version%22%3A%222012-10-17%22%2C%22a%22%3A%22%C3%A9%20~%2A%22%7D</PolicyDocument></GetUserPolicyResult>",
        ),
        (
            "iam",
            "GetPolicyVersion",
            r#"{"PolicyVersion":{"VersionId":"v1","IsDefaultVersion":true,"CreateDate":1357055000,"Document":"{}"}}"#,
            "<GetPolicyVersionResult><PolicyVersion><VersionId>v1</VersionId><IsDefaultVersion>true</IsDefaultVersion><CreateDate>2013-01-01T15:43:20Z</CreateDate><Document>%7B%7D</Document></PolicyVersion></GetPolicyVersionResult>",
        ),
        (
            "iam",
            "GetRole",
            r#"{"Role":{"Path":"/","RoleName":"r","RoleId":"AROA","Arn":"a","CreateDate":1,"AssumeRolePolicyDocument":"{\"a\":1}","Description":"one & two"}}"#,
            "<GetRoleResult><Role><Path>/</Path><RoleName>r</RoleName><RoleId>AROA</RoleId><Arn>a</Arn><CreateDate>1970-01-01T00:00:01Z</CreateDate><AssumeRolePolicyDocument>%7B%22a%22%3A1%7D</AssumeRolePolicyDocument><Description>one &amp; two</Description></Role></GetRoleResult>",
        ),
        (
            "iam",
            "GetAccountSummary",
            r#"{"SummaryMap":{"Groups":31,"Users":27}}"#,
            "<GetAccountSummaryResult><SummaryMap><entry><key>Groups</key><value>31</value></entry><entry><key>Users</key><value>27</value></entry></SummaryMap></GetAccountSummaryResult>",
        ),
        (
            "iam",
            "ListGroupsForUser",
            r#"{"Groups":[{"Path":"/","GroupName":"Admins","GroupId":"AGPACKCEVSQ6C2EXAMPLE","Arn":"arn:aws:iam::123456789012:group/Admins","CreateDate":1}],"IsTruncated":true,"Marker":"m"}"#,
            "<ListGroupsForUserResult><Groups><member><Path>/</Path><GroupName>Admins</GroupName><GroupId>AGPACKCEVSQ6C2EXAMPLE</GroupId><Arn>arn:aws:iam::123456789012:group/Admins</Arn><CreateDate>1970-01-01T00:00:01Z</CreateDate></member></Groups><IsTruncated>true</IsTruncated><Marker>m</Marker></ListGroupsForUserResult>",
        ),
        (
            "iam",
            "CreateVirtualMFADevice",
            r#"{"VirtualMFADevice":{"SerialNumber":"arn:aws:iam::123456789012:mfa/ExampleName","Base32StringSeed":"MkswNTNDTkpE"}}"#,
            "<CreateVirtualMFADeviceResult><VirtualMFADevice><SerialNumber>arn:aws:iam::123456789012:mfa/ExampleName</SerialNumber><Base32StringSeed>MkswNTNDTkpE</Base32StringSeed></VirtualMFADevice></CreateVirtualMFADeviceResult>",
        ),
        (
            "iam",
            "GetContextKeysForCustomPolicy",
            r#"{"ContextKeyNames":["aws:CurrentTime","aws:username"]}"#,
            "<GetContextKeysForCustomPolicyResult><ContextKeyNames><member>aws:CurrentTime</member><member>aws:username</member></ContextKeyNames></GetContextKeysForCustomPolicyResult>",
        ),
        (
            "sts",
            "GetCallerIdentity",
            r#"{"UserId":"AIDACKCEVSQ6C2EXAMPLE","Account":"123456789012","Arn":"arn:aws:iam::123456789012:user/Alice"}"#,
            "<GetCallerIdentityResult><UserId>AIDACKCEVSQ6C2EXAMPLE</UserId><Account>123456789012</Account><Arn>arn:aws:iam::123456789012:user/Alice</Arn></GetCallerIdentityResult>",
        ),
        (
            "sts",
            "AssumeRole",
            r#"{"Credentials":{"AccessKeyId":"ASIAIOSFODNN7EXAMPLE","SecretAccessKey":"wJalr/K7MDENG<","SessionToken":"AQoDYXdzEPT//wEX&","Expiration":1573307681.5},"AssumedRoleUser":{"AssumedRoleId":"ARO123EXAMPLE123:TestAR","Arn":"arn:aws:sts::123456789012:assumed-role/demo/TestAR"},"PackedPolicySize":6}"#,
            "<AssumeRoleResult><Credentials><AccessKeyId>ASIAIOSFODNN7EXAMPLE</AccessKeyId><SecretAccessKey>wJalr/K7MDENG&lt;</SecretAccessKey><SessionToken>AQoDYXdzEPT//wEX&amp;</SessionToken><Expiration>2019-11-09T13:54:41Z</Expiration></Credentials><AssumedRoleUser><AssumedRoleId>ARO123EXAMPLE123:TestAR</AssumedRoleId><Arn>arn:aws:sts::123456789012:assumed-role/demo/TestAR</Arn></AssumedRoleUser><PackedPolicySize>6</PackedPolicySize></AssumeRoleResult>",
        ),
    ];
    for (service, name, body, expected) in cases {
        assert_eq!(told(service, name, body), expected, "{name}");
    }
}

/// Every element is closed in its order, and what is not an element has no character that means something.
fn well_formed(text: &str) {
    let mut open = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        let between = &rest[..start];
        assert!(!between.contains('>'), "{text}");
        for (at, _) in between.match_indices('&') {
            let reference = between[at + 1..].split(';').next().unwrap();
            assert!(["amp", "lt", "gt", "quot", "apos", "#x9", "#xA", "#xD"].contains(&reference), "{text}");
        }
        let end = start + rest[start..].find('>').unwrap();
        let tag = &rest[start + 1..end];
        match tag.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name), "{text}"),
            None => open.push(tag.split(' ').next().unwrap()),
        }
        rest = &rest[end + 1..];
    }
    assert!(open.is_empty() && rest.is_empty(), "{text}");
}

#[test]
fn every_answer_of_iam_and_sts_is_well_formed_and_names_every_member() {
    let mut count = 0;
    for (service, name, _, body) in BODIES.iter().filter(|body| matches!(body.0, "iam" | "sts")) {
        let text = told(service, name, body);
        well_formed(&text);
        let entry = ALL.iter().find(|entry| (entry.service, entry.name) == (*service, *name)).unwrap();
        for member in entry.response {
            assert!(text.contains(&format!("<{}>", member.wire)), "{name}: {}: {text}", member.wire);
        }
        assert_eq!(text.is_empty(), entry.response.is_empty());
        count += 1;
    }
    assert!(count > 80, "{count}");
}

#[test]
fn errors_say_whose_fault_it_is() {
    let text = |written: strongroom::SecretBytes| String::from_utf8(written.expose().to_vec()).unwrap();
    assert_eq!(
        text(error("iam", 404, "NoSuchEntity", "The user with name <b> cannot be found.", ID)),
        format!(
            "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error><Type>Sender</Type><Code>NoSuchEntity</Code><Message>The user with name &lt;b&gt; cannot be found.</Message></Error><RequestId>{ID}</RequestId></ErrorResponse>"
        )
    );
    let ours = text(error("sts", 500, "ServiceFailure", "", ID));
    assert!(ours.contains("sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Receiver</Type>"), "{ours}");
    well_formed(&ours);
}
