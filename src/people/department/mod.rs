//! Departments: what teams are gathered under.

pub mod api;
pub mod model;
pub mod store;

pub use api::routes;
