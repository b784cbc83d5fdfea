//! How often to meet: what the service advises.

pub mod api;
pub mod model;
