//! The SQL of celebrations.

use chrono::{DateTime, Utc};

use super::model::Celebration;
use crate::db::{Tx, insert, query};
use crate::goals::goal::model::Goal;
use crate::ids::{CelebrationId, GoalId, PersonId};
use crate::pairs::store::PAIRS_OF_PERSON;
use crate::policy::Changed;
use crate::text::Prose;

const SELECT: &str = concat!(
    "select x.id, x.goal_id, x.pair_id, ",
    standing!(columns),
    ", x.author_id, author.name as author_name,
                author.title as author_title, x.text, x.created_at
             from celebrations x",
    standing!(tables),
    "join people author on author.id = x.author_id "
);

/// Finds one celebration.
pub async fn find(tx: &mut Tx, id: CelebrationId) -> sqlx::Result<Option<Celebration>> {
    query!(tx, [SELECT, "where x.id = :id"], id).optional().await
}

/// The celebrations of a goal, oldest first.
pub async fn list(tx: &mut Tx, goal: GoalId) -> sqlx::Result<Vec<Celebration>> {
    query!(tx, [SELECT, "where x.goal_id = :goal order by x.id limit 50"], goal).all().await
}

/// The celebrations of a person's pairs, in order of creation, up to `limit`.
pub async fn list_of_party(tx: &mut Tx, party: PersonId, limit: i64) -> sqlx::Result<Vec<Celebration>> {
    let all = query!(
        tx,
        [SELECT, "where x.pair_id in", PAIRS_OF_PERSON, "order by x.id limit :limit"],
        person = party,
        limit
    );
    all.all().await
}

/// Inserts a new celebration of a goal.
pub async fn insert(
    tx: &mut Tx,
    goal: &Changed<Goal>,
    id: CelebrationId,
    author: PersonId,
    text: &Prose<2000>,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    insert!(
        tx,
        "celebrations",
        id,
        goal_id = goal.id,
        pair_id = goal.pair_id,
        author_id = author,
        text,
        created_at = now
    )
    .run()
    .await?;
    Ok(())
}
