//! The mail of a digest: all that waited for it, as things are now.

use minijinja::context;

use super::letter::Told;
use super::reminders;
use super::session::Writer;
use crate::db::Tx;
use crate::ids::EventId;
use crate::notify::delivery::model::Trouble;
use crate::notify::delivery::store;

/// What the template gets: of each event its name, and what a mail about it alone would get. `None`: nothing of it is
/// so any more.
pub async fn told_of(tx: &mut Tx, by: Writer<'_>, digest: EventId) -> Result<Option<Told>, Trouble> {
    let mut items = Vec::new();
    for bundled in store::list_bundled(tx, digest).await? {
        let Some(event) = bundled.event() else { continue };
        if let Some(told) = reminders::told_of(tx, by, event).await? {
            items.push(context! { kind => bundled.kind, ..told.facts });
        }
    }
    let facts = (!items.is_empty()).then(|| context! { you => by.to.name.as_str(), items });
    Ok(facts.map(Told::without_calendar))
}
