//! Who works here: people, their teams, skills and career ladders, and the reporting line; and
//! which other systems may ask.

pub mod account;
pub mod department;
pub mod ladder;
pub mod organisation;
pub mod person;
pub mod skill;
pub mod team;

use utoipa_actix_web::service_config::ServiceConfig;

/// Adds the routes of this room.
pub fn routes(config: &mut ServiceConfig) {
    config
        .configure(person::routes)
        .configure(department::routes)
        .configure(team::routes)
        .configure(skill::routes)
        .configure(ladder::routes)
        .configure(account::routes);
}
