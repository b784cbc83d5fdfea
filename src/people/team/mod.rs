//! Teams: where people belong, and what pairs are counted under.

pub mod api;
pub mod model;
pub mod store;

pub use api::routes;
