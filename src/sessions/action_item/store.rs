//! The SQL of action items.

use chrono::{DateTime, NaiveDate, Utc};

use super::model::{ActionItem, ActionItemStatus, ActionItemText};
use crate::db::{Query, Tx, UNLIMITED, lock_found, query, save};
use crate::ids::{ActionItemId, PairId, PersonId, SessionId};
use crate::pairs::store::PAIRS_OF_PERSON;
use crate::policy::acts::WriteInSession;
use crate::policy::{Changed, Home, Permit, Sealed, close, close_again};
use crate::problem::{Problem, saved};
use crate::sessions::session::model::{MAX_ITEMS, Session};

/// Selects action items with the people who have a relation to them. `i` is the row of `action_items`.
const SELECT: &str =
    "select i.id, i.session_id, i.pair_id, x.mentor_id, x.mentee_id, mentee.manager_id as mentee_manager_id,
        x.program_id, i.author_id, i.owner_id, i.text, i.due_on, i.status, i.closed_by_id, i.closed_at,
        i.created_at, i.updated_at, i.revision, i.words_revision
     from action_items i
     join pairs x on x.id = i.pair_id
     join people mentee on mentee.id = x.mentee_id";

/// The filters of one page of action items of pairs in which `:person` is mentor or mentee. Each filter with an index has
/// its own SQL text before them.
const FILTERED: &str = "and (x.mentor_id = :person or x.mentee_id = :person) and i.id > :after
    and coalesce(i.status = :status, :status is null) and (not :is_mine or i.owner_id = :person)
    order by i.id limit :limit";

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
    query!(tx, [SELECT, "where i.id = :id"], id).optional().await
}

/// One item; its pair is locked.
pub async fn find_for_update(tx: &mut Tx, id: ActionItemId) -> sqlx::Result<Option<ActionItem>> {
    lock_found!(tx, "select pair_id from action_items where id = :id", id);
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
    let Filter { status, is_mine, .. } = only;
    let person = party;
    macro_rules! list {
        ([$($indexed:expr),+] $(, $pair:ident)?) => {
            query!(tx, [SELECT, "where", $($indexed,)+ FILTERED], person, after, status, is_mine, limit $(, $pair)?)
        };
    }
    match only {
        Filter { pair: Some(pair), .. } => list!(["i.pair_id = :pair"], pair),
        Filter { is_mine: true, .. } => list!(["i.owner_id = :person"]),
        Filter { .. } => list!(["i.pair_id in", PAIRS_OF_PERSON]),
    }
}

/// The items of a session.
pub async fn list_of_session(tx: &mut Tx, session: SessionId, limit: i64) -> sqlx::Result<Vec<ActionItem>> {
    let items = query!(tx, [SELECT, "where i.session_id = :session order by i.id limit :limit"], session, limit);
    items.all().await
}

/// The open items of earlier sessions of the pair.
pub async fn list_carried_over(tx: &mut Tx, to: &Session, limit: i64) -> sqlx::Result<Vec<ActionItem>> {
    query!(
        tx,
        [
            SELECT,
            "join sessions e on e.id = i.session_id
             where i.pair_id = :pair_id and i.status = 'open' and i.session_id <> :session_id and (e.starts_at,
                 e.id) < (:starts_at, :session_id)
             order by i.id limit :limit"
        ],
        pair_id = to.pair_id,
        session_id = to.id,
        starts_at = to.starts_at,
        limit
    )
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
    let touched = query!(
        tx,
        "insert into action_items (id, session_id, pair_id, author_id, owner_id, text, due_on, status, created_at,
             updated_at, revision) select :id, :session_id, :pair_id, :author_id, :owner_id, :text, :due_on,
             'open', :created_at, :created_at, 1
         where (select count(*) from action_items where session_id = :session_id) < :max_items",
        id = item.id,
        session_id = session.id,
        pair_id = session.pair_id,
        author_id = item.author_id,
        owner_id = item.owner_id,
        text,
        due_on = item.due_on,
        created_at = item.created_at,
        max_items = MAX_ITEMS
    )
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
    saved(
        save!(
            tx,
            "update action_items set revision = revision + 1, words_revision = words_revision + 1",
            item { owner_id, due_on, status, closed_by_id, closed_at, updated_at },
            text
        )
        .run()
        .await?,
    )
}
