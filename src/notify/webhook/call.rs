//! One call of a webhook.

use chrono::TimeDelta;

use super::client::{Answer, Caller, Letter};
use super::model::DisabledReason;
use super::payload::told;
use super::store;
use crate::http::App;
use crate::ids::WebhookId;
use crate::notify::delivery::model::{Delivery, Trouble};

/// Who does not answer at all is not called about anything else for so long.
const REST: TimeDelta = TimeDelta::minutes(1);
/// Its receiver is there no more, and never will be.
const GONE: u16 = 410;

/// Tells a webhook of what happened, as things are now.
pub async fn call(app: &App, caller: &Caller, delivery: &Delivery) -> Result<(), Trouble> {
    let id = WebhookId::from(delivery.recipient_id);
    let Some((url, letter)) = write(app, id, delivery).await? else { return Ok(()) };
    let answered = caller.bring(&url, letter).await;
    let trouble = match answered {
        Ok(Answer { status: 200..300, .. }) => return Ok(()),
        Ok(Answer { status: GONE, .. }) => {
            disable(app, id, DisabledReason::Gone).await?;
            return Err(Trouble::lasting(DisabledReason::Gone.told()));
        }
        Ok(Answer { status, wait }) => Trouble::Passing(format!("the receiver answered {status}").into(), wait),
        // What stands in the way is here.
        Err(trouble @ Trouble::Lasting(_)) => trouble,
        Err(trouble) => {
            rest(app, id).await?;
            trouble
        }
    };
    // The last attempt, and for as long nothing else arrived either: nobody is there.
    if delivery.attempts >= delivery.channel.most_attempts()
        && !store::has_heard(&mut app.look().await?, id, delivery.created_at).await?
    {
        disable(app, id, DisabledReason::GivenUp).await?;
    }
    Err(trouble)
}

/// Whom to call, and the letter. `None`: it does not want to hear of it, or may not any more.
async fn write(app: &App, id: WebhookId, delivery: &Delivery) -> Result<Option<(String, Letter)>, Trouble> {
    let mut tx = app.read().await?;
    let webhook = store::find(&mut tx, id).await?.filter(|webhook| webhook.is_enabled);
    let webhook = webhook.ok_or_else(|| Trouble::lasting("the webhook is disabled"))?;
    let event = delivery.event().filter(|event| webhook.hears(*event));
    let Some(told) = event.and_then(told) else { return Ok(None) };
    let url = webhook.url.ok_or_else(|| Trouble::lasting("its address does not open: set it anew"))?;
    let happened_at = store::find_moment(&mut tx, delivery.event_id).await?;
    let secrets = store::find_secrets(&mut tx, id).await?;
    let (at, body) = (app.clock.now(), told.body(webhook.format, delivery, happened_at));
    let signatures = secrets.signatures(delivery.id, at, &body);
    Ok(Some((url, Letter { id: delivery.id, at, signatures, body })))
}

async fn disable(app: &App, id: WebhookId, reason: DisabledReason) -> sqlx::Result<()> {
    let mut tx = app.chore().await?;
    store::disable(&mut tx, id, reason, app.clock.now()).await?;
    tx.commit().await
}

/// What else is due for a webhook waits, so that those who do answer are called meanwhile.
async fn rest(app: &App, id: WebhookId) -> sqlx::Result<()> {
    let (mut tx, now) = (app.chore().await?, app.clock.now());
    store::postpone_due(&mut tx, id, now, now + REST).await?;
    tx.commit().await
}
