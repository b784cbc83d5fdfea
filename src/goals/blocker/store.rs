//! The SQL of blockers.

use chrono::{DateTime, Utc};

use super::model::{Blocker, BlockerText};
use crate::db::{Query, Tx, UNLIMITED, insert, query, save};
use crate::goals::goal::model::Goal;
use crate::ids::{BlockerId, GoalId, PersonId};
use crate::pairs::store::PAIRS_OF_PERSON;
use crate::policy::acts::{ListBlockers, RaiseBlocker};
use crate::policy::{Changed, Home, Permit, Sealed, close, close_again};
use crate::problem::{Problem, saved};

const SELECT: &str = concat!(
    "select x.id, x.goal_id, x.pair_id, ",
    standing!(columns),
    ", x.author_id, author.name as author_name,
                author.title as author_title, x.text, x.resolved_at, x.resolved_by_id, x.created_at, x.updated_at,
                x.revision, x.words_revision
             from blockers x",
    standing!(tables),
    "join people author on author.id = x.author_id "
);

/// Finds one blocker.
pub async fn find(tx: &mut Tx, id: BlockerId) -> sqlx::Result<Option<Blocker>> {
    query!(tx, [SELECT, "where x.id = :id"], id).optional().await
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
    query!(
        tx,
        [
            SELECT,
            "where x.goal_id = :goal and x.id > :after and coalesce((x.resolved_at is not null) = :is_resolved,
                :is_resolved is null)
             order by x.id limit :limit"
        ],
        goal,
        after,
        is_resolved,
        limit
    )
}

/// The open blockers of a goal, oldest first. Call it only for the mentor or the mentee.
pub async fn list_open(tx: &mut Tx, goal: GoalId) -> sqlx::Result<Vec<Blocker>> {
    let query = query!(tx, [SELECT, "where x.goal_id = :goal and x.resolved_at is null order by x.id limit 50"], goal);
    query.all().await
}

/// The blockers of a person's pairs, in order of creation, up to `limit`.
pub async fn list_of_party(tx: &mut Tx, party: PersonId, limit: i64) -> sqlx::Result<Vec<Blocker>> {
    let all = query!(
        tx,
        [SELECT, "where x.pair_id in", PAIRS_OF_PERSON, "order by x.id limit :limit"],
        person = party,
        limit
    );
    all.all().await
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
    insert!(
        tx,
        "blockers",
        id,
        goal_id = goal.id,
        pair_id = goal.pair_id,
        author_id = author,
        text,
        created_at = now,
        updated_at = now,
        revision = 1_i64
    )
    .run()
    .await?;
    Ok(())
}

/// Saves a changed blocker. Refuses if another request changed it first.
pub async fn save(tx: &mut Tx, blocker: &Changed<Blocker>) -> Result<(), Problem> {
    let text = close_again(tx, blocker.home(), &blocker.text).await?;
    saved(
        save!(
            tx,
            "update blockers set revision = revision + 1, words_revision = words_revision + 1",
            blocker { resolved_at, resolved_by_id, updated_at },
            text
        )
        .run()
        .await?,
    )
}
