//! The SQL of the list of people.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::db::{Query, Tx, UNLIMITED, query};
use crate::ids::{DepartmentId, PersonId, SkillId, TeamId};
use crate::people::person::model::{Person, PersonStatus};
use crate::people::person::scale::SkillLevel;
use crate::people::person::store::{IS_IN_VIEWERS_PROGRAM, JOINS, SELECT, with_skills};
use crate::policy::Viewer;

/// The filters that only narrow a list. People who have left are listed only if the filter asks for them.
const NARROWED: &str = "and (p.status = :status or (:status is null and p.status <> 'departed'))
    and coalesce(p.manager_id = :manager, :manager is null) and coalesce(p.team_id = :team, :team is null)
    and coalesce(t.department_id = :department, :department is null)
    and (:skill is null or exists (select 1 from person_skills o
                                   where o.skill_id = :skill and o.person_id = p.id and o.level >= :level))
    and coalesce(p.offers_mentoring = :offers, :offers is null)
    and coalesce(p.updated_at > :since, :since is null)";

/// Filters of a list of people.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only people whose folded name is at or after the first text and before the second, compared byte by byte.
    pub names: Option<(String, String)>,
    /// Only direct reports of this person.
    pub manager: Option<PersonId>,
    /// Only members of this team.
    pub team: Option<TeamId>,
    /// Only members of the teams of this department.
    pub department: Option<DepartmentId>,
    /// Only people with this status. `None`: people who have not left.
    pub status: Option<PersonStatus>,
    /// Only people who can teach this skill at this level or a higher one.
    pub skill: Option<(SkillId, SkillLevel)>,
    /// Only people who offer to be a mentor, or only the others.
    pub offers_mentoring: Option<bool>,
    /// Only people whose public fields changed after this time.
    pub updated_after: Option<DateTime<Utc>>,
}

/// A position in the list. It keeps the values by which the list was ordered when the page was read: the next page
/// starts there, even if the person has changed since.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListPosition {
    /// The folded name, if the list is ordered by name.
    name: Option<String>,
    id: PersonId,
}

impl ListPosition {
    /// The position before all people.
    pub fn first(is_by_name: bool) -> Self {
        Self { name: is_by_name.then(String::new), id: PersonId::first() }
    }

    /// Whether the position belongs to a list in this order.
    pub fn is_in(&self, by_name: bool) -> bool {
        match &self.name {
            // PostgreSQL refuses NUL in a text.
            Some(name) => by_name && !name.contains('\0'),
            None => !by_name,
        }
    }

    /// The position of this person.
    pub fn of(person: &Person, is_by_name: bool) -> Self {
        Self { name: is_by_name.then(|| person.name.folded()), id: person.id }
    }
}

/// One page of people after the position `after`.
pub async fn list(
    tx: &mut Tx,
    viewer: &Viewer,
    only: &Filter,
    after: &ListPosition,
    limit: i64,
) -> sqlx::Result<Vec<Person>> {
    let people = listed(tx, viewer, only, after, limit).all().await?;
    with_skills(tx, people).await
}

/// Number of people on all pages.
pub async fn count(tx: &mut Tx, viewer: &Viewer, only: &Filter) -> sqlx::Result<i64> {
    listed(tx, viewer, only, &ListPosition::first(true), UNLIMITED).count().await
}

/// Each frequent filter has its own SQL text, so that it can use its own index.
fn listed<'t>(tx: &'t mut Tx, viewer: &Viewer, only: &Filter, position: &ListPosition, limit: i64) -> Query<'t> {
    let Filter { manager, team, department, status, offers_mentoring: offers, updated_after: since, .. } = *only;
    let (skill, level) = only.skill.unzip();
    macro_rules! list {
        ([$($before:expr),+], [$($after:expr),+] $(, $name:ident = $value:expr)*) => {
            query!(
                tx,
                [SELECT, IS_IN_VIEWERS_PROGRAM, JOINS, "where", $($before,)+ NARROWED, $($after),+],
                viewer = viewer.person(),
                after = position.id,
                status,
                manager,
                team,
                department,
                skill,
                level,
                offers,
                since,
                limit
                $(, $name = $value)*
            )
        };
        ($hot:literal) => { list!([$hot, "and p.id > :after"], ["order by p.id limit :limit"]) };
    }
    match *only {
        Filter { names: Some((ref first, ref beyond)), .. } => list!(
            ["p.name_folded >= :first and p.name_folded < :beyond and (p.name_folded, p.id) > (:after_name, :after)"],
            ["order by p.name_folded, p.id limit :limit"],
            first = first,
            beyond = beyond,
            after_name = &position.name
        ),
        Filter { manager: Some(_), .. } => list!("p.manager_id = :manager"),
        Filter { team: Some(_), .. } => list!("p.team_id = :team"),
        Filter { department: Some(_), .. } => {
            list!("p.team_id in (select id from teams where department_id = :department)")
        }
        Filter { skill: Some(_), .. } => list!("p.id in (select person_id from person_skills where skill_id = :skill)"),
        Filter { updated_after: Some(_), .. } => list!("p.id in (select id from people where updated_at > :since)"),
        Filter { offers_mentoring: Some(_), .. } => list!("p.offers_mentoring = :offers"),
        Filter { status: Some(_), .. } => list!("p.status = :status"),
        Filter { .. } => list!("p.id >= :after"),
    }
}
