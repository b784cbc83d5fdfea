//! The SQL of enrolments.

use chrono::{DateTime, Utc};

use super::model::{Enrolment, EnrolmentRole, EnrolmentStatus, FreePlaces};
use crate::db::{Ids, Query, Sql, Tx, UNLIMITED};
use crate::ids::{EnrolmentId, PersonId, ProgramId};
use crate::policy::acts::Enrol;
use crate::policy::{Changed, Permit, Viewer};
use crate::problem::{Code, OnClash as _, Problem};
use crate::programs::model::Program;

/// An enrolment with the names of its program and its person; `x` is its row.
macro_rules! select_enrolment {
    ($($rest:literal),+) => {
        concat!(
            "select x.id, x.program_id, g.name as program_name, x.person_id, p.name as person_name,
                p.title as person_title, x.role, x.status, x.capacity, x.wishes, x.created_at, x.updated_at, x.revision
             from enrolments x
             join programs g on g.id = x.program_id
             join people p on p.id = x.person_id ",
            $($rest),+
        )
    };
}

/// One page of the enrolments that a viewer may read. Each frequent filter has its own SQL text, so that it can use its
/// own index. The other filters only narrow the result, and so does the scope: `$1` is the viewer, `$2` whether the
/// viewer is an admin, `$3` the programs that the viewer leads.
macro_rules! list_enrolments {
    ($hot:literal, $programs:literal) => {
        select_enrolment!(
            "where ",
            $hot,
            " and ($2 or x.person_id = $1 or x.program_id ",
            $programs,
            ") and x.id > $4 and coalesce(x.program_id = $5, $5 is null) and coalesce(x.person_id = $6, $6 is null)
             and coalesce(x.status = $7, $7 is null) and coalesce(x.role = $8, $8 is null) order by x.id limit $9"
        )
    };
    ($hot:literal) => {
        Sql {
            sqlite: list_enrolments!($hot, "in (select unhex(value) from json_each($3))"),
            postgres: list_enrolments!($hot, "= any($3)"),
        }
    };
}

/// Filters of a list of enrolments.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    /// Only enrolments in this program.
    pub program: Option<ProgramId>,
    /// Only enrolments of this person.
    pub person: Option<PersonId>,
    /// Only enrolments with this status.
    pub status: Option<EnrolmentStatus>,
    /// Only enrolments with this role.
    pub role: Option<EnrolmentRole>,
}

/// Finds one enrolment.
pub async fn find(tx: &mut Tx, id: EnrolmentId) -> sqlx::Result<Option<Enrolment>> {
    tx.query(select_enrolment!("where x.id = $1")).bind(id).optional().await
}

/// Finds one enrolment and locks its program, because the number of free places follows from the other enrolments.
pub async fn find_for_update(tx: &mut Tx, id: EnrolmentId) -> sqlx::Result<Option<Enrolment>> {
    tx.lock_found("select program_id from enrolments where id = $1", id.into()).await?;
    find(tx, id).await
}

/// One page of enrolments after `after`, in order of creation.
pub async fn list(
    tx: &mut Tx,
    viewer: &Viewer,
    only: &Filter,
    after: EnrolmentId,
    limit: i64,
) -> sqlx::Result<Vec<Enrolment>> {
    listed(tx, viewer, only, after, limit).all().await
}

/// Number of enrolments on all pages.
pub async fn count(tx: &mut Tx, viewer: &Viewer, only: &Filter) -> sqlx::Result<i64> {
    listed(tx, viewer, only, EnrolmentId::first(), UNLIMITED).count().await
}

fn listed<'t>(tx: &'t mut Tx, viewer: &Viewer, only: &Filter, after: EnrolmentId, limit: i64) -> Query<'t> {
    // Use a filter's index only if the viewer may read every row that it finds. Otherwise the response time would
    // depend on rows that the viewer may not see.
    let sql = match only {
        Filter { person: Some(person), .. } if viewer.is_admin || viewer.is(*person) => {
            list_enrolments!("x.person_id = $6")
        }
        Filter { program: Some(program), .. } if viewer.leads(Some(*program)) => list_enrolments!("x.program_id = $5"),
        Filter { status: Some(_), .. } if viewer.is_admin => list_enrolments!("x.status = $7"),
        Filter { .. } if viewer.is_admin => list_enrolments!("x.id >= $4"),
        Filter { .. } if viewer.programs.is_empty() => list_enrolments!("x.person_id = $1"),
        Filter { .. } => Sql {
            sqlite: list_enrolments!(
                "x.id in (select id from enrolments where person_id = $1
                    union select id from enrolments where program_id in (select unhex(value) from json_each($3)))",
                "in (select unhex(value) from json_each($3))"
            ),
            postgres: list_enrolments!(
                "x.id in (select id from enrolments where person_id = $1
                    union select id from enrolments where program_id = any($3))",
                "= any($3)"
            ),
        },
    };
    tx.query(sql)
        .bind(viewer.person())
        .bind(viewer.is_admin)
        .bind(viewer.programs.iter().copied().collect::<Ids>())
        .bind(after)
        .bind(only.program)
        .bind(only.person)
        .bind(only.status)
        .bind(only.role)
        .bind(limit)
}

/// Finds the free places of a program.
pub async fn find_free_places(tx: &mut Tx, program: ProgramId) -> sqlx::Result<FreePlaces> {
    let places = tx.query(
        "select g.enrolling <> 'none' and g.stage <> 'evaluation' as is_open,
            g.max_mentors - (select count(*) from enrolments x
                where x.program_id = g.id and x.role = 'mentor' and x.status = 'enrolled') as mentors,
            g.max_mentees - (select count(*) from enrolments x
                where x.program_id = g.id and x.role = 'mentee' and x.status = 'enrolled') as mentees
         from programs g where g.id = $1",
    );
    places.bind(program).one().await
}

/// Whether a person is enrolled in a program with this role. Always `true` if the program has no enrolments.
pub async fn is_enrolled(tx: &mut Tx, program: ProgramId, person: PersonId, role: EnrolmentRole) -> sqlx::Result<bool> {
    let found = tx.query(
        "select exists (select 1 from programs where id = $1 and enrolling = 'none') or exists (select 1 from enrolments
            where program_id = $1 and person_id = $2 and role = $3 and status = 'enrolled')",
    );
    found.bind(program).bind(person).bind(role).one::<(bool,)>().await.map(|(is_enrolled,)| is_enrolled)
}

/// Inserts a new enrolment.
pub async fn insert(tx: &mut Tx, _: &Permit<Enrol, Program>, new: &Enrolment) -> Result<(), Problem> {
    let written = tx.query(
        "insert into enrolments (id, program_id, person_id, role, status, capacity, created_at, updated_at, revision)
         values ($1, $2, $3, $4, $5, $6, $7, $7, 1)",
    );
    let written = written.bind(new.id).bind(new.program_id).bind(new.person_id).bind(new.role).bind(new.status);
    let written = written.bind(new.capacity).bind(new.created_at).run().await;
    written
        .on_unique(Code::AlreadyExists, "The person already has an open enrolment with this role in this program.")?;
    Ok(())
}

/// Saves a changed enrolment. Refuses if another request changed it first.
pub async fn save(tx: &mut Tx, enrolment: &Changed<Enrolment>) -> Result<(), Problem> {
    let saved = tx.query(
        "update enrolments set status = $3, capacity = $4, wishes = $5, updated_at = $6, revision = revision + 1
         where id = $1 and revision = $2",
    );
    let saved = saved.bind(enrolment.id).bind(enrolment.revision).bind(enrolment.status).bind(enrolment.capacity);
    let touched = saved.bind(&enrolment.wishes).bind(enrolment.updated_at).run().await?;
    if touched == 1 { Ok(()) } else { Err(Problem::changed_meanwhile()) }
}

/// The people in `people` who exist and are not erased.
pub async fn list_known(tx: &mut Tx, people: &[PersonId]) -> sqlx::Result<Vec<(PersonId,)>> {
    let known = tx.query(Sql {
        sqlite: "select id from people where id in (select unhex(value) from json_each($1)) and erased_at is null",
        postgres: "select id from people where id = any($1) and erased_at is null",
    });
    known.bind(people.iter().copied().collect::<Ids>()).all().await
}

/// Enrols up to `most` waiting people, in order of enrolment. Skips people whose profile no longer allows the role;
/// they keep their position.
pub async fn enrol_waiting(
    tx: &mut Tx,
    program: ProgramId,
    role: EnrolmentRole,
    most: i64,
    now: DateTime<Utc>,
) -> sqlx::Result<Vec<EnrolmentId>> {
    let first = tx.query(
        "update enrolments set status = 'enrolled', updated_at = $4, revision = revision + 1
         where id in (select x.id from enrolments x join people p on p.id = x.person_id
            where x.program_id = $1 and x.role = $2 and x.status = 'waiting' and p.status = 'active'
                and case x.role when 'mentor' then p.offers_mentoring else p.wants_mentoring end
            order by x.id limit $3)
         returning id",
    );
    let mut enrolled: Vec<_> = first.bind(program).bind(role).bind(most).bind(now).all::<(EnrolmentId,)>().await?;
    enrolled.sort_unstable();
    Ok(enrolled.into_iter().map(|(id,)| id).collect())
}

/// The programs in which a person has an open enrolment, ordered by id so that locks are always taken in the same
/// order.
pub async fn list_programs(tx: &mut Tx, person: PersonId) -> sqlx::Result<Vec<(ProgramId,)>> {
    let programs = tx.query(
        "select distinct program_id from enrolments
         where person_id = $1 and status in ('applied', 'waiting', 'enrolled') order by program_id",
    );
    programs.bind(person).all().await
}

/// Withdraws all open enrolments of a person.
pub async fn withdraw_all(tx: &mut Tx, person: PersonId, now: DateTime<Utc>) -> sqlx::Result<Vec<EnrolmentId>> {
    let withdrawn = tx.query(
        "update enrolments set status = 'withdrawn', updated_at = $2, revision = revision + 1
         where person_id = $1 and status in ('applied', 'waiting', 'enrolled')
         returning id",
    );
    let mut withdrawn: Vec<_> = withdrawn.bind(person).bind(now).all::<(EnrolmentId,)>().await?;
    withdrawn.sort_unstable();
    Ok(withdrawn.into_iter().map(|(id,)| id).collect())
}
