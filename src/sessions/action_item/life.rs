//! The life of an action item over HTTP: changed, done, not done after all.

use actix_web::web::Data;
use actix_web::{patch, post};
use chrono::{DateTime, Utc};
use utoipa_actix_web::service_config::ServiceConfig;

use super::api::{ActionItemView, read_again};
use super::model::{ActionItem, Owner, check_due};
use super::store;
use crate::http::{App, Change, Json, Nothing, Once, Path, Seen, merge_patch};
use crate::ids::{ActionItemId, PersonId};
use crate::outbox::{self, Event};
use crate::policy::acts::ChangeActionItem;
use crate::policy::{Sealed, Shown, Viewer, permit, show};
use crate::problem::Problem;
use crate::text::Text;
use crate::time::Day;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(change_action_item).service(complete_action_item).service(reopen_action_item);
}

merge_patch! {
    /// What to change of an action item.
    #[schema(examples(json!({"owner": "mentor", "due_on": "2027-03-29"})))]
    ChangeActionItemInput {
        /// What is to be done.
        text: Text,
        /// Which of the two does it.
        owner: Owner,
        /// By when; `null` leaves it open.
        due_on: Option<Day>,
    }
}

/// Changes an action item: what, who, by when.
///
/// Either of the two may, as long as it is `open`.
#[utoipa::path(tag = "sessions", params(("id" = ActionItemId, Path)), request_body = ChangeActionItemInput, responses((status = 200, body = ActionItemView)))]
#[patch("/v1/action-items/{id}")]
async fn change_action_item(
    app: Data<App>,
    viewer: Viewer,
    id: Path<ActionItemId>,
    seen: Seen,
    input: Json<ChangeActionItemInput>,
) -> Result<Shown<ActionItemView>, Problem> {
    let input = input.into_inner();
    let mut tx = app.write(&viewer).await?;
    let item = store::find(&mut tx, *id).await?.ok_or_else(Problem::not_found)?;
    seen.check(&viewer, &item)?;
    let now = app.clock.now();
    let permitted = permit::<ChangeActionItem, _>(&viewer, item)?;
    if input.is_empty() {
        return show(&viewer, permitted.unchanged());
    }
    let by = viewer.person().ok_or_else(Problem::not_found)?;
    let item = permitted.change(|item| {
        item.check_is_open()?;
        let due_on = input.due_on.date();
        check_due(due_on.set().copied().flatten(), now)?;
        if let Change::Set(owner) = input.owner {
            item.owner_id = owner.person(&item.standing);
        }
        input.text.map(|text| Sealed::new(by, text)).apply(&mut item.text);
        due_on.apply(&mut item.due_on);
        item.updated_at = now;
        Ok(())
    })?;
    store::save(&mut tx, &item).await?;
    tx.commit().await?;
    read_again(&app, &viewer, *id).await
}

/// Says that an action item is done.
///
/// Either of the two may; the item remembers who did and when.
#[utoipa::path(tag = "sessions", params(("id" = ActionItemId, Path)), request_body = Nothing, responses((status = 200, body = ActionItemView)))]
#[post("/v1/action-items/{id}/complete")]
async fn complete_action_item(
    app: Data<App>,
    viewer: Viewer,
    id: Path<ActionItemId>,
    seen: Seen,
    _input: Json<Nothing>,
    once: Once,
) -> Result<Shown<ActionItemView>, Problem> {
    live_on(&app, &viewer, *id, &seen, &once, ActionItem::complete, Event::ActionItemCompleted(*id)).await
}

/// Says that an action item is not done after all.
///
/// Either of the two may; it comes with the next session again.
#[utoipa::path(tag = "sessions", params(("id" = ActionItemId, Path)), request_body = Nothing, responses((status = 200, body = ActionItemView)))]
#[post("/v1/action-items/{id}/reopen")]
async fn reopen_action_item(
    app: Data<App>,
    viewer: Viewer,
    id: Path<ActionItemId>,
    seen: Seen,
    _input: Json<Nothing>,
    once: Once,
) -> Result<Shown<ActionItemView>, Problem> {
    live_on(&app, &viewer, *id, &seen, &once, ActionItem::reopen, Event::ActionItemReopened(*id)).await
}

/// One step of an item's life: leave, rules, the record, the event, the answer.
async fn live_on(
    app: &App,
    viewer: &Viewer,
    id: ActionItemId,
    seen: &Seen,
    once: &Once,
    rules: impl FnOnce(&mut ActionItem, PersonId, DateTime<Utc>) -> Result<(), Problem>,
    event: Event,
) -> Result<Shown<ActionItemView>, Problem> {
    app.once(viewer, once, async |tx| {
        let item = store::hold(tx, id).await?.ok_or_else(Problem::not_found)?;
        seen.check(viewer, &item)?;
        let permitted = permit::<ChangeActionItem, _>(viewer, item)?;
        let by = viewer.person().ok_or_else(Problem::not_found)?;
        let item = permitted.change(|item| rules(item, by, app.clock.now()))?;
        store::save(tx, &item).await?;
        outbox::add(tx, &app.clock, event, Some(item.pair_id)).await?;
        Ok(id)
    })
    .await?;
    read_again(app, viewer, id).await
}
