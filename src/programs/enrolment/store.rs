//! The SQL of enrolments.

use chrono::{DateTime, Utc};

use super::model::{Enrolment, EnrolmentRole, EnrolmentStatus, FreePlaces};
use crate::db::{Ids, Query, Tx, UNLIMITED, insert, lock_found, query, save};
use crate::ids::{EnrolmentId, PersonId, ProgramId};
use crate::policy::acts::Enrol;
use crate::policy::{Changed, Permit, Viewer};
use crate::problem::{Code, OnClash as _, Problem, saved};
use crate::programs::model::Program;

/// An enrolment with the names of its program and its person; `x` is its row.
const SELECT: &str = "select x.id, x.program_id, g.name as program_name, x.person_id, p.name as person_name,
        p.title as person_title, x.role, x.status, x.capacity, x.wishes, x.created_at, x.updated_at, x.revision
    from enrolments x join programs g on g.id = x.program_id join people p on p.id = x.person_id";

/// The scope and the filters of one page of enrolments, which narrow the result. Each frequent filter has its own SQL
/// text before them, so that it can use its own index. `:led` are the programs that the viewer leads.
const FILTERED: &str = "and (:is_admin or x.person_id = :viewer or x.program_id = any(:led)) and x.id > :after
    and coalesce(x.program_id = :program, :program is null) and coalesce(x.person_id = :person, :person is null)
    and coalesce(x.status = :status, :status is null) and coalesce(x.role = :role, :role is null)
    order by x.id limit :limit";

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
    query!(tx, [SELECT, "where x.id = :id"], id).optional().await
}

/// Finds one enrolment and locks its program, because the number of free places follows from the other enrolments.
pub async fn find_for_update(tx: &mut Tx, id: EnrolmentId) -> sqlx::Result<Option<Enrolment>> {
    lock_found!(tx, "select program_id from enrolments where id = :id", id);
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
    let Filter { program, person, status, role } = *only;
    macro_rules! list {
        ($hot:literal) => {
            query!(
                tx,
                [SELECT, "where", $hot, FILTERED],
                viewer = viewer.person(),
                is_admin = viewer.is_admin,
                led = viewer.led(),
                after,
                program,
                person,
                status,
                role,
                limit
            )
        };
    }
    // Use a filter's index only if the viewer may read every row that it finds. Otherwise the response time would
    // depend on rows that the viewer may not see.
    match only {
        Filter { person: Some(person), .. } if viewer.is_admin || viewer.is(*person) => list!("x.person_id = :person"),
        Filter { program: Some(program), .. } if viewer.leads(Some(*program)) => list!("x.program_id = :program"),
        Filter { status: Some(_), .. } if viewer.is_admin => list!("x.status = :status"),
        Filter { .. } if viewer.is_admin => list!("x.id >= :after"),
        Filter { .. } if viewer.programs.is_empty() => list!("x.person_id = :viewer"),
        Filter { .. } => list!(
            "x.id in (select id from enrolments where person_id = :viewer
             union select id from enrolments where program_id = any(:led))"
        ),
    }
}

/// Finds the free places of a program.
pub async fn find_free_places(tx: &mut Tx, program: ProgramId) -> sqlx::Result<FreePlaces> {
    let places = query!(
        tx,
        "select g.enrolling <> 'none' and g.stage <> 'evaluation' as is_open,
            g.max_mentors - (select count(*) from enrolments x
                where x.program_id = g.id and x.role = 'mentor' and x.status = 'enrolled') as mentors,
            g.max_mentees - (select count(*) from enrolments x
                where x.program_id = g.id and x.role = 'mentee' and x.status = 'enrolled') as mentees
         from programs g where g.id = :program",
        program
    );
    places.one().await
}

/// Whether a person is enrolled in a program with this role. Always `true` if the program has no enrolments.
pub async fn is_enrolled(tx: &mut Tx, program: ProgramId, person: PersonId, role: EnrolmentRole) -> sqlx::Result<bool> {
    let found = query!(
        tx,
        "select exists (select 1 from programs where id = :program and enrolling = 'none')
         or exists (select 1 from enrolments
         where program_id = :program and person_id = :person and role = :role and status = 'enrolled')",
        program,
        person,
        role
    );
    found.one::<(bool,)>().await.map(|(is_enrolled,)| is_enrolled)
}

/// Inserts a new enrolment.
pub async fn insert(tx: &mut Tx, _: &Permit<Enrol, Program>, new: &Enrolment) -> Result<(), Problem> {
    let written = insert!(
        tx,
        "enrolments",
        new { id, program_id, person_id, role, status, capacity, created_at },
        updated_at = new.created_at,
        revision = 1_i64
    );
    let written = written.run().await;
    written
        .on_unique(Code::AlreadyExists, "The person already has an open enrolment with this role in this program.")?;
    Ok(())
}

/// Saves a changed enrolment. Refuses if another request changed it first.
pub async fn save(tx: &mut Tx, enrolment: &Changed<Enrolment>) -> Result<(), Problem> {
    let save =
        save!(tx, "update enrolments set revision = revision + 1", enrolment { status, capacity, wishes, updated_at });
    saved(save.run().await?)
}

/// The people in `people` who exist and are not erased.
pub async fn list_known(tx: &mut Tx, people: &[PersonId]) -> sqlx::Result<Vec<(PersonId,)>> {
    let known = query!(
        tx,
        "select id from people where id = any(:people) and erased_at is null",
        people = people.iter().copied().collect::<Ids>()
    );
    known.all().await
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
    let first = query!(
        tx,
        "update enrolments set status = 'enrolled', updated_at = :now, revision = revision + 1
         where id in (select x.id from enrolments x join people p on p.id = x.person_id
            where x.program_id = :program and x.role = :role and x.status = 'waiting' and p.status = 'active'
                and case x.role when 'mentor' then p.offers_mentoring else p.wants_mentoring end
            order by x.id limit :most)
         returning id",
        program,
        role,
        most,
        now
    );
    let mut enrolled: Vec<_> = first.all::<(EnrolmentId,)>().await?;
    enrolled.sort_unstable();
    Ok(enrolled.into_iter().map(|(id,)| id).collect())
}

/// The programs in which a person has an open enrolment, ordered by id so that locks are always taken in the same
/// order.
pub async fn list_programs(tx: &mut Tx, person: PersonId) -> sqlx::Result<Vec<(ProgramId,)>> {
    let programs = query!(
        tx,
        "select distinct program_id from enrolments
         where person_id = :person and status in ('applied', 'waiting', 'enrolled') order by program_id",
        person
    );
    programs.all().await
}

/// Withdraws all open enrolments of a person.
pub async fn withdraw_all(tx: &mut Tx, person: PersonId, now: DateTime<Utc>) -> sqlx::Result<Vec<EnrolmentId>> {
    let withdrawn = query!(
        tx,
        "update enrolments set status = 'withdrawn', updated_at = :now, revision = revision + 1
         where person_id = :person and status in ('applied', 'waiting', 'enrolled')
         returning id",
        person,
        now
    );
    let mut withdrawn: Vec<_> = withdrawn.all::<(EnrolmentId,)>().await?;
    withdrawn.sort_unstable();
    Ok(withdrawn.into_iter().map(|(id,)| id).collect())
}
