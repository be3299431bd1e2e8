//! strongroom on the AWS wire: what AWS's SDKs and command line send to Secrets Manager, KMS, IAM and STS, answered from a
//! store on this machine.
//!
//! [`Endpoint::admit`] is the one gate: it takes a whole request, holds it against its signature ([`sigv4`]), and gives a
//! [`Verified`], which performs the call. [`protocol`] has the forms of requests and answers.

mod endpoint;
pub mod protocol;
pub mod sigv4;

pub use endpoint::{Answer, Endpoint, Request, Verified};
