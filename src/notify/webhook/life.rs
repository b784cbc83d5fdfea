//! Actions on a webhook over HTTP: a new secret, a test call, and a repetition of its deliveries.

use std::cell::Cell;

use actix_web::post;
use actix_web::web::Data;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::api::{WebhookView, answer};
use super::model::Webhook;
use super::store;
use crate::db::Tx;
use crate::http::{App, EmptyBody, IdempotencyKey, Json, Path, Preconditions};
use crate::ids::WebhookId;
use crate::outbox::{self, Event};
use crate::policy::acts::{ReplayDeliveries, RotateSecret, TestWebhook};
use crate::policy::{Act, Permit, Shown, Takes, Viewer, permit};
use crate::problem::Problem;
use crate::time::Moment;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(rotate_webhook_secret).service(test_webhook).service(replay_webhook);
}

/// Replace the secret of a webhook
///
/// Only admins may do this. The answer has the new secret, once. If you repeat the request with the same
/// `Idempotency-Key`, `secret` is `null`.
///
/// For 24 hours each call has two signatures, one with the new secret and one with the previous secret, so that the
/// receiver has time to change. Older secrets no longer sign.
#[utoipa::path(tag = "webhooks", params(("id" = WebhookId, Path)), request_body = EmptyBody, responses((status = 200, body = WebhookView)))]
#[post("/v1/webhooks/{id}/rotate-secret")]
async fn rotate_webhook_secret(
    app: Data<App>,
    viewer: Viewer,
    id: Path<WebhookId>,
    seen: Preconditions,
    _input: Json<EmptyBody>,
    once: IdempotencyKey,
) -> Result<Shown<WebhookView>, Problem> {
    let secret = Cell::new(None);
    app.once(
        &viewer,
        &once,
        async |tx| {
            let webhook = permitted::<RotateSecret>(tx, &viewer, *id, &seen).await?;
            let secrets = store::find_secrets(tx, *id).await?.rotated(app.clock.now());
            store::save_secrets(tx, &webhook, &secrets).await?;
            secret.set(Some(secrets.newest().clone()));
            Ok(*id)
        },
        async |tx, id| answer(tx, &viewer, id, secret.take()).await,
    )
    .await
}

/// Send a test event to a webhook
///
/// Only admins may do this. The webhook soon gets an event `webhook.test`, even if `kinds` does not have it. See the
/// result with `GET /v1/deliveries?recipient_id=…`. A disabled webhook gets `wrong_state`.
#[utoipa::path(tag = "webhooks", params(("id" = WebhookId, Path)), request_body = EmptyBody, responses((status = 200, body = WebhookView)))]
#[post("/v1/webhooks/{id}/test")]
async fn test_webhook(
    app: Data<App>,
    viewer: Viewer,
    id: Path<WebhookId>,
    seen: Preconditions,
    _input: Json<EmptyBody>,
    once: IdempotencyKey,
) -> Result<Shown<WebhookView>, Problem> {
    app.once(
        &viewer,
        &once,
        async |tx| {
            let webhook = permitted::<TestWebhook>(tx, &viewer, *id, &seen).await?;
            webhook.check_enabled()?;
            outbox::add(tx, &app.clock, Event::WebhookTested(*id), None).await?;
            Ok(*id)
        },
        async |tx, id| answer(tx, &viewer, id, None).await,
    )
    .await
}

/// The time from which to repeat deliveries.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"since": "2026-05-01T09:30:00Z"})))]
pub struct ReplayWebhook {
    /// Deliveries that were planned at or after this time are repeated.
    #[schema(examples("2026-05-01T09:30:00Z"))]
    since: Moment,
}

/// Send past events again
///
/// Only admins may do this. Calls the webhook again for each delivery that was planned since `since`, successful or
/// not.
///
/// - The events of one pair keep their order.
/// - Each call has the same `webhook-id` as before, so that the receiver can recognise a call that it has already.
/// - Events from a time when the webhook was disabled are not repeated.
/// - A disabled webhook gets `wrong_state`.
#[utoipa::path(tag = "webhooks", params(("id" = WebhookId, Path)), request_body = ReplayWebhook, responses((status = 200, body = WebhookView)))]
#[post("/v1/webhooks/{id}/replay")]
async fn replay_webhook(
    app: Data<App>,
    viewer: Viewer,
    id: Path<WebhookId>,
    seen: Preconditions,
    input: Json<ReplayWebhook>,
    once: IdempotencyKey,
) -> Result<Shown<WebhookView>, Problem> {
    app.once(
        &viewer,
        &once,
        async |tx| {
            let webhook = permitted::<ReplayDeliveries>(tx, &viewer, *id, &seen).await?;
            webhook.check_enabled()?;
            store::replay(tx, &webhook, input.since.into(), app.clock.now()).await?;
            Ok(*id)
        },
        async |tx, id| answer(tx, &viewer, id, None).await,
    )
    .await
}

/// Loads a webhook, checks the preconditions and gives the permit for an act.
async fn permitted<A: Act>(
    tx: &mut Tx,
    viewer: &Viewer,
    id: WebhookId,
    seen: &Preconditions,
) -> Result<Permit<A, Webhook>, Problem>
where
    Webhook: Takes<A>,
{
    let webhook = store::find(tx, id).await?.ok_or_else(Problem::not_found)?;
    seen.check(viewer, &webhook)?;
    permit::<A, _>(viewer, webhook)
}
