//! Deliveries: what is told to whom, and how far that got.

pub mod api;
pub mod model;
pub mod parties;
pub mod store;
