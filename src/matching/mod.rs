//! Suggestions: who might mentor whom, and why.

pub mod engine;
pub mod profiles;
pub mod roster;
pub mod suggestion;

use utoipa_actix_web::service_config::ServiceConfig;

/// Adds the routes of this room.
pub fn routes(config: &mut ServiceConfig) {
    config.configure(suggestion::routes);
}
