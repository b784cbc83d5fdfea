//! Key results: what a goal is measured by, in numbers.

pub mod api;
pub mod model;
pub mod store;
