//! Deliveries: which event goes to which recipient on which channel, and the result of each attempt.

pub mod api;
pub mod model;
pub mod parties;
pub mod store;
