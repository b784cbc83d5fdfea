//! Blockers: obstacles to a goal, visible only to the mentor and the mentee.

pub mod api;
pub mod model;
pub mod store;
