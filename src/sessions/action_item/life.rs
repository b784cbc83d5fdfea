//! HTTP handlers that change, complete and reopen action items.

use actix_web::web::Data;
use actix_web::{patch, post};
use chrono::{DateTime, Utc};
use utoipa_actix_web::service_config::ServiceConfig;

use super::api::{ActionItemView, read};
use super::model::{ActionItem, ActionItemOwner, check_due};
use super::store;
use crate::http::{App, Change, EmptyBody, IdempotencyKey, Json, Path, Preconditions, merge_patch};
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
    /// Changes to an action item. Fields that are left out stay as they are.
    #[schema(examples(json!({"owner": "mentor", "due_on": "2027-03-29"})))]
    ChangeActionItemInput {
        /// Text of the item: what to do.
        text: Text,
        /// Person who does it: the mentor or the mentee.
        owner: ActionItemOwner,
        /// Due date, today or later and within two years. `null` removes it.
        due_on: Option<Day>,
    }
}

/// Change an action item
///
/// Changes the text, the person who does it and the due date. The mentor or the mentee may do this, while the item is
/// `open`; otherwise the problem is `wrong_state`.
#[utoipa::path(tag = "sessions", params(("id" = ActionItemId, Path)), request_body = ChangeActionItemInput, responses((status = 200, body = ActionItemView)))]
#[patch("/v1/action-items/{id}")]
async fn change_action_item(
    app: Data<App>,
    viewer: Viewer,
    id: Path<ActionItemId>,
    seen: Preconditions,
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
    let by = permitted.person();
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
    let answer = read(&mut tx, &viewer, *id).await?;
    tx.commit().await?;
    Ok(answer)
}

/// Complete an action item
///
/// The mentor or the mentee may do this, while the item is `open`; otherwise the problem is `wrong_state`. The item
/// records the person and the time.
#[utoipa::path(tag = "sessions", params(("id" = ActionItemId, Path)), request_body = EmptyBody, responses((status = 200, body = ActionItemView)))]
#[post("/v1/action-items/{id}/complete")]
async fn complete_action_item(
    app: Data<App>,
    viewer: Viewer,
    id: Path<ActionItemId>,
    seen: Preconditions,
    _input: Json<EmptyBody>,
    once: IdempotencyKey,
) -> Result<Shown<ActionItemView>, Problem> {
    change_status(&app, &viewer, *id, &seen, &once, ActionItem::complete, Event::ActionItemCompleted(*id)).await
}

/// Reopen an action item
///
/// The mentor or the mentee may do this, while the item is `completed`; otherwise the problem is `wrong_state`. Later
/// sessions contain the item in `carried_over` again.
#[utoipa::path(tag = "sessions", params(("id" = ActionItemId, Path)), request_body = EmptyBody, responses((status = 200, body = ActionItemView)))]
#[post("/v1/action-items/{id}/reopen")]
async fn reopen_action_item(
    app: Data<App>,
    viewer: Viewer,
    id: Path<ActionItemId>,
    seen: Preconditions,
    _input: Json<EmptyBody>,
    once: IdempotencyKey,
) -> Result<Shown<ActionItemView>, Problem> {
    change_status(&app, &viewer, *id, &seen, &once, ActionItem::reopen, Event::ActionItemReopened(*id)).await
}

/// Changes the status of an item: permission, rules, record, event, answer.
async fn change_status(
    app: &App,
    viewer: &Viewer,
    id: ActionItemId,
    seen: &Preconditions,
    once: &IdempotencyKey,
    rules: impl FnOnce(&mut ActionItem, PersonId, DateTime<Utc>) -> Result<(), Problem>,
    event: Event,
) -> Result<Shown<ActionItemView>, Problem> {
    app.once(
        viewer,
        once,
        async |tx| {
            let item = store::find_for_update(tx, id).await?.ok_or_else(Problem::not_found)?;
            seen.check(viewer, &item)?;
            let permitted = permit::<ChangeActionItem, _>(viewer, item)?;
            let by = permitted.person();
            let item = permitted.change(|item| rules(item, by, app.clock.now()))?;
            store::save(tx, &item).await?;
            outbox::add(tx, &app.clock, event, Some(item.pair_id)).await?;
            Ok(id)
        },
        async |tx, _| read(tx, viewer, id).await,
    )
    .await
}
