//! The list of people over HTTP.

use actix_web::get;
use actix_web::web::Data;
use utoipa_actix_web::service_config::ServiceConfig;

use super::store::{self, Filter, ListPosition};
use crate::http::{App, MirroredPage, Query, Walk, list_query, mirrored_page, reaching_back};
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

list_query! {
    /// Filters of the list of people. All of them must match.
    ListPeople from Walk<ListPosition>, 2000 {
        /// Lists only people whose name starts with this text. Upper and lower case count as the same. The list is then
        /// ordered by name.
        #[param(value_type = Option<String>, min_length = 1, max_length = 120, example = "ada")]
        q: Option<Name>,
        /// Id of a team. Lists only its members.
        team_id: Option<TeamId>,
        /// Id of a department. Lists only members of its teams.
        department_id: Option<DepartmentId>,
        /// Id of a person. Lists only their direct reports.
        manager_id: Option<PersonId>,
        /// Lists only people with this employment status. Absent: `active` and `on_leave`.
        #[param(inline)]
        status: Option<PersonStatus>,
        /// Id of a skill. Lists only people who can teach it.
        skill_id: Option<SkillId>,
        /// Lists only people who can teach `skill_id` at this level or a higher one. Requires `skill_id`. Default: 1.
        #[param(inline)]
        min_level: Option<SkillLevel>,
        /// `true`: only people who offer to be a mentor. `false`: only the others. Absent: all people.
        offers_mentoring: Option<bool>,
        /// Lists only people whose public fields changed after this time. Changes up to five minutes earlier are listed
        /// again; see `next_updated_after`.
        updated_after: Option<Moment>,
    }
}

impl ListPeople {
    fn filter(&self) -> Result<Filter, Problem> {
        let skill = match (self.skill_id, self.min_level) {
            (Some(skill), level) => Some((skill, level.unwrap_or(SkillLevel::LEAST))),
            (None, Some(_)) => return Err(Problem::invalid("?min_level", "must be used together with skill_id")),
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

/// List people
///
/// Sorted by time of creation, oldest first. With `q`: sorted by name. People who have left are listed only with
/// `status=departed`. Each person can list people. A service needs the scope `people:read`. An integration that copies
/// the roster uses `updated_after`, once without `status` and once with `status=departed`.
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
    let walk = Walk::of(query.cursor.as_ref(), &app.clock, ListPosition::first(is_by_name));
    if !walk.after.is_in(is_by_name) {
        return Err(Problem::new(
            Code::InvalidCursor,
            "The cursor belongs to a list in another order. Start again without a cursor.",
        ));
    }
    let mut tx = app.read().await?;
    let people = store::list(&mut tx, &viewer, &filter, &walk.after, query.limit.and_one()).await?;
    let total = query.count.of(store::count(&mut tx, &viewer, &filter)).await?;
    mirrored_page(&viewer, query.limit, people, total, &walk, |person| ListPosition::of(person, is_by_name))
}
