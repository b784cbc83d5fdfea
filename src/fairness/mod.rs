//! Whether suggestions treat groups of people alike. Who belongs to which group is kept here and read nowhere else: no
//! room above imports this one, and no other room's SQL names its tables.

pub mod group;
pub mod report;

use utoipa_actix_web::service_config::ServiceConfig;

/// Adds the routes of this room.
pub fn routes(config: &mut ServiceConfig) {
    config.configure(group::api::routes).configure(report::api::routes);
}
