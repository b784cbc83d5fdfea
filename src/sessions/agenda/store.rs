//! The SQL of agenda items.

use chrono::{DateTime, Utc};

use super::model::{AgendaItem, AgendaItemText, AgendaItemTopic, Position};
use crate::db::{Query, Tx, UNLIMITED, lock_found, query, save};
use crate::ids::{AgendaItemId, PersonId, SessionId};
use crate::pairs::store::PAIRS_OF_PERSON;
use crate::policy::acts::{ChangeAgendaItem, WriteInSession};
use crate::policy::{Changed, Home, Permit, Sealed, close, close_again};
use crate::problem::{Problem, saved};
use crate::sessions::session::model::{MAX_ITEMS, NewSession, Session};

/// The list key before every item.
pub const FIRST: (i64, AgendaItemId) = (0, AgendaItemId::first());

/// Selects agenda items with their session. `a` is the row of `agenda_items`.
const SELECT: &str =
    "select a.id, a.session_id, a.pair_id, x.mentor_id, x.mentee_id, mentee.manager_id as mentee_manager_id,
        x.program_id, s.starts_at, s.status as session_status, a.author_id, a.topic, a.text, a.position,
        a.created_at, a.updated_at, a.revision, a.words_revision, s.event_id
     from agenda_items a
     join sessions s on s.id = a.session_id
     join pairs x on x.id = a.pair_id
     join people mentee on mentee.id = x.mentee_id";

/// An agenda item to insert.
#[derive(Clone, Debug)]
pub struct NewAgendaItem {
    /// Id of the item.
    pub id: AgendaItemId,
    /// Id of the person who adds it.
    pub author_id: PersonId,
    /// Topic of the item.
    pub topic: Sealed<AgendaItemTopic>,
    /// Text of the item.
    pub text: Sealed<AgendaItemText>,
    /// Position on the agenda. `None`: at the end.
    pub position: Option<Position>,
    /// Time of creation.
    pub created_at: DateTime<Utc>,
}

/// One item.
pub async fn find(tx: &mut Tx, id: AgendaItemId) -> sqlx::Result<Option<AgendaItem>> {
    query!(tx, [SELECT, "where a.id = :id"], id).optional().await
}

/// One item; its pair is locked, so that the status of the session stays the same.
pub async fn find_for_update(tx: &mut Tx, id: AgendaItemId) -> sqlx::Result<Option<AgendaItem>> {
    lock_found!(tx, "select pair_id from agenda_items where id = :id", id);
    find(tx, id).await
}

/// One page of the agenda items of a session, by position.
pub async fn list(
    tx: &mut Tx,
    session: SessionId,
    after: (i64, AgendaItemId),
    limit: i64,
) -> sqlx::Result<Vec<AgendaItem>> {
    listed(tx, session, after, limit).all().await
}

/// Number of items on all pages.
pub async fn count(tx: &mut Tx, session: SessionId) -> sqlx::Result<i64> {
    listed(tx, session, FIRST, UNLIMITED).count().await
}

fn listed(tx: &mut Tx, session: SessionId, (position, id): (i64, AgendaItemId), limit: i64) -> Query<'_> {
    query!(
        tx,
        [
            SELECT,
            "where a.session_id = :session and (a.position, a.id) > (:position, :id) order by a.position,
             a.id limit :limit"
        ],
        session,
        position,
        id,
        limit
    )
}

/// The items of a person's pairs, by time of creation, up to `limit`.
pub async fn list_of_party(tx: &mut Tx, party: PersonId, limit: i64) -> sqlx::Result<Vec<AgendaItem>> {
    let items = query!(
        tx,
        [SELECT, "where a.pair_id in", PAIRS_OF_PERSON, "order by a.id limit :limit"],
        person = party,
        limit
    );
    items.all().await
}

/// Inserts an item. Refuses when the agenda is full.
pub async fn insert(
    tx: &mut Tx,
    session: &Permit<WriteInSession, Session>,
    item: &NewAgendaItem,
) -> Result<(), Problem> {
    let (two, on) = (session.two(), session.event_id);
    let topic = close(tx, Home::of_either(item.id, two, item.author_id, on, 0), &item.topic).await?;
    let text = close(tx, Home::of_either(item.id, two, item.author_id, on, 0), &item.text).await?;
    let touched = query!(
        tx,
        "insert into agenda_items (id, session_id, pair_id, author_id, topic, text, position, created_at,
             updated_at, revision) select :id, :session_id, :pair_id, :author_id, :topic, :text,
             coalesce(:position, (select case when max(position) >= 1000 then 1000 else max(position) + 1 end
             from agenda_items where session_id = :session_id), 1), :created_at, :created_at, 1
         where (select count(*) from agenda_items where session_id = :session_id) < :max_items",
        id = item.id,
        session_id = session.id,
        pair_id = session.pair_id,
        author_id = item.author_id,
        topic,
        text,
        position = item.position,
        created_at = item.created_at,
        max_items = MAX_ITEMS
    )
    .run()
    .await?;
    if touched == 1 {
        Ok(())
    } else {
        Err(Problem::wrong_state("The agenda has 100 items, which is the limit. Delete an item first."))
    }
}

/// Moves the agenda to the session that replaces `moved`.
pub async fn move_to(tx: &mut Tx, moved: &Changed<Session>, to: &NewSession) -> sqlx::Result<u64> {
    query!(
        tx,
        "update agenda_items set session_id = :id, updated_at = :created_at, revision = revision + 1
         where session_id = :session_id",
        session_id = moved.id,
        id = to.id,
        created_at = to.created_at
    )
    .run()
    .await
}

/// Saves a changed item, unless another request changed it first.
pub async fn save(tx: &mut Tx, item: &Changed<AgendaItem>) -> Result<(), Problem> {
    let topic = close_again(tx, item.home(), &item.topic).await?;
    let text = close_again(tx, item.home(), &item.text).await?;
    saved(
        save!(
            tx,
            "update agenda_items set revision = revision + 1, words_revision = words_revision + 1",
            item { position, updated_at },
            topic,
            text
        )
        .run()
        .await?,
    )
}

/// Deletes an item.
pub async fn delete(tx: &mut Tx, item: Permit<ChangeAgendaItem, AgendaItem>) -> sqlx::Result<()> {
    query!(tx, "delete from agenda_items where id = :id", id = item.id).run().await?;
    Ok(())
}
