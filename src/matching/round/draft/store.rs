//! The SQL of drafts.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use sqlx::FromRow;
use sqlx::types::Json;

use super::model::{Draft, DraftStatus, UnmatchedReason};
use crate::db::{Ids, Query, Tx, UNLIMITED, query, save};
use crate::ids::{MatchingDraftId, MatchingRoundId, PairId, PersonId};
use crate::matching::round::model::MatchingRound;
use crate::matching::round::store::LIVE;
use crate::policy::Changed;
use crate::problem::{Code, Problem, saved};

/// Selects a draft with the names of its people; `x` is its row.
const SELECT: &str =
    "select x.id, x.matching_round_id, c.status as matching_round_status, c.program_id, g.model, x.mentee_id,
        mentee.name as mentee_name, mentee.title as mentee_title, x.mentor_id, mentor.name as mentor_name,
        mentor.title as mentor_title, x.status, x.score, x.is_locked, x.reason, x.problem, x.pair_id,
        x.updated_at, x.revision
     from matching_drafts x
     join matching_rounds c on c.id = x.matching_round_id
     join programs g on g.id = c.program_id
     join people mentee on mentee.id = x.mentee_id
     left join people mentor on mentor.id = x.mentor_id";

/// The filters of one page of drafts, which narrow the result.
const FILTERED: &str = "and x.id > :after and coalesce(x.status = :status, :status is null)
    and coalesce(x.mentor_id = :mentor, :mentor is null) and coalesce(x.mentee_id = :mentee, :mentee is null)
    and coalesce(x.is_locked = :is_locked, :is_locked is null) order by x.id limit :limit";

/// Inserts the rows of `new`. They are read in one scan, because in a join SQLite would read them once per row.
const INSERT_NEW: &str = "insert into matching_drafts
        (id, matching_round_id, mentee_id, mentor_id, status, score, is_locked, reason, updated_at, revision)
    select id, :round, mentee_id, case when has_mentor then mentor_id end,
        case when has_mentor then 'drafted' else 'unmatched' end, case when has_mentor then score end, false,
        case when has_mentor then null when mentor_id is null then reason else 'mentor_left' end, :now, 1
    from (select new.*, exists (select 1 from enrolments m where m.program_id = :program
                and m.person_id = new.mentor_id and m.role = 'mentor' and m.status = 'enrolled') as has_mentor
          from new
          where exists (select 1 from enrolments e where e.program_id = :program and e.person_id = new.mentee_id
                and e.role = 'mentee' and e.status = 'enrolled')) checked";

/// Filters of a list of drafts.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    /// Only drafts with this status.
    pub status: Option<DraftStatus>,
    /// Only drafts with this mentor.
    pub mentor: Option<PersonId>,
    /// Only drafts of this mentee.
    pub mentee: Option<PersonId>,
    /// Only locked drafts, or only the others.
    pub is_locked: Option<bool>,
}

/// One draft.
pub async fn find(tx: &mut Tx, id: MatchingDraftId) -> sqlx::Result<Option<Draft>> {
    query!(tx, [SELECT, "where x.id = :id"], id).optional().await
}

/// One page of the drafts of a matching round after `after`.
pub async fn list(
    tx: &mut Tx,
    round: MatchingRoundId,
    only: Filter,
    after: MatchingDraftId,
    limit: i64,
) -> sqlx::Result<Vec<Draft>> {
    listed(tx, round, only, after, limit).all().await
}

/// Number of drafts on all pages.
pub async fn count(tx: &mut Tx, round: MatchingRoundId, only: Filter) -> sqlx::Result<i64> {
    listed(tx, round, only, MatchingDraftId::first(), UNLIMITED).count().await
}

fn listed(tx: &mut Tx, round: MatchingRoundId, only: Filter, after: MatchingDraftId, limit: i64) -> Query<'_> {
    let Filter { status, mentor, mentee, is_locked } = only;
    macro_rules! list {
        ($hot:literal) => {
            query!(
                tx,
                [SELECT, "where x.matching_round_id = :round", $hot, FILTERED],
                round,
                after,
                status,
                mentor,
                mentee,
                is_locked,
                limit
            )
        };
    }
    match only {
        Filter { mentee: Some(_), .. } => list!(" and x.mentee_id = :mentee"),
        Filter { mentor: Some(_), .. } => list!(" and x.mentor_id = :mentor"),
        Filter { status: Some(_), .. } => list!(" and x.status = :status"),
        Filter { .. } => list!(""),
    }
}

/// A draft as a plan makes it.
#[derive(Clone, Debug, Serialize)]
pub struct NewDraft {
    /// Id of the draft.
    pub id: MatchingDraftId,
    /// The mentee.
    pub mentee_id: PersonId,
    /// The mentor.
    pub mentor_id: Option<PersonId>,
    /// Score of the two.
    pub score: Option<i64>,
    /// Reason why there is no mentor.
    pub reason: Option<UnmatchedReason>,
}

/// Deletes the last plan, except locked drafts of these mentees and drafts with a live pair.
pub async fn clear(tx: &mut Tx, round: MatchingRoundId, today: NaiveDate, kept: &Ids) -> sqlx::Result<u64> {
    let clear = query!(
        tx,
        [
            "delete from matching_drafts where matching_round_id = :round
             and case status when 'published' then not exists (select 1 from pairs p where p.id = pair_id and ",
            LIVE,
            ") else not (is_locked and mentee_id = any(:kept)) end"
        ],
        round,
        today,
        kept = kept.clone()
    );
    clear.run().await?;
    // Drafts that the rules of pairs refused are published again.
    let again = query!(
        tx,
        "update matching_drafts set status = 'drafted', problem = null, revision = revision + 1
         where matching_round_id = :round and status = 'failed'",
        round
    );
    again.run().await
}

/// Saves a plan. It may have thousands of drafts, so each engine reads them as one list in one statement. A mentee who
/// no longer takes part, or was erased meanwhile, gets no draft. A draft whose mentor no longer takes part has no
/// mentor.
pub async fn insert_all(tx: &mut Tx, round: &MatchingRound, new: &[NewDraft], now: DateTime<Utc>) -> sqlx::Result<u64> {
    let insert = query!(
        tx,
        Sql {
            sqlite: [
                "with new as (select unhex(value ->> 'id', '-') as id, unhex(value ->> 'mentee_id', '-') as mentee_id,
                 unhex(value ->> 'mentor_id', '-') as mentor_id, value ->> 'score' as score,
                 value ->> 'reason' as reason
                 from json_each(:new)) ",
                INSERT_NEW
            ],
            postgres: [
                "with new as (select * from jsonb_to_recordset(:new) as new (id uuid, mentee_id uuid, mentor_id uuid,
                 score bigint, reason text)) ",
                INSERT_NEW
            ],
        },
        round = round.id,
        new = Json(new),
        now,
        program = round.program_id
    );
    insert.run().await
}

/// Saves a draft that a lead changed, unless another request changed it first.
pub async fn save(tx: &mut Tx, draft: &Changed<Draft>) -> Result<(), Problem> {
    let save = save!(
        tx,
        "update matching_drafts set revision = revision + 1",
        draft { mentor_id, status, score, is_locked, reason, updated_at },
        problem = draft.problem.as_deref()
    );
    saved(save.run().await?)
}

/// Notes that a lead refused this combination in this matching round.
pub async fn note_refusal(tx: &mut Tx, draft: &Changed<Draft>, mentor: PersonId) -> sqlx::Result<u64> {
    let note = query!(
        tx,
        "insert into matching_round_refusals (matching_round_id, mentee_id, mentor_id)
         values (:matching_round_id, :mentee_id, :mentor) on conflict do nothing",
        matching_round_id = draft.matching_round_id,
        mentee_id = draft.mentee_id,
        mentor
    );
    note.run().await
}

/// Deletes such a refusal, because a lead chose this combination.
pub async fn forget_refusal(tx: &mut Tx, draft: &Changed<Draft>) -> sqlx::Result<u64> {
    let forget = query!(
        tx,
        "delete from matching_round_refusals where matching_round_id = :matching_round_id
         and mentee_id = :mentee_id and mentor_id = :mentor_id",
        matching_round_id = draft.matching_round_id,
        mentee_id = draft.mentee_id,
        mentor_id = draft.mentor_id
    );
    forget.run().await
}

/// Combinations that leads refused, as mentee and mentor.
pub async fn list_refusals(tx: &mut Tx, round: MatchingRoundId) -> sqlx::Result<Vec<(PersonId, PersonId)>> {
    let refusals =
        query!(tx, "select mentee_id, mentor_id from matching_round_refusals where matching_round_id = :round", round);
    refusals.all().await
}

/// Combinations of locked drafts, as mentee and mentor.
pub async fn list_locks(tx: &mut Tx, round: MatchingRoundId) -> sqlx::Result<Vec<(PersonId, PersonId)>> {
    let locks = query!(
        tx,
        "select mentee_id, mentor_id from matching_drafts
         where matching_round_id = :round and is_locked = true and mentor_id is not null
             and status <> 'published'
         order by mentee_id",
        round
    );
    locks.all().await
}

/// A draft to publish.
#[derive(Clone, Copy, Debug, FromRow)]
pub struct Ready {
    /// Id of the draft.
    pub id: MatchingDraftId,
    /// The mentee.
    pub mentee_id: PersonId,
    /// The mentor.
    pub mentor_id: PersonId,
}

/// The next drafts to publish.
pub async fn list_ready(tx: &mut Tx, round: MatchingRoundId, limit: i64) -> sqlx::Result<Vec<Ready>> {
    let ready = query!(
        tx,
        "select id, mentee_id, mentor_id from matching_drafts where matching_round_id = :round
            and status = 'drafted'
         order by id limit :limit",
        round,
        limit
    );
    ready.all().await
}

/// Notes that a draft became a pair.
pub async fn note_published(tx: &mut Tx, id: MatchingDraftId, pair: PairId, now: DateTime<Utc>) -> sqlx::Result<u64> {
    let note = query!(
        tx,
        "update matching_drafts set status = 'published', pair_id = :pair, problem = null, updated_at = :now,
            revision = revision + 1
         where id = :id",
        id,
        pair,
        now
    );
    note.run().await
}

/// Notes that the rules of pairs refused a draft.
pub async fn note_failed(tx: &mut Tx, id: MatchingDraftId, why: Code, now: DateTime<Utc>) -> sqlx::Result<u64> {
    let note = query!(
        tx,
        "update matching_drafts set status = 'failed', problem = :problem, updated_at = :now,
            revision = revision + 1
         where id = :id and status = 'drafted'",
        id,
        problem = why.to_string(),
        now
    );
    note.run().await
}

/// A draft that became a pair.
#[derive(Clone, Copy, Debug, FromRow)]
pub struct Published {
    /// Id of the draft.
    pub id: MatchingDraftId,
    /// The pair.
    pub pair_id: PairId,
}

/// The next published drafts after `after`.
pub async fn list_published(
    tx: &mut Tx,
    round: MatchingRoundId,
    after: MatchingDraftId,
    limit: i64,
) -> sqlx::Result<Vec<Published>> {
    let published = query!(
        tx,
        "select id, pair_id from matching_drafts where matching_round_id = :round
            and status = 'published' and id > :after
         order by id limit :limit",
        round,
        after,
        limit
    );
    published.all().await
}

/// Whether the pair has a session or a goal. Other people may already know of these.
pub async fn has_begun(tx: &mut Tx, pair: PairId) -> sqlx::Result<bool> {
    let begun = query!(
        tx,
        "select exists (select 1 from sessions where pair_id = :pair) or exists (select 1 from goals
         where pair_id = :pair)",
        pair
    );
    begun.one::<(bool,)>().await.map(|(has_begun,)| has_begun)
}

/// Notes that the pair of a draft was taken back.
pub async fn note_taken_back(tx: &mut Tx, id: MatchingDraftId, now: DateTime<Utc>) -> sqlx::Result<u64> {
    let note = query!(
        tx,
        "update matching_drafts set status = 'drafted', pair_id = null, updated_at = :now,
            revision = revision + 1
         where id = :id",
        id,
        now
    );
    note.run().await
}
