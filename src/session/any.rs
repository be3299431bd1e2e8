//! Requests whose operation is known by its name alone: what comes in as text goes the same way as everything else.

use super::Session;
use crate::error::Error;
use crate::operation::{AnyRequest, AnyResponse};
use crate::walk::Walk;
use crate::walk::held::Held;

macro_rules! any {
    (() $( $group:ident $service:ident { $( $variant:ident : $name:ident , $method:ident ; )* } )*) => {
        impl Session {
            /// Sends a request of any operation of any service on its walk: what [`json::read_any`](crate::json::read_any) made
            /// of a body. An idempotency token that is missing is filled in, as AWS's SDKs do.
            ///
            /// # Errors
            /// As [`call`](Self::call).
            pub fn call_any(&self, request: AnyRequest) -> Result<AnyResponse, Error> {
                match request {
                    $( $( AnyRequest::$variant(request) => self.call(request).map(AnyResponse::$variant), )* )*
                }
            }
            /// The same of a request as somebody else sent it, for front ends: nothing is filled in. CreateSecret, PutSecretValue,
            /// UpdateSecret and RotateSecret are refused without an idempotency token, as AWS refuses them.
            ///
            /// # Errors
            /// As [`call`](Self::call).
            pub fn call_as_sent(&self, request: AnyRequest) -> Result<AnyResponse, Error> {
                match request {
                    $( $( AnyRequest::$variant(request) => request.run(&self.caller).map(AnyResponse::$variant), )* )*
                }
            }
        }
        impl Session {
            /// As [`call_as_sent`](Self::call_as_sent), for a thread that serves many and must not wait for the disk: the answer to
            /// a request that only reads ([`AnyRequest::writes`]) is held until its record is durable. One that writes waits here.
            pub fn hold_as_sent(&self, request: AnyRequest) -> Held<AnyResponse> {
                match request {
                    $( $( AnyRequest::$variant(request) => request.hold(&self.caller).map(AnyResponse::$variant), )* )*
                }
            }
        }
        impl AnyRequest {
            /// May this request change anything? One that only reads waits for no writer, and does no harm when it is sent
            /// twice.
            #[must_use]
            pub fn writes(&self) -> bool {
                match self {
                    $( $( Self::$variant(request) => Walk::writes(request), )* )*
                }
            }
        }
    };
}
crate::operation::for_each_operation!(any);
