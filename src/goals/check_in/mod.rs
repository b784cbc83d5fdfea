//! Check-ins: reports of progress that are public and never change.

pub mod api;
pub mod model;
pub mod store;
