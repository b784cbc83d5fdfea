//! The mail of a digest: all that waited for it, as things are now.

use chrono::{DateTime, Utc};
use minijinja::context;
use minijinja::value::Value;

use super::reminders;
use super::store::Recipient;
use crate::db::Tx;
use crate::ids::EventId;
use crate::notify::delivery::model::Trouble;
use crate::notify::delivery::store;
use crate::policy::Viewer;

/// What the template gets: of each event its name, and what a mail about it alone would get. `None`: nothing of it is
/// so any more.
pub async fn facts(
    tx: &mut Tx,
    viewer: &Viewer,
    digest: EventId,
    to: &Recipient,
    now: DateTime<Utc>,
) -> Result<Option<Value>, Trouble> {
    let mut items = Vec::new();
    for bundled in store::list_bundled(tx, digest).await? {
        let Some(event) = bundled.event() else { continue };
        if let Some(facts) = reminders::facts(tx, viewer, event, to, now).await? {
            items.push(context! { kind => bundled.kind, ..facts });
        }
    }
    Ok((!items.is_empty()).then(|| context! { you => to.name.as_str(), items }))
}
