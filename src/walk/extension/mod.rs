//! What AWS has not.

pub(crate) mod explain;
