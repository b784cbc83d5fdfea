//! The SQL of check-ins.

use chrono::{DateTime, Utc};
use sqlx::types::Json;

use super::model::{CheckIn, ReportedKeyResult};
use crate::db::{Query, Tx, UNLIMITED, insert, query};
use crate::goals::goal::model::Goal;
use crate::goals::number::Percent;
use crate::ids::{CheckInId, GoalId, PersonId};
use crate::pairs::store::PAIRS_OF_PERSON;
use crate::policy::Changed;
use crate::text::Prose;

const SELECT: &str = concat!(
    "select x.id, x.goal_id, x.pair_id, ",
    standing!(columns),
    ", x.author_id, author.name as author_name,
                author.title as author_title, x.confidence, x.progress_before, x.progress_after, x.key_results, x.note,
                x.created_at
             from check_ins x",
    standing!(tables),
    "join people author on author.id = x.author_id "
);

/// The parts of a check-in that do not follow from its goal.
#[derive(Debug)]
pub struct Report {
    /// Id of the new check-in.
    pub id: CheckInId,
    /// Id of the author.
    pub author: PersonId,
    /// Progress before the check-in.
    pub progress_before: Percent,
    /// The reported key results with their values.
    pub key_results: Vec<ReportedKeyResult>,
    /// The report in words.
    pub note: Option<Prose<2000>>,
    /// Time of creation.
    pub now: DateTime<Utc>,
}

/// Finds one check-in.
pub async fn find(tx: &mut Tx, id: CheckInId) -> sqlx::Result<Option<CheckIn>> {
    query!(tx, [SELECT, "where x.id = :id"], id).optional().await
}

/// One page of a goal's check-ins, in order of creation.
pub async fn list(tx: &mut Tx, goal: GoalId, after: CheckInId, limit: i64) -> sqlx::Result<Vec<CheckIn>> {
    listed(tx, goal, after, limit).all().await
}

/// Number of check-ins on all pages.
pub async fn count(tx: &mut Tx, goal: GoalId) -> sqlx::Result<i64> {
    listed(tx, goal, CheckInId::first(), UNLIMITED).count().await
}

fn listed(tx: &mut Tx, goal: GoalId, after: CheckInId, limit: i64) -> Query<'_> {
    query!(tx, [SELECT, "where x.goal_id = :goal and x.id > :after order by x.id limit :limit"], goal, after, limit)
}

/// The latest ten check-ins, newest first.
pub async fn latest(tx: &mut Tx, goal: GoalId) -> sqlx::Result<Vec<CheckIn>> {
    query!(tx, [SELECT, "where x.goal_id = :goal order by x.id desc limit 10"], goal).all().await
}

/// The check-ins of a person's pairs, in order of creation, up to `limit`.
pub async fn list_of_party(tx: &mut Tx, party: PersonId, limit: i64) -> sqlx::Result<Vec<CheckIn>> {
    let all = query!(
        tx,
        [SELECT, "where x.pair_id in", PAIRS_OF_PERSON, "order by x.id limit :limit"],
        person = party,
        limit
    );
    all.all().await
}

/// Inserts a check-in of a goal that has already been changed by it.
pub async fn insert(tx: &mut Tx, goal: &Changed<Goal>, report: Report) -> sqlx::Result<()> {
    insert!(
        tx,
        "check_ins",
        report { id, progress_before, note },
        goal_id = goal.id,
        pair_id = goal.pair_id,
        author_id = report.author,
        confidence = goal.confidence,
        progress_after = goal.progress,
        key_results = Json(&report.key_results),
        created_at = report.now
    )
    .run()
    .await?;
    Ok(())
}
