//! The list of people over HTTP.

use actix_web::get;
use actix_web::web::Data;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use super::store::{self, Filter, Place};
use crate::http::{App, Count, Cursor, Limit, MirroredPage, Query, Walk, mirrored_page, reaching_back};
use crate::ids::{DepartmentId, PersonId, SkillId, TeamId};
use crate::people::person::api::PersonView;
use crate::people::person::model::PersonStatus;
use crate::people::person::scale::SkillLevel;
use crate::policy::acts::ReadPerson;
use crate::policy::{Viewer, may_list};
use crate::problem::{Code, Problem};
use crate::text::Name;
use crate::time::Moment;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list_people);
}

/// Which people to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListPeople {
    /// People whose name begins with this; case does not count.
    #[param(value_type = Option<String>, min_length = 1, max_length = 120, example = "ada")]
    q: Option<Name>,
    /// People in this team.
    team_id: Option<TeamId>,
    /// People in the teams of this department.
    department_id: Option<DepartmentId>,
    /// People who report to this person directly.
    manager_id: Option<PersonId>,
    /// People of this status. Unless told: `active` and `on_leave`.
    #[param(inline)]
    status: Option<PersonStatus>,
    /// People who offer this skill.
    skill_id: Option<SkillId>,
    /// People who offer `skill_id` on this level or above.
    #[param(inline)]
    min_level: Option<SkillLevel>,
    /// People who offer mentoring (`true`), or do not (`false`).
    offers_mentoring: Option<bool>,
    /// People whose public record changed after this, and some that changed up to five minutes earlier: see `next_updated_after`.
    updated_after: Option<Moment>,
    /// Items on a page.
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    /// `next_cursor` of the page before.
    #[param(value_type = Option<String>, max_length = 2000)]
    cursor: Option<Cursor<Walk<Place>>>,
    /// `exact`: the page says how many there are in all, as `total`.
    #[serde(default)]
    #[param(inline, required = false)]
    count: Count,
}

impl ListPeople {
    fn filter(&self) -> Result<Filter, Problem> {
        let skill = match (self.skill_id, self.min_level) {
            (Some(skill), level) => Some((skill, level.unwrap_or(SkillLevel::LEAST))),
            (None, Some(_)) => return Err(Problem::invalid("?min_level", "needs skill_id beside it")),
            (None, None) => None,
        };
        Ok(Filter {
            names: self.q.as_ref().map(Name::prefixed),
            manager: self.manager_id,
            team: self.team_id,
            department: self.department_id,
            status: self.status,
            skill,
            offers_mentoring: self.offers_mentoring,
            updated_after: self.updated_after.map(reaching_back),
        })
    }
}

/// Lists people who work here.
///
/// In the order their records were made; with `q`, by name. Filters combine. For the people who
/// left ask for `status=departed`; integrations that mirror the roster ask with `updated_after`,
/// once more with `status=departed`.
#[utoipa::path(tag = "people", params(ListPeople), responses((status = 200, body = MirroredPage<PersonView>)))]
#[get("/v1/people")]
async fn list_people(
    app: Data<App>,
    viewer: Viewer,
    query: Query<ListPeople>,
) -> Result<MirroredPage<PersonView>, Problem> {
    may_list::<ReadPerson>(&viewer)?;
    let filter = query.filter()?;
    let is_by_name = query.q.is_some();
    let walk = Walk::of(query.cursor.as_ref(), &app.clock, Place::first(is_by_name));
    if !walk.after.is_in(is_by_name) {
        return Err(Problem::new(
            Code::InvalidCursor,
            "The cursor is of another order; start the list again without it.",
        ));
    }
    let mut tx = app.read().await?;
    let people = store::list(&mut tx, &viewer, &filter, &walk.after, query.limit.and_one()).await?;
    let total = query.count.of(store::count(&mut tx, &viewer, &filter)).await?;
    mirrored_page(&viewer, query.limit, people, total, &walk, |person| Place::of(person, is_by_name))
}
