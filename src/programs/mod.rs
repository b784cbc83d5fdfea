//! Programs and the people who coordinate them.

pub mod api;
pub mod life;
pub mod model;
pub mod store;

use utoipa_actix_web::service_config::ServiceConfig;

/// Adds the routes of this room.
pub fn routes(config: &mut ServiceConfig) {
    config.configure(api::routes).configure(life::routes);
}
