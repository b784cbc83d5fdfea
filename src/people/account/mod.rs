//! Service accounts: other systems and their scopes. Their tokens are minted on the command line.

pub mod api;
pub mod model;
pub mod store;

pub use api::routes;
