//! Exact texts of secretsmanager errors.
