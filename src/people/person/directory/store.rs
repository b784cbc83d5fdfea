//! The SQL of the list of people.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::db::{Query, Tx, UNLIMITED};
use crate::ids::{DepartmentId, PersonId, SkillId, TeamId};
use crate::people::person::model::{Person, PersonStatus};
use crate::people::person::scale::SkillLevel;
use crate::people::person::store::{select_people, with_skills};
use crate::policy::Viewer;

/// What only narrows a list, from `$4` on. Those who left are in no list that does not ask for them.
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

/// One page of people in the order their records were made. Each hot filter has its own text, so
/// that each has its own index.
macro_rules! list_people {
    ($hot:literal) => {
        select_people!(""; "where ", $hot, " and p.id > $3", narrow!(), "order by p.id limit $12")
    };
}

/// The same by name, from the prefix `$2` up to `$14`, after the name `$13` and the id `$3`.
const LIST_BY_NAME: &str = select_people!(
    ""; "where p.name_folded >= $2 and p.name_folded < $14 and (p.name_folded, p.id) > ($13, $3)", narrow!(),
    "order by p.name_folded, p.id limit $12"
);

/// Which people a list holds.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Those whose folded name is at or after the first and before the second, byte by byte.
    pub names: Option<(String, String)>,
    /// Those who report to this person directly.
    pub manager: Option<PersonId>,
    /// Those in this team.
    pub team: Option<TeamId>,
    /// Those in the teams of this department.
    pub department: Option<DepartmentId>,
    /// Those of this status; those who work here unless told.
    pub status: Option<PersonStatus>,
    /// Those who offer this skill, on this level or above.
    pub skill: Option<(SkillId, SkillLevel)>,
    /// Those who offer mentoring, or do not.
    pub offers_mentoring: Option<bool>,
    /// Those whose public part changed after this.
    pub updated_after: Option<DateTime<Utc>>,
}

/// Where in the list a person stands. It is what the list is ordered by as it was when the page was read, so that the next
/// page begins there whatever becomes of the person.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Place {
    /// The folded name, where the list is ordered by name.
    name: Option<String>,
    id: PersonId,
}

impl Place {
    /// Before everybody.
    pub fn first(is_by_name: bool) -> Self {
        Self { name: is_by_name.then(String::new), id: PersonId::first() }
    }

    /// Whether it can be a place in a list of this order.
    pub fn is_in(&self, by_name: bool) -> bool {
        match &self.name {
            // PostgreSQL takes no NUL.
            Some(name) => by_name && !name.contains('\0'),
            None => !by_name,
        }
    }

    /// At this person.
    pub fn of(person: &Person, is_by_name: bool) -> Self {
        Self { name: is_by_name.then(|| person.name.folded()), id: person.id }
    }
}

/// One page of people after that place.
pub async fn list(tx: &mut Tx, viewer: &Viewer, only: &Filter, after: &Place, limit: i64) -> sqlx::Result<Vec<Person>> {
    let people = listed(tx, viewer, only, after, limit).all().await?;
    with_skills(tx, people).await
}

/// How many people there are on all pages.
pub async fn count(tx: &mut Tx, viewer: &Viewer, only: &Filter) -> sqlx::Result<i64> {
    listed(tx, viewer, only, &Place::first(true), UNLIMITED).count().await
}

fn listed<'t>(tx: &'t mut Tx, viewer: &Viewer, only: &Filter, place: &Place, limit: i64) -> Query<'t> {
    let (me, after) = (viewer.person(), place.id);
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
        Some((_, beyond)) => query.bind(&place.name).bind(beyond),
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
