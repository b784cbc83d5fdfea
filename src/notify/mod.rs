//! Tells people and other rooms what happened: the outbox is planned into deliveries, and workers of
//! all instances deliver them.

pub mod calendar;
pub mod courier;
pub mod delivery;
pub mod departure;
mod digest;
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

/// Adds the routes of this room.
pub fn routes(config: &mut ServiceConfig) {
    config
        .configure(delivery::api::routes)
        .configure(notice::api::routes)
        .configure(preference::api::routes)
        .configure(calendar::routes)
        .configure(webhook::api::routes);
}
