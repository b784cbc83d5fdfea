//! Erasure: a person's words and all that says who they were go for good, from the database and,
//! with their keys, from every backup of it; what they were part of stays to be counted.

pub mod again;
pub mod api;
pub mod model;
pub mod store;
