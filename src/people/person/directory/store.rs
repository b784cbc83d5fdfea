//! The SQL of the list of people.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::db::{Query, Tx, UNLIMITED};
use crate::ids::{DepartmentId, PersonId, SkillId, TeamId};
use crate::people::person::model::{Person, PersonStatus};
use crate::people::person::scale::SkillLevel;
use crate::people::person::store::{select_people, with_skills};
use crate::policy::Viewer;

/// The filters that only narrow a list, from `$4` on. People who have left are listed only if the filter asks for them.
macro_rules! narrow {
    () => {
        " and (p.status = $4 or ($4 is null and p.status <> 'departed'))
          and coalesce(p.manager_id = $5, $5 is null) and coalesce(p.team_id = $6, $6 is null)
          and coalesce(t.department_id = $7, $7 is null)
          and ($8 is null or exists (select 1 from person_skills o
                                     where o.skill_id = $8 and o.person_id = p.id and o.level >= $9))
          and coalesce(p.offers_mentoring = $10, $10 is null) and coalesce(p.updated_at > $11, $11 is null) "
    };
}

/// One page of people in order of creation. Each frequent filter has its own SQL text, so that it can use its own
/// index.
macro_rules! list_people {
    ($hot:literal) => {
        select_people!(""; "where ", $hot, " and p.id > $3", narrow!(), "order by p.id limit $12")
    };
}

/// One page of people ordered by name: from the prefix `$2` up to `$14`, after the name `$13` and the id `$3`.
const LIST_BY_NAME: &str = select_people!(
    ""; "where p.name_folded >= $2 and p.name_folded < $14 and (p.name_folded, p.id) > ($13, $3)", narrow!(),
    "order by p.name_folded, p.id limit $12"
);

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

fn listed<'t>(tx: &'t mut Tx, viewer: &Viewer, only: &Filter, position: &ListPosition, limit: i64) -> Query<'t> {
    let (me, after) = (viewer.person(), position.id);
    let query = match *only {
        Filter { names: Some((ref first, _)), .. } => tx.query(LIST_BY_NAME).bind(me).bind(first),
        Filter { manager: Some(manager), .. } => tx.query(list_people!("p.manager_id = $2")).bind(me).bind(manager),
        Filter { team: Some(team), .. } => tx.query(list_people!("p.team_id = $2")).bind(me).bind(team),
        Filter { department: Some(department), .. } => tx
            .query(list_people!("p.team_id in (select id from teams where department_id = $2)"))
            .bind(me)
            .bind(department),
        Filter { skill: Some((skill, _)), .. } => tx
            .query(list_people!("p.id in (select person_id from person_skills where skill_id = $2)"))
            .bind(me)
            .bind(skill),
        Filter { updated_after: Some(since), .. } => {
            tx.query(list_people!("p.id in (select id from people where updated_at > $2)")).bind(me).bind(since)
        }
        Filter { offers_mentoring: Some(offers), .. } => {
            tx.query(list_people!("p.offers_mentoring = $2")).bind(me).bind(offers)
        }
        Filter { status: Some(status), .. } => tx.query(list_people!("p.status = $2")).bind(me).bind(status),
        Filter { .. } => tx.query(list_people!("p.id >= $2")).bind(me).bind(after),
    };
    let query = narrowed(query.bind(after), only).bind(limit);
    match &only.names {
        Some((_, beyond)) => query.bind(&position.name).bind(beyond),
        None => query,
    }
}

fn narrowed<'t>(query: Query<'t>, only: &Filter) -> Query<'t> {
    query
        .bind(only.status)
        .bind(only.manager)
        .bind(only.team)
        .bind(only.department)
        .bind(only.skill.map(|(skill, _)| skill))
        .bind(only.skill.map(|(_, level)| level))
        .bind(only.offers_mentoring)
        .bind(only.updated_after)
}
