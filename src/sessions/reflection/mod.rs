//! Reflections: a person's own thoughts on a session. No other person learns that a reflection exists.

pub mod api;
pub mod model;
pub mod store;
