//! Mails about sessions: what they tell, and the invitation that calendars take from them.

use chrono::{DateTime, Utc};
use lettre::message::Mailbox;
use minijinja::value::Value;

use super::letter::{Told, local, mailbox, told, unshown};
use super::store::{self, Recipient};
use crate::db::Tx;
use crate::ids::SessionId;
use crate::notify::calendar::entry::Entry;
use crate::notify::calendar::{Invitation, Method, invitation, series_invitation};
use crate::notify::delivery::model::Trouble;
use crate::notify::outline::{Outline, OutlineView};
use crate::outbox::Event;
use crate::policy::{Viewer, show_all};
use crate::sessions::series::model::{Series, Step};
use crate::sessions::series::store as series;
use crate::sessions::session::model::{Session, SessionStatus};
use crate::sessions::session::store as sessions;

/// Who writes to whom.
#[derive(Clone, Copy)]
pub struct Writer<'a> {
    /// The recipient, as who looks.
    pub viewer: &'a Viewer,
    /// Who gets it.
    pub to: &'a Recipient,
    /// Who sends it.
    pub from: &'a Mailbox,
    /// When.
    pub now: DateTime<Utc>,
}

/// What a mail about this event tells. What is no longer so, a later event tells.
pub async fn told_of(tx: &mut Tx, by: Writer<'_>, event: Event) -> Result<Option<Told>, Trouble> {
    match event {
        Event::SessionScheduled(id) => {
            let Some(session) = sessions::find_bare(tx, id).await? else { return Ok(None) };
            match series::find(tx, &session).await? {
                // The first one of a series stands for all.
                Some(series) if series.id == id => by.series(tx, session, series).await,
                Some(_) => Ok(None),
                None => by.one(tx, session).await,
            }
        }
        Event::SessionChanged(id) => match sessions::find_bare(tx, id).await? {
            Some(session) => by.one(tx, session).await,
            None => Ok(None),
        },
        Event::SessionRescheduled(id) => match successor(tx, id).await? {
            Some(session) => by.one(tx, session).await,
            None => Ok(None),
        },
        Event::SessionCancelled(id) => match sessions::find_bare(tx, id).await? {
            Some(session) => by.cancelled(tx, session).await,
            None => Ok(None),
        },
        _ => Ok(None),
    }
}

async fn successor(tx: &mut Tx, id: SessionId) -> sqlx::Result<Option<Session>> {
    match sessions::find_successor(tx, id).await? {
        Some(id) => sessions::find_bare(tx, id).await,
        None => Ok(None),
    }
}

impl Writer<'_> {
    /// One session as it is to be.
    async fn one(self, tx: &mut Tx, session: Session) -> Result<Option<Told>, Trouble> {
        // Nobody is invited to what is over, after a weekend without a mail server for example.
        if session.status != SessionStatus::Scheduled || session.ends_at() <= self.now {
            return Ok(None);
        }
        let (to, views) = (list_attendees(tx, &session).await?, self.look_at(vec![session])?);
        let calendar = invitation(Method::Request, &entries(&views), &self.invites(&to));
        Ok(self.tell(&views, &[], (Method::Request, calendar)))
    }

    /// A series, as far as any of it is to come.
    async fn series(self, tx: &mut Tx, first: Session, series: Series) -> Result<Option<Told>, Trouble> {
        let is_over =
            first.status == SessionStatus::Cancelled && sessions::list_following(tx, &first).await?.is_empty();
        let (to, views) = (list_attendees(tx, &first).await?, self.look_at(vec![first])?);
        let Some(entry) = entries(&views).pop().filter(|_| !is_over) else { return Ok(None) };
        let calendar = series_invitation(Method::Request, entry, &series, &self.invites(&to));
        let repeats = [("repeats", Value::from(repeats(&series)))];
        Ok(self.tell(&views, &repeats, (Method::Request, calendar)))
    }

    /// A session that will not take place, with those of its series that went with it: one mail.
    async fn cancelled(self, tx: &mut Tx, session: Session) -> Result<Option<Told>, Trouble> {
        if session.status != SessionStatus::Cancelled {
            return Ok(None);
        }
        let to = list_attendees(tx, &session).await?;
        let (all, series) = match series::find(tx, &session).await? {
            Some(series) => (sessions::list_cancelled_with(tx, &session).await?, Some(series)),
            None => (vec![session.clone()], None),
        };
        if all.first().is_none_or(|first| first.id != session.id) {
            return Ok(None);
        }
        let (also, views) = (all.len() - 1, self.look_at(all)?);
        #[cfg(feature = "planted-leaks")]
        let also = crate::leaks::Leak::MailToLead.told().and_then(|reason| reason.parse().ok()).unwrap_or(also);
        let mut entries = entries(&views);
        let is_whole = series.as_ref().is_some_and(|series| usize::try_from(series.times.get()) == Ok(entries.len()));
        let calendar = match series.filter(|_| is_whole) {
            Some(series) => series_invitation(Method::Cancel, entries.swap_remove(0), &series, &self.invites(&to)),
            None => invitation(Method::Cancel, &entries, &self.invites(&to)),
        };
        Ok(self.tell(&views, &[("also", Value::from(also))], (Method::Cancel, calendar)))
    }

    fn tell(self, views: &[OutlineView], more: &[(&str, Value)], calendar: (Method, String)) -> Option<Told> {
        Some(Told { facts: self.facts(views.first()?, more), calendar: Some(calendar) })
    }

    /// What the template gets of a session, and what else there is.
    pub(super) fn facts(self, news: &OutlineView, more: &[(&str, Value)]) -> Value {
        let other = if self.viewer.is(news.mentor_id) { &news.mentee } else { &news.mentor };
        let when = news.starts_at.clone().into_value().map(|at| local(at, &self.to.time_zone));
        told(self.to, other, news, &[more, &[("when", Value::from(when))]].concat())
    }

    /// Once for all that one mail tells of them.
    pub(super) fn look_at(self, sessions: Vec<Session>) -> Result<Vec<OutlineView>, Trouble> {
        show_all(self.viewer, sessions.into_iter().map(Outline).collect()).map_err(unshown)
    }

    const fn invites<'a>(&'a self, attendees: &'a [Mailbox]) -> Invitation<'a> {
        Invitation { organizer: self.from, attendees }
    }
}

fn entries(views: &[OutlineView]) -> Vec<Entry> {
    views.iter().filter_map(Entry::of).collect()
}

async fn list_attendees(tx: &mut Tx, session: &Session) -> sqlx::Result<Vec<Mailbox>> {
    let two = store::list_addressed(tx, session.standing.mentor_id, session.standing.mentee_id).await?;
    Ok(two.iter().filter_map(|person| mailbox(person).ok()).collect())
}

/// In words.
fn repeats(series: &Series) -> String {
    let times = series.times.get();
    match series.step() {
        Some(Step::Weeks(1)) => format!("every week, {times} times"),
        Some(Step::Weeks(weeks)) => format!("every {weeks} weeks, {times} times"),
        Some(Step::Month(_)) | None => format!("every month, {times} times"),
    }
}
