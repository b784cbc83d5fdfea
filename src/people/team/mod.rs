//! Teams and departments.

use utoipa_actix_web::service_config::ServiceConfig;

/// Adds these routes.
pub fn routes(_config: &mut ServiceConfig) {}
