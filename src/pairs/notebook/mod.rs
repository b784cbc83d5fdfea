//! A person's own notebook on a pair. No other person learns that it exists.

pub mod api;
pub mod model;
pub mod store;
