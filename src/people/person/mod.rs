//! People: the roster that HR keeps, and the profile that each person keeps.

pub mod api;
pub mod model;
pub mod store;

pub use api::routes;
