//! Reflections: how a session went, for oneself. Nobody else learns that one exists.

pub mod api;
pub mod model;
pub mod store;
