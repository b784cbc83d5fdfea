//! HTTP handlers for agenda items.

use actix_web::web::Data;
use actix_web::{delete, get, patch, post};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::{AgendaItem, AgendaTopic, Position};
use super::store::{self, NewAgendaItem};
use crate::db::Tx;
use crate::http::{App, Done, IdempotencyKey, Json, Page, Path, Preconditions, Query, list_query, merge_patch, page};
use crate::ids::{AgendaItemId, PairId, PersonId, SessionId};
use crate::policy::acts::{ChangeAgendaItem, ReadAgendaItem, WriteInSession};
use crate::policy::{Guarded, Sealed, Shown, Viewer, permit, readable_as, show, view};
use crate::problem::Problem;
use crate::sessions::session;
use crate::text::Text;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(list_agenda_items)
        .service(create_agenda_item)
        .service(read_agenda_item)
        .service(change_agenda_item)
        .service(delete_agenda_item);
}

view! {
    /// An agenda item: a topic that the mentor or the mentee wants to talk about.
    AgendaItemView of item: AgendaItem, clearance {
        let (is_late, topic, text) = (item.is_late(), item.home(), item.home());
        /// Id of the agenda item.
        public id: AgendaItemId,
        /// Id of the session.
        public session_id: SessionId,
        /// Id of the pair.
        public pair_id: PairId,
        /// Id of the person who added the item.
        private author_id: PersonId = clearance.open(Guarded::new(item.author_id)),
        /// Topic of the item.
        private topic: AgendaTopic = clearance.unseal(topic, item.topic),
        /// Text of the item.
        private text: Text = clearance.unseal(text, item.text),
        /// Position on the agenda. Items with the same position are sorted by time of creation.
        private position: Position = clearance.open(Guarded::new(item.position)),
        /// Whether the item was added less than 24 hours before the session starts.
        private is_late: bool = clearance.open(Guarded::new(is_late)),
        /// Time of creation.
        public created_at: DateTime<Utc>,
        /// Time of the last change.
        public updated_at: DateTime<Utc>,
    }
}

readable_as!(AgendaItem: ReadAgendaItem, "agenda_items");

list_query! {
    /// Query parameters of the list of agenda items.
    ListAgendaItems from (i64, AgendaItemId) {}
}

/// List the agenda items of a session
///
/// The list is sorted by position. Only the mentor and the mentee get the items; for other people who may read the
/// session the list is empty.
#[utoipa::path(tag = "sessions", params(("id" = SessionId, Path), ListAgendaItems), responses((status = 200, body = Page<AgendaItemView>)))]
#[get("/v1/sessions/{id}/agenda-items")]
async fn list_agenda_items(
    app: Data<App>,
    viewer: Viewer,
    id: Path<SessionId>,
    query: Query<ListAgendaItems>,
) -> Result<Page<AgendaItemView>, Problem> {
    let mut tx = app.read().await?;
    let session = session::store::find_bare(&mut tx, *id).await?.ok_or_else(Problem::not_found)?;
    let is_party = session.standing.has(&viewer);
    show(&viewer, session)?;
    let after = query.cursor.map_or(store::FIRST, |cursor| cursor.0);
    if !is_party {
        return Ok(Page::empty(query.count));
    }
    let items = store::list(&mut tx, *id, after, query.limit.and_one()).await?;
    let total = query.count.of(store::count(&mut tx, *id)).await?;
    page(&viewer, query.limit, items, total, |item| (item.position.number(), item.id))
}

/// An agenda item to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"topic": "problem_solving", "text": "How do I say no to my team lead without burning bridges?"})))]
pub struct CreateAgendaItem {
    /// Topic of the item.
    topic: AgendaTopic,
    /// Text of the item.
    #[schema(examples("How do I say no to my team lead without burning bridges?"))]
    text: Text,
    /// Position on the agenda. Default: at the end.
    position: Option<Position>,
}

/// Add an agenda item
///
/// The mentor or the mentee may do this, while the session is `scheduled`. Add items at least 24 hours before the
/// session, so that the other person can prepare. An agenda has at most 100 items. The problem is `wrong_state` if the
/// session is not `scheduled` or the agenda is full.
#[utoipa::path(tag = "sessions", params(("id" = SessionId, Path)), request_body = CreateAgendaItem, responses((status = 201, body = AgendaItemView)))]
#[post("/v1/sessions/{id}/agenda-items")]
async fn create_agenda_item(
    app: Data<App>,
    viewer: Viewer,
    id: Path<SessionId>,
    input: Json<CreateAgendaItem>,
    once: IdempotencyKey,
) -> Result<Shown<AgendaItemView>, Problem> {
    let input = input.into_inner();
    app.once(
        &viewer,
        &once,
        async |tx| {
            let session = session::store::find_for_update(tx, *id).await?.ok_or_else(Problem::not_found)?;
            let session = permit::<WriteInSession, _>(&viewer, session)?;
            session.check_is_scheduled()?;
            let author_id = session.person();
            let (id, created_at) = (AgendaItemId::new(&app.clock), app.clock.now());
            let (topic, text) = (Sealed::new(author_id, input.topic), Sealed::new(author_id, input.text));
            let position = input.position;
            store::insert(tx, &session, &NewAgendaItem { id, author_id, topic, text, position, created_at }).await?;
            Ok(id)
        },
        async |tx, id| Ok(read(tx, &viewer, id).await?.created(format!("/v1/agenda-items/{id}"))),
    )
    .await
}

/// Read an agenda item
///
/// Only the mentor and the mentee may do this. Send the `ETag` of the answer as `If-Match` when you change the item.
#[utoipa::path(tag = "sessions", params(("id" = AgendaItemId, Path)), responses((status = 200, body = AgendaItemView)))]
#[get("/v1/agenda-items/{id}")]
async fn read_agenda_item(
    app: Data<App>,
    viewer: Viewer,
    id: Path<AgendaItemId>,
) -> Result<Shown<AgendaItemView>, Problem> {
    let mut tx = app.read_one().await?;
    read(&mut tx, &viewer, *id).await
}

merge_patch! {
    /// Changes to an agenda item. Fields that are left out stay as they are.
    #[schema(examples(json!({"topic": "feedback", "position": 1})))]
    ChangeAgendaItemInput {
        /// Topic of the item.
        topic: AgendaTopic,
        /// Text of the item.
        text: Text,
        /// Position on the agenda.
        position: Position,
    }
}

/// Change an agenda item
///
/// The mentor or the mentee may do this, while the session is `scheduled`; otherwise the problem is `wrong_state`. Both
/// may edit the same text, so `If-Match` is required; without it the problem is `precondition_required`.
#[utoipa::path(tag = "sessions", params(("id" = AgendaItemId, Path)), request_body = ChangeAgendaItemInput, responses((status = 200, body = AgendaItemView), (status = 428)))]
#[patch("/v1/agenda-items/{id}")]
async fn change_agenda_item(
    app: Data<App>,
    viewer: Viewer,
    id: Path<AgendaItemId>,
    seen: Preconditions,
    input: Json<ChangeAgendaItemInput>,
) -> Result<Shown<AgendaItemView>, Problem> {
    let input = input.into_inner();
    let mut tx = app.write(&viewer).await?;
    let item = store::find_for_update(&mut tx, *id).await?.ok_or_else(Problem::not_found)?;
    let permitted = permit::<ChangeAgendaItem, _>(&viewer, item.clone())?;
    seen.demand(&viewer, &item)?;
    if input.is_empty() {
        return show(&viewer, item);
    }
    let by = permitted.person();
    let item = permitted.change(|item| {
        item.check_is_open()?;
        input.topic.map(|topic| Sealed::new(by, topic)).apply(&mut item.topic);
        input.text.map(|text| Sealed::new(by, text)).apply(&mut item.text);
        input.position.apply(&mut item.position);
        item.updated_at = app.clock.now();
        Ok(())
    })?;
    store::save(&mut tx, &item).await?;
    let answer = read(&mut tx, &viewer, *id).await?;
    tx.commit().await?;
    Ok(answer)
}

/// Delete an agenda item
///
/// The mentor or the mentee may do this, while the session is `scheduled`; otherwise the problem is `wrong_state`. A
/// deleted item cannot be restored.
#[utoipa::path(tag = "sessions", params(("id" = AgendaItemId, Path)), responses((status = 204, description = "The agenda item is deleted.")))]
#[delete("/v1/agenda-items/{id}")]
async fn delete_agenda_item(
    app: Data<App>,
    viewer: Viewer,
    id: Path<AgendaItemId>,
    seen: Preconditions,
) -> Result<Done, Problem> {
    let mut tx = app.write(&viewer).await?;
    let item = store::find_for_update(&mut tx, *id).await?.ok_or_else(Problem::not_found)?;
    seen.check(&viewer, &item)?;
    let item = permit::<ChangeAgendaItem, _>(&viewer, item)?;
    item.check_is_open()?;
    store::delete(&mut tx, item).await?;
    tx.commit().await?;
    Ok(Done)
}

async fn read(tx: &mut Tx, viewer: &Viewer, id: AgendaItemId) -> Result<Shown<AgendaItemView>, Problem> {
    show(viewer, store::find(tx, id).await?.ok_or_else(Problem::not_found)?)
}
