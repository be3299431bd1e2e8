//! Forms of the Query protocol: the same requests as in JSON, and what is no form of a request.

use serde_json::Value;
use strongroom::json;
use strongroom::operation::{AnyRequest, Refused, Source, Take, iam, sts};
use strongroom_server::protocol::query::Form;

use crate::operation_bodies::BODIES;

/// The parameters of a value, as AWS's SDKs lay them out.
fn lay_out(name: &str, value: &Value, out: &mut Vec<(String, String)>) {
    match value {
        Value::Object(members) => {
            for (member, value) in members {
                lay_out(&format!("{name}.{member}"), value, out);
            }
        }
        Value::Array(elements) if elements.is_empty() => out.push((name.to_owned(), String::new())),
        Value::Array(elements) => {
            for (index, value) in elements.iter().enumerate() {
                lay_out(&format!("{name}.member.{}", index + 1), value, out);
            }
        }
        Value::String(text) => out.push((name.to_owned(), text.clone())),
        other => out.push((name.to_owned(), other.to_string())),
    }
}
fn encoded(text: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(byte);
    text.bytes().fold(String::new(), |all, byte| match byte {
        b' ' => all + "+",
        byte if plain(&byte) => all + char::from(byte).encode_utf8(&mut [0; 4]),
        byte => all + &format!("%{byte:02X}"),
    })
}
fn form_of(body: &str) -> Vec<String> {
    let value: Value = serde_json::from_str(body).unwrap();
    let mut parameters = Vec::new();
    for (member, value) in value.as_object().unwrap() {
        lay_out(member, value, &mut parameters);
    }
    parameters.into_iter().map(|(name, value)| format!("{}={}", encoded(&name), encoded(&value))).collect()
}

#[test]
fn every_request_of_iam_and_sts_is_the_same_as_from_json() {
    let mut count = 0;
    for (service, name, body, _) in BODIES.iter().filter(|body| matches!(body.0, "iam" | "sts")) {
        let from_json = json::read_any(service, name, body.as_bytes()).unwrap();
        let mut parameters = form_of(body);
        for _ in 0..2 {
            let form = format!("Action={name}&Version=2010-05-08&{}", parameters.join("&"));
            let form = Form::parse(form.as_bytes()).unwrap();
            let from_form = AnyRequest::take(service, name, &mut form.source()).unwrap();
            from_form.check().unwrap();
            assert_eq!(json::write(&from_form).expose(), json::write(&from_json).expose(), "{service} {name}");
            // Their order means nothing.
            parameters.reverse();
        }
        count += 1;
    }
    assert!(count > 80, "{count}");
}

#[test]
fn what_is_read_is_what_was_meant() {
    let take = |form: &str| sts::AssumeRole::take(&mut Form::parse(form.as_bytes()).unwrap().source()).unwrap();
    let base = "RoleArn=arn%3Aaws&RoleSessionName=a";
    let tags: Vec<String> =
        (1..=12).map(|n| format!("Tags.member.{n}.Key=k{n}&Tags.member.{n}.Value=v+{n}%2B")).collect();
    let request = take(&format!("{base}&{}", tags.join("&")));
    let tags = request.tags.unwrap();
    assert_eq!(tags.len(), 12);
    assert_eq!((&*tags[1].key, &*tags[11].key, &*tags[11].value), ("k2", "k12", "v 12+"));
    // A name alone is an empty list; one that nobody knows, a trailing `&` and an empty piece are nothing.
    let request = take(&format!("&{base}&Tags=&TransitiveTagKeys&Unknown.member.1.x=1&&"));
    assert_eq!(
        (request.tags.map(|tags| tags.len()), request.transitive_tag_keys.map(|keys| keys.len())),
        (Some(0), Some(0))
    );
    let request =
        take(&format!("{base}&PolicyArns.member.1.arn=arn%3A1&PolicyArns.member.2.arn=arn%3a2&DurationSeconds=900"));
    assert_eq!(request.policy_arns.unwrap()[1].arn.as_deref(), Some("arn:2"));
    assert_eq!(request.duration_seconds, Some(900));
    let request = take(&format!("{base}&TokenCode=%31%32%33456&ExternalId=%F0%9F%94%91"));
    assert_eq!(request.token_code.unwrap().expose(), "123456");
    assert_eq!(request.external_id.as_deref(), Some("🔑"));
    let boolean = |value: &str| {
        let form = format!("PolicyArn=a&PolicyDocument=b&SetAsDefault={value}");
        iam::CreatePolicyVersion::take(&mut Form::parse(form.as_bytes()).unwrap().source()).map(|r| r.set_as_default)
    };
    assert_eq!((boolean("true").unwrap(), boolean("false").unwrap()), (Some(true), Some(false)));
    for wrong in ["", "True", "1", "yes"] {
        boolean(wrong).unwrap_err();
    }
}

#[test]
fn maps_are_entries_of_keys_and_values() {
    let map = |form: &str| {
        let mut found = Vec::new();
        let form = Form::parse(form.as_bytes()).map_err(Refused::from)?;
        form.source().structure(&mut |name, source| {
            assert_eq!(name, "M");
            source.map(&mut |key, source| {
                found.push(format!("{key}={}", source.text()?));
                Ok(())
            })?;
            Ok(true)
        })?;
        Ok::<_, Refused>(found)
    };
    assert_eq!(map("M.entry.2.key=b&M.entry.2.value=2&M.entry.1.key=a&M.entry.1.value=1").unwrap(), ["a=1", "b=2"]);
    assert_eq!(map("M=").unwrap(), Vec::<String>::new());
    for wrong in [
        "M=x",
        "M.1.key=a&M.1.value=1",
        "M.entry.1.key=a",
        "M.entry.1.value=a",
        "M.entry.1.key=a&M.entry.1.value=1&M.entry.1.more=2",
        "M.entry.1.key=a&M.entry.1.value=1&M.entry.2.key=a&M.entry.2.value=2",
    ] {
        map(wrong).unwrap_err();
    }
}

#[test]
fn what_is_no_form_is_refused() {
    let refused = |form: &[u8]| match Form::parse(form) {
        Err(malformed) => malformed.what,
        Ok(form) => match AnyRequest::take("iam", "SimulateCustomPolicy", &mut form.source()) {
            Ok(_) => panic!("{form:?} is taken"),
            Err(error) => {
                assert_eq!(error.code(), "SerializationException", "{error}");
                "shape"
            }
        },
    };
    let cases: &[(&[u8], &str)] = &[
        (b"a=1&a=2", "a parameter given twice"),
        (b"a=1&%61=2", "a parameter given twice"),
        (b"a.member.1=1&b=2&a.member.1=1", "a parameter given twice"),
        (b"=1", "a name with an empty part"),
        (b"a.=1", "a name with an empty part"),
        (b".a=1", "a name with an empty part"),
        (b"a..b=1", "a name with an empty part"),
        (b"%=1", "a name that is not UTF-8, encoded"),
        (b"%4=1", "a name that is not UTF-8, encoded"),
        (b"%zz=1", "a name that is not UTF-8, encoded"),
        (b"%FF=1", "a name that is not UTF-8, encoded"),
        (b"\xC3\xA4=1", "a name that is not UTF-8, encoded"),
        (b"ActionNames=kms:Decrypt", "shape"),
        (b"ActionNames.1=a", "shape"),
        (b"ActionNames.member=a", "shape"),
        (b"ActionNames.member.0=a", "shape"),
        (b"ActionNames.member.2=a", "shape"),
        (b"ActionNames.member.01=a", "shape"),
        (b"ActionNames.member.-1=a", "shape"),
        (b"ActionNames.member.x=a", "shape"),
        (b"ActionNames.member.1=a&ActionNames.member.3=b", "shape"),
        (b"ActionNames.member.1=a&ActionNames.other.1=b", "shape"),
        (b"ActionNames=&ActionNames.member.1=a", "shape"),
        (b"ActionNames.member.1.x=a", "shape"),
        (b"ActionNames.member.1=a&ActionNames.member.1.x=a", "shape"),
        (b"ActionNames.member.99999999999999999999=a", "shape"),
        (b"CallerArn.x=a", "shape"),
        (b"CallerArn=%", "shape"),
        (b"CallerArn=%C3", "shape"),
        (b"CallerArn=\xC3\xA4", "shape"),
        (b"ContextEntries.member.1=a", "shape"),
        (b"MaxItems=", "shape"),
        (b"MaxItems=1.0", "shape"),
        (b"MaxItems=%2B1", "shape"),
        (b"MaxItems=9223372036854775808", "shape"),
    ];
    for (form, what) in cases {
        assert_eq!(refused(form), *what, "{}", String::from_utf8_lossy(form));
    }
    let many: Vec<String> = (0..10_001).map(|n| format!("p{n}=")).collect();
    assert_eq!(refused(many.join("&").as_bytes()), "too many parameters");
    // Missing members are the model's affair, and all told at once.
    let form = Form::parse(b"MaxItems=5").unwrap();
    let error = AnyRequest::take("iam", "SimulateCustomPolicy", &mut form.source()).unwrap_err();
    assert_eq!(error.code(), "ValidationError");
    assert!(error.message().to_string().starts_with("2 validation errors detected: "), "{error}");
}
