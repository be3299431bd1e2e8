//! strongroom: an encrypted embedded secret store with the shapes of AWS Secrets Manager, KMS and IAM.

#[cfg(test)]
mod model;
pub mod action;
pub mod clock;
pub mod error;
pub mod json;
pub mod name;
pub mod operation;
pub mod policy;

pub use error::{Error, ErrorKind};
