//! What is done to a webhook over HTTP besides changing it: a new secret, a trial, telling again.

use actix_web::post;
use actix_web::web::Data;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::api::{WebhookView, tell};
use super::model::Webhook;
use super::store;
use crate::db::Tx;
use crate::http::{App, Json, Nothing, Once, Path, Seen};
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

/// Makes a new secret, and tells it, once.
///
/// For admins alone. For 24 hours each call has two signatures, by the new secret and by the one
/// before, so that the receiver can change over in its own time; one that was replaced earlier signs no
/// more. Sent again with the same `Idempotency-Key` the answer holds no secret.
#[utoipa::path(tag = "webhooks", params(("id" = WebhookId, Path)), request_body = Nothing, responses((status = 200, body = WebhookView)))]
#[post("/v1/webhooks/{id}/rotate-secret")]
async fn rotate_webhook_secret(
    app: Data<App>,
    viewer: Viewer,
    id: Path<WebhookId>,
    seen: Seen,
    _input: Json<Nothing>,
    once: Once,
) -> Result<Shown<WebhookView>, Problem> {
    let mut secret = None;
    app.once(&viewer, &once, async |tx| {
        let webhook = permitted::<RotateSecret>(tx, &viewer, *id, &seen).await?;
        let secrets = store::find_secrets(tx, *id).await?.rotated(app.clock.now());
        store::save_secrets(tx, &webhook, &secrets).await?;
        secret = Some(secrets.newest().clone());
        Ok(*id)
    })
    .await?;
    tell(&app, &viewer, *id, secret).await
}

/// Calls a webhook to try it out.
///
/// For admins alone. It gets an event `webhook.test` in a moment, whatever it wants to hear of;
/// `GET /v1/deliveries?recipient_id=` tells how that went. While it is disabled this is refused.
#[utoipa::path(tag = "webhooks", params(("id" = WebhookId, Path)), request_body = Nothing, responses((status = 200, body = WebhookView)))]
#[post("/v1/webhooks/{id}/test")]
async fn test_webhook(
    app: Data<App>,
    viewer: Viewer,
    id: Path<WebhookId>,
    seen: Seen,
    _input: Json<Nothing>,
    once: Once,
) -> Result<Shown<WebhookView>, Problem> {
    app.once(&viewer, &once, async |tx| {
        let webhook = permitted::<TestWebhook>(tx, &viewer, *id, &seen).await?;
        webhook.check_enabled()?;
        outbox::add(tx, &app.clock, Event::WebhookTested(*id), None).await?;
        Ok(*id)
    })
    .await?;
    tell(&app, &viewer, *id, None).await
}

/// Since when to tell again.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"since": "2026-05-01T09:30:00Z"})))]
pub struct ReplayWebhook {
    /// What was told, or should have been, since this moment is told again.
    #[schema(examples("2026-05-01T09:30:00Z"))]
    since: Moment,
}

/// Tells a webhook again what it was told since a moment.
///
/// For admins alone. Whatever was brought to it or given up since then is brought again, in order for
/// each pair and with the same `webhook-id`, so that a receiver knows what it has already. Events from
/// while it was disabled are not among them. While it is disabled this is refused.
#[utoipa::path(tag = "webhooks", params(("id" = WebhookId, Path)), request_body = ReplayWebhook, responses((status = 200, body = WebhookView)))]
#[post("/v1/webhooks/{id}/replay")]
async fn replay_webhook(
    app: Data<App>,
    viewer: Viewer,
    id: Path<WebhookId>,
    seen: Seen,
    input: Json<ReplayWebhook>,
    once: Once,
) -> Result<Shown<WebhookView>, Problem> {
    app.once(&viewer, &once, async |tx| {
        let webhook = permitted::<ReplayDeliveries>(tx, &viewer, *id, &seen).await?;
        webhook.check_enabled()?;
        store::replay(tx, &webhook, input.since.into(), app.clock.now()).await?;
        Ok(*id)
    })
    .await?;
    tell(&app, &viewer, *id, None).await
}

/// The webhook, for what this admin does to it as they know it.
async fn permitted<A: Act>(
    tx: &mut Tx,
    viewer: &Viewer,
    id: WebhookId,
    seen: &Seen,
) -> Result<Permit<A, Webhook>, Problem>
where
    Webhook: Takes<A>,
{
    let webhook = store::find(tx, id).await?.ok_or_else(Problem::not_found)?;
    seen.check(viewer, &webhook)?;
    permit::<A, _>(viewer, webhook)
}
