//! Privacy: audit log, disclosures, export, erasure and retention.

pub mod audit;
pub mod disclosure;
pub mod erasure;
pub mod export;
pub mod retention;

use utoipa_actix_web::service_config::ServiceConfig;

/// Adds the routes of all privacy resources.
pub fn routes(config: &mut ServiceConfig) {
    config
        .configure(audit::api::routes)
        .configure(disclosure::api::routes)
        .configure(export::api::routes)
        .configure(erasure::api::routes)
        .configure(retention::api::routes);
}
