//! Programs and the people who coordinate them.

pub mod model;
pub mod store;

use utoipa_actix_web::service_config::ServiceConfig;

/// Adds the routes of this room.
pub fn routes(_config: &mut ServiceConfig) {}
