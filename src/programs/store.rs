//! The SQL of programs.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::model::{Coordinator, Enrolling, Program, ProgramModel, ProgramStage};
use crate::db::{Ids, Query, Tx, UNLIMITED, insert, query, save};
use crate::ids::{PersonId, ProgramId};
use crate::people::organisation::Organisation;
use crate::policy::acts::{AssignCoordinators, CreateProgram};
use crate::policy::{Changed, Permit, Viewer, readable};
use crate::problem::{OnClash as _, Problem, saved};
use crate::time::Day;

const TAKEN: &str = "Another program has this name. Choose another name.";

/// A program without its coordinators; `g` is the row of `programs`.
const SELECT: &str =
    "select g.id, g.name, g.objectives, g.model, g.stage, g.is_formal, g.requires_acceptance, g.enrolling,
        g.max_mentors, g.max_mentees, g.starts_on, g.ends_on, g.created_at, g.updated_at, g.revision
     from programs g";

/// The filters of one page of programs, which narrow the result. Each frequent filter has its own SQL text before them,
/// so that it can use its own index.
const FILTERED: &str = "and g.id > :after and coalesce(g.stage = :stage, :stage is null)
    and coalesce(g.updated_at > :since, :since is null) and coalesce(g.enrolling = :enrolling, :enrolling is null)
    order by g.id limit :limit";

/// Filters of a list of programs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    /// Only programs at this stage.
    pub stage: Option<ProgramStage>,
    /// Only programs that this person coordinates.
    pub coordinator: Option<PersonId>,
    /// Only programs with this rule for taking part.
    pub enrolling: Option<Enrolling>,
    /// Only programs that changed after this time.
    pub updated_after: Option<DateTime<Utc>>,
}

/// The rules of a program for its pairs.
#[derive(Clone, Copy, Debug, FromRow)]
pub struct ProgramTerms {
    /// Mentoring model of pairs that do not set their own.
    pub model: ProgramModel,
    /// Whether both people have to accept a pair.
    pub requires_acceptance: bool,
    /// Rule for taking part.
    pub enrolling: Enrolling,
    /// Last day of the program.
    pub ends_on: Option<Day>,
}

/// Finds the rules of a program for its pairs.
pub async fn find_terms(tx: &mut Tx, id: ProgramId) -> sqlx::Result<Option<ProgramTerms>> {
    let terms = query!(tx, "select model, requires_acceptance, enrolling, ends_on from programs where id = :id", id);
    terms.optional().await
}

/// Finds one program with its coordinators. `None`: not found, or withheld.
pub async fn find(tx: &mut Tx, viewer: &Viewer, id: ProgramId) -> sqlx::Result<Option<Program>> {
    let found = query!(tx, [SELECT, "where g.id = :id"], id).optional().await?;
    let Some(program) = readable(viewer, found) else { return Ok(None) };
    Ok(with_coordinators(tx, vec![program]).await?.pop())
}

/// One page of programs after `after`, in order of creation.
pub async fn list(tx: &mut Tx, only: Filter, after: ProgramId, limit: i64) -> sqlx::Result<Vec<Program>> {
    let programs = listed(tx, only, after, limit).all().await?;
    with_coordinators(tx, programs).await
}

/// Number of programs on all pages.
pub async fn count(tx: &mut Tx, only: Filter) -> sqlx::Result<i64> {
    listed(tx, only, ProgramId::first(), UNLIMITED).count().await
}

fn listed(tx: &mut Tx, only: Filter, after: ProgramId, limit: i64) -> Query<'_> {
    let Filter { stage, enrolling, updated_after: since, .. } = only;
    macro_rules! list {
        ($hot:literal $(, $person:ident)?) => {
            query!(tx, [SELECT, "where", $hot, FILTERED], after, stage, since, enrolling, limit $(, $person)?)
        };
    }
    match only {
        Filter { coordinator: Some(person), .. } => {
            list!("g.id in (select program_id from program_coordinators where person_id = :person)", person)
        }
        Filter { stage: Some(_), .. } => list!("g.stage = :stage"),
        Filter { updated_after: Some(_), .. } => list!("g.id in (select id from programs where updated_at > :since)"),
        Filter { .. } => list!("g.id >= :after"),
    }
}

/// Adds the coordinators of all `programs` in one statement.
async fn with_coordinators(tx: &mut Tx, mut programs: Vec<Program>) -> sqlx::Result<Vec<Program>> {
    let coordinators: Vec<Coordinator> = query!(
        tx,
        "select c.program_id, p.id, p.name, p.title from program_coordinators c
         join people p on p.id = c.person_id
         where c.program_id = any(:programs) order by p.name_folded, p.id",
        programs = programs.iter().map(|program| program.id).collect::<Ids>()
    )
    .all()
    .await?;
    for program in &mut programs {
        let own = coordinators.iter().filter(|coordinator| coordinator.program_id == program.id);
        program.coordinators = own.cloned().collect();
    }
    Ok(programs)
}

/// The people in `people` who exist, and whether they have not left.
pub async fn find_present(tx: &mut Tx, people: &[PersonId]) -> sqlx::Result<Vec<(PersonId, bool)>> {
    query!(
        tx,
        "select id, status <> 'departed' from people where id = any(:people)",
        people = people.iter().copied().collect::<Ids>()
    )
    .all()
    .await
}

/// Inserts a new program.
pub async fn insert(
    tx: &mut Tx,
    _permit: &Permit<CreateProgram, Organisation>,
    program: &Program,
) -> Result<(), Problem> {
    insert!(
        tx,
        "programs",
        program {
            id,
            name,
            objectives,
            model,
            stage,
            is_formal,
            requires_acceptance,
            enrolling,
            max_mentors,
            max_mentees,
            starts_on,
            ends_on,
            created_at,
            updated_at
        },
        name_folded = program.name.folded(),
        revision = 1_i64
    )
    .run()
    .await
    .on_taken("/name", TAKEN)?;
    Ok(())
}

/// Saves a changed program. Refuses if another request changed it first.
pub async fn save(tx: &mut Tx, program: &Changed<Program>) -> Result<(), Problem> {
    saved(
        save!(
            tx,
            "update programs set revision = revision + 1",
            program {
                name,
                objectives,
                model,
                stage,
                is_formal,
                requires_acceptance,
                enrolling,
                max_mentors,
                max_mentees,
                starts_on,
                ends_on,
                updated_at
            },
            name_folded = program.name.folded()
        )
        .run()
        .await
        .on_taken("/name", TAKEN)?,
    )
}

/// Replaces the coordinators of a program by `people`.
pub async fn put_coordinators(
    tx: &mut Tx,
    _permit: &Permit<AssignCoordinators, Organisation>,
    id: ProgramId,
    people: &[PersonId],
    now: DateTime<Utc>,
) -> Result<(), Problem> {
    query!(tx, "delete from program_coordinators where program_id = :id", id).run().await?;
    query!(
        tx,
        Sql {
            sqlite: "insert into program_coordinators (program_id, person_id) select :id, unhex(value)
                from json_each(:people)",
            postgres: "insert into program_coordinators (program_id, person_id) select :id, unnest(:people)",
        },
        id,
        people = people.iter().copied().collect::<Ids>()
    )
    .run()
    .await?;
    let touch = query!(tx, "update programs set updated_at = :now, revision = revision + 1 where id = :id", id, now);
    touch.run().await?;
    Ok(())
}
