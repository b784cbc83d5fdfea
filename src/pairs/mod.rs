//! Pairs: the relationship of a mentor and a mentee, its life, and what they write for themselves.

pub mod api;
pub mod create;
pub mod departure;
mod enrolled;
pub mod life;
pub mod model;
pub mod notebook;
pub mod store;

use utoipa_actix_web::service_config::ServiceConfig;

/// Adds the routes of this room.
pub fn routes(config: &mut ServiceConfig) {
    config.configure(api::routes).configure(create::routes).configure(life::routes).configure(notebook::api::routes);
}
