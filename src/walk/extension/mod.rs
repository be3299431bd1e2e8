//! What AWS has not.

pub(crate) mod audit;
pub(crate) mod dependents;
pub(crate) mod due;
pub(crate) mod expected;
pub(crate) mod expiry;
pub(crate) mod explain;
pub(crate) mod reencrypt;
pub(crate) mod rotation;
pub(crate) mod watch;
