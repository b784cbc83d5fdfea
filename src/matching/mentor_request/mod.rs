//! Requests for a mentor: a mentee ranks whom they would like, and each is asked in turn until one says yes.

pub mod api;
pub mod departure;
mod make;
pub mod model;
pub mod store;
pub mod turn;

use utoipa_actix_web::service_config::ServiceConfig;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.configure(make::routes).configure(api::routes);
}
