//! The fairness report: whether suggestions treat groups of people alike. Group membership is stored here and read only
//! here: no other room imports this one, and no other SQL reads its tables.

pub mod group;
pub mod report;

use utoipa_actix_web::service_config::ServiceConfig;

/// Adds the routes of this room.
pub fn routes(config: &mut ServiceConfig) {
    config.configure(group::api::routes).configure(report::api::routes);
}
