//! Webhooks: signed calls to external addresses for each event, as Standard Webhooks defines them. A call has ids and
//! the kind of the event only. The scopes of a webhook limit its events.

mod address;
pub mod api;
mod call;
mod client;
mod life;
pub mod model;
mod payload;
pub mod sign;
pub mod store;

pub use address::AllowedAddresses;
pub use call::call;
pub use client::WebhookClient;

use utoipa_actix_web::service_config::ServiceConfig;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.configure(api::routes).configure(life::routes);
}
