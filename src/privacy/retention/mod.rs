//! Retention: what goes by itself, and after how long. Of people's words nothing does, unless the
//! operator says so.

pub mod api;
pub mod job;
pub mod model;
pub mod store;
