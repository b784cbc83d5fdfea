//! The SQL of celebrations.

use chrono::{DateTime, Utc};

use super::model::Celebration;
use crate::db::Tx;
use crate::goals::goal::model::Goal;
use crate::ids::{CelebrationId, GoalId, PersonId};
use crate::policy::Changed;
use crate::text::Prose;

macro_rules! select_celebration {
    ($rest:literal) => {
        concat!(
            "select x.id, x.goal_id, x.pair_id, ",
            standing!(columns),
            ", x.author_id, author.name as author_name,
                author.title as author_title, x.text, x.created_at
             from celebrations x",
            standing!(tables),
            "join people author on author.id = x.author_id ",
            $rest
        )
    };
}

/// Finds one celebration.
pub async fn find(tx: &mut Tx, id: CelebrationId) -> sqlx::Result<Option<Celebration>> {
    tx.query(select_celebration!("where x.id = $1")).bind(id).optional().await
}

/// The celebrations of a goal, oldest first.
pub async fn list(tx: &mut Tx, goal: GoalId) -> sqlx::Result<Vec<Celebration>> {
    tx.query(select_celebration!("where x.goal_id = $1 order by x.id limit 50")).bind(goal).all().await
}

/// The celebrations of a person's pairs, in order of creation, up to `limit`.
pub async fn list_of_party(tx: &mut Tx, party: PersonId, limit: i64) -> sqlx::Result<Vec<Celebration>> {
    let all = tx.query(select_celebration!(
        "where x.pair_id in (select id from pairs where mentor_id = $1 union all select id from pairs where mentee_id = $1)
         order by x.id limit $2"
    ));
    all.bind(party).bind(limit).all().await
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
    tx.query(
        "insert into celebrations (id, goal_id, pair_id, author_id, text, created_at)
         values ($1, $2, $3, $4, $5, $6)",
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
