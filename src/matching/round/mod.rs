//! Matching rounds: a plan for a whole program is made in the background, reviewed as drafts, published as pairs and,
//! if needed, undone.

pub mod api;
mod claim;
pub mod draft;
pub mod job;
pub mod life;
pub mod model;
mod one_way;
mod participants;
mod plan;
mod publish;
mod scored;
pub mod store;
mod stream;
mod undo;

use utoipa_actix_web::service_config::ServiceConfig;

/// Adds the routes of matching rounds and their drafts.
pub fn routes(config: &mut ServiceConfig) {
    config.configure(api::routes).configure(life::routes).configure(stream::routes).configure(draft::routes);
}
