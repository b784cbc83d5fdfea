//! The SQL of blockers.

use chrono::{DateTime, Utc};

use super::model::{Blocker, BlockerText};
use crate::db::{Query, Tx, UNLIMITED};
use crate::goals::goal::model::Goal;
use crate::ids::{BlockerId, GoalId, PersonId};
use crate::policy::acts::{ListBlockers, RaiseBlocker};
use crate::policy::{Changed, Home, Permit, Sealed, close, close_again};
use crate::problem::Problem;

macro_rules! select_blocker {
    ($rest:literal) => {
        concat!(
            "select x.id, x.goal_id, x.pair_id, ",
            standing!(columns),
            ", x.author_id, author.name as author_name,
                author.title as author_title, x.text, x.resolved_at, x.resolved_by_id, x.created_at, x.updated_at,
                x.revision, x.words_revision
             from blockers x",
            standing!(tables),
            "join people author on author.id = x.author_id ",
            $rest
        )
    };
}

/// Finds one blocker.
pub async fn find(tx: &mut Tx, id: BlockerId) -> sqlx::Result<Option<Blocker>> {
    tx.query(select_blocker!("where x.id = $1")).bind(id).optional().await
}

/// One page of a goal's blockers, in order of creation: all, only the open or only the resolved ones.
pub async fn list(
    tx: &mut Tx,
    goal: &Permit<ListBlockers, Goal>,
    is_resolved: Option<bool>,
    after: BlockerId,
    limit: i64,
) -> sqlx::Result<Vec<Blocker>> {
    listed(tx, goal.id, is_resolved, after, limit).all().await
}

/// Number of blockers on all pages.
pub async fn count(tx: &mut Tx, goal: &Permit<ListBlockers, Goal>, is_resolved: Option<bool>) -> sqlx::Result<i64> {
    listed(tx, goal.id, is_resolved, BlockerId::first(), UNLIMITED).count().await
}

fn listed(tx: &mut Tx, goal: GoalId, is_resolved: Option<bool>, after: BlockerId, limit: i64) -> Query<'_> {
    tx.query(select_blocker!(
        "where x.goal_id = $1 and x.id > $2 and coalesce((x.resolved_at is not null) = $3, $3 is null)
         order by x.id limit $4"
    ))
    .bind(goal)
    .bind(after)
    .bind(is_resolved)
    .bind(limit)
}

/// The open blockers of a goal, oldest first. Call it only for the mentor or the mentee.
pub async fn list_open(tx: &mut Tx, goal: GoalId) -> sqlx::Result<Vec<Blocker>> {
    let query = tx.query(select_blocker!("where x.goal_id = $1 and x.resolved_at is null order by x.id limit 50"));
    query.bind(goal).all().await
}

/// The blockers of a person's pairs, in order of creation, up to `limit`.
pub async fn list_of_party(tx: &mut Tx, party: PersonId, limit: i64) -> sqlx::Result<Vec<Blocker>> {
    let all = tx.query(select_blocker!(
        "where x.pair_id in (select id from pairs where mentor_id = $1 union all select id from pairs where mentee_id = $1)
         order by x.id limit $2"
    ));
    all.bind(party).bind(limit).all().await
}

/// Inserts a new blocker. The goal is not changed.
pub async fn insert(
    tx: &mut Tx,
    goal: &Permit<RaiseBlocker, Goal>,
    id: BlockerId,
    author: PersonId,
    text: &Sealed<BlockerText>,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let home = Home::for_both(id, goal.standing.two(goal.pair_id), &author, goal.id, 0);
    let text = close(tx, home, text).await?;
    tx.query(
        "insert into blockers (id, goal_id, pair_id, author_id, text, created_at, updated_at, revision)
         values ($1, $2, $3, $4, $5, $6, $6, 1)",
    )
    .bind(id)
    .bind(goal.id)
    .bind(goal.pair_id)
    .bind(author)
    .bind(text)
    .bind(now)
    .run()
    .await?;
    Ok(())
}

/// Saves a changed blocker. Refuses if another request changed it first.
pub async fn save(tx: &mut Tx, blocker: &Changed<Blocker>) -> Result<(), Problem> {
    let text = close_again(tx, blocker.home(), &blocker.text).await?;
    let touched = tx
        .query(
            "update blockers set text = $3, resolved_at = $4, resolved_by_id = $5, updated_at = $6,
                revision = revision + 1, words_revision = words_revision + 1
             where id = $1 and revision = $2",
        )
        .bind(blocker.id)
        .bind(blocker.revision)
        .bind(text)
        .bind(blocker.resolved_at)
        .bind(blocker.resolved_by_id)
        .bind(blocker.updated_at)
        .run()
        .await?;
    if touched == 1 { Ok(()) } else { Err(Problem::changed_meanwhile()) }
}
