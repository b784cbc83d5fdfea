//! People: the facts that HR keeps, and the profile that each person keeps.

pub mod api;
pub mod block;
pub mod directory;
pub mod history;
pub mod line;
pub mod me;
pub mod model;
pub mod profile;
pub mod roster;
pub mod scale;
pub mod store;

use utoipa_actix_web::service_config::ServiceConfig;

/// Adds the routes of people. A fixed path must be added before a path with an id in the same place.
pub fn routes(config: &mut ServiceConfig) {
    config
        .configure(directory::api::routes)
        .configure(roster::api::routes)
        .configure(profile::api::routes)
        .configure(profile::skills::routes)
        .configure(history::api::routes)
        .configure(line::api::routes)
        .configure(api::routes)
        .configure(me::api::routes)
        .configure(block::api::routes);
}
