//! What people are owed of their data: who saw it.

pub mod audit;

use utoipa_actix_web::service_config::ServiceConfig;

/// Adds the routes of this room.
pub fn routes(config: &mut ServiceConfig) {
    config.configure(audit::api::routes);
}
