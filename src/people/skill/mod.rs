//! The list of skills that profiles and goals refer to, with their other names and neighbours.

pub mod api;
pub mod model;
pub mod store;

pub use api::routes;
