//! The SQL of matching rounds.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::FromRow;
use sqlx::types::Json;

use super::draft::model::DraftStatus;
use super::model::{MatchingRound, MatchingRoundFailure, MatchingRoundStatus, MatchingRoundStep};
use crate::db::{Ids, Query, Sql, Tx, UNLIMITED};
use crate::ids::{MatchingRoundId, PersonId, ProgramId};
use crate::policy::acts::PlanMatchingRound;
use crate::policy::{Changed, Permit, Viewer, readable};
use crate::problem::Problem;
use crate::programs::model::Program;

/// Selects a matching round with its program's name; `x` is its row.
macro_rules! select_matching_round {
    ($($rest:literal),+) => {
        concat!(
            "select x.id, x.program_id, g.name as program_name, x.lead_id, x.status, x.step, x.objective, x.penalty,
                x.seconds, x.seed, x.starts_on, x.ends_on, x.mentees, x.capacity, x.value, x.bound, x.model_version,
                x.failure_reason, x.created_at, x.planned_at, x.published_at, x.updated_at, x.revision
             from matching_rounds x join programs g on g.id = x.program_id ",
            $($rest),+
        )
    };
}

/// One page of the rounds that a viewer may read. `$1`: whether the viewer is an admin; `$2`: the programs they lead.
macro_rules! list_matching_rounds {
    ($hot:literal, $programs:literal) => {
        select_matching_round!(
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
            sqlite: list_matching_rounds!($hot, "in (select unhex(value) from json_each($2))"),
            postgres: list_matching_rounds!($hot, "= any($2)"),
        }
    };
}

/// Filters of a list of matching rounds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    /// Only rounds of this program.
    pub program: Option<ProgramId>,
    /// Only rounds with this status.
    pub status: Option<MatchingRoundStatus>,
}

/// One matching round.
pub async fn find(tx: &mut Tx, id: MatchingRoundId) -> sqlx::Result<Option<MatchingRound>> {
    tx.query(select_matching_round!("where x.id = $1")).bind(id).optional().await
}

/// One matching round with the number of its drafts per status. Drafts are counted only if the viewer may read the
/// round.
pub async fn find_counted(tx: &mut Tx, viewer: &Viewer, id: MatchingRoundId) -> sqlx::Result<Option<MatchingRound>> {
    let Some(round) = readable(viewer, find(tx, id).await?) else { return Ok(None) };
    Ok(counted(tx, vec![round]).await?.pop())
}

/// The same, locked: changes of a round and its drafts wait for each other.
pub async fn find_for_update(tx: &mut Tx, viewer: &Viewer, id: MatchingRoundId) -> sqlx::Result<Option<MatchingRound>> {
    tx.lock(id.into()).await?;
    find_counted(tx, viewer, id).await
}

/// Adds the number of drafts per status.
async fn counted(tx: &mut Tx, mut matching_rounds: Vec<MatchingRound>) -> sqlx::Result<Vec<MatchingRound>> {
    let counts = tx.query(Sql {
        sqlite: "select matching_round_id, status, count(*) from matching_drafts
                 where matching_round_id in (select unhex(value) from json_each($1)) group by matching_round_id, status",
        postgres: "select matching_round_id, status, count(*) from matching_drafts
                   where matching_round_id = any($1) group by matching_round_id, status",
    });
    let counts = counts.bind(matching_rounds.iter().map(|round| round.id).collect::<Ids>());
    for (id, status, count) in counts.all::<(MatchingRoundId, DraftStatus, i64)>().await? {
        let Some(round) = matching_rounds.iter_mut().find(|round| round.id == id) else { continue };
        match status {
            DraftStatus::Unmatched => round.drafts.unmatched = count,
            DraftStatus::Drafted => round.drafts.drafted = count,
            DraftStatus::Published => round.drafts.published = count,
            DraftStatus::Failed => round.drafts.failed = count,
        }
    }
    Ok(matching_rounds)
}

/// One page after `after`, oldest first.
pub async fn list(
    tx: &mut Tx,
    viewer: &Viewer,
    only: Filter,
    after: MatchingRoundId,
    limit: i64,
) -> sqlx::Result<Vec<MatchingRound>> {
    let matching_rounds = listed(tx, viewer, only, after, limit).all().await?;
    counted(tx, matching_rounds).await
}

/// Number of rounds on all pages.
pub async fn count(tx: &mut Tx, viewer: &Viewer, only: Filter) -> sqlx::Result<i64> {
    listed(tx, viewer, only, MatchingRoundId::first(), UNLIMITED).count().await
}

fn listed<'t>(tx: &'t mut Tx, viewer: &Viewer, only: Filter, after: MatchingRoundId, limit: i64) -> Query<'t> {
    let sql = match only {
        // The index on `program_id` is used only when the viewer leads the program. Otherwise the time of the answer
        // would reveal how many rounds it has.
        Filter { program: Some(program), .. } if viewer.leads(Some(program)) => {
            list_matching_rounds!("x.program_id = $4")
        }
        Filter { status: Some(_), .. } if viewer.is_admin => list_matching_rounds!("x.status = $5"),
        Filter { .. } if viewer.is_admin => list_matching_rounds!("x.id >= $3"),
        Filter { .. } => Sql {
            sqlite: list_matching_rounds!(
                "x.program_id in (select unhex(value) from json_each($2))",
                "in (select unhex(value) from json_each($2))"
            ),
            postgres: list_matching_rounds!("x.program_id = any($2)", "= any($2)"),
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

/// Writes a new matching round.
pub async fn insert(
    tx: &mut Tx,
    _program: &Permit<PlanMatchingRound, Program>,
    round: &MatchingRound,
) -> sqlx::Result<u64> {
    let insert = tx.query(
        "insert into matching_rounds (id, program_id, lead_id, status, objective, penalty, seconds, seed, claims, attempts,
            created_at, updated_at, revision)
         values ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, $9, $9, 1)",
    );
    let insert = insert.bind(round.id).bind(round.program_id).bind(round.lead_id).bind(round.status);
    let insert = insert.bind(round.objective).bind(round.penalty).bind(round.seconds).bind(round.seed);
    insert.bind(round.created_at).run().await
}

/// Saves a change that starts a step, unless another request changed the round first. The new step can be claimed at
/// once, and a process that still works on the round loses its claim.
pub async fn save(tx: &mut Tx, round: &Changed<MatchingRound>) -> Result<(), Problem> {
    let save = tx.query(
        "update matching_rounds set status = $3, step = null, objective = $4, penalty = $5, seconds = $6, seed = $7,
            starts_on = $8, ends_on = $9, failure_reason = null, lead_id = $10, claims = claims + 1, attempts = 0,
            claimed_until = null,
            updated_at = $11, revision = revision + 1
         where id = $1 and revision = $2",
    );
    let save = save.bind(round.id).bind(round.revision).bind(round.status).bind(round.objective);
    let save = save.bind(round.penalty).bind(round.seconds).bind(round.seed).bind(round.starts_on);
    let touched = save.bind(round.ends_on).bind(round.lead_id).bind(round.updated_at).run().await?;
    if touched == 1 { Ok(()) } else { Err(Problem::changed_meanwhile()) }
}

/// Matching rounds with work to do and without a process that works on them.
pub async fn list_waiting(tx: &mut Tx, now: DateTime<Utc>) -> sqlx::Result<Vec<(MatchingRoundId,)>> {
    let waiting = tx.query(
        "select id from matching_rounds where status in ('planning', 'publishing', 'undoing')
            and (claimed_until is null or claimed_until < $1)
         order by id limit 50",
    );
    waiting.bind(now).all().await
}

/// Claim of a process on a matching round.
#[derive(Clone, Copy, Debug, FromRow)]
pub struct Claim {
    /// Number of the claim; it only grows.
    pub claims: i64,
    /// Claims since the last progress.
    pub attempts: i64,
}

/// Claims a matching round until `until`, unless another process works on it. The caller has locked it.
pub async fn claim(
    tx: &mut Tx,
    id: MatchingRoundId,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> sqlx::Result<Option<Claim>> {
    let claim = tx.query(
        "update matching_rounds set claims = claims + 1, attempts = attempts + 1, claimed_until = $3
         where id = $1 and status in ('planning', 'publishing', 'undoing')
            and (claimed_until is null or claimed_until < $2)
         returning claims, attempts",
    );
    claim.bind(id).bind(now).bind(until).optional().await
}

/// Releases a matching round after a failure, so that it is claimed again soon.
pub async fn release(tx: &mut Tx, lease: Lease) -> sqlx::Result<u64> {
    let release = tx.query("update matching_rounds set claimed_until = null where id = $1 and claims = $2");
    release.bind(lease.round).bind(lease.claim).run().await
}

/// The claim of a process, and the time until which no other process may claim the round.
#[derive(Clone, Copy, Debug)]
pub struct Lease {
    /// The matching round.
    pub round: MatchingRoundId,
    /// Number of the claim.
    pub claim: i64,
    /// End of the lease.
    pub until: DateTime<Utc>,
}

/// Renews the lease and notes the step. False: another process has claimed the round. Without a step, the same
/// transaction commits progress, so the attempts start again.
pub async fn renew(tx: &mut Tx, lease: Lease, step: Option<MatchingRoundStep>) -> sqlx::Result<bool> {
    let renew = tx.query(
        "update matching_rounds set step = $3, claimed_until = $4, attempts = case when $3 is null then 1 else attempts end
         where id = $1 and claims = $2",
    );
    Ok(renew.bind(lease.round).bind(lease.claim).bind(step).bind(lease.until).run().await? == 1)
}

/// Numbers of a finished plan.
#[derive(Clone, Copy, Debug)]
pub struct Certificate {
    /// Number of mentees without a mentor.
    pub mentees: i64,
    /// Free places of the mentors.
    pub capacity: i64,
    /// Value of the plan by its objective.
    pub value: i64,
    /// Upper bound: no plan has a higher value.
    pub bound: Option<i64>,
}

/// Saves the result of planning. False: another process has claimed the round.
pub async fn note_planned(
    tx: &mut Tx,
    lease: Lease,
    found: Certificate,
    model_version: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let note = tx.query(
        "update matching_rounds set status = 'drafted', step = null, mentees = $3, capacity = $4, value = $5, bound = $6,
            model_version = $7, planned_at = $8, updated_at = $8, claimed_until = null, revision = revision + 1
         where id = $1 and claims = $2 and status = 'planning'",
    );
    let note = note.bind(lease.round).bind(lease.claim).bind(found.mentees).bind(found.capacity).bind(found.value);
    Ok(note.bind(found.bound).bind(model_version).bind(now).run().await? == 1)
}

/// Saves the end of a step. False: another process has claimed the round.
pub async fn rest(
    tx: &mut Tx,
    lease: Lease,
    status: MatchingRoundStatus,
    failure_reason: Option<MatchingRoundFailure>,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rest = tx.query(
        "update matching_rounds set status = $3, step = null, failure_reason = $4, updated_at = $5, claimed_until = null,
            revision = revision + 1, published_at = case when $6 then coalesce(published_at, $5) end,
            value = case when $7 then value end, bound = case when $7 then bound end
         where id = $1 and claims = $2",
    );
    let rest = rest.bind(lease.round).bind(lease.claim).bind(status).bind(failure_reason).bind(now);
    // After a failed planning, the certificate of the old plan no longer fits the new settings.
    let is_certified = !(failure_reason.is_some() && status != MatchingRoundStatus::Published);
    Ok(rest.bind(status == MatchingRoundStatus::Published).bind(is_certified).run().await? == 1)
}

/// Participant of a program.
#[derive(Clone, Debug, FromRow)]
pub struct Participant {
    /// Person.
    pub person_id: PersonId,
    /// Number of further pairs that the person takes in the program.
    pub places: i64,
    /// Preferred people, most wanted first.
    pub wishes: Json<Vec<PersonId>>,
}

/// Condition: the pair is live or proposed. `p` is its row and `$2` is today.
macro_rules! live {
    () => {
        "(p.status in ('active', 'paused') or (p.status = 'proposed' and (p.expires_on is null or p.expires_on >= $2)))"
    };
}
pub(super) use live;

/// Mentees of a program who have no mentor and no proposal in it.
pub async fn list_mentees(tx: &mut Tx, program: ProgramId, today: NaiveDate) -> sqlx::Result<Vec<Participant>> {
    let mentees = tx.query(concat!(
        "select e.person_id, cast(1 as bigint) as places, e.wishes from enrolments e
         where e.program_id = $1 and e.role = 'mentee' and e.status = 'enrolled'
            and not exists (select 1 from pairs p where p.mentee_id = e.person_id and p.program_id = e.program_id and ",
        live!(),
        ") order by e.person_id"
    ));
    mentees.bind(program).bind(today).all().await
}

/// Those of these mentees who have a mentor or a proposal in the program.
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

/// Free places of a mentor. `own`: of their whole capacity. `here`: of their capacity in this program; proposals count.
/// `e` is the enrolment and `m` the person.
macro_rules! places_left {
    () => {
        concat!(
            "m.mentor_capacity - m.mentor_load as own, coalesce(e.capacity, m.mentor_capacity)
                - (select count(*) from pairs p where p.mentor_id = e.person_id and p.program_id = e.program_id and ",
            live!(),
            ") as here"
        )
    };
}

/// Mentors of a program with their free places in it.
pub async fn list_mentors(tx: &mut Tx, program: ProgramId, today: NaiveDate) -> sqlx::Result<Vec<Participant>> {
    let mentors = tx.query(concat!(
        "select x.person_id, case when x.own < x.here then x.own else x.here end as places, x.wishes from (
            select e.person_id, e.wishes, ",
        places_left!(),
        " from enrolments e join people m on m.id = e.person_id
            where e.program_id = $1 and e.role = 'mentor' and e.status = 'enrolled') x
         order by x.person_id"
    ));
    mentors.bind(program).bind(today).all().await
}

/// Free places of one mentor in a program, less the drafts of this round. `None`: not a mentor of the program.
pub async fn find_places_left(
    tx: &mut Tx,
    round: MatchingRoundId,
    today: NaiveDate,
    mentor: PersonId,
) -> sqlx::Result<Option<(i64,)>> {
    let left = tx.query(concat!(
        "select case when x.own < x.here then x.own else x.here end - x.drafted as places from (
            select ",
        places_left!(),
        ", (select count(*) from matching_drafts d
                where d.matching_round_id = c.id and d.mentor_id = e.person_id and d.status in ('drafted', 'failed')) as drafted
            from matching_rounds c join enrolments e on e.program_id = c.program_id join people m on m.id = e.person_id
            where c.id = $1 and e.person_id = $3 and e.role = 'mentor' and e.status = 'enrolled') x"
    ));
    left.bind(round).bind(today).bind(mentor).optional().await
}
