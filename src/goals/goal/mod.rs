//! Goals themselves: SMART in words, measured by key results, planned in steps.

pub mod api;
pub mod create;
pub mod life;
pub mod model;
pub mod smart;
pub mod store;
pub mod views;
pub mod whole;

use utoipa_actix_web::service_config::ServiceConfig;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.configure(create::routes).configure(api::routes).configure(life::routes);
}
