//! Signing out, revoking a token, and a new first sign-in for a person with a new account at the identity provider.
//! `auth` turns a token into a viewer.

pub mod rebind;
pub mod revocation;
pub mod sign_out;

use utoipa_actix_web::service_config::ServiceConfig;

/// Adds the routes of this module.
pub fn routes(config: &mut ServiceConfig) {
    config.configure(sign_out::api::routes).configure(rebind::api::routes).configure(revocation::routes);
}
