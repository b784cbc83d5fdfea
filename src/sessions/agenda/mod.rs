//! The agenda: what the two want to talk about in a session. For the two alone.

pub mod api;
pub mod model;
pub mod store;
