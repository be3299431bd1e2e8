//! strongroom on the AWS wire: what AWS's SDKs and command line send to Secrets Manager, KMS, IAM and STS, answered from a
//! store on this machine.

mod agent;
mod daemon;
mod exchange;
mod handler;
mod listen;
mod log;
mod machine;
mod metrics;
mod token;
mod writer;

pub use agent::{Agent, Vouch};
pub use daemon::{DueBell, Host, run};
pub use exchange::{Answer, Request};
pub use handler::{Handler, Health, Nothing, Router, Work};
pub use listen::{BindError, Limits, Listener, Server};
#[cfg(feature = "tls")]
pub use listen::{Tls, TlsError};
pub use log::{Level, Log};
pub use machine::MachineCredentials;
pub use metrics::{Metrics, MetricsPage};
pub use token::{Token, TokenError};
