//! Answers in their forms.

use strongroom::SecretBytes;
use strongroom::json;
use strongroom::name::Text;
use strongroom::operation::AnyResponse;

use super::{JSON, Service, xml};
use crate::endpoint::Answer;

/// The answer to a call that was done. `is_empty` is whether the operation has nothing to answer, by its shape.
pub(crate) fn done(service: Service, name: &str, is_empty: bool, answer: &AnyResponse, request_id: Text) -> Answer {
    match service {
        Service::Kms if is_empty => json(200, SecretBytes::copy_of(&[]), request_id),
        Service::SecretsManager | Service::Kms => json(200, json::write(answer), request_id),
        Service::Iam | Service::Sts => {
            let result: Option<&dyn strongroom::operation::Tell> = if is_empty { None } else { Some(answer) };
            let body = xml::response(service.name(), name, result, &request_id);
            xml(200, body, request_id)
        }
    }
}

pub(crate) fn json(status: u16, body: SecretBytes, request_id: Text) -> Answer {
    with(status, JSON, body, request_id)
}
pub(crate) fn xml(status: u16, body: SecretBytes, request_id: Text) -> Answer {
    with(status, "text/xml", body, request_id)
}
fn with(status: u16, content_type: &str, body: SecretBytes, request_id: Text) -> Answer {
    let headers = vec![(REQUEST_ID, String::from(request_id)), ("content-type", content_type.to_owned())];
    Answer { status, headers, body }
}

const REQUEST_ID: &str = "x-amzn-requestid";
