//! Who takes part in a program: people enrol as mentor or mentee, leads let them in, and who comes too late waits.

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
