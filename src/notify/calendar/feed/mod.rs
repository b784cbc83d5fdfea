//! A calendar feed of a person's sessions, at a secret address.

pub mod api;
pub mod model;
pub mod store;
