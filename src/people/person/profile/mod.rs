//! The profile: what each person keeps of themselves, and nobody else for them.

pub mod api;
pub mod model;
pub mod skills;
pub mod store;
