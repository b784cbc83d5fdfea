//! Sessions: when a pair talks, and what comes of it.

use utoipa_actix_web::service_config::ServiceConfig;

/// Adds the routes of this room.
pub fn routes(_config: &mut ServiceConfig) {}
