//! What a cohort has for each mentee: reviewed, swapped, locked and refused before it is published.

pub mod api;
mod assess;
pub mod change;
pub mod model;
pub mod store;

use utoipa_actix_web::service_config::ServiceConfig;

/// Adds the routes of drafts.
pub fn routes(config: &mut ServiceConfig) {
    config.configure(api::routes).configure(change::routes);
}
