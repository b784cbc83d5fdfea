//! The audit log as people read it: all of it for admins, and for everybody who saw their words.

pub mod api;
pub mod model;
pub mod store;
