//! A new first sign-in for somebody: opened by an admin, and opening sealed words only with the person's yes or after a
//! week.

pub mod api;
pub mod model;
pub mod store;
