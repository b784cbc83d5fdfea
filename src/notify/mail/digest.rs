//! The digest mail: everything that waited for it, from the current records.

use minijinja::context;

use super::contents::{MailContents, MailContext};
use super::events;
use crate::db::Tx;
use crate::ids::EventId;
use crate::notify::delivery::model::DeliveryError;
use crate::notify::delivery::store;

/// The contents of a digest: for each event its name and the facts for its own mail. `None`: no event applies any more.
pub async fn contents_of(
    tx: &mut Tx,
    by: MailContext<'_>,
    digest: EventId,
) -> Result<Option<MailContents>, DeliveryError> {
    let mut items = Vec::new();
    for bundled in store::list_bundled(tx, digest).await? {
        let Some(event) = bundled.event() else { continue };
        if let Some(contents) = events::contents_of(tx, by, event).await? {
            items.push(context! { kind => bundled.kind, ..contents.facts });
        }
    }
    let facts = (!items.is_empty()).then(|| context! { you => by.to.name.as_str(), items });
    Ok(facts.map(MailContents::without_calendar))
}
