//! Goals: what a pair works towards, and the progress made.

/// The columns and joins that give a row `x` with a `pair_id` its `Standing`.
macro_rules! standing {
    (columns) => {
        "p.mentor_id, p.mentee_id, mentee.manager_id as mentee_manager_id, p.program_id"
    };
    (tables) => {
        " join pairs p on p.id = x.pair_id join people mentee on mentee.id = p.mentee_id "
    };
}

pub mod blocker;
pub mod celebration;
pub mod check_in;
pub mod goal;
pub mod key_result;
pub mod number;
pub mod plan_step;

use chrono::{Datelike as _, NaiveDate};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::problem::Problem;

/// Adds the routes of goals and their parts.
pub fn routes(config: &mut ServiceConfig) {
    config
        .configure(goal::routes)
        .configure(key_result::api::routes)
        .configure(check_in::api::routes)
        .configure(blocker::api::routes)
        .configure(celebration::api::routes)
        .configure(plan_step::api::routes);
}

/// Refuses a planned day outside the years 2000 to 2100.
fn check_day(pointer: &'static str, day: Option<NaiveDate>) -> Result<(), Problem> {
    match day {
        Some(day) if !(2000..=2100).contains(&day.year()) => {
            Err(Problem::invalid(pointer, "must be a day between 2000-01-01 and 2100-12-31"))
        }
        _ => Ok(()),
    }
}
