//! The SQL of programs.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::model::{Coordinator, Enrolling, Program, ProgramModel, ProgramStage};
use crate::db::{Ids, Query, Sql, Tx, UNLIMITED};
use crate::ids::{PersonId, ProgramId};
use crate::people::organisation::Organisation;
use crate::policy::acts::{AssignCoordinators, CreateProgram};
use crate::policy::{Changed, Permit, Viewer, readable};
use crate::problem::{OnClash as _, Problem};
use crate::time::Day;

const TAKEN: &str = "Another program has this name. Choose another name.";

/// A program without its coordinators; `g` is the row of `programs`.
macro_rules! select_program {
    ($($rest:literal),+) => {
        concat!(
            "select g.id, g.name, g.objectives, g.model, g.stage, g.is_formal, g.requires_acceptance, g.enrolling,
                g.max_mentors, g.max_mentees, g.starts_on, g.ends_on, g.created_at, g.updated_at, g.revision
             from programs g ",
            $($rest),+
        )
    };
}

/// One page of programs. Each frequent filter has its own SQL text, so that it can use its own index. The filters from
/// `$2` on only narrow the result.
macro_rules! list_programs {
    ($hot:literal) => {
        select_program!(
            "where ",
            $hot,
            " and g.id > $2 and coalesce(g.stage = $3, $3 is null) and coalesce(g.updated_at > $4, $4 is null)
             and coalesce(g.enrolling = $5, $5 is null) order by g.id limit $6"
        )
    };
}

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
    let terms = tx.query("select model, requires_acceptance, enrolling, ends_on from programs where id = $1");
    terms.bind(id).optional().await
}

/// Finds one program with its coordinators. `None`: not found, or withheld.
pub async fn find(tx: &mut Tx, viewer: &Viewer, id: ProgramId) -> sqlx::Result<Option<Program>> {
    let found = tx.query(select_program!("where g.id = $1")).bind(id).optional().await?;
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
    let query = match only {
        Filter { coordinator: Some(person), .. } => tx
            .query(list_programs!("g.id in (select program_id from program_coordinators where person_id = $1)"))
            .bind(person),
        Filter { stage: Some(stage), .. } => tx.query(list_programs!("g.stage = $1")).bind(stage),
        Filter { updated_after: Some(since), .. } => {
            tx.query(list_programs!("g.id in (select id from programs where updated_at > $1)")).bind(since)
        }
        Filter { .. } => tx.query(list_programs!("g.id >= $1")).bind(after),
    };
    query.bind(after).bind(only.stage).bind(only.updated_after).bind(only.enrolling).bind(limit)
}

/// Adds the coordinators of all `programs` in one statement.
async fn with_coordinators(tx: &mut Tx, mut programs: Vec<Program>) -> sqlx::Result<Vec<Program>> {
    let coordinators: Vec<Coordinator> = tx
        .query(Sql {
            sqlite: "select c.program_id, p.id, p.name, p.title from program_coordinators c
                     join people p on p.id = c.person_id
                     where c.program_id in (select unhex(value) from json_each($1)) order by p.name_folded, p.id",
            postgres: "select c.program_id, p.id, p.name, p.title from program_coordinators c
                       join people p on p.id = c.person_id
                       where c.program_id = any($1) order by p.name_folded, p.id",
        })
        .bind(programs.iter().map(|program| program.id).collect::<Ids>())
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
    tx.query(Sql {
        sqlite: "select id, status <> 'departed' from people where id in (select unhex(value) from json_each($1))",
        postgres: "select id, status <> 'departed' from people where id = any($1)",
    })
    .bind(people.iter().copied().collect::<Ids>())
    .all()
    .await
}

/// Inserts a new program.
pub async fn insert(
    tx: &mut Tx,
    _permit: &Permit<CreateProgram, Organisation>,
    program: &Program,
) -> Result<(), Problem> {
    tx.query(
        "insert into programs (id, name, name_folded, objectives, model, stage, is_formal, requires_acceptance,
            enrolling, max_mentors, max_mentees, starts_on, ends_on, created_at, updated_at, revision)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 1)",
    )
    .bind(program.id)
    .bind(&program.name)
    .bind(program.name.folded())
    .bind(&program.objectives)
    .bind(program.model)
    .bind(program.stage)
    .bind(program.is_formal)
    .bind(program.requires_acceptance)
    .bind(program.enrolling)
    .bind(program.max_mentors)
    .bind(program.max_mentees)
    .bind(program.starts_on)
    .bind(program.ends_on)
    .bind(program.created_at)
    .bind(program.updated_at)
    .run()
    .await
    .on_taken("/name", TAKEN)?;
    Ok(())
}

/// Saves a changed program. Refuses if another request changed it first.
pub async fn save(tx: &mut Tx, program: &Changed<Program>) -> Result<(), Problem> {
    let touched = tx
        .query(
            "update programs set name = $3, name_folded = $4, objectives = $5, model = $6, stage = $7, is_formal = $8,
                requires_acceptance = $9, enrolling = $10, max_mentors = $11, max_mentees = $12, starts_on = $13,
                ends_on = $14, updated_at = $15, revision = revision + 1
             where id = $1 and revision = $2",
        )
        .bind(program.id)
        .bind(program.revision)
        .bind(&program.name)
        .bind(program.name.folded())
        .bind(&program.objectives)
        .bind(program.model)
        .bind(program.stage)
        .bind(program.is_formal)
        .bind(program.requires_acceptance)
        .bind(program.enrolling)
        .bind(program.max_mentors)
        .bind(program.max_mentees)
        .bind(program.starts_on)
        .bind(program.ends_on)
        .bind(program.updated_at)
        .run()
        .await
        .on_taken("/name", TAKEN)?;
    if touched == 1 { Ok(()) } else { Err(Problem::changed_meanwhile()) }
}

/// Replaces the coordinators of a program by `people`.
pub async fn put_coordinators(
    tx: &mut Tx,
    _permit: &Permit<AssignCoordinators, Organisation>,
    id: ProgramId,
    people: &[PersonId],
    now: DateTime<Utc>,
) -> Result<(), Problem> {
    tx.query("delete from program_coordinators where program_id = $1").bind(id).run().await?;
    tx.query(Sql {
        sqlite: "insert into program_coordinators (program_id, person_id) select $1, unhex(value) from json_each($2)",
        postgres: "insert into program_coordinators (program_id, person_id) select $1, unnest($2)",
    })
    .bind(id)
    .bind(people.iter().copied().collect::<Ids>())
    .run()
    .await?;
    let touch = tx.query("update programs set updated_at = $2, revision = revision + 1 where id = $1");
    touch.bind(id).bind(now).run().await?;
    Ok(())
}
