//! The digest: what can wait goes into one mail a day, at an hour of the recipient's own.

use super::delivery::store;
use crate::http::App;
use crate::ids::EventId;
use crate::outbox::{self, Event};

/// Makes one event of what waited for each person whose hour it is; its mail tells all of it. One instance at a
/// time, as with planning.
pub async fn bundle(app: &App) -> sqlx::Result<()> {
    let now = app.clock.now();
    if !store::is_digest_due(&mut app.look().await?, now).await? {
        return Ok(());
    }
    let mut tx = app.chore().await?;
    for person in store::list_digests_due(&mut tx, now).await? {
        let digest = EventId::new(&app.clock);
        outbox::add_as(&mut tx, &app.clock, digest, Event::DigestDue(person), None).await?;
        store::bundle(&mut tx, person, digest, now).await?;
    }
    tx.commit().await
}
