//! Blockers: what stands in the way of a goal. For the two alone.

pub mod api;
pub mod model;
pub mod store;
