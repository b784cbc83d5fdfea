//! The report: figures about groups and none about a single person.

pub mod api;
pub mod make;
pub mod model;
pub mod quarter;
pub mod rounding;
pub mod store;
mod words;
