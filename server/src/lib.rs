//! strongroom on the AWS wire: what AWS's SDKs and command line send to Secrets Manager, KMS, IAM and STS, answered from a
//! store on this machine.
//!
//! [`Endpoint::admit`] is the one gate: it takes a whole request, holds it against its signature ([`sigv4`]), and gives a
//! [`Verified`], which performs the call. [`protocol`] has the forms of requests and answers.
//!
//! [`Server`] is the listener before it: [`Listener`]s on this machine, or beyond it under TLS, within [`Limits`]; a [`Handler`]
//! on each. [`run`] makes a process of it.

mod agent;
mod daemon;
mod endpoint;
mod handler;
mod listen;
mod log;
mod machine;
mod metrics;
pub mod protocol;
mod request_id;
pub mod sigv4;
mod token;
mod writer;

pub use agent::{Agent, Vouch};
pub use daemon::{DueBell, Host, run};
pub use endpoint::{Answer, Endpoint, Request, Verified};
pub use handler::{Handler, Health, Nothing, Performed, Router, Work};
pub use listen::{BindError, Limits, Listener, Server};
#[cfg(feature = "tls")]
pub use listen::{Tls, TlsError};
pub use log::{Level, Log};
pub use machine::MachineCredentials;
pub use metrics::{Metrics, MetricsPage};
pub use token::{Token, TokenError};
