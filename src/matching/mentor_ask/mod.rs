//! Mentor asks: what a mentor knows of a request whose turn they have. It tells of no rank, no other choice and no time
//! before.

mod answer;
pub mod api;
pub mod model;
pub mod store;

use utoipa_actix_web::service_config::ServiceConfig;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.configure(api::routes).configure(answer::routes);
}
