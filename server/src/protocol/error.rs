//! Errors on the wire: code, status and body of each, by service.
//!
//! Errors of Secrets Manager's model say `Message`, those of its front end and of KMS `message`; both are what AWS's own clients
//! have to read. IAM and STS answer XML, with a status by code.

use std::borrow::Cow;

use strongroom::name::Text;
use strongroom::operation::{Facet, Sink, Tell};
use strongroom::{Error, ErrorKind, json};

use super::{Service, answer, xml};
use crate::endpoint::Answer;
use crate::sigv4::Fault;

/// What is refused before any operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Front {
    MissingAuthenticationToken,
    IncompleteSignature,
    InvalidSignature,
    UnrecognizedClient,
    ExpiredToken,
    UnknownOperation,
    NotThisPath,
    NotThisMethod,
    MissingAction,
    Serialization,
    Throttling,
    /// The store's own fault.
    Internal,
    /// The store's keys are wiped.
    Locked,
}

impl Front {
    /// Its name and status at the services that speak JSON, and at those that speak Query.
    const fn row(self) -> [(&'static str, u16); 2] {
        match self {
            Self::MissingAuthenticationToken => {
                [("MissingAuthenticationTokenException", 400), ("MissingAuthenticationToken", 403)]
            }
            Self::IncompleteSignature => [("IncompleteSignatureException", 400), ("IncompleteSignature", 400)],
            Self::InvalidSignature => [("InvalidSignatureException", 400), ("SignatureDoesNotMatch", 403)],
            Self::UnrecognizedClient => [("UnrecognizedClientException", 400), ("InvalidClientTokenId", 403)],
            Self::ExpiredToken => [("ExpiredTokenException", 400), ("ExpiredToken", 403)],
            Self::UnknownOperation => [("UnknownOperationException", 400), ("InvalidAction", 400)],
            Self::NotThisPath => [("UnknownOperationException", 404), ("InvalidAction", 404)],
            Self::NotThisMethod => [("UnknownOperationException", 405), ("InvalidAction", 405)],
            Self::MissingAction => [("UnknownOperationException", 400), ("MissingAction", 400)],
            Self::Serialization => [("SerializationException", 400), ("MalformedInput", 400)],
            Self::Throttling => [("ThrottlingException", 400), ("Throttling", 400)],
            Self::Internal | Self::Locked => [("InternalServiceError", 500), ("ServiceFailure", 500)],
        }
    }
    fn code(self, service: Service) -> (&'static str, u16) {
        let [by_json, by_query] = self.row();
        match (self, service) {
            (Self::Internal, Service::Kms) => ("KMSInternalException", 500),
            (Self::Locked, Service::Kms) => ("KeyUnavailableException", 500),
            (_, Service::Kms | Service::SecretsManager) => by_json,
            (_, Service::Iam | Service::Sts) => by_query,
        }
    }
}

/// A refusal on its way to the wire.
#[derive(Debug)]
pub(crate) struct Refusal {
    service: Service,
    code: Cow<'static, str>,
    status: u16,
    message: Cow<'static, str>,
}

impl Refusal {
    pub(crate) fn front(service: Service, front: Front, message: impl Into<Cow<'static, str>>) -> Self {
        let (code, status) = front.code(service);
        Self { service, code: code.into(), status, message: message.into() }
    }
    /// What keeps a request from being held against its signature.
    pub(crate) fn fault(service: Service, fault: &Fault) -> Self {
        let front = match fault {
            Fault::Missing => Front::MissingAuthenticationToken,
            Fault::Incomplete(_) => Front::IncompleteSignature,
            Fault::Invalid(_) => Front::InvalidSignature,
        };
        Self::front(service, front, fault.to_string())
    }
    /// An error of the library, in the words of the service that was spoken to.
    pub(crate) fn of(service: Service, error: &Error) -> Self {
        let message = || error.message().to_string();
        let front = match (error.kind(), error.code()) {
            // The library knows these by the names that IAM and STS have for them.
            (_, "InvalidClientTokenId") => Front::UnrecognizedClient,
            (_, "SignatureDoesNotMatch") => Front::InvalidSignature,
            (_, "ExpiredToken") => Front::ExpiredToken,
            // What the request rested on went between its arrival and its call.
            (ErrorKind::Expired, STORE_FAULT) => {
                let text = "The security token included in the request is expired";
                return Self::front(service, Front::ExpiredToken, text);
            }
            (ErrorKind::Locked, STORE_FAULT) => return Self::front(service, Front::Locked, message()),
            (ErrorKind::Busy | ErrorKind::AuditUnavailable, STORE_FAULT) => {
                return Self::front(service, Front::Internal, message());
            }
            // What the disk says is for the log of whoever runs this.
            (_, STORE_FAULT | "KMSInternalException") => {
                return Self::front(service, Front::Internal, "The request failed because of an internal error.");
            }
            (_, "SerializationException") => Front::Serialization,
            (_, code) => {
                let message = message().into();
                return Self { service, code: code.into(), status: error.status(), message };
            }
        };
        Self::front(service, front, message())
    }
    pub(crate) fn answer(&self, request_id: Text) -> Answer {
        if self.service.is_json() {
            let body = json::write(&Body(self));
            let mut answer = answer::json(self.status, body, request_id);
            answer.headers.push((ERROR_TYPE, self.code.clone().into_owned()));
            return answer;
        }
        let body = xml::error(self.service.name(), self.status, &self.code, &self.message, &request_id);
        answer::xml(self.status, body, request_id)
    }
}

/// The body of an error in JSON. A message that says nothing is left out.
struct Body<'r>(&'r Refusal);

impl Tell for Body<'_> {
    fn tell(&self, sink: &mut dyn Sink) {
        let Self(refusal) = self;
        let name = if refusal.service == Service::SecretsManager && is_of_the_model(&refusal.code) {
            "Message"
        } else {
            "message"
        };
        sink.map(&mut |sink| {
            sink.entry("__type", &Text::from(&*refusal.code));
            if !refusal.message.is_empty() {
                sink.entry(name, &Text::from(&*refusal.message));
            }
        });
    }
    fn facet(&self) -> Facet<'_> {
        Facet::Structure
    }
}

/// Errors of Secrets Manager's model, and refusals by policy, which are not in it but look alike.
fn is_of_the_model(code: &str) -> bool {
    matches!(
        code,
        "ResourceNotFoundException"
            | "ResourceExistsException"
            | "InvalidParameterException"
            | "InvalidRequestException"
            | "InvalidNextTokenException"
            | "LimitExceededException"
            | "MalformedPolicyDocumentException"
            | "PublicPolicyException"
            | "PreconditionNotMetException"
            | "EncryptionFailure"
            | "DecryptionFailure"
            | "InternalServiceError"
            | "AccessDeniedException"
    )
}

/// The library's name for faults of the store.
const STORE_FAULT: &str = "InternalServiceError";
const ERROR_TYPE: &str = "x-amzn-errortype";
