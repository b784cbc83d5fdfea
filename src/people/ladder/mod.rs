//! Career ladders: ordered roles with levels that can be compared across ladders.

pub mod api;
pub mod model;
pub mod role;
pub mod store;

use utoipa_actix_web::service_config::ServiceConfig;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.configure(api::routes).configure(role::routes);
}
