//! The SQL of action items.

use chrono::{DateTime, NaiveDate, Utc};

use super::model::{ActionItem, ActionItemStatus, ActionItemText};
use crate::db::{Query, Tx, UNLIMITED};
use crate::ids::{ActionItemId, PairId, PersonId, SessionId};
use crate::policy::acts::WriteInSession;
use crate::policy::{Changed, Home, Permit, Sealed, close, close_again};
use crate::problem::Problem;
use crate::sessions::session::model::{MAX_ITEMS, Session};

/// Selects action items with the people who have a relation to them. `i` is the row of `action_items`.
macro_rules! select_item {
    ($($rest:literal),+) => {
        concat!(
            "select i.id, i.session_id, i.pair_id, x.mentor_id, x.mentee_id, mentee.manager_id as mentee_manager_id,
                x.program_id, i.author_id, i.owner_id, i.text, i.due_on, i.status, i.closed_by_id, i.closed_at,
                i.created_at, i.updated_at, i.revision, i.words_revision
             from action_items i
             join pairs x on x.id = i.pair_id
             join people mentee on mentee.id = x.mentee_id ",
            $($rest),+
        )
    };
}

/// Selects one page of the items of pairs in which `$2` is mentor or mentee. Each filter with an index has its own SQL
/// text, so that its index is used.
macro_rules! list_items {
    ($indexed:literal) => {
        select_item!(
            "where ",
            $indexed,
            " and (x.mentor_id = $2 or x.mentee_id = $2) and i.id > $3 and coalesce(i.status = $4, $4 is null)
             and (not $5 or i.owner_id = $2) order by i.id limit $6"
        )
    };
}

/// An action item to insert.
#[derive(Clone, Debug)]
pub struct NewActionItem {
    /// Id of the item.
    pub id: ActionItemId,
    /// Id of the person who adds it.
    pub author_id: PersonId,
    /// Id of the person who does it.
    pub owner_id: PersonId,
    /// Text of the item.
    pub text: Sealed<ActionItemText>,
    /// Due date.
    pub due_on: Option<NaiveDate>,
    /// Time of creation.
    pub created_at: DateTime<Utc>,
}

/// Filter of a list of action items.
#[derive(Clone, Copy, Debug)]
pub struct Filter {
    /// Only items of this pair.
    pub pair: Option<PairId>,
    /// Only items with this status.
    pub status: Option<ActionItemStatus>,
    /// Only items that the person does.
    pub is_mine: bool,
}

/// One item.
pub async fn find(tx: &mut Tx, id: ActionItemId) -> sqlx::Result<Option<ActionItem>> {
    tx.query(select_item!("where i.id = $1")).bind(id).optional().await
}

/// One item; its pair is locked.
pub async fn find_for_update(tx: &mut Tx, id: ActionItemId) -> sqlx::Result<Option<ActionItem>> {
    tx.lock_found("select pair_id from action_items where id = $1", id.into()).await?;
    find(tx, id).await
}

/// One page of the items of a person's pairs, by time of creation.
pub async fn list(
    tx: &mut Tx,
    party: PersonId,
    only: Filter,
    after: ActionItemId,
    limit: i64,
) -> sqlx::Result<Vec<ActionItem>> {
    listed(tx, party, only, after, limit).all().await
}

/// Number of items on all pages.
pub async fn count(tx: &mut Tx, party: PersonId, only: Filter) -> sqlx::Result<i64> {
    listed(tx, party, only, ActionItemId::first(), UNLIMITED).count().await
}

fn listed(tx: &mut Tx, party: PersonId, only: Filter, after: ActionItemId, limit: i64) -> Query<'_> {
    let query = match only {
        Filter { pair: Some(pair), .. } => tx.query(list_items!("i.pair_id = $1")).bind(pair),
        Filter { is_mine: true, .. } => tx.query(list_items!("i.owner_id = $1")).bind(party),
        Filter { .. } => tx
            .query(list_items!(
                "i.pair_id in (select id from pairs where mentor_id = $1 union all select id from pairs where mentee_id = $1)"
            ))
            .bind(party),
    };
    query.bind(party).bind(after).bind(only.status).bind(only.is_mine).bind(limit)
}

/// The items of a session.
pub async fn list_of_session(tx: &mut Tx, session: SessionId, limit: i64) -> sqlx::Result<Vec<ActionItem>> {
    let items = tx.query(select_item!("where i.session_id = $1 order by i.id limit $2"));
    items.bind(session).bind(limit).all().await
}

/// The open items of earlier sessions of the pair.
pub async fn list_carried_over(tx: &mut Tx, to: &Session, limit: i64) -> sqlx::Result<Vec<ActionItem>> {
    tx.query(select_item!(
        "join sessions e on e.id = i.session_id
         where i.pair_id = $1 and i.status = 'open' and i.session_id <> $2 and (e.starts_at, e.id) < ($3, $2)
         order by i.id limit $4"
    ))
    .bind(to.pair_id)
    .bind(to.id)
    .bind(to.starts_at)
    .bind(limit)
    .all()
    .await
}

/// Inserts an item. Refuses when the session has too many.
pub async fn insert(
    tx: &mut Tx,
    session: &Permit<WriteInSession, Session>,
    item: &NewActionItem,
) -> Result<(), Problem> {
    let home = Home::of_either(item.id, session.two(), item.author_id, session.id, 0);
    let text = close(tx, home, &item.text).await?;
    let touched = tx
        .query(
            "insert into action_items (id, session_id, pair_id, author_id, owner_id, text, due_on, status, created_at,
                updated_at, revision)
             select $1, $2, $3, $4, $5, $6, $7, 'open', $8, $8, 1
             where (select count(*) from action_items where session_id = $2) < $9",
        )
        .bind(item.id)
        .bind(session.id)
        .bind(session.pair_id)
        .bind(item.author_id)
        .bind(item.owner_id)
        .bind(text)
        .bind(item.due_on)
        .bind(item.created_at)
        .bind(MAX_ITEMS)
        .run()
        .await?;
    if touched == 1 {
        Ok(())
    } else {
        Err(Problem::wrong_state("The session has 100 action items, which is the limit. Change an item instead."))
    }
}

/// Saves a changed item, unless another request changed it first.
pub async fn save(tx: &mut Tx, item: &Changed<ActionItem>) -> Result<(), Problem> {
    let text = close_again(tx, item.home(), &item.text).await?;
    let touched = tx
        .query(
            "update action_items set owner_id = $3, text = $4, due_on = $5, status = $6, closed_by_id = $7,
                closed_at = $8, updated_at = $9, revision = revision + 1, words_revision = words_revision + 1
             where id = $1 and revision = $2",
        )
        .bind(item.id)
        .bind(item.revision)
        .bind(item.owner_id)
        .bind(text)
        .bind(&item.due_on)
        .bind(item.status)
        .bind(&item.closed_by_id)
        .bind(&item.closed_at)
        .bind(item.updated_at)
        .run()
        .await?;
    if touched == 1 { Ok(()) } else { Err(Problem::changed_meanwhile()) }
}
