//! Action items: what one of the two does before they meet again. For the two alone.

pub mod api;
pub mod life;
pub mod model;
pub mod store;

use utoipa_actix_web::service_config::ServiceConfig;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.configure(api::routes).configure(life::routes);
}
