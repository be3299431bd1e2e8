//! strongroom: an encrypted embedded secret store with the shapes of AWS Secrets Manager, KMS and IAM.

pub mod clock;
pub mod error;
mod model;
pub mod name;
pub mod operation;
pub mod policy;

pub use error::{Error, ErrorKind};
