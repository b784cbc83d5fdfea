//! Celebrations: what there was to be glad of, for everybody to read.

pub mod api;
pub mod model;
pub mod store;
