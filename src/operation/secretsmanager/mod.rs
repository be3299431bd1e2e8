//! Operations of Secrets Manager, API version 2017-10-17.

mod batch;
mod password;
mod policy;
mod replication;
mod rotation;
mod secret;
mod value;

pub use batch::*;
pub use password::*;
pub use policy::*;
pub use replication::*;
pub use rotation::*;
pub use secret::*;
pub use value::*;

/// AWS operations of this service that have no shape here.
pub(crate) const UNSERVED: &[&str] = &[];
