//! A party's own notebook on a pair. Nobody else learns that it exists.

pub mod api;
pub mod model;
pub mod store;
