//! HTTP handlers that create, list and read action items.

use actix_web::web::Data;
use actix_web::{get, post};
use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::{ActionItem, ActionItemOwner, ActionItemStatus, check_due};
use super::store::{self, Filter, NewActionItem};
use crate::db::Tx;
use crate::http::{App, IdempotencyKey, Json, Page, Path, Query, list_query, page};
use crate::ids::{ActionItemId, PairId, PersonId, SessionId};
use crate::outbox::{self, Event};
use crate::policy::acts::{ReadActionItem, WriteInSession};
use crate::policy::{Bare, Guarded, Sealed, Shown, Viewer, may_list, permit, readable_as, show, view};
use crate::problem::Problem;
use crate::sessions::session;
use crate::text::Text;
use crate::time::Day;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(create_action_item).service(list_action_items).service(read_action_item);
}

view! {
    /// An action item: something the mentor or the mentee does before the next session.
    ActionItemView of item: ActionItem, clearance {
        let (owner, home) = (item.owner(), item.home());
        /// Id of the action item.
        public id: ActionItemId,
        /// Id of the session in which it was added.
        public session_id: SessionId,
        /// Id of the pair.
        public pair_id: PairId,
        /// Id of the person who added the item.
        private author_id: PersonId = clearance.open(Guarded::new(item.author_id)),
        /// Person who does it: the mentor or the mentee.
        private owner: ActionItemOwner = clearance.open(Guarded::new(owner)),
        /// Id of the person who does it.
        private owner_id: PersonId = clearance.open(Guarded::new(item.owner_id)),
        /// Text of the item: what to do.
        private text: Text = clearance.unseal(home, item.text),
        /// Due date. `null`: none.
        private due_on: Option<NaiveDate> = clearance.open(item.due_on).map(|Bare(day)| day),
        /// Status of the item.
        private status: ActionItemStatus = clearance.open(Guarded::new(item.status)),
        /// Id of the person who completed the item. `null`: it is open.
        private closed_by_id: Option<PersonId> = clearance.open(item.closed_by_id).map(|Bare(person)| person),
        /// Time when the item was completed. `null`: it is open.
        private closed_at: Option<DateTime<Utc>> = clearance.open(item.closed_at).map(|Bare(at)| at),
        /// Time of creation.
        public created_at: DateTime<Utc>,
        /// Time of the last change.
        public updated_at: DateTime<Utc>,
    }
}

readable_as!(ActionItem: ReadActionItem, "action_items");

/// An action item to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"text": "Ask Mira to show you her promotion document.", "owner": "mentee", "due_on": "2027-03-22"})))]
pub struct CreateActionItem {
    /// Text of the item: what to do.
    #[schema(examples("Ask Mira to show you her promotion document."))]
    text: Text,
    /// Person who does it. Default: `mentee`.
    owner: Option<ActionItemOwner>,
    /// Due date, today or later and within two years. Absent: none.
    #[schema(examples("2027-03-22"))]
    due_on: Option<Day>,
}

/// Add an action item to a session
///
/// The mentor or the mentee may do this, while the session is `scheduled` or `completed`. While the item is open, every
/// later session of the pair contains it in `carried_over`. A session has at most 100 action items. The problem is
/// `wrong_state` if the session is `cancelled` or `rescheduled`, or has 100 items.
#[utoipa::path(tag = "sessions", params(("id" = SessionId, Path)), request_body = CreateActionItem, responses((status = 201, body = ActionItemView)))]
#[post("/v1/sessions/{id}/action-items")]
async fn create_action_item(
    app: Data<App>,
    viewer: Viewer,
    id: Path<SessionId>,
    input: Json<CreateActionItem>,
    once: IdempotencyKey,
) -> Result<Shown<ActionItemView>, Problem> {
    let input = input.into_inner();
    app.once(
        &viewer,
        &once,
        async |tx| {
            let session = session::store::find_for_update(tx, *id).await?.ok_or_else(Problem::not_found)?;
            let session = permit::<WriteInSession, _>(&viewer, session)?;
            session.check_takes_place()?;
            let created_at = app.clock.now();
            let due_on = input.due_on.map(NaiveDate::from);
            check_due(due_on, created_at)?;
            let author_id = session.person();
            let item = NewActionItem {
                id: ActionItemId::new(&app.clock),
                author_id,
                owner_id: input.owner.unwrap_or_default().person(&session.standing),
                text: Sealed::new(author_id, input.text),
                due_on,
                created_at,
            };
            store::insert(tx, &session, &item).await?;
            outbox::add(tx, &app.clock, Event::ActionItemAdded(item.id), Some(session.pair_id)).await?;
            Ok(item.id)
        },
        async |tx, id| Ok(read(tx, &viewer, id).await?.created(format!("/v1/action-items/{id}"))),
    )
    .await
}

list_query! {
    /// Query parameters of the list of action items.
    ListActionItems from ActionItemId {
        /// Only action items of this pair.
        pair_id: Option<PairId>,
        /// Only action items with this status.
        #[param(inline)]
        status: Option<ActionItemStatus>,
        /// `true`: only action items that you do yourself. Default: `false`.
        #[serde(default)]
        #[param(required = false)]
        mine: bool,
    }
}

/// List your action items
///
/// Lists the action items of the pairs in which you are mentor or mentee. Sorted by time of creation, oldest first.
/// Leads and managers do not get the action items of other pairs. `?mine=true&status=open` is your to-do list.
#[utoipa::path(tag = "sessions", params(ListActionItems), responses((status = 200, body = Page<ActionItemView>)))]
#[get("/v1/action-items")]
async fn list_action_items(
    app: Data<App>,
    viewer: Viewer,
    query: Query<ListActionItems>,
) -> Result<Page<ActionItemView>, Problem> {
    may_list::<ReadActionItem>(&viewer)?;
    let only = Filter { pair: query.pair_id, status: query.status, is_mine: query.mine };
    let after = query.cursor.map_or(ActionItemId::first(), |cursor| cursor.0);
    let Some(party) = viewer.person() else { return Ok(Page::empty(query.count)) };
    let mut tx = app.read_one().await?;
    let items = store::list(&mut tx, party, only, after, query.limit.and_one()).await?;
    let total = query.count.of(store::count(&mut tx, party, only)).await?;
    page(&viewer, query.limit, items, total, |item| item.id)
}

/// Read an action item
///
/// The mentor and the mentee may do this. Other viewers get 404, also admins and managers.
#[utoipa::path(tag = "sessions", params(("id" = ActionItemId, Path)), responses((status = 200, body = ActionItemView)))]
#[get("/v1/action-items/{id}")]
async fn read_action_item(
    app: Data<App>,
    viewer: Viewer,
    id: Path<ActionItemId>,
) -> Result<Shown<ActionItemView>, Problem> {
    let mut tx = app.read_one().await?;
    read(&mut tx, &viewer, *id).await
}

pub(super) async fn read(tx: &mut Tx, viewer: &Viewer, id: ActionItemId) -> Result<Shown<ActionItemView>, Problem> {
    show(viewer, store::find(tx, id).await?.ok_or_else(Problem::not_found)?)
}
