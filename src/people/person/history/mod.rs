//! What was true of a person, and from which day on.

pub mod api;
pub mod model;
pub mod store;
