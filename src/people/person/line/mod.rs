//! The reporting line: who reports to whom, downwards and upwards.

pub mod api;
pub mod store;
