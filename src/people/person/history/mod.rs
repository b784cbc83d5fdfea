//! The history of a person: their position in the organisation, and the day from which it was valid.

pub mod api;
pub mod model;
pub mod store;
