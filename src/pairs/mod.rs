//! Pairs of a mentor and a mentee: their status, their agreement and their notebooks.

pub mod api;
pub mod create;
pub mod departure;
mod enrolled;
pub mod life;
pub mod model;
pub mod notebook;
pub mod store;

use utoipa_actix_web::service_config::ServiceConfig;

/// Adds the routes of all pair resources.
pub fn routes(config: &mut ServiceConfig) {
    config.configure(api::routes).configure(create::routes).configure(life::routes).configure(notebook::api::routes);
}
