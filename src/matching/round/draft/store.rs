//! The SQL of drafts.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use sqlx::FromRow;
use sqlx::types::Json;

use super::model::{Draft, DraftStatus, UnmatchedReason};
use crate::db::{Ids, Query, Sql, Tx, UNLIMITED};
use crate::ids::{MatchingDraftId, MatchingRoundId, PairId, PersonId};
use crate::matching::round::model::MatchingRound;
use crate::matching::round::store::live;
use crate::policy::Changed;
use crate::problem::{Code, Problem};

/// Selects a draft with the names of its people; `x` is its row.
macro_rules! select_draft {
    ($($rest:literal),+) => {
        concat!(
            "select x.id, x.matching_round_id, c.status as matching_round_status, c.program_id, g.model, x.mentee_id,
                mentee.name as mentee_name, mentee.title as mentee_title, x.mentor_id, mentor.name as mentor_name,
                mentor.title as mentor_title, x.status, x.score, x.is_locked, x.reason, x.problem, x.pair_id,
                x.updated_at, x.revision
             from matching_drafts x
             join matching_rounds c on c.id = x.matching_round_id
             join programs g on g.id = c.program_id
             join people mentee on mentee.id = x.mentee_id
             left join people mentor on mentor.id = x.mentor_id ",
            $($rest),+
        )
    };
}

/// One page of the drafts of a matching round. Each frequent filter has a statement of its own, so that its index is
/// used.
macro_rules! list_drafts {
    ($hot:literal) => {
        select_draft!(
            "where ",
            $hot,
            " and x.id > $2 and coalesce(x.status = $3, $3 is null) and coalesce(x.mentor_id = $4, $4 is null)
             and coalesce(x.mentee_id = $5, $5 is null) and coalesce(x.is_locked = $6, $6 is null) order by x.id limit $7"
        )
    };
}

/// Deletes the drafts that a new plan replaces, in the two spellings of `in`.
macro_rules! clear {
    ($kept:literal) => {
        concat!(
            "delete from matching_drafts where matching_round_id = $1
                and case status when 'published' then not exists (select 1 from pairs p where p.id = pair_id and ",
            live!(),
            ") else not (is_locked and mentee_id ",
            $kept,
            ") end"
        )
    };
}

/// Inserts the rows of `new`. They are read in one scan, because in a join SQLite would read them once per row.
macro_rules! insert_new {
    () => {
        "insert into matching_drafts (id, matching_round_id, mentee_id, mentor_id, status, score, is_locked, reason, updated_at,
            revision)
         select id, $1, mentee_id, case when has_mentor then mentor_id end,
            case when has_mentor then 'drafted' else 'unmatched' end, case when has_mentor then score end, false,
            case when has_mentor then null when mentor_id is null then reason else 'mentor_left' end, $3, 1
         from (select new.*, exists (select 1 from enrolments m where m.program_id = $4
                    and m.person_id = new.mentor_id and m.role = 'mentor' and m.status = 'enrolled') as has_mentor
               from new
               where exists (select 1 from enrolments e where e.program_id = $4 and e.person_id = new.mentee_id
                    and e.role = 'mentee' and e.status = 'enrolled')) checked"
    };
}

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
    tx.query(select_draft!("where x.id = $1")).bind(id).optional().await
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
    let query = tx.query(match only {
        Filter { mentee: Some(_), .. } => list_drafts!("x.matching_round_id = $1 and x.mentee_id = $5"),
        Filter { mentor: Some(_), .. } => list_drafts!("x.matching_round_id = $1 and x.mentor_id = $4"),
        Filter { status: Some(_), .. } => list_drafts!("x.matching_round_id = $1 and x.status = $3"),
        Filter { .. } => list_drafts!("x.matching_round_id = $1"),
    });
    let query = query.bind(round).bind(after).bind(only.status).bind(only.mentor).bind(only.mentee);
    query.bind(only.is_locked).bind(limit)
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
    let clear =
        tx.query(Sql { sqlite: clear!("in (select unhex(value) from json_each($3))"), postgres: clear!("= any($3)") });
    clear.bind(round).bind(today).bind(kept.clone()).run().await?;
    // Drafts that the rules of pairs refused are published again.
    let again = tx.query(
        "update matching_drafts set status = 'drafted', problem = null, revision = revision + 1
         where matching_round_id = $1 and status = 'failed'",
    );
    again.bind(round).run().await
}

/// Saves a plan. It may have thousands of drafts, so each engine reads them as one list in one statement. A mentee who
/// no longer takes part, or was erased meanwhile, gets no draft. A draft whose mentor no longer takes part has no
/// mentor.
pub async fn insert_all(tx: &mut Tx, round: &MatchingRound, new: &[NewDraft], now: DateTime<Utc>) -> sqlx::Result<u64> {
    let insert = tx.query(Sql {
        sqlite: concat!(
            "with new as (select unhex(value ->> 'id', '-') as id, unhex(value ->> 'mentee_id', '-') as mentee_id,
                unhex(value ->> 'mentor_id', '-') as mentor_id, value ->> 'score' as score, value ->> 'reason' as reason
                from json_each($2)) ",
            insert_new!()
        ),
        postgres: concat!(
            "with new as (select * from jsonb_to_recordset($2) as new (id uuid, mentee_id uuid, mentor_id uuid,
                score bigint, reason text)) ",
            insert_new!()
        ),
    });
    insert.bind(round.id).bind(Json(new)).bind(now).bind(round.program_id).run().await
}

/// Saves a draft that a lead changed, unless another request changed it first.
pub async fn save(tx: &mut Tx, draft: &Changed<Draft>) -> Result<(), Problem> {
    let save = tx.query(
        "update matching_drafts set mentor_id = $3, status = $4, score = $5, is_locked = $6, reason = $7, problem = $8,
            updated_at = $9, revision = revision + 1
         where id = $1 and revision = $2",
    );
    let save = save.bind(draft.id).bind(draft.revision).bind(draft.mentor_id).bind(draft.status).bind(draft.score);
    let save = save.bind(draft.is_locked).bind(draft.reason).bind(draft.problem.as_deref()).bind(draft.updated_at);
    if save.run().await? == 1 { Ok(()) } else { Err(Problem::changed_meanwhile()) }
}

/// Notes that a lead refused this combination in this matching round.
pub async fn note_refusal(tx: &mut Tx, draft: &Changed<Draft>, mentor: PersonId) -> sqlx::Result<u64> {
    let note = tx.query(
        "insert into matching_round_refusals (matching_round_id, mentee_id, mentor_id) values ($1, $2, $3) on conflict do nothing",
    );
    note.bind(draft.matching_round_id).bind(draft.mentee_id).bind(mentor).run().await
}

/// Deletes such a refusal, because a lead chose this combination.
pub async fn forget_refusal(tx: &mut Tx, draft: &Changed<Draft>) -> sqlx::Result<u64> {
    let forget = tx.query(
        "delete from matching_round_refusals where matching_round_id = $1 and mentee_id = $2 and mentor_id = $3",
    );
    forget.bind(draft.matching_round_id).bind(draft.mentee_id).bind(draft.mentor_id).run().await
}

/// Combinations that leads refused, as mentee and mentor.
pub async fn list_refusals(tx: &mut Tx, round: MatchingRoundId) -> sqlx::Result<Vec<(PersonId, PersonId)>> {
    let refusals = tx.query("select mentee_id, mentor_id from matching_round_refusals where matching_round_id = $1");
    refusals.bind(round).all().await
}

/// Combinations of locked drafts, as mentee and mentor.
pub async fn list_locks(tx: &mut Tx, round: MatchingRoundId) -> sqlx::Result<Vec<(PersonId, PersonId)>> {
    let locks = tx.query(
        "select mentee_id, mentor_id from matching_drafts
         where matching_round_id = $1 and is_locked = true and mentor_id is not null and status <> 'published'
         order by mentee_id",
    );
    locks.bind(round).all().await
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
    let ready = tx.query(
        "select id, mentee_id, mentor_id from matching_drafts where matching_round_id = $1 and status = 'drafted'
         order by id limit $2",
    );
    ready.bind(round).bind(limit).all().await
}

/// Notes that a draft became a pair.
pub async fn note_published(tx: &mut Tx, id: MatchingDraftId, pair: PairId, now: DateTime<Utc>) -> sqlx::Result<u64> {
    let note = tx.query(
        "update matching_drafts set status = 'published', pair_id = $2, problem = null, updated_at = $3,
            revision = revision + 1
         where id = $1",
    );
    note.bind(id).bind(pair).bind(now).run().await
}

/// Notes that the rules of pairs refused a draft.
pub async fn note_failed(tx: &mut Tx, id: MatchingDraftId, why: Code, now: DateTime<Utc>) -> sqlx::Result<u64> {
    let note = tx.query(
        "update matching_drafts set status = 'failed', problem = $2, updated_at = $3, revision = revision + 1
         where id = $1 and status = 'drafted'",
    );
    note.bind(id).bind(why.to_string()).bind(now).run().await
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
    let published = tx.query(
        "select id, pair_id from matching_drafts where matching_round_id = $1 and status = 'published' and id > $2
         order by id limit $3",
    );
    published.bind(round).bind(after).bind(limit).all().await
}

/// Whether the pair has a session or a goal. Other people may already know of these.
pub async fn has_begun(tx: &mut Tx, pair: PairId) -> sqlx::Result<bool> {
    let begun = tx.query(
        "select exists (select 1 from sessions where pair_id = $1) or exists (select 1 from goals where pair_id = $1)",
    );
    begun.bind(pair).one::<(bool,)>().await.map(|(has_begun,)| has_begun)
}

/// Notes that the pair of a draft was taken back.
pub async fn note_taken_back(tx: &mut Tx, id: MatchingDraftId, now: DateTime<Utc>) -> sqlx::Result<u64> {
    let note = tx.query(
        "update matching_drafts set status = 'drafted', pair_id = null, updated_at = $2, revision = revision + 1
         where id = $1",
    );
    note.bind(id).bind(now).run().await
}
