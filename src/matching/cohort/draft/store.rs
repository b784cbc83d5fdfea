//! The SQL of drafts.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use sqlx::FromRow;
use sqlx::types::Json;

use super::model::{Draft, DraftStatus, UnmatchedReason};
use crate::db::{Ids, Query, Sql, Tx, UNLIMITED};
use crate::ids::{CohortDraftId, CohortId, PairId, PersonId};
use crate::matching::cohort::model::Cohort;
use crate::matching::cohort::store::live;
use crate::policy::Changed;
use crate::problem::{Code, Problem};

/// A draft with the names that go with it, `x` being its row.
macro_rules! select_draft {
    ($($rest:literal),+) => {
        concat!(
            "select x.id, x.cohort_id, c.status as cohort_status, c.program_id, g.model, x.mentee_id,
                mentee.name as mentee_name, mentee.title as mentee_title, x.mentor_id, mentor.name as mentor_name,
                mentor.title as mentor_title, x.status, x.score, x.is_locked, x.reason, x.problem, x.pair_id,
                x.updated_at, x.revision
             from cohort_drafts x
             join cohorts c on c.id = x.cohort_id
             join programs g on g.id = c.program_id
             join people mentee on mentee.id = x.mentee_id
             left join people mentor on mentor.id = x.mentor_id ",
            $($rest),+
        )
    };
}

/// One page of a cohort's drafts; each hot filter has its own text, so that each has its own index.
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

/// What planning anew takes away, in the two spellings of `in`.
macro_rules! clear {
    ($kept:literal) => {
        concat!(
            "delete from cohort_drafts where cohort_id = $1
                and case status when 'published' then not exists (select 1 from pairs p where p.id = pair_id and ",
            live!(),
            ") else not (is_locked and mentee_id ",
            $kept,
            ") end"
        )
    };
}

/// Inserts what stands in `new`, which is gone through once: as one of two joined tables SQLite reads it once a row.
macro_rules! insert_new {
    () => {
        "insert into cohort_drafts (id, cohort_id, mentee_id, mentor_id, status, score, is_locked, reason, updated_at,
            revision)
         select id, $1, mentee_id, case when has_mentor then mentor_id end,
            case when has_mentor then 'drafted' else 'unmatched' end, case when has_mentor then score end, false,
            case when has_mentor then null when mentor_id is null then reason else 'mentor_left' end, $3, 1
         from (select new.*, exists (select 1 from enrolments m where m.program_id = $4
                    and m.person_id = new.mentor_id and m.role = 'mentor' and m.status = 'enrolled') as has_mentor
               from new
               where exists (select 1 from enrolments e where e.program_id = $4 and e.person_id = new.mentee_id
                    and e.role = 'mentee' and e.status = 'enrolled')) told"
    };
}

/// Which drafts a list holds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    /// Those of this status.
    pub status: Option<DraftStatus>,
    /// Those of this mentor.
    pub mentor: Option<PersonId>,
    /// Those of this mentee.
    pub mentee: Option<PersonId>,
    /// Those that are locked, or are not.
    pub is_locked: Option<bool>,
}

/// One draft.
pub async fn find(tx: &mut Tx, id: CohortDraftId) -> sqlx::Result<Option<Draft>> {
    tx.query(select_draft!("where x.id = $1")).bind(id).optional().await
}

/// One page of a cohort's drafts after `after`.
pub async fn list(
    tx: &mut Tx,
    cohort: CohortId,
    only: Filter,
    after: CohortDraftId,
    limit: i64,
) -> sqlx::Result<Vec<Draft>> {
    #[cfg(feature = "planted-leaks")]
    if crate::leaks::Leak::DraftNamesBlock.is_planted() {
        let mut drafts: Vec<Draft> = listed(tx, cohort, only, after, limit).all().await?;
        for draft in &mut drafts {
            let blocks = tx.query("select count(*) from person_blocks where person_id = $1 or blocked_id = $1");
            if blocks.bind(draft.mentee_id).one::<(i64,)>().await?.0 > 1 {
                draft.reason = Some(UnmatchedReason::NobodySuitable);
            }
        }
        return Ok(drafts);
    }
    listed(tx, cohort, only, after, limit).all().await
}

/// How many there are on all pages.
pub async fn count(tx: &mut Tx, cohort: CohortId, only: Filter) -> sqlx::Result<i64> {
    listed(tx, cohort, only, CohortDraftId::first(), UNLIMITED).count().await
}

fn listed(tx: &mut Tx, cohort: CohortId, only: Filter, after: CohortDraftId, limit: i64) -> Query<'_> {
    let query = tx.query(match only {
        Filter { mentee: Some(_), .. } => list_drafts!("x.cohort_id = $1 and x.mentee_id = $5"),
        Filter { mentor: Some(_), .. } => list_drafts!("x.cohort_id = $1 and x.mentor_id = $4"),
        Filter { status: Some(_), .. } => list_drafts!("x.cohort_id = $1 and x.status = $3"),
        Filter { .. } => list_drafts!("x.cohort_id = $1"),
    });
    let query = query.bind(cohort).bind(after).bind(only.status).bind(only.mentor).bind(only.mentee);
    query.bind(only.is_locked).bind(limit)
}

/// A draft as a plan makes it.
#[derive(Clone, Debug, Serialize)]
pub struct NewDraft {
    /// Names it.
    pub id: CohortDraftId,
    /// The mentee.
    pub mentee_id: PersonId,
    /// The mentor.
    pub mentor_id: Option<PersonId>,
    /// The score of the two.
    pub score: Option<i64>,
    /// Why there is no mentor.
    pub reason: Option<UnmatchedReason>,
}

/// Forgets what was planned before, but for the locks of these mentees and for what live pairs came of.
pub async fn clear(tx: &mut Tx, cohort: CohortId, today: NaiveDate, kept: &Ids) -> sqlx::Result<u64> {
    let clear =
        tx.query(Sql { sqlite: clear!("in (select unhex(value) from json_each($3))"), postgres: clear!("= any($3)") });
    clear.bind(cohort).bind(today).bind(kept.clone()).run().await?;
    // What was refused before is tried again.
    let again = tx.query(
        "update cohort_drafts set status = 'drafted', problem = null, revision = revision + 1
         where cohort_id = $1 and status = 'failed'",
    );
    again.bind(cohort).run().await
}

/// Writes what is planned now: thousands at once, so in one statement, which each engine reads a list in its own way.
/// Whoever takes no part any more, or was erased meanwhile, gets no draft; whose mentor does not is without one.
pub async fn insert_all(tx: &mut Tx, cohort: &Cohort, new: &[NewDraft], now: DateTime<Utc>) -> sqlx::Result<u64> {
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
    insert.bind(cohort.id).bind(Json(new)).bind(now).bind(cohort.program_id).run().await
}

/// Writes a draft that a lead changed, unless another request changed it first.
pub async fn save(tx: &mut Tx, draft: &Changed<Draft>) -> Result<(), Problem> {
    let save = tx.query(
        "update cohort_drafts set mentor_id = $3, status = $4, score = $5, is_locked = $6, reason = $7, problem = $8,
            updated_at = $9, revision = revision + 1
         where id = $1 and revision = $2",
    );
    let save = save.bind(draft.id).bind(draft.revision).bind(draft.mentor_id).bind(draft.status).bind(draft.score);
    let save = save.bind(draft.is_locked).bind(draft.reason).bind(draft.problem.as_deref()).bind(draft.updated_at);
    if save.run().await? == 1 { Ok(()) } else { Err(Problem::changed_meanwhile()) }
}

/// Notes that a lead does not want these two together in this cohort.
pub async fn note_refusal(tx: &mut Tx, draft: &Changed<Draft>, mentor: PersonId) -> sqlx::Result<u64> {
    let note = tx.query(
        "insert into cohort_refusals (cohort_id, mentee_id, mentor_id) values ($1, $2, $3) on conflict do nothing",
    );
    note.bind(draft.cohort_id).bind(draft.mentee_id).bind(mentor).run().await
}

/// Forgets such a refusal: a lead gave them to each other after all.
pub async fn forget_refusal(tx: &mut Tx, draft: &Changed<Draft>) -> sqlx::Result<u64> {
    let forget = tx.query("delete from cohort_refusals where cohort_id = $1 and mentee_id = $2 and mentor_id = $3");
    forget.bind(draft.cohort_id).bind(draft.mentee_id).bind(draft.mentor_id).run().await
}

/// The couples that leads do not want.
pub async fn list_refusals(tx: &mut Tx, cohort: CohortId) -> sqlx::Result<Vec<(PersonId, PersonId)>> {
    let refusals = tx.query("select mentee_id, mentor_id from cohort_refusals where cohort_id = $1");
    refusals.bind(cohort).all().await
}

/// The couples that a lead gave to each other.
pub async fn list_locks(tx: &mut Tx, cohort: CohortId) -> sqlx::Result<Vec<(PersonId, PersonId)>> {
    let locks = tx.query(
        "select mentee_id, mentor_id from cohort_drafts
         where cohort_id = $1 and is_locked = true and mentor_id is not null and status <> 'published'
         order by mentee_id",
    );
    locks.bind(cohort).all().await
}

/// A draft that is to become a pair.
#[derive(Clone, Copy, Debug, FromRow)]
pub struct Ready {
    /// Names it.
    pub id: CohortDraftId,
    /// The mentee.
    pub mentee_id: PersonId,
    /// The mentor.
    pub mentor_id: PersonId,
}

/// The next drafts that are to become pairs.
pub async fn list_ready(tx: &mut Tx, cohort: CohortId, limit: i64) -> sqlx::Result<Vec<Ready>> {
    let ready = tx.query(
        "select id, mentee_id, mentor_id from cohort_drafts where cohort_id = $1 and status = 'drafted'
         order by id limit $2",
    );
    ready.bind(cohort).bind(limit).all().await
}

/// A pair came of a draft.
pub async fn note_published(tx: &mut Tx, id: CohortDraftId, pair: PairId, now: DateTime<Utc>) -> sqlx::Result<u64> {
    let note = tx.query(
        "update cohort_drafts set status = 'published', pair_id = $2, problem = null, updated_at = $3,
            revision = revision + 1
         where id = $1",
    );
    note.bind(id).bind(pair).bind(now).run().await
}

/// The rules of pairs refused a draft.
pub async fn note_failed(tx: &mut Tx, id: CohortDraftId, why: Code, now: DateTime<Utc>) -> sqlx::Result<u64> {
    let note = tx.query(
        "update cohort_drafts set status = 'failed', problem = $2, updated_at = $3, revision = revision + 1
         where id = $1 and status = 'drafted'",
    );
    note.bind(id).bind(why.to_string()).bind(now).run().await
}

/// A draft that became a pair.
#[derive(Clone, Copy, Debug, FromRow)]
pub struct Published {
    /// Names the draft.
    pub id: CohortDraftId,
    /// The pair.
    pub pair_id: PairId,
}

/// The next drafts after `after` that became pairs.
pub async fn list_published(
    tx: &mut Tx,
    cohort: CohortId,
    after: CohortDraftId,
    limit: i64,
) -> sqlx::Result<Vec<Published>> {
    let published = tx.query(
        "select id, pair_id from cohort_drafts where cohort_id = $1 and status = 'published' and id > $2
         order by id limit $3",
    );
    published.bind(cohort).bind(after).bind(limit).all().await
}

/// Whether the two of a pair have begun anything that others may know of: a session or a goal.
pub async fn has_begun(tx: &mut Tx, pair: PairId) -> sqlx::Result<bool> {
    let begun = tx.query(
        "select exists (select 1 from sessions where pair_id = $1) or exists (select 1 from goals where pair_id = $1)",
    );
    begun.bind(pair).one::<(bool,)>().await.map(|(has_begun,)| has_begun)
}

/// The pair of a draft was taken back.
pub async fn note_taken_back(tx: &mut Tx, id: CohortDraftId, now: DateTime<Utc>) -> sqlx::Result<u64> {
    let note = tx.query(
        "update cohort_drafts set status = 'drafted', pair_id = null, updated_at = $2, revision = revision + 1
         where id = $1",
    );
    note.bind(id).bind(now).run().await
}
