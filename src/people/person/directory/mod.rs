//! The list of people with its filters.

pub mod api;
pub mod store;
