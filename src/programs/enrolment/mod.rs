//! Enrolments: people take part in a program as mentor or mentee, leads approve them, and a waiting list fills free
//! places.

pub mod api;
pub mod departure;
pub mod enrol;
pub mod life;
pub mod model;
pub mod queue;
pub mod store;

use utoipa_actix_web::service_config::ServiceConfig;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.configure(enrol::routes).configure(api::routes).configure(life::routes);
}
