//! Check-ins: reports of progress, public and never changed.

pub mod api;
pub mod model;
pub mod store;
