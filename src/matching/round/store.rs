//! The SQL of matching rounds.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::FromRow;
use sqlx::types::Json;

use super::draft::model::DraftStatus;
use super::model::{MatchingRound, MatchingRoundFailure, MatchingRoundStatus, MatchingRoundStep};
use crate::db::{Ids, Query, Tx, UNLIMITED, insert, query, save};
use crate::ids::{MatchingRoundId, PersonId, ProgramId};
use crate::policy::acts::PlanMatchingRound;
use crate::policy::{Changed, Permit, Viewer, readable};
use crate::problem::{Problem, saved};
use crate::programs::model::Program;

/// Selects a matching round with its program's name; `x` is its row.
const SELECT: &str =
    "select x.id, x.program_id, g.name as program_name, x.lead_id, x.status, x.step, x.objective, x.penalty,
        x.seconds, x.seed, x.starts_on, x.ends_on, x.mentees, x.capacity, x.value, x.bound, x.model_version,
        x.failure_reason, x.created_at, x.planned_at, x.published_at, x.updated_at, x.revision
     from matching_rounds x join programs g on g.id = x.program_id";

/// The scope and the filters of one page of rounds. `:led` are the programs that the viewer leads.
const FILTERED: &str = "and (:is_admin or x.program_id = any(:led)) and x.id > :after
    and coalesce(x.program_id = :program, :program is null) and coalesce(x.status = :status, :status is null)
    order by x.id limit :limit";

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
    query!(tx, [SELECT, "where x.id = :id"], id).optional().await
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
    let counts = query!(
        tx,
        "select matching_round_id, status, count(*) from matching_drafts
         where matching_round_id = any(:rounds) group by matching_round_id, status",
        rounds = matching_rounds.iter().map(|round| round.id).collect::<Ids>()
    );
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
    let Filter { program, status } = only;
    macro_rules! list {
        ($hot:literal) => {
            query!(
                tx,
                [SELECT, "where", $hot, FILTERED],
                is_admin = viewer.is_admin,
                led = viewer.led(),
                after,
                program,
                status,
                limit
            )
        };
    }
    match only {
        // The index on `program_id` is used only when the viewer leads the program. Otherwise the time of the answer
        // would reveal how many rounds it has.
        Filter { program: Some(program), .. } if viewer.leads(Some(program)) => list!("x.program_id = :program"),
        Filter { status: Some(_), .. } if viewer.is_admin => list!("x.status = :status"),
        Filter { .. } if viewer.is_admin => list!("x.id >= :after"),
        Filter { .. } => list!("x.program_id = any(:led)"),
    }
}

/// Writes a new matching round.
pub async fn insert(
    tx: &mut Tx,
    _program: &Permit<PlanMatchingRound, Program>,
    round: &MatchingRound,
) -> sqlx::Result<u64> {
    let insert = insert!(
        tx,
        "matching_rounds",
        round { id, program_id, lead_id, status, objective, penalty, seconds, seed, created_at },
        claims = 0_i64,
        attempts = 0_i64,
        updated_at = round.created_at,
        revision = 1_i64
    );
    insert.run().await
}

/// Saves a change that starts a step, unless another request changed the round first. The new step can be claimed at
/// once, and a process that still works on the round loses its claim.
pub async fn save(tx: &mut Tx, round: &Changed<MatchingRound>) -> Result<(), Problem> {
    let save = save!(
        tx,
        "update matching_rounds set revision = revision + 1, step = null, failure_reason = null,
         claims = claims + 1, attempts = 0, claimed_until = null",
        round { status, objective, penalty, seconds, seed, starts_on, ends_on, lead_id, updated_at }
    );
    let touched = save.run().await?;
    saved(touched)
}

/// Matching rounds with work to do and without a process that works on them.
pub async fn list_waiting(tx: &mut Tx, now: DateTime<Utc>) -> sqlx::Result<Vec<(MatchingRoundId,)>> {
    let waiting = query!(
        tx,
        "select id from matching_rounds where status in ('planning', 'publishing', 'undoing')
            and (claimed_until is null or claimed_until < :now)
         order by id limit 50",
        now
    );
    waiting.all().await
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
    let claim = query!(
        tx,
        "update matching_rounds set claims = claims + 1, attempts = attempts + 1, claimed_until = :until
         where id = :id and status in ('planning', 'publishing', 'undoing')
            and (claimed_until is null or claimed_until < :now)
         returning claims, attempts",
        id,
        now,
        until
    );
    claim.optional().await
}

/// Releases a matching round after a failure, so that it is claimed again soon.
pub async fn release(tx: &mut Tx, lease: Lease) -> sqlx::Result<u64> {
    let release = query!(
        tx,
        "update matching_rounds set claimed_until = null where id = :round and claims = :claim",
        round = lease.round,
        claim = lease.claim
    );
    release.run().await
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
    let renew = query!(
        tx,
        "update matching_rounds set step = :step, claimed_until = :until,
            attempts = case when :step is null then 1 else attempts end
         where id = :round and claims = :claim",
        round = lease.round,
        claim = lease.claim,
        step,
        until = lease.until
    );
    Ok(renew.run().await? == 1)
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
    let note = query!(
        tx,
        "update matching_rounds set status = 'drafted', step = null, mentees = :mentees, capacity = :capacity,
             value = :value, bound = :bound, model_version = :model_version, planned_at = :now, updated_at = :now,
             claimed_until = null, revision = revision + 1
         where id = :round and claims = :claim and status = 'planning'",
        round = lease.round,
        claim = lease.claim,
        mentees = found.mentees,
        capacity = found.capacity,
        value = found.value,
        bound = found.bound,
        model_version,
        now
    );
    Ok(note.run().await? == 1)
}

/// Saves the end of a step. False: another process has claimed the round.
pub async fn rest(
    tx: &mut Tx,
    lease: Lease,
    status: MatchingRoundStatus,
    failure_reason: Option<MatchingRoundFailure>,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let is_published = status == MatchingRoundStatus::Published;
    // After a failed planning, the certificate of the old plan no longer fits the new settings.
    let is_certified = failure_reason.is_none() || is_published;
    let rest = query!(
        tx,
        "update matching_rounds set status = :status, step = null, failure_reason = :failure_reason, updated_at = :now,
            claimed_until = null, revision = revision + 1,
            published_at = case when :is_published then coalesce(published_at, :now) end,
            value = case when :is_certified then value end, bound = case when :is_certified then bound end
         where id = :round and claims = :claim",
        round = lease.round,
        claim = lease.claim,
        status,
        failure_reason,
        now,
        is_published,
        is_certified
    );
    Ok(rest.run().await? == 1)
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

/// Condition: the pair is live or proposed. `p` is its row and `:today` is today.
pub(super) const LIVE: &str = "(p.status in ('active', 'paused') or (p.status = 'proposed' and (p.expires_on is null or p.expires_on >= :today)))";

/// Mentees of a program who have no mentor and no proposal in it.
pub async fn list_mentees(tx: &mut Tx, program: ProgramId, today: NaiveDate) -> sqlx::Result<Vec<Participant>> {
    let mentees = query!(
        tx,
        [
            "select e.person_id, cast(1 as bigint) as places, e.wishes from enrolments e
             where e.program_id = :program and e.role = 'mentee' and e.status = 'enrolled' and not exists (
                select 1 from pairs p where p.mentee_id = e.person_id and p.program_id = e.program_id and ",
            LIVE,
            ") order by e.person_id"
        ],
        program,
        today
    );
    mentees.all().await
}

/// Those of these mentees who have a mentor or a proposal in the program.
pub async fn list_paired(
    tx: &mut Tx,
    program: ProgramId,
    today: NaiveDate,
    mentees: &Ids,
) -> sqlx::Result<Vec<(PersonId,)>> {
    let paired = query!(
        tx,
        [
            "select p.mentee_id from pairs p where p.program_id = :program and ",
            LIVE,
            " and p.mentee_id = any(:mentees)"
        ],
        program,
        today,
        mentees = mentees.clone()
    );
    paired.all().await
}

/// Begins the free places of a mentor; [`LIVE`] and `) as here` end them. `own`: of their whole capacity. `here`: of their
/// capacity in this program; proposals count. `e` is the enrolment and `m` the person.
const PLACES_LEFT: &str = "m.mentor_capacity - m.mentor_load as own, coalesce(e.capacity, m.mentor_capacity)
    - (select count(*) from pairs p where p.mentor_id = e.person_id and p.program_id = e.program_id and";

/// Mentors of a program with their free places in it.
pub async fn list_mentors(tx: &mut Tx, program: ProgramId, today: NaiveDate) -> sqlx::Result<Vec<Participant>> {
    let mentors = query!(
        tx,
        [
            "select x.person_id, case when x.own < x.here then x.own else x.here end as places, x.wishes from (
             select e.person_id, e.wishes, ",
            PLACES_LEFT,
            LIVE,
            ") as here from enrolments e join people m on m.id = e.person_id
                where e.program_id = :program and e.role = 'mentor' and e.status = 'enrolled') x
             order by x.person_id"
        ],
        program,
        today
    );
    mentors.all().await
}

/// Free places of one mentor in a program, less the drafts of this round. `None`: not a mentor of the program.
pub async fn find_places_left(
    tx: &mut Tx,
    round: MatchingRoundId,
    today: NaiveDate,
    mentor: PersonId,
) -> sqlx::Result<Option<(i64,)>> {
    let left = query!(
        tx,
        [
            "select case when x.own < x.here then x.own else x.here end - x.drafted as places from (
             select ",
            PLACES_LEFT,
            LIVE,
            ") as here, (select count(*) from matching_drafts d
                 where d.matching_round_id = c.id and d.mentor_id = e.person_id
                     and d.status in ('drafted', 'failed')) as drafted
             from matching_rounds c
             join enrolments e on e.program_id = c.program_id
             join people m on m.id = e.person_id
             where c.id = :round and e.person_id = :mentor and e.role = 'mentor' and e.status = 'enrolled') x"
        ],
        round,
        today,
        mentor
    );
    left.optional().await
}
