//! The session itself: time, place, outcome and status.

pub mod api;
pub mod create;
pub mod full;
mod home;
pub mod life;
pub mod model;
pub mod store;
pub mod views;

use utoipa_actix_web::service_config::ServiceConfig;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.configure(api::routes).configure(create::routes).configure(life::routes);
}
