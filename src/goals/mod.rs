//! Goals: what a pair works towards, and how far it is.

use utoipa_actix_web::service_config::ServiceConfig;

/// Adds the routes of this room.
pub fn routes(_config: &mut ServiceConfig) {}
