//! The preferences of several people, for planning notices and mails.

use chrono::{DateTime, Utc};

use super::model::{NoticeGroup, NoticePreferences};
use super::store;
use crate::db::{Ids, Tx};
use crate::http::App;
use crate::ids::PersonId;
use crate::notify::delivery::model::DeliveryError;

/// The preferences of some people. A person who is missing has the default.
#[derive(Debug)]
pub struct Chosen(Vec<NoticePreferences>);

impl Chosen {
    /// Reads the preferences of these people.
    pub async fn by(tx: &mut Tx, people: Ids) -> sqlx::Result<Self> {
        store::list(tx, people).await.map(Self)
    }

    fn of(&self, person: PersonId) -> Option<&NoticePreferences> {
        self.0.iter().find(|chosen| chosen.person_id == person)
    }

    /// Whether a person wants mail about this topic.
    pub fn wants_mail(&self, person: PersonId, group: Option<NoticeGroup>) -> bool {
        !group.is_some_and(|group| self.of(person).is_some_and(|chosen| chosen.mail_off.contains(&group)))
    }

    /// Whether a person wants notices about this topic.
    pub fn wants_notice(&self, person: PersonId, group: Option<NoticeGroup>) -> bool {
        !group.is_some_and(|group| self.of(person).is_some_and(|chosen| chosen.in_app_off.contains(&group)))
    }

    /// Time of a person's next digest. `None`: the person wants no digest.
    pub fn next_digest(&self, person: PersonId, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.of(person)?.next_digest(now)
    }
}

/// Postpones a delivery during the quiet hours of a person, until they end.
pub async fn wait_for_quiet(app: &App, person: PersonId) -> Result<(), DeliveryError> {
    let chosen = store::find(&mut app.read().await?, person).await?;
    match chosen.and_then(|chosen| chosen.quiet_until(app.clock.now())) {
        Some(end) => Err(DeliveryError::TooEarly(end)),
        None => Ok(()),
    }
}
