//! Plan steps: how to get to a goal, with days and resources.

pub mod api;
pub mod model;
pub mod store;
