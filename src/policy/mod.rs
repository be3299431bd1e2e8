//! The policy language: pure, total, usable without a store.
