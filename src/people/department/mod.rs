//! Departments: groups of teams.

pub mod api;
pub mod model;
pub mod store;

pub use api::routes;
