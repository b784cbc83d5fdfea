//! The SQL of people.

use crate::db::{Ids, Tx, query};
use sqlx::FromRow;

use crate::ids::{PersonId, TeamId};
use crate::policy::acts::ReadPerson;
use crate::policy::{Act, Guarded, Viewer, reachable};
use crate::text::{Name, TimeZone};

use super::model::{Person, PersonNeed, PersonSkill};

/// Whether the person `p` has a pair in a program that the `:viewer` coordinates.
pub(super) const IS_IN_VIEWERS_PROGRAM: &str =
    "(exists (select 1 from pairs x join program_coordinators c on c.program_id = x.program_id
             where x.mentor_id = p.id and c.person_id = :viewer)
     or exists (select 1 from pairs x join program_coordinators c on c.program_id = x.program_id
                where x.mentee_id = p.id and c.person_id = :viewer)) as is_in_viewers_program";

/// All fields of people except their skills; `p` is the row of `people`. [`IS_IN_VIEWERS_PROGRAM`] and [`JOINS`] follow.
/// The columns sealed for the person are read only if the `:viewer` is the person.
pub(super) const SELECT: &str =
    "select p.id, p.external_id, p.name, p.email, p.title, p.team_id, t.name as team_name, p.manager_id,
     m.name as manager_name, m.title as manager_title, p.ladder_role_id, r.name as ladder_role_name, r.level,
     p.hired_on, p.location, p.time_zone, p.languages, p.bio, p.status, p.offers_mentoring, p.wants_mentoring,
     p.is_paused, p.mentor_capacity, p.mentor_load, p.formats, p.topics, p.career_goals, p.career_interest,
     p.target_role_id, case when p.id = :viewer then p.learning_style end as learning_style,
     case when p.id = :viewer then p.communication_style end as communication_style,
     case when p.id = :viewer then p.accommodations end as accommodations,
     case when p.id = :viewer then p.style_answers end as style_answers,
     p.consents_to_personal_fit, p.erased_at, p.created_at, p.updated_at, p.revision, p.words_revision,";

/// The rows of people `p`, with team, manager and ladder role.
pub(super) const JOINS: &str = "from people p
    left join teams t on t.id = p.team_id
    left join people m on m.id = p.manager_id
    left join ladder_roles r on r.id = p.ladder_role_id";

/// Finds one person with their skills and needs. `None`: not found, or the viewer may not read them.
pub async fn find(tx: &mut Tx, viewer: &Viewer, id: PersonId) -> sqlx::Result<Option<Person>> {
    find_to::<ReadPerson>(tx, viewer, id).await
}

/// Finds one person with their skills and needs. `None`: not found, or the viewer may neither read them nor do `A`.
pub async fn find_to<A: Act>(tx: &mut Tx, viewer: &Viewer, id: PersonId) -> sqlx::Result<Option<Person>> {
    let found = query!(tx, [SELECT, IS_IN_VIEWERS_PROGRAM, JOINS, "where p.id = :id"], viewer = viewer.person(), id)
        .optional()
        .await?;
    let Some(person) = reachable::<A, _>(viewer, found) else { return Ok(None) };
    Ok(with_skills(tx, vec![person]).await?.pop())
}

/// Adds the skills and needs of all `people` in two statements.
pub async fn with_skills(tx: &mut Tx, mut people: Vec<Person>) -> sqlx::Result<Vec<Person>> {
    let ids: Ids = people.iter().map(|person| person.id).collect();
    let skills: Vec<PersonSkill> = query!(
        tx,
        "select o.person_id, o.skill_id, s.name, o.level from person_skills o join skills s on s.id = o.skill_id
         where o.person_id = any(:ids) order by s.name_folded, o.skill_id",
        ids = ids.clone()
    )
    .all()
    .await?;
    let needs: Vec<PersonNeed> = query!(
        tx,
        "select n.person_id, n.skill_id, s.name, n.priority, n.current_level, n.target_level
         from person_needs n join skills s on s.id = n.skill_id
         where n.person_id = any(:ids) order by n.priority desc, s.name_folded, n.skill_id",
        ids
    )
    .all()
    .await?;
    for person in &mut people {
        person.skills = skills.iter().filter(|skill| skill.person_id == person.id).cloned().collect();
        person.needs = Guarded::new(needs.iter().filter(|need| need.person_id == person.id).cloned().collect());
    }
    Ok(people)
}

/// Adds `by` to the number of active and paused pairs of a mentor.
pub async fn change_load(tx: &mut Tx, mentor: PersonId, by: i64) -> sqlx::Result<u64> {
    query!(tx, "update people set mentor_load = mentor_load + :by where id = :mentor", mentor, by).run().await
}

/// The fields of a person that the rules of pairs need.
#[derive(Clone, Debug, FromRow)]
pub struct Candidate {
    /// Id of the person.
    pub id: PersonId,
    /// Name of the person.
    pub name: Name,
    /// Id of the team.
    pub team_id: Option<TeamId>,
    /// Id of the direct manager.
    pub manager_id: Option<PersonId>,
    /// Level of the ladder role.
    pub level: Option<i64>,
    /// Whether the person can be paired.
    pub is_active: bool,
    /// Maximum number of mentees at the same time.
    pub mentor_capacity: i64,
    /// Number of active and paused pairs in which the person is the mentor.
    pub mentor_load: i64,
    /// Whether the person offers to be a mentor.
    pub offers_mentoring: bool,
    /// Whether the person wants a mentor.
    pub wants_mentoring: bool,
}

/// Finds the fields of a person that the rules of pairs need.
pub async fn find_candidate(tx: &mut Tx, id: PersonId) -> sqlx::Result<Option<Candidate>> {
    query!(
        tx,
        "select p.id, p.name, p.team_id, p.manager_id, r.level, p.status = 'active' as is_active,
            p.mentor_capacity, p.mentor_load, p.offers_mentoring, p.wants_mentoring
         from people p left join ladder_roles r on r.id = p.ladder_role_id where p.id = :id",
        id
    )
    .optional()
    .await
}

/// Whether `upper` is above `lower` in the reporting line, at any depth.
pub async fn is_above(tx: &mut Tx, upper: PersonId, lower: PersonId) -> sqlx::Result<bool> {
    let found = query!(
        tx,
        "with recursive line (id) as (
            select manager_id from people where id = :lower
            union select p.manager_id from people p join line l on p.id = l.id
         ) select exists (select 1 from line where id = :upper)",
        upper,
        lower
    );
    Ok(found.one::<(bool,)>().await?.0)
}

/// Finds the time zone of a person. `None`: there is no such person.
pub async fn find_zone(tx: &mut Tx, id: PersonId) -> sqlx::Result<Option<TimeZone>> {
    let found = query!(tx, "select time_zone from people where id = :id", id).optional::<(TimeZone,)>().await?;
    Ok(found.map(|(zone,)| zone))
}

/// Whether the person has left.
pub async fn has_left(tx: &mut Tx, id: PersonId) -> sqlx::Result<bool> {
    let found = query!(tx, "select status = 'departed' from people where id = :id", id);
    Ok(found.optional::<(bool,)>().await?.is_some_and(|(has_left,)| has_left))
}
