//! How mentoring is going, told from what the other rooms hold, to each viewer at their tier.

pub mod health;

use utoipa_actix_web::service_config::ServiceConfig;

/// Adds the routes of this room.
pub fn routes(config: &mut ServiceConfig) {
    config.configure(health::api::routes);
}
