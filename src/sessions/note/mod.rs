//! Notes: what was said in a session. Both of the two read them, each writes their own.

pub mod api;
pub mod model;
pub mod store;
