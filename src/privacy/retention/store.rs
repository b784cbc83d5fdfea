//! The SQL of retention.

use chrono::{DateTime, NaiveDate, Utc};

use super::model::RetainedKind;
use crate::db::{Ids, Sql, Tx};
use crate::ids::{MatchingRoundId, PairId, PersonId};

/// Number of records in one transaction. Small, so that other writers get their turn.
const BATCH: i64 = 200;
/// Number of matching rounds in one transaction: a round may have thousands of drafts.
const ROUND_BATCH: i64 = 2;

/// Time when a rule was last applied.
pub async fn find_run(tx: &mut Tx, kind: RetainedKind) -> sqlx::Result<Option<DateTime<Utc>>> {
    let found = tx.query("select ran_at from retention_runs where kind = $1").bind(kind);
    Ok(found.optional::<(DateTime<Utc>,)>().await?.map(|(ran_at,)| ran_at))
}

/// Claims a rule for this instance, unless it was applied after `before`.
pub async fn claim(tx: &mut Tx, kind: RetainedKind, now: DateTime<Utc>, before: DateTime<Utc>) -> sqlx::Result<bool> {
    let claimed = tx.query(
        "insert into retention_runs (kind, ran_at) values ($1, $2)
         on conflict (kind) do update set ran_at = excluded.ran_at where retention_runs.ran_at <= $3",
    );
    Ok(claimed.bind(kind).bind(now).bind(before).run().await? == 1)
}

/// A statement about the records of a list, in the dialect of each database.
macro_rules! of_each {
    ($text:literal, $column:literal) => {
        Sql {
            sqlite: concat!($text, $column, " in (select unhex(value) from json_each($1))"),
            postgres: concat!($text, $column, " = any($1)"),
        }
    };
}

/// The next pairs after `after` that ended before `day`.
pub async fn list_ended(tx: &mut Tx, after: PairId, day: NaiveDate) -> sqlx::Result<Vec<PairId>> {
    let found = tx.query(
        "select id from pairs where status in ('ended', 'declined') and coalesce(ended_on, starts_on) < $1 and id > $2
         order by id limit $3",
    );
    let found = found.bind(day).bind(after).bind(BATCH).all::<(PairId,)>().await?;
    Ok(found.into_iter().map(|(id,)| id).collect())
}

/// Deletes the texts that the mentors and mentees of these pairs wrote. Returns the number of rows that were deleted or
/// emptied.
pub async fn delete_texts(tx: &mut Tx, pairs: Ids) -> sqlx::Result<u64> {
    let mut count = 0;
    for text in [
        of_each!("delete from disclosures where ", "pair_id"),
        of_each!("delete from pair_notes where ", "pair_id"),
        of_each!("delete from notebook_entries where ", "pair_id"),
        of_each!("delete from reflections where ", "pair_id"),
        of_each!("delete from agenda_items where ", "pair_id"),
        of_each!("delete from notes where ", "pair_id"),
        of_each!("delete from action_items where ", "pair_id"),
        of_each!("delete from blockers where ", "pair_id"),
        of_each!(
            "update sessions set place = null, link = null, place_author_id = null, cancellation_reason = null,
                revision = revision + 1
             where (place is not null or link is not null or cancellation_reason is not null) and ",
            "pair_id"
        ),
        of_each!("update pairs set cadence = null, revision = revision + 1 where cadence is not null and ", "id"),
    ] {
        count += tx.query(text).bind(pairs.clone()).run().await?;
    }
    Ok(count)
}

/// Deletes one batch each of closed mentor requests and of closed suggestions that changed last before `before`. A
/// suggestion stays while a mentor request refers to it. Then deletes suggestion requests without suggestions, and
/// cases for learning without a pair. Returns the number of rows.
pub async fn forget_suggestions(tx: &mut Tx, before: DateTime<Utc>) -> sqlx::Result<u64> {
    let mut deleted = 0;
    for text in [
        "delete from mentor_request_choices where request_id in (
            select id from mentor_requests where status <> 'open' and updated_at < $1 order by id limit $2)",
        "delete from mentor_requests where id in (
            select id from mentor_requests where status <> 'open' and updated_at < $1 order by id limit $2)",
        "delete from suggestions where id in (
            select x.id from suggestions x where x.status <> 'open' and x.updated_at < $1
                and not exists (select 1 from mentor_request_choices c where c.suggestion_id = x.id)
            order by x.id limit $2)",
    ] {
        deleted += tx.query(text).bind(before).bind(BATCH).run().await?;
    }
    let requests = tx.query(
        "delete from suggestion_requests where id in (
            select r.id from suggestion_requests r where r.created_at < $1
                and not exists (select 1 from suggestions s where s.request_id = r.id) order by r.id limit $2)",
    );
    let deleted = deleted + requests.bind(before).bind(BATCH).run().await?;
    let cases = tx.query(
        "delete from match_cases where id in (
            select c.id from match_cases c where c.pair_id is null and c.proposed_at < $1
                and not exists (select 1 from suggestions s where s.id = c.id) order by c.id limit $2)",
    );
    Ok(deleted + cases.bind(before).bind(BATCH).run().await?)
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
    let mut deleted = 0;
    for text in [
        of_each!("delete from matching_round_refusals where ", "matching_round_id"),
        of_each!("delete from matching_drafts where ", "matching_round_id"),
        of_each!("delete from matching_rounds where ", "id"),
    ] {
        deleted += tx.query(text).bind(old.clone()).run().await?;
    }
    Ok(deleted)
}

async fn list_old_matching_rounds(tx: &mut Tx, before: DateTime<Utc>) -> sqlx::Result<Vec<(MatchingRoundId,)>> {
    let old = tx.query(
        "select c.id from matching_rounds c
         where c.status in ('drafted', 'published', 'failed') and c.updated_at < $1
            and not exists (select 1 from matching_drafts d where d.matching_round_id = c.id and d.updated_at >= $1)
         order by c.id limit $2",
    );
    old.bind(before).bind(ROUND_BATCH).all().await
}

/// Deletes one batch of notices that were created before `before`. Returns the number of rows.
pub async fn forget_notices(tx: &mut Tx, before: DateTime<Utc>) -> sqlx::Result<u64> {
    let gone = tx.query(
        "delete from notices where id in (select id from notices where created_at < $1 order by created_at, id limit $2)",
    );
    gone.bind(before).bind(BATCH).run().await
}

/// The next people after `after` who departed before `day` and have not returned.
pub async fn list_departed(tx: &mut Tx, after: PersonId, day: NaiveDate) -> sqlx::Result<Vec<PersonId>> {
    let found = tx.query(
        "select p.id from people p
         where p.status = 'departed' and p.erased_at is null and p.id > $2
            and (select max(h.starts_on) from person_history h where h.person_id = p.id) < $1
         order by p.id limit $3",
    );
    let found = found.bind(day).bind(after).bind(BATCH).all::<(PersonId,)>().await?;
    Ok(found.into_iter().map(|(id,)| id).collect())
}

/// Deletes the profiles of these people. Returns the number of rows that were deleted or emptied.
pub async fn empty_profiles(tx: &mut Tx, people: Ids, now: DateTime<Utc>) -> sqlx::Result<u64> {
    let mut count = 0;
    for text in [
        of_each!("delete from person_skills where ", "person_id"),
        of_each!("delete from person_needs where ", "person_id"),
        of_each!("delete from person_blocks where ", "person_id"),
    ] {
        count += tx.query(text).bind(people.clone()).run().await?;
    }
    let emptied = tx.query(of_each!(
        "update people set bio = null, formats = '[]', topics = '[]', offers_mentoring = false, wants_mentoring = false,
            career_goals = null, career_interest = null, target_role_id = null, learning_style = null,
            communication_style = null, accommodations = null, style_answers = null, consents_to_personal_fit = false,
            updated_at = $2, revision = revision + 1
         where (offers_mentoring or wants_mentoring or consents_to_personal_fit or bio is not null
            or cast(formats as text) <> '[]' or cast(topics as text) <> '[]' or career_goals is not null
            or career_interest is not null or target_role_id is not null or learning_style is not null
            or communication_style is not null or accommodations is not null or style_answers is not null) and ",
        "id"
    ));
    Ok(count + emptied.bind(people).bind(now).run().await?)
}
