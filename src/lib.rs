//! strongroom: an encrypted embedded secret store with the shapes of AWS Secrets Manager, KMS and IAM.

pub mod clock;
pub mod error;
pub mod json;
pub mod name;
pub mod operation;

pub use error::{Error, ErrorKind};
