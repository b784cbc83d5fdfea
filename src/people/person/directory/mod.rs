//! Finding people: one list with the filters that clients ask for.

pub mod api;
pub mod store;
