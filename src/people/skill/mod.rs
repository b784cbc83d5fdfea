//! The skills that profiles refer to, with their synonyms and related skills.

pub mod api;
pub mod model;
pub mod store;

pub use api::routes;
