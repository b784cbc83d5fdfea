//! Sessions of a pair with agenda, notes, action items and reflections. Invitations and reminders are sent by
//! `notify`, which reads the outbox.

pub mod action_item;
pub mod agenda;
pub mod cadence;
pub mod ending;
pub mod note;
pub mod reflection;
pub mod series;
pub mod session;

use utoipa_actix_web::service_config::ServiceConfig;

/// Adds the routes of all session resources.
pub fn routes(config: &mut ServiceConfig) {
    config
        .configure(session::routes)
        .configure(agenda::api::routes)
        .configure(note::api::routes)
        .configure(action_item::routes)
        .configure(reflection::api::routes)
        .configure(cadence::api::routes);
}
