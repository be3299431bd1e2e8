//! Exact texts of iam errors.
