//! What happens to sessions when a pair ends: future sessions are cancelled. The module `pairs` does not know sessions.

use super::delivery::model::DeliveryError;
use crate::http::App;
use crate::ids::PairId;
use crate::sessions::ending::cancel_sessions;

/// Cancels the future sessions of a pair.
pub async fn apply(app: &App, pair: PairId) -> Result<(), DeliveryError> {
    let mut tx = app.system_write().await?;
    cancel_sessions(&mut tx, &app.clock, pair, app.clock.now()).await?;
    Ok(tx.commit().await?)
}
