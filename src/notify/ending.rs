//! When a pair ends, its sessions to come are cancelled: what the room of pairs cannot do, which knows of
//! no sessions.

use super::delivery::model::Trouble;
use crate::http::App;
use crate::ids::PairId;
use crate::sessions::ending::cancel_sessions;

/// Cancels what is still to come.
pub async fn follow(app: &App, pair: PairId) -> Result<(), Trouble> {
    let mut tx = app.chore().await?;
    cancel_sessions(&mut tx, &app.clock, pair, app.clock.now()).await?;
    Ok(tx.commit().await?)
}
