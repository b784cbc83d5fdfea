//! Suggestions: mentors proposed to a mentee, with reasons, until they are accepted, dismissed or stale.

mod answer;
pub mod api;
pub mod assessment;
pub mod make;
pub mod model;
pub mod request;
pub mod store;

use utoipa_actix_web::service_config::ServiceConfig;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.configure(request::routes).configure(api::routes).configure(answer::routes);
}
