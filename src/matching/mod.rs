//! Matching: which mentors fit which mentees, and why. Suggestions, requests and matching rounds.

pub mod engine;
pub mod learning;
pub mod mentor_index;
pub mod mentor_invitation;
pub mod mentor_request;
pub mod profiles;
pub mod round;
pub mod suggestion;
pub mod weighting;

use utoipa_actix_web::service_config::ServiceConfig;

/// Adds the routes of this room.
pub fn routes(config: &mut ServiceConfig) {
    config.configure(suggestion::routes).configure(mentor_request::routes).configure(mentor_invitation::routes);
    config.configure(weighting::routes).configure(learning::routes).configure(round::routes);
}
