//! The viewer as a record: who sends the request, and with which roles.

pub mod api;
pub mod model;
pub mod store;
