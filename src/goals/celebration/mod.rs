//! Celebrations: successes on the way to a goal, public.

pub mod api;
pub mod model;
pub mod store;
