//! Notice preferences: which notices and mails a person wants, and when.

pub mod api;
pub mod chosen;
pub mod model;
pub mod store;
