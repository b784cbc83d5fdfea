//! The SQL of blocks.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::model::{Block, Blocked};
use crate::db::{Query, Tx, UNLIMITED, query};
use crate::ids::PersonId;
use crate::policy::acts::ChangeBlock;
use crate::policy::{Guarded, Permit};

const SELECT: &str = "select b.person_id, b.blocked_id, p.name, p.title, b.created_at
    from person_blocks b join people p on p.id = b.blocked_id";

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
    query!(tx, "select name, title from people where id = :id", id).optional().await
}

/// Finds one block of an author.
pub async fn find(tx: &mut Tx, author: PersonId, blocked: PersonId) -> sqlx::Result<Option<Block>> {
    let found: Option<BlockRow> =
        query!(tx, [SELECT, "where b.person_id = :author and b.blocked_id = :blocked"], author, blocked)
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
    query!(
        tx,
        [SELECT, "where b.person_id = :author and b.blocked_id > :after order by b.blocked_id limit :limit"],
        author,
        after,
        limit
    )
}

/// Inserts a block. `false`: it existed already.
pub async fn insert(tx: &mut Tx, block: &Permit<ChangeBlock, Block>) -> sqlx::Result<bool> {
    let written = query!(
        tx,
        "insert into person_blocks (person_id, blocked_id, created_at)
         values (:author_id, :blocked_id, :created_at) on conflict do nothing",
        author_id = block.author_id,
        blocked_id = block.blocked_id,
        created_at = block.created_at
    )
    .run()
    .await?;
    Ok(written == 1)
}

/// Deletes a block.
pub async fn delete(tx: &mut Tx, block: Permit<ChangeBlock, Block>) -> sqlx::Result<()> {
    query!(
        tx,
        "delete from person_blocks where person_id = :author_id and blocked_id = :blocked_id",
        author_id = block.author_id,
        blocked_id = block.blocked_id
    )
    .run()
    .await?;
    Ok(())
}
