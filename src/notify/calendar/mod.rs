//! Sessions in people's calendars: invitations by mail (RFC 5546, RFC 6047), one session as a file, and a personal feed
//! (RFC 5545). An entry has the names and the time. Only the file of one session has place and link.

pub mod api;
pub mod entry;
pub mod feed;
mod text;
mod zone;

use utoipa_actix_web::service_config::ServiceConfig;

pub use text::{Invitation, Method, calendar, invitation, series_invitation};

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.configure(api::routes).configure(feed::api::routes);
}
