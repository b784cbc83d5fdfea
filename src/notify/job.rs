//! Deliveries, channel by channel. Each instance plans and delivers what no other instance has claimed.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::timeout;

use super::delivery::model::{Channel, Delivery, DeliveryError};
use super::delivery::store;
use super::digest;
use super::plan::plan;
use crate::http::App;

/// Number of deliveries that are claimed at once.
const BATCH: i64 = 10;
/// Longest time of one attempt. All deliveries that are claimed at once fit into the lease.
const TIMEOUT: Duration = Duration::from_secs(20);
/// Plans events, and delivers a batch on one channel. Returns whether there was any work.
pub async fn round(
    app: &App,
    channel: Channel,
    deliver: impl AsyncFn(&Delivery) -> Result<(), DeliveryError>,
) -> sqlx::Result<bool> {
    if channel == Channel::Mail {
        digest::bundle(app).await?;
    }
    if !store::is_due(&mut app.read_one().await?, channel, app.clock.now()).await? {
        return Ok(false);
    }
    let planned = plan(app).await?;
    let mut tx = app.system_write().await?;
    let claimed = store::claim(&mut tx, channel, app.clock.now(), BATCH).await?;
    // The claim is durable before the delivery, so that the attempt counts even if this process dies.
    tx.commit().await?;
    let has_work = planned > 0 || !claimed.is_empty();
    // No two claimed deliveries have the same pair and recipient, so none has to wait for another.
    let settled = claimed.into_iter().map(async |mut delivery| {
        attempt(app, &mut delivery, &deliver).await;
        let mut tx = app.system_write().await?;
        store::settle(&mut tx, &delivery).await?;
        tx.commit().await
    });
    join_all(settled).await.into_iter().collect::<sqlx::Result<()>>()?;
    Ok(has_work)
}

async fn attempt(app: &App, delivery: &mut Delivery, deliver: &impl AsyncFn(&Delivery) -> Result<(), DeliveryError>) {
    if app.is_stopping() {
        return delivery.release(&app.clock);
    }
    if delivery.attempts > delivery.channel.max_attempts() {
        return delivery.fail(DeliveryError::permanent("the service stopped during the last attempt"), &app.clock);
    }
    let late = Err(DeliveryError::temporary("the attempt took longer than 20 seconds"));
    match timeout(TIMEOUT, deliver(delivery)).await.unwrap_or(late) {
        Ok(()) => delivery.mark_delivered(&app.clock),
        Err(error) => delivery.fail(error, &app.clock),
    }
}
