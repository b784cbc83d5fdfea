//! Suggestions: who might mentor whom, and why.

pub mod engine;

use utoipa_actix_web::service_config::ServiceConfig;

/// Adds the routes of this room.
pub fn routes(_config: &mut ServiceConfig) {}
