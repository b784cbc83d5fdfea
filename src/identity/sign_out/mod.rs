//! Signing out: ends all tokens of a person or service account.

pub mod api;
pub mod store;
