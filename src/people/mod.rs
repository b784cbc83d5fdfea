//! People, teams, departments, skills, career ladders and the reporting line; and the service accounts of other
//! systems.

pub mod account;
pub mod department;
pub mod ladder;
pub mod organisation;
pub mod person;
pub mod skill;
pub mod team;

use utoipa_actix_web::service_config::ServiceConfig;

/// Adds the routes of people and of everything around them.
pub fn routes(config: &mut ServiceConfig) {
    config
        .configure(person::routes)
        .configure(department::routes)
        .configure(team::routes)
        .configure(skill::routes)
        .configure(ladder::routes)
        .configure(account::routes);
}
