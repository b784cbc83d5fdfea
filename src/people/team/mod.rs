//! Teams: people belong to them, and pairs are counted for them.

pub mod api;
pub mod model;
pub mod store;

pub use api::routes;
