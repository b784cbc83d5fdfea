//! How much each factor counts in a program: as everywhere, unless its leads say otherwise.

pub mod api;
pub mod basis;
pub mod model;
pub mod store;

pub use api::routes;
