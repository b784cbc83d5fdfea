//! Who the viewer is to this service.

pub mod api;
pub mod model;
pub mod store;
