//! The profile: what each person writes about themselves. No one else can change it.

pub mod api;
pub mod model;
pub mod skills;
pub mod store;
