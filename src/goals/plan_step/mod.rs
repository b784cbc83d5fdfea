//! Plan steps: the way to a goal, with due days and links.

pub mod api;
pub mod model;
pub mod store;
