//! Ways in and out: signing out, taking a token back, and a new first sign-in for somebody whose account at the identity
//! provider is another one now. How a token becomes a viewer is said in `auth`.

pub mod rebind;
pub mod revocation;
pub mod sign_out;

use utoipa_actix_web::service_config::ServiceConfig;

/// Adds the routes of this room.
pub fn routes(config: &mut ServiceConfig) {
    config.configure(sign_out::api::routes).configure(rebind::api::routes).configure(revocation::routes);
}
