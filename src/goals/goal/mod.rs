//! Goals themselves. Key results, plan steps, check-ins, blockers and celebrations have modules of their own.

pub mod api;
pub mod create;
pub mod life;
pub mod model;
pub mod smart;
mod smart_check;
pub mod store;
pub mod views;
pub mod whole;

use utoipa_actix_web::service_config::ServiceConfig;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.configure(create::routes).configure(api::routes).configure(life::routes);
}
