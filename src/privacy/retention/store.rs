//! The SQL of retention.

use chrono::{DateTime, NaiveDate, Utc};

use super::model::RetainedKind;
use crate::db::{Ids, Tx, query, run_each};
use crate::ids::{MatchingRoundId, PairId, PersonId};

/// Number of records in one transaction. Small, so that other writers get their turn.
const BATCH: i64 = 200;
/// Number of matching rounds in one transaction: a round may have thousands of drafts.
const ROUND_BATCH: i64 = 2;

/// Time when a rule was last applied.
pub async fn find_run(tx: &mut Tx, kind: RetainedKind) -> sqlx::Result<Option<DateTime<Utc>>> {
    let found = query!(tx, "select ran_at from retention_runs where kind = :kind", kind);
    Ok(found.optional::<(DateTime<Utc>,)>().await?.map(|(ran_at,)| ran_at))
}

/// Claims a rule for this instance, unless it was applied after `before`.
pub async fn claim(tx: &mut Tx, kind: RetainedKind, now: DateTime<Utc>, before: DateTime<Utc>) -> sqlx::Result<bool> {
    let claimed = query!(
        tx,
        "insert into retention_runs (kind, ran_at) values (:kind, :now)
         on conflict (kind) do update set ran_at = excluded.ran_at where retention_runs.ran_at <= :before",
        kind,
        now,
        before
    );
    Ok(claimed.run().await? == 1)
}

/// The next pairs after `after` that ended before `day`.
pub async fn list_ended(tx: &mut Tx, after: PairId, day: NaiveDate) -> sqlx::Result<Vec<PairId>> {
    let found = query!(
        tx,
        "select id from pairs
         where status in ('ended', 'declined') and coalesce(ended_on, starts_on) < :day and id > :after
         order by id limit :limit",
        day,
        after,
        limit = BATCH
    )
    .all::<(PairId,)>()
    .await?;
    Ok(found.into_iter().map(|(id,)| id).collect())
}

/// Deletes the texts that the mentors and mentees of these pairs wrote. Returns the number of rows that were deleted or
/// emptied.
pub async fn delete_texts(tx: &mut Tx, pairs: Ids) -> sqlx::Result<u64> {
    Ok(run_each!(
        tx,
        (pairs = pairs.clone()),
        [
            "delete from disclosures where pair_id = any(:pairs)",
            "delete from pair_notes where pair_id = any(:pairs)",
            "delete from notebook_entries where pair_id = any(:pairs)",
            "delete from reflections where pair_id = any(:pairs)",
            "delete from agenda_items where pair_id = any(:pairs)",
            "delete from notes where pair_id = any(:pairs)",
            "delete from action_items where pair_id = any(:pairs)",
            "delete from blockers where pair_id = any(:pairs)",
            "update sessions set place = null, link = null, place_author_id = null, cancellation_reason = null,
                revision = revision + 1
             where (place is not null or link is not null or cancellation_reason is not null)
                and pair_id = any(:pairs)",
            "update pairs set cadence = null, revision = revision + 1
             where cadence is not null and id = any(:pairs)",
        ]
    ))
}

/// Deletes one batch each of closed mentor requests and of closed suggestions that changed last before `before`. A
/// suggestion stays while a mentor request refers to it. Then deletes suggestion requests without suggestions, and
/// cases for learning without a pair. Returns the number of rows.
pub async fn forget_suggestions(tx: &mut Tx, before: DateTime<Utc>) -> sqlx::Result<u64> {
    let deleted = run_each!(
        tx,
        (before, limit = BATCH),
        [
            "delete from mentor_request_choices where request_id in (
             select id from mentor_requests where status <> 'open' and updated_at < :before
             order by id limit :limit)",
            "delete from mentor_requests where id in (
             select id from mentor_requests where status <> 'open' and updated_at < :before
             order by id limit :limit)",
            "delete from suggestions where id in (
             select x.id from suggestions x where x.status <> 'open' and x.updated_at < :before
                 and not exists (select 1 from mentor_request_choices c where c.suggestion_id = x.id)
             order by x.id limit :limit)",
        ]
    );
    let requests = query!(
        tx,
        "delete from suggestion_requests where id in (
         select r.id from suggestion_requests r where r.created_at < :before
             and not exists (select 1 from suggestions s where s.request_id = r.id)
         order by r.id limit :limit)",
        before,
        limit = BATCH
    );
    let deleted = deleted + requests.run().await?;
    let cases = query!(
        tx,
        "delete from match_cases where id in (
         select c.id from match_cases c where c.pair_id is null and c.proposed_at < :before
             and not exists (select 1 from suggestions s where s.id = c.id) order by c.id limit :limit)",
        before,
        limit = BATCH
    );
    Ok(deleted + cases.run().await?)
}

/// Deletes one batch of matching rounds that, with all their drafts, changed last before `before`. Returns the number
/// of rows.
pub async fn forget_matching_rounds(tx: &mut Tx, before: DateTime<Utc>) -> sqlx::Result<u64> {
    let found = list_old_matching_rounds(tx, before).await?;
    for (id,) in &found {
        tx.lock((*id).into()).await?;
    }
    // A lead may have changed a round before it was locked.
    let still = list_old_matching_rounds(tx, before).await?;
    let old: Ids = found.into_iter().filter(|id| still.contains(id)).map(|(id,)| id).collect();
    Ok(run_each!(
        tx,
        (old = old.clone()),
        [
            "delete from matching_round_refusals where matching_round_id = any(:old)",
            "delete from matching_drafts where matching_round_id = any(:old)",
            "delete from matching_rounds where id = any(:old)",
        ]
    ))
}

async fn list_old_matching_rounds(tx: &mut Tx, before: DateTime<Utc>) -> sqlx::Result<Vec<(MatchingRoundId,)>> {
    query!(
        tx,
        "select c.id from matching_rounds c
         where c.status in ('drafted', 'published', 'failed') and c.updated_at < :before
            and not exists (
                select 1 from matching_drafts d where d.matching_round_id = c.id and d.updated_at >= :before)
         order by c.id limit :limit",
        before,
        limit = ROUND_BATCH
    )
    .all()
    .await
}

/// Deletes one batch of notices that were created before `before`. Returns the number of rows.
pub async fn forget_notices(tx: &mut Tx, before: DateTime<Utc>) -> sqlx::Result<u64> {
    query!(
        tx,
        "delete from notices where id in (
         select id from notices where created_at < :before order by created_at, id limit :limit)",
        before,
        limit = BATCH
    )
    .run()
    .await
}

/// The next people after `after` who departed before `day` and have not returned.
pub async fn list_departed(tx: &mut Tx, after: PersonId, day: NaiveDate) -> sqlx::Result<Vec<PersonId>> {
    let found = query!(
        tx,
        "select p.id from people p
         where p.status = 'departed' and p.erased_at is null and p.id > :after
            and (select max(h.starts_on) from person_history h where h.person_id = p.id) < :day
         order by p.id limit :limit",
        day,
        after,
        limit = BATCH
    )
    .all::<(PersonId,)>()
    .await?;
    Ok(found.into_iter().map(|(id,)| id).collect())
}

/// Deletes the profiles of these people. Returns the number of rows that were deleted or emptied.
pub async fn empty_profiles(tx: &mut Tx, people: Ids, now: DateTime<Utc>) -> sqlx::Result<u64> {
    let count = run_each!(
        tx,
        (people = people.clone()),
        [
            "delete from person_skills where person_id = any(:people)",
            "delete from person_needs where person_id = any(:people)",
            "delete from person_blocks where person_id = any(:people)",
        ]
    );
    let emptied = query!(
        tx,
        "update people set bio = null, formats = '[]', topics = '[]', offers_mentoring = false,
            wants_mentoring = false, career_goals = null, career_interest = null, target_role_id = null,
            learning_style = null, communication_style = null, accommodations = null, style_answers = null,
            consents_to_personal_fit = false, updated_at = :now, revision = revision + 1
         where (offers_mentoring or wants_mentoring or consents_to_personal_fit or bio is not null
            or cast(formats as text) <> '[]' or cast(topics as text) <> '[]' or career_goals is not null
            or career_interest is not null or target_role_id is not null or learning_style is not null
            or communication_style is not null or accommodations is not null or style_answers is not null)
            and id = any(:people)",
        people,
        now
    );
    Ok(count + emptied.run().await?)
}
