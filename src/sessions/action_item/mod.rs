//! Action items: what the mentor or the mentee does before the next session. Only these two people see them.

pub mod api;
pub mod life;
pub mod model;
pub mod store;

use utoipa_actix_web::service_config::ServiceConfig;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.configure(api::routes).configure(life::routes);
}
