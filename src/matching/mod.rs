//! Suggestions: who might mentor whom, and why.

pub mod cohort;
pub mod engine;
pub mod learning;
pub mod mentor_ask;
pub mod mentor_request;
pub mod profiles;
pub mod roster;
pub mod suggestion;
pub mod weighting;

use utoipa_actix_web::service_config::ServiceConfig;

/// Adds the routes of this room.
pub fn routes(config: &mut ServiceConfig) {
    config.configure(suggestion::routes).configure(mentor_request::routes).configure(mentor_ask::routes);
    config.configure(weighting::routes).configure(learning::routes).configure(cohort::routes);
}
