//! Insights: how pairs are doing, calculated from the records of other modules. Each viewer sees what their tier
//! allows.

pub mod health;

use utoipa_actix_web::service_config::ServiceConfig;

/// Adds the routes of all insights.
pub fn routes(config: &mut ServiceConfig) {
    config.configure(health::api::routes);
}
