//! The health of a pair: findings that need attention, and their reasons.

pub mod api;
pub mod model;
pub mod store;
