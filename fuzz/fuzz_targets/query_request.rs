//! Any form as a request of any operation of IAM and STS. What is taken is a request in JSON too, the same one. The first byte
//! chooses the operation.
#![no_main]

use libfuzzer_sys::fuzz_target;
use strongroom::json::{read_any, write};
use strongroom::operation::{ALL, AnyRequest};
use strongroom_server::protocol::query::Form;

fuzz_target!(|input: &[u8]| {
    let Some((choice, body)) = input.split_first() else { return };
    let all: Vec<_> = ALL.iter().filter(|entry| matches!(entry.service, "iam" | "sts")).collect();
    let entry = all[usize::from(*choice) % all.len()];
    let Ok(form) = Form::parse(body) else { return };
    let Ok(request) = AnyRequest::take(entry.service, entry.name, &mut form.source()) else { return };
    let written = write(&request);
    let again = read_any(entry.service, entry.name, written.expose())
        .unwrap_or_else(|why| panic!("{} of a form is no request: {why}", entry.name));
    assert_eq!(write(&again).expose(), written.expose(), "{} changes on its way", entry.name);
    assert_eq!(again.check().is_ok(), request.check().is_ok(), "{} is valid on one side only", entry.name);
});
