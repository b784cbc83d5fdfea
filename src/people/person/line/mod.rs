//! The reporting line: the reports and the managers of a person.

pub mod api;
pub mod store;
