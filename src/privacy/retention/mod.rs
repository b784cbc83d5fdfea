//! Retention: data that the service deletes automatically, and after how long. Texts of people are kept unless the
//! operator sets a limit.

pub mod api;
pub mod job;
pub mod model;
pub mod store;
