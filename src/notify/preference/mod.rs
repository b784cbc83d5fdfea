//! Preferences: of what a person wants to be told, by which way, and when.

pub mod api;
pub mod chosen;
pub mod model;
pub mod store;
