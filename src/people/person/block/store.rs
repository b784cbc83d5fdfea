//! The SQL of blocks.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::model::{Block, Blocked};
use crate::db::{Query, Tx, UNLIMITED};
use crate::ids::PersonId;
use crate::policy::acts::ChangeBlock;
use crate::policy::{Guarded, Permit};

#[derive(FromRow)]
struct BlockRow {
    person_id: PersonId,
    blocked_id: PersonId,
    #[sqlx(flatten)]
    blocked: Blocked,
    created_at: DateTime<Utc>,
}

impl BlockRow {
    fn into_block(self) -> Block {
        let (author_id, blocked_id, created_at) = (self.person_id, self.blocked_id, self.created_at);
        Block { author_id, blocked_id, blocked: Guarded::new(self.blocked), created_at }
    }
}

/// Finds a person as a block shows them.
pub async fn find_blocked(tx: &mut Tx, id: PersonId) -> sqlx::Result<Option<Blocked>> {
    tx.query("select name, title from people where id = $1").bind(id).optional().await
}

/// Finds one block of an author.
pub async fn find(tx: &mut Tx, author: PersonId, blocked: PersonId) -> sqlx::Result<Option<Block>> {
    let found: Option<BlockRow> = tx
        .query(
            "select b.person_id, b.blocked_id, p.name, p.title, b.created_at
             from person_blocks b join people p on p.id = b.blocked_id where b.person_id = $1 and b.blocked_id = $2",
        )
        .bind(author)
        .bind(blocked)
        .optional()
        .await?;
    Ok(found.map(BlockRow::into_block))
}

/// One page of an author's blocks after the person `after`.
pub async fn list(tx: &mut Tx, author: PersonId, after: PersonId, limit: i64) -> sqlx::Result<Vec<Block>> {
    let rows: Vec<BlockRow> = listed(tx, author, after, limit).all().await?;
    Ok(rows.into_iter().map(BlockRow::into_block).collect())
}

/// Number of blocks on all pages.
pub async fn count(tx: &mut Tx, author: PersonId) -> sqlx::Result<i64> {
    listed(tx, author, PersonId::first(), UNLIMITED).count().await
}

fn listed(tx: &mut Tx, author: PersonId, after: PersonId, limit: i64) -> Query<'_> {
    tx.query(
        "select b.person_id, b.blocked_id, p.name, p.title, b.created_at
         from person_blocks b join people p on p.id = b.blocked_id
         where b.person_id = $1 and b.blocked_id > $2 order by b.blocked_id limit $3",
    )
    .bind(author)
    .bind(after)
    .bind(limit)
}

/// Inserts a block. `false`: it existed already.
pub async fn insert(tx: &mut Tx, block: &Permit<ChangeBlock, Block>) -> sqlx::Result<bool> {
    let written = tx
        .query(
            "insert into person_blocks (person_id, blocked_id, created_at) values ($1, $2, $3) on conflict do nothing",
        )
        .bind(block.author_id)
        .bind(block.blocked_id)
        .bind(block.created_at)
        .run()
        .await?;
    Ok(written == 1)
}

/// Deletes a block.
pub async fn delete(tx: &mut Tx, block: Permit<ChangeBlock, Block>) -> sqlx::Result<()> {
    tx.query("delete from person_blocks where person_id = $1 and blocked_id = $2")
        .bind(block.author_id)
        .bind(block.blocked_id)
        .run()
        .await?;
    Ok(())
}
