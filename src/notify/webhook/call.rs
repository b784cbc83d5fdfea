//! One call of a webhook.

use chrono::TimeDelta;

use super::client::{WebhookClient, WebhookRequest, WebhookResponse};
use super::model::DisabledReason;
use super::payload::payload_of;
use super::store;
use crate::http::App;
use crate::ids::WebhookId;
use crate::notify::delivery::model::{Delivery, DeliveryError};

/// How long other deliveries wait when the receiver does not answer at all.
const POSTPONE_FOR: TimeDelta = TimeDelta::minutes(1);
/// HTTP status: the receiver is gone for good.
const GONE: u16 = 410;

/// Calls a webhook for one delivery, with its current settings.
pub async fn call(app: &App, webhook_client: &WebhookClient, delivery: &Delivery) -> Result<(), DeliveryError> {
    let id = WebhookId::from(delivery.recipient_id);
    let Some((url, request)) = write(app, id, delivery).await? else { return Ok(()) };
    let answered = webhook_client.send(&url, request).await;
    let error = match answered {
        Ok(WebhookResponse { status: 200..300, .. }) => return Ok(()),
        Ok(WebhookResponse { status: GONE, .. }) => {
            disable(app, id, DisabledReason::Gone).await?;
            return Err(DeliveryError::permanent(DisabledReason::Gone.message()));
        }
        Ok(WebhookResponse { status, wait }) => {
            DeliveryError::Temporary(format!("the receiver answered {status}").into(), wait)
        }
        // The receiver is not the cause: its address is not allowed.
        Err(error @ DeliveryError::Permanent(_)) => error,
        Err(error) => {
            postpone(app, id).await?;
            error
        }
    };
    // This was the last attempt, and no other delivery succeeded since the first: the receiver is gone.
    if delivery.attempts >= delivery.channel.max_attempts()
        && !store::has_received(&mut app.read_one().await?, id, delivery.created_at).await?
    {
        disable(app, id, DisabledReason::GivenUp).await?;
    }
    Err(error)
}

/// The address and the request. `None`: the webhook does not get this event any more.
async fn write(
    app: &App,
    id: WebhookId,
    delivery: &Delivery,
) -> Result<Option<(String, WebhookRequest)>, DeliveryError> {
    let mut tx = app.read().await?;
    let webhook = store::find(&mut tx, id).await?.filter(|webhook| webhook.is_enabled);
    let webhook = webhook.ok_or_else(|| DeliveryError::permanent("the webhook is disabled"))?;
    let event = delivery.event().filter(|event| webhook.is_subscribed_to(*event));
    let Some(payload) = event.and_then(payload_of) else { return Ok(None) };
    let url = webhook.url.ok_or_else(|| {
        DeliveryError::permanent("the sealed address of the webhook cannot be opened; set `url` again")
    })?;
    let happened_at = store::find_moment(&mut tx, delivery.event_id).await?;
    let secrets = store::find_secrets(&mut tx, id).await?;
    let (at, body) = (app.clock.now(), payload.body(webhook.format, delivery, happened_at));
    let signatures = secrets.signatures(delivery.id, at, &body);
    Ok(Some((url, WebhookRequest { id: delivery.id, at, signatures, body })))
}

async fn disable(app: &App, id: WebhookId, reason: DisabledReason) -> sqlx::Result<()> {
    let mut tx = app.system_write().await?;
    store::disable(&mut tx, id, reason, app.clock.now()).await?;
    tx.commit().await
}

/// Postpones the other due deliveries of a webhook, so that receivers that do answer are called first.
async fn postpone(app: &App, id: WebhookId) -> sqlx::Result<()> {
    let (mut tx, now) = (app.system_write().await?, app.clock.now());
    store::postpone_due(&mut tx, id, now, now + POSTPONE_FOR).await?;
    tx.commit().await
}
