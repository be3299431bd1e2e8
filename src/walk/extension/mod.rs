//! What AWS has not.

pub(crate) mod dependents;
pub(crate) mod explain;
pub(crate) mod reencrypt;
pub(crate) mod rotation;
