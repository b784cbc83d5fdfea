//! Turns the events of the outbox into notices, mails and calls of webhooks. One instance plans deliveries, and the
//! workers of all instances send them.

pub mod calendar;
pub mod delivery;
pub mod departure;
mod digest;
pub mod dispatcher;
pub mod ending;
pub mod job;
pub mod mail;
pub mod notice;
pub mod outline;
pub mod plan;
pub mod preference;
pub mod reminder;
pub mod webhook;

use utoipa_actix_web::service_config::ServiceConfig;

/// Adds the routes of this module.
pub fn routes(config: &mut ServiceConfig) {
    config
        .configure(delivery::api::routes)
        .configure(notice::api::routes)
        .configure(preference::api::routes)
        .configure(calendar::routes)
        .configure(webhook::routes);
}
