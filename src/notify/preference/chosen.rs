//! What people chose, for whoever tells them.

use chrono::{DateTime, Utc};

use super::model::{NoticeGroup, NoticePreferences};
use super::store;
use crate::db::{Ids, Tx};
use crate::http::App;
use crate::ids::PersonId;
use crate::notify::delivery::model::Trouble;

/// What some people chose.
#[derive(Debug)]
pub struct Chosen(Vec<NoticePreferences>);

impl Chosen {
    /// What these people chose.
    pub async fn by(tx: &mut Tx, people: Ids) -> sqlx::Result<Self> {
        store::list(tx, people).await.map(Self)
    }

    fn of(&self, person: PersonId) -> Option<&NoticePreferences> {
        self.0.iter().find(|chosen| chosen.person_id == person)
    }

    /// Whether a person wants mail of this.
    pub fn wants_mail(&self, person: PersonId, group: Option<NoticeGroup>) -> bool {
        !group.is_some_and(|group| self.of(person).is_some_and(|chosen| chosen.mail_off.contains(&group)))
    }

    /// Whether a person wants notices of this.
    pub fn wants_notice(&self, person: PersonId, group: Option<NoticeGroup>) -> bool {
        !group.is_some_and(|group| self.of(person).is_some_and(|chosen| chosen.in_app_off.contains(&group)))
    }

    /// When a person's next digest goes out, if they want one.
    pub fn next_digest(&self, person: PersonId, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.of(person)?.next_digest(now)
    }
}

/// During the quiet hours of a person: not before they end.
pub async fn wait_for_quiet(app: &App, person: PersonId) -> Result<(), Trouble> {
    let chosen = store::find(&mut app.read().await?, person).await?;
    match chosen.and_then(|chosen| chosen.quiet_until(app.clock.now())) {
        Some(end) => Err(Trouble::Early(end)),
        None => Ok(()),
    }
}
