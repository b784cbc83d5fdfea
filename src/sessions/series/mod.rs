//! Sessions that repeat: a series is made at once, and each session of it then lives by itself.

pub mod model;
pub mod store;
