//! The digest: one mail a day, at an hour that the recipient chose, with all mails that can wait.

use super::delivery::store;
use crate::http::App;
use crate::ids::EventId;
use crate::outbox::{self, Event};

/// Makes one digest event for each person whose digest is due. Its mail has everything that waited. One instance at a
/// time does this, as with planning.
pub async fn bundle(app: &App) -> sqlx::Result<()> {
    let now = app.clock.now();
    if !store::is_digest_due(&mut app.read_one().await?, now).await? {
        return Ok(());
    }
    let mut tx = app.system_write().await?;
    for person in store::list_digests_due(&mut tx, now).await? {
        let digest = EventId::new(&app.clock);
        outbox::add_as(&mut tx, &app.clock, digest, Event::DigestDue(person), None).await?;
        store::bundle(&mut tx, person, digest, now).await?;
    }
    tx.commit().await
}
