//! The SQL of cohorts.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::FromRow;
use sqlx::types::Json;

use super::draft::model::DraftStatus;
use super::model::{Cohort, CohortStatus, CohortStep, CohortTrouble};
use crate::db::{Ids, Query, Sql, Tx, UNLIMITED};
use crate::ids::{CohortId, PersonId, ProgramId};
use crate::policy::acts::PlanCohort;
use crate::policy::{Changed, Permit, Viewer, readable};
use crate::problem::Problem;
use crate::programs::model::Program;

/// A cohort with its program's name, `x` being its row.
macro_rules! select_cohort {
    ($($rest:literal),+) => {
        concat!(
            "select x.id, x.program_id, g.name as program_name, x.lead_id, x.status, x.step, x.objective, x.penalty,
                x.seconds, x.seed, x.starts_on, x.ends_on, x.mentees, x.places, x.value, x.bound, x.model_version,
                x.trouble, x.created_at, x.planned_at, x.published_at, x.updated_at, x.revision
             from cohorts x join programs g on g.id = x.program_id ",
            $($rest),+
        )
    };
}

/// One page of what a viewer may read, `$1` whether an admin, `$2` the programs they lead.
macro_rules! list_cohorts {
    ($hot:literal, $programs:literal) => {
        select_cohort!(
            "where ",
            $hot,
            " and ($1 or x.program_id ",
            $programs,
            ") and x.id > $3 and coalesce(x.program_id = $4, $4 is null) and coalesce(x.status = $5, $5 is null)
             order by x.id limit $6"
        )
    };
    ($hot:literal) => {
        Sql {
            sqlite: list_cohorts!($hot, "in (select unhex(value) from json_each($2))"),
            postgres: list_cohorts!($hot, "= any($2)"),
        }
    };
}

/// Which cohorts a list holds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    /// Those of this program.
    pub program: Option<ProgramId>,
    /// Those of this status.
    pub status: Option<CohortStatus>,
}

/// One cohort.
pub async fn find(tx: &mut Tx, id: CohortId) -> sqlx::Result<Option<Cohort>> {
    tx.query(select_cohort!("where x.id = $1")).bind(id).optional().await
}

/// One cohort with how its drafts are, which is counted for nobody who may not read it.
pub async fn find_counted(tx: &mut Tx, viewer: &Viewer, id: CohortId) -> sqlx::Result<Option<Cohort>> {
    let Some(cohort) = readable(viewer, find(tx, id).await?) else { return Ok(None) };
    Ok(counted(tx, vec![cohort]).await?.pop())
}

/// The same, held: whoever changes one of its drafts, or where it is in its life, does it alone.
pub async fn hold(tx: &mut Tx, viewer: &Viewer, id: CohortId) -> sqlx::Result<Option<Cohort>> {
    tx.hold(id.into()).await?;
    find_counted(tx, viewer, id).await
}

/// Cohorts with how their drafts are.
async fn counted(tx: &mut Tx, mut cohorts: Vec<Cohort>) -> sqlx::Result<Vec<Cohort>> {
    let counts = tx.query(Sql {
        sqlite: "select cohort_id, status, count(*) from cohort_drafts
                 where cohort_id in (select unhex(value) from json_each($1)) group by cohort_id, status",
        postgres: "select cohort_id, status, count(*) from cohort_drafts
                   where cohort_id = any($1) group by cohort_id, status",
    });
    let counts = counts.bind(cohorts.iter().map(|cohort| cohort.id).collect::<Ids>());
    for (id, status, count) in counts.all::<(CohortId, DraftStatus, i64)>().await? {
        let Some(cohort) = cohorts.iter_mut().find(|cohort| cohort.id == id) else { continue };
        match status {
            DraftStatus::Unmatched => cohort.drafts.unmatched = count,
            DraftStatus::Drafted => cohort.drafts.drafted = count,
            DraftStatus::Published => cohort.drafts.published = count,
            DraftStatus::Failed => cohort.drafts.failed = count,
        }
    }
    Ok(cohorts)
}

/// One page after `after`, in the order they were made.
pub async fn list(
    tx: &mut Tx,
    viewer: &Viewer,
    only: Filter,
    after: CohortId,
    limit: i64,
) -> sqlx::Result<Vec<Cohort>> {
    let cohorts = listed(tx, viewer, only, after, limit).all().await?;
    counted(tx, cohorts).await
}

/// How many there are on all pages.
pub async fn count(tx: &mut Tx, viewer: &Viewer, only: Filter) -> sqlx::Result<i64> {
    listed(tx, viewer, only, CohortId::first(), UNLIMITED).count().await
}

fn listed<'t>(tx: &'t mut Tx, viewer: &Viewer, only: Filter, after: CohortId, limit: i64) -> Query<'t> {
    let sql = match only {
        // Only where all of it may be theirs: else they would wait for what they may not see.
        Filter { program: Some(program), .. } if viewer.leads(Some(program)) => list_cohorts!("x.program_id = $4"),
        Filter { status: Some(_), .. } if viewer.is_admin => list_cohorts!("x.status = $5"),
        Filter { .. } if viewer.is_admin => list_cohorts!("x.id >= $3"),
        Filter { .. } => Sql {
            sqlite: list_cohorts!(
                "x.program_id in (select unhex(value) from json_each($2))",
                "in (select unhex(value) from json_each($2))"
            ),
            postgres: list_cohorts!("x.program_id = any($2)", "= any($2)"),
        },
    };
    tx.query(sql)
        .bind(viewer.is_admin)
        .bind(viewer.programs.iter().copied().collect::<Ids>())
        .bind(after)
        .bind(only.program)
        .bind(only.status)
        .bind(limit)
}

/// Writes a new cohort.
pub async fn insert(tx: &mut Tx, _program: &Permit<PlanCohort, Program>, cohort: &Cohort) -> sqlx::Result<u64> {
    let insert = tx.query(
        "insert into cohorts (id, program_id, lead_id, status, objective, penalty, seconds, seed, claims, attempts,
            created_at, updated_at, revision)
         values ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, $9, $9, 1)",
    );
    let insert = insert.bind(cohort.id).bind(cohort.program_id).bind(cohort.lead_id).bind(cohort.status);
    let insert = insert.bind(cohort.objective).bind(cohort.penalty).bind(cohort.seconds).bind(cohort.seed);
    insert.bind(cohort.created_at).run().await
}

/// Writes where a cohort is in its life, unless another request changed it first. Whoever is to work on it may take it up
/// at once, and whoever still does has lost it.
pub async fn save(tx: &mut Tx, cohort: &Changed<Cohort>) -> Result<(), Problem> {
    let save = tx.query(
        "update cohorts set status = $3, step = null, objective = $4, penalty = $5, seconds = $6, seed = $7,
            starts_on = $8, ends_on = $9, trouble = null, lead_id = $10, claims = claims + 1, attempts = 0,
            claimed_until = null,
            updated_at = $11, revision = revision + 1
         where id = $1 and revision = $2",
    );
    let save = save.bind(cohort.id).bind(cohort.revision).bind(cohort.status).bind(cohort.objective);
    let save = save.bind(cohort.penalty).bind(cohort.seconds).bind(cohort.seed).bind(cohort.starts_on);
    let touched = save.bind(cohort.ends_on).bind(cohort.lead_id).bind(cohort.updated_at).run().await?;
    if touched == 1 { Ok(()) } else { Err(Problem::changed_meanwhile()) }
}

/// The cohorts that somebody should work on and nobody does.
pub async fn list_waiting(tx: &mut Tx, now: DateTime<Utc>) -> sqlx::Result<Vec<(CohortId,)>> {
    let waiting = tx.query(
        "select id from cohorts where status in ('planning', 'publishing', 'undoing')
            and (claimed_until is null or claimed_until < $1)
         order by id limit 50",
    );
    waiting.bind(now).all().await
}

/// Who took a cohort up.
#[derive(Clone, Copy, Debug, FromRow)]
pub struct Claim {
    /// Names them; it only grows.
    pub claims: i64,
    /// How often it was taken up since something was done.
    pub attempts: i64,
}

/// Takes a cohort up until then, unless somebody else works on it. Whoever asks holds it.
pub async fn claim(tx: &mut Tx, id: CohortId, now: DateTime<Utc>, until: DateTime<Utc>) -> sqlx::Result<Option<Claim>> {
    let claim = tx.query(
        "update cohorts set claims = claims + 1, attempts = attempts + 1, claimed_until = $3
         where id = $1 and status in ('planning', 'publishing', 'undoing')
            and (claimed_until is null or claimed_until < $2)
         returning claims, attempts",
    );
    claim.bind(id).bind(now).bind(until).optional().await
}

/// Lets go of a cohort that something went wrong with, so that it is taken up again soon.
pub async fn let_go(tx: &mut Tx, hold: Hold) -> sqlx::Result<u64> {
    let let_go = tx.query("update cohorts set claimed_until = null where id = $1 and claims = $2");
    let_go.bind(hold.cohort).bind(hold.claim).run().await
}

/// Who works on a cohort, and until when nobody else does.
#[derive(Clone, Copy, Debug)]
pub struct Hold {
    /// The cohort.
    pub cohort: CohortId,
    /// The how manieth who took it up.
    pub claim: i64,
    /// Until then.
    pub until: DateTime<Utc>,
}

/// Says how far the work is, and keeps it; false where somebody else has taken it up. Without a step to say, what is
/// committed with it is progress.
pub async fn keep(tx: &mut Tx, hold: Hold, step: Option<CohortStep>) -> sqlx::Result<bool> {
    let keep = tx.query(
        "update cohorts set step = $3, claimed_until = $4, attempts = case when $3 is null then 1 else attempts end
         where id = $1 and claims = $2",
    );
    Ok(keep.bind(hold.cohort).bind(hold.claim).bind(step).bind(hold.until).run().await? == 1)
}

/// What is known of a plan once it is made.
#[derive(Clone, Copy, Debug)]
pub struct Certificate {
    /// How many mentees were to be matched.
    pub mentees: i64,
    /// How many places their mentors had.
    pub places: i64,
    /// What the plan counts.
    pub value: i64,
    /// What no plan exceeds.
    pub bound: Option<i64>,
}

/// Lets a planned cohort rest for review; false where somebody else has taken it up.
pub async fn note_planned(
    tx: &mut Tx,
    hold: Hold,
    found: Certificate,
    model_version: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let note = tx.query(
        "update cohorts set status = 'drafted', step = null, mentees = $3, places = $4, value = $5, bound = $6,
            model_version = $7, planned_at = $8, updated_at = $8, claimed_until = null, revision = revision + 1
         where id = $1 and claims = $2 and status = 'planning'",
    );
    let note = note.bind(hold.cohort).bind(hold.claim).bind(found.mentees).bind(found.places).bind(found.value);
    Ok(note.bind(found.bound).bind(model_version).bind(now).run().await? == 1)
}

/// Lets a cohort rest that was worked on, or could not be; false where somebody else has taken it up.
pub async fn rest(
    tx: &mut Tx,
    hold: Hold,
    status: CohortStatus,
    trouble: Option<CohortTrouble>,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rest = tx.query(
        "update cohorts set status = $3, step = null, trouble = $4, updated_at = $5, claimed_until = null,
            revision = revision + 1, published_at = case when $6 then coalesce(published_at, $5) end,
            value = case when $7 then value end, bound = case when $7 then bound end
         where id = $1 and claims = $2",
    );
    let rest = rest.bind(hold.cohort).bind(hold.claim).bind(status).bind(trouble).bind(now);
    // What was to be planned and was not: the certificate is no longer that of what is asked for.
    let is_certified = !(trouble.is_some() && status != CohortStatus::Published);
    Ok(rest.bind(status == CohortStatus::Published).bind(is_certified).run().await? == 1)
}

/// Somebody who takes part in a program.
#[derive(Clone, Debug, FromRow)]
pub struct Entrant {
    /// Who.
    pub person_id: PersonId,
    /// How many more pairs they take in it.
    pub places: i64,
    /// Whom they would like, the most wanted first.
    pub wishes: Json<Vec<PersonId>>,
}

/// A pair that is live or proposed, `p` being its row and `$2` today.
macro_rules! live {
    () => {
        "(p.status in ('active', 'paused') or (p.status = 'proposed' and (p.expires_on is null or p.expires_on >= $2)))"
    };
}
pub(super) use live;

/// The mentees of a program who have no mentor in it, nor a proposal.
pub async fn list_asking(tx: &mut Tx, program: ProgramId, today: NaiveDate) -> sqlx::Result<Vec<Entrant>> {
    let asking = tx.query(concat!(
        "select e.person_id, cast(1 as bigint) as places, e.wishes from enrolments e
         where e.program_id = $1 and e.role = 'mentee' and e.status = 'enrolled'
            and not exists (select 1 from pairs p where p.mentee_id = e.person_id and p.program_id = e.program_id and ",
        live!(),
        ") order by e.person_id"
    ));
    asking.bind(program).bind(today).all().await
}

/// Which of these mentees have a mentor in a program, or a proposal.
pub async fn list_paired(
    tx: &mut Tx,
    program: ProgramId,
    today: NaiveDate,
    mentees: &Ids,
) -> sqlx::Result<Vec<(PersonId,)>> {
    let paired = tx.query(Sql {
        sqlite: concat!(
            "select p.mentee_id from pairs p where p.program_id = $1 and ",
            live!(),
            " and p.mentee_id in (select unhex(value) from json_each($3))"
        ),
        postgres: concat!(
            "select p.mentee_id from pairs p where p.program_id = $1 and ",
            live!(),
            " and p.mentee_id = any($3)"
        ),
    });
    paired.bind(program).bind(today).bind(mentees.clone()).all().await
}

/// The places that a mentor has left in a program, `e` being their enrolment and `m` their row: of all their places, and of
/// those they offered to it, which proposals take up, too.
macro_rules! places_left {
    () => {
        concat!(
            "m.mentor_capacity - m.mentor_load as own, coalesce(e.places, m.mentor_capacity)
                - (select count(*) from pairs p where p.mentor_id = e.person_id and p.program_id = e.program_id and ",
            live!(),
            ") as here"
        )
    };
}

/// The mentors of a program with the places they have left in it.
pub async fn list_offering(tx: &mut Tx, program: ProgramId, today: NaiveDate) -> sqlx::Result<Vec<Entrant>> {
    let offering = tx.query(concat!(
        "select x.person_id, case when x.own < x.here then x.own else x.here end as places, x.wishes from (
            select e.person_id, e.wishes, ",
        places_left!(),
        " from enrolments e join people m on m.id = e.person_id
            where e.program_id = $1 and e.role = 'mentor' and e.status = 'enrolled') x
         order by x.person_id"
    ));
    offering.bind(program).bind(today).all().await
}

/// The places that one mentor has left in a program, those of a cohort's drafts taken off; `None`: takes no part in it.
pub async fn find_places_left(
    tx: &mut Tx,
    cohort: CohortId,
    today: NaiveDate,
    mentor: PersonId,
) -> sqlx::Result<Option<(i64,)>> {
    let left = tx.query(concat!(
        "select case when x.own < x.here then x.own else x.here end - x.drafted as places from (
            select ",
        places_left!(),
        ", (select count(*) from cohort_drafts d
                where d.cohort_id = c.id and d.mentor_id = e.person_id and d.status in ('drafted', 'failed')) as drafted
            from cohorts c join enrolments e on e.program_id = c.program_id join people m on m.id = e.person_id
            where c.id = $1 and e.person_id = $3 and e.role = 'mentor' and e.status = 'enrolled') x"
    ));
    left.bind(cohort).bind(today).bind(mentor).optional().await
}
