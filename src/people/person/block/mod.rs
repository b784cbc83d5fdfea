//! With whom somebody never wants to be paired. Nobody else learns that there is such a list;
//! only matching heeds it.

pub mod api;
pub mod model;
pub mod store;
