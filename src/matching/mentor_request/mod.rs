//! Mentor requests: a mentee ranks mentors, and each one is invited in turn until one accepts.

pub mod api;
pub mod departure;
mod make;
pub mod message;
pub mod model;
pub mod store;
pub mod turn;

use utoipa_actix_web::service_config::ServiceConfig;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.configure(make::routes).configure(api::routes);
}
