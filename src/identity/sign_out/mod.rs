//! Ends all tokens that somebody has.

pub mod api;
pub mod store;
