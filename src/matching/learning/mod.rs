//! Learning from outcomes. The service records each proposal and its outcome. On request of an admin it learns new
//! weights, compares them in the shadow, and an admin promotes them or rolls them back.

pub mod api;
pub mod case;
pub mod job;
pub mod life;
pub mod model;
pub mod report;
pub mod shadow;
pub mod store;
pub mod training_set;
pub mod views;
mod words;

pub use case::{Proposal, record};

use utoipa_actix_web::service_config::ServiceConfig;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.configure(api::routes).configure(life::routes);
}
