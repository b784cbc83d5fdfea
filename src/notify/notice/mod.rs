//! Notices: what happened, told to one person inside the service, and streamed to whoever listens.

pub mod api;
pub mod listen;
pub mod model;
pub mod store;
mod stream;
