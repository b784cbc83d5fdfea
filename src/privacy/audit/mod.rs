//! The audit log for readers: admins read all of it; every person reads which other people read their texts.

pub mod api;
pub mod model;
pub mod store;
