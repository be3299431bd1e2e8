//! Exact texts of kms errors.
