//! Filters of ListSecrets.
