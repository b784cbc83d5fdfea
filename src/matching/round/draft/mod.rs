//! Drafts: the mentor that a matching round proposes for each mentee. Leads change, swap, lock and refuse them before
//! publishing.

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
