//! A whole program matched at once: planned in the background, reviewed as drafts, published as pairs, taken back.

pub mod api;
pub mod draft;
mod entrants;
pub mod job;
pub mod life;
pub mod model;
mod one_way;
mod plan;
mod publish;
mod scored;
pub mod store;
mod stream;
mod undo;

use utoipa_actix_web::service_config::ServiceConfig;

/// Adds the routes of cohorts and their drafts.
pub fn routes(config: &mut ServiceConfig) {
    config.configure(api::routes).configure(life::routes).configure(stream::routes).configure(draft::routes);
}
