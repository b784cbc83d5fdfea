//! A person's sessions to subscribe to, by an address that only they know.

pub mod api;
pub mod model;
pub mod store;
