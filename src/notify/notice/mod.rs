//! Notices: one event for one person, listed and streamed in the API.

pub mod api;
pub mod listen;
pub mod model;
pub mod store;
mod stream;
