//! A new first sign-in for a person, opened by an admin. It may read sealed words after the person confirms it, or
//! after a waiting period.

pub mod api;
pub mod model;
pub mod store;
