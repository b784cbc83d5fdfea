//! HTTP handlers that create, list and read action items.

use actix_web::web::Data;
use actix_web::{get, post};
use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::model::{ActionItem, ActionItemOwner, ActionItemStatus, check_due};
use super::store::{self, Filter, NewActionItem};
use crate::http::{App, Count, Cursor, IdempotencyKey, Json, Limit, Page, Path, Query, page};
use crate::ids::{ActionItemId, PairId, PersonId, SessionId};
use crate::outbox::{self, Event};
use crate::policy::acts::{ReadActionItem, WriteInSession};
use crate::policy::{Bare, Clearance, Guarded, Readable, Sealed, Shown, Viewed, Viewer, may_list, permit, show, view};
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
    ActionItemView {
        /// Id of the action item.
        public id: ActionItemId,
        /// Id of the session in which it was added.
        public session_id: SessionId,
        /// Id of the pair.
        public pair_id: PairId,
        /// Id of the person who added the item.
        private author_id: PersonId,
        /// Person who does it: the mentor or the mentee.
        private owner: ActionItemOwner,
        /// Id of the person who does it.
        private owner_id: PersonId,
        /// Text of the item: what to do.
        private text: Text,
        /// Due date. `null`: none.
        private due_on: Option<NaiveDate>,
        /// Status of the item.
        private status: ActionItemStatus,
        /// Id of the person who completed the item. `null`: it is open.
        private closed_by_id: Option<PersonId>,
        /// Time when the item was completed. `null`: it is open.
        private closed_at: Option<DateTime<Utc>>,
        /// Time of creation.
        public created_at: DateTime<Utc>,
        /// Time of the last change.
        public updated_at: DateTime<Utc>,
    }
}

impl Readable for ActionItem {
    type Read = ReadActionItem;
    const KIND: &'static str = "action_items";

    fn id(&self) -> Uuid {
        self.id.uuid()
    }
}

impl Viewed for ActionItem {
    type View = ActionItemView;

    fn view(self, clearance: &Clearance) -> ActionItemView {
        let (owner, home) = (self.owner(), self.home());
        ActionItemView {
            id: self.id,
            session_id: self.session_id,
            pair_id: self.pair_id,
            author_id: clearance.open(Guarded::new(self.author_id)),
            owner: clearance.open(Guarded::new(owner)),
            owner_id: clearance.open(Guarded::new(self.owner_id)),
            text: clearance.unseal(home, self.text),
            due_on: clearance.open(self.due_on).map(|Bare(day)| day),
            status: clearance.open(Guarded::new(self.status)),
            closed_by_id: clearance.open(self.closed_by_id).map(|Bare(person)| person),
            closed_at: clearance.open(self.closed_at).map(|Bare(at)| at),
            created_at: self.created_at,
            updated_at: self.updated_at,
            withheld: clearance.withheld::<ActionItemView>(),
        }
    }
}

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
    let id = app
        .once(&viewer, &once, async |tx| {
            let session = session::store::find_for_update(tx, *id).await?.ok_or_else(Problem::not_found)?;
            let session = permit::<WriteInSession, _>(&viewer, session)?;
            session.check_takes_place()?;
            let created_at = app.clock.now();
            let due_on = input.due_on.map(NaiveDate::from);
            check_due(due_on, created_at)?;
            let author_id = viewer.person().ok_or_else(Problem::not_found)?;
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
        })
        .await?;
    Ok(read_again(&app, &viewer, id).await?.created(format!("/v1/action-items/{id}")))
}

/// Query parameters of the list of action items.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListActionItems {
    /// Only action items of this pair.
    pair_id: Option<PairId>,
    /// Only action items with this status.
    #[param(inline)]
    status: Option<ActionItemStatus>,
    /// `true`: only action items that you do yourself. Default: `false`.
    #[serde(default)]
    #[param(required = false)]
    mine: bool,
    /// Number of items on a page. Default: 50.
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    /// `next_cursor` of the previous page. Absent: the first page.
    #[param(value_type = Option<String>, max_length = 500)]
    cursor: Option<Cursor<ActionItemId>>,
    /// `exact`: the page also has `total`, the number of items on all pages. Absent: no `total`.
    #[serde(default)]
    #[param(inline, required = false)]
    count: Count,
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
    read_again(&app, &viewer, *id).await
}

pub(super) async fn read_again(app: &App, viewer: &Viewer, id: ActionItemId) -> Result<Shown<ActionItemView>, Problem> {
    let mut tx = app.read_one().await?;
    show(viewer, store::find(&mut tx, id).await?.ok_or_else(Problem::not_found)?)
}
