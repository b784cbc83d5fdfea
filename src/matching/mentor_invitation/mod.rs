//! Mentor invitations: what an invited mentor sees of a mentor request. It shows no rank, no other choice and nothing
//! from before the invitation.

mod answer;
pub mod api;
pub mod model;
pub mod store;

use utoipa_actix_web::service_config::ServiceConfig;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.configure(api::routes).configure(answer::routes);
}
