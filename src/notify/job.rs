//! The workers: each instance plans and delivers what no other one has taken.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::delivery::model::{Channel, Delivery, Trouble};
use super::delivery::store;
use super::digest;
use super::plan::plan;
use crate::http::App;

/// So many deliveries are claimed at once.
const AT_ONCE: i64 = 10;
/// One delivery may take this long. All that are claimed at once fit into the lease.
const PATIENCE: Duration = Duration::from_secs(20);
/// Between two looks whether there is anything to do.
const PAUSE: Duration = Duration::from_secs(1);

/// Plans and delivers until the service stops. A channel that is slow holds up no other.
pub async fn work(app: &App, deliver: impl AsyncFn(&Delivery) -> Result<(), Trouble>) {
    join_all(Channel::ALL.map(|channel| work_on(app, channel, &deliver))).await;
}

async fn work_on(app: &App, channel: Channel, deliver: impl AsyncFn(&Delivery) -> Result<(), Trouble>) {
    let mut moment = interval(PAUSE);
    moment.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while !app.is_stopping() {
        moment.tick().await;
        // What happens on a held clock is a play: nobody is told of it.
        while !app.is_stopping() && !app.clock.is_held() {
            match round(app, channel, &deliver).await {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    tracing::warn!(%error, "what happened is not delivered now");
                    break;
                }
            }
        }
    }
}

/// Plans, and delivers some on one channel; tells whether there was anything to do.
pub async fn round(
    app: &App,
    channel: Channel,
    deliver: impl AsyncFn(&Delivery) -> Result<(), Trouble>,
) -> sqlx::Result<bool> {
    if channel == Channel::Mail {
        digest::bundle(app).await?;
    }
    if !store::is_due(&mut app.look().await?, channel, app.clock.now()).await? {
        return Ok(false);
    }
    let planned = plan(app).await?;
    let mut tx = app.chore().await?;
    let claimed = store::claim(&mut tx, channel, app.clock.now(), AT_ONCE).await?;
    // Durable before anybody is told: should this process die, the attempt counts.
    tx.commit().await?;
    let has_work = planned > 0 || !claimed.is_empty();
    // No two of them are of one line, so none waits for another.
    let settled = claimed.into_iter().map(async |mut delivery| {
        attempt(app, &mut delivery, &deliver).await;
        let mut tx = app.chore().await?;
        store::settle(&mut tx, &delivery).await?;
        tx.commit().await
    });
    join_all(settled).await.into_iter().collect::<sqlx::Result<()>>()?;
    Ok(has_work)
}

async fn attempt(app: &App, delivery: &mut Delivery, deliver: &impl AsyncFn(&Delivery) -> Result<(), Trouble>) {
    if app.is_stopping() {
        return delivery.give_back(&app.clock);
    }
    if delivery.attempts > delivery.channel.most_attempts() {
        return delivery.fail(Trouble::lasting("whoever delivered it died of it"), &app.clock);
    }
    let late = Err(Trouble::passing("it took too long"));
    match timeout(PATIENCE, deliver(delivery)).await.unwrap_or(late) {
        Ok(()) => delivery.arrive(&app.clock),
        Err(trouble) => delivery.fail(trouble, &app.clock),
    }
}
