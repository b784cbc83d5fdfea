//! Key results: measures of a goal in numbers.

pub mod api;
pub mod model;
pub mod store;
