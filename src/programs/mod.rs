//! Programs, their coordinators, and the enrolments of people in them.

pub mod api;
pub mod enrolment;
pub mod life;
pub mod model;
pub mod store;

use utoipa_actix_web::service_config::ServiceConfig;

/// Adds the routes of programs and enrolments.
pub fn routes(config: &mut ServiceConfig) {
    config.configure(api::routes).configure(life::routes).configure(enrolment::routes);
}
