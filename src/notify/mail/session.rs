//! The contents of mails about sessions, and their calendar invitations.

use lettre::message::Mailbox;
use minijinja::value::Value;

use super::contents::{MailContents, MailContext, cannot_read, local, mailbox, template_facts};
use super::store;
use crate::db::Tx;
use crate::ids::SessionId;
use crate::notify::calendar::entry::Entry;
use crate::notify::calendar::{Invitation, Method, invitation, series_invitation};
use crate::notify::delivery::model::DeliveryError;
use crate::notify::outline::{Outline, OutlineView};
use crate::outbox::Event;
use crate::policy::show_all;
use crate::sessions::series::model::{Series, SeriesInterval};
use crate::sessions::series::store as series;
use crate::sessions::session::model::{Session, SessionStatus};
use crate::sessions::session::store as sessions;

/// The contents of a mail about this event. `None`: the session has changed again, and a later event has the news.
pub async fn contents_of(
    tx: &mut Tx,
    by: MailContext<'_>,
    event: Event,
) -> Result<Option<MailContents>, DeliveryError> {
    match event {
        Event::SessionScheduled(id) => {
            let Some(session) = sessions::find_bare(tx, id).await? else { return Ok(None) };
            match series::find(tx, &session).await? {
                // The mail about the first session covers the whole series.
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

impl MailContext<'_> {
    /// The mail about one session in the future.
    async fn one(self, tx: &mut Tx, session: Session) -> Result<Option<MailContents>, DeliveryError> {
        // The session may have ended before the mail could be sent, for example if the mail server was down.
        if session.status != SessionStatus::Scheduled || session.ends_at() <= self.now {
            return Ok(None);
        }
        let (to, views) = (list_attendees(tx, &session).await?, self.view_all(vec![session])?);
        let calendar = invitation(Method::Request, &entries(&views), &self.invites(&to));
        Ok(self.tell(&views, &[], (Method::Request, calendar)))
    }

    /// The mail about a series with at least one session in the future.
    async fn series(self, tx: &mut Tx, first: Session, series: Series) -> Result<Option<MailContents>, DeliveryError> {
        let is_over =
            first.status == SessionStatus::Cancelled && sessions::list_following(tx, &first).await?.is_empty();
        let (to, views) = (list_attendees(tx, &first).await?, self.view_all(vec![first])?);
        let Some(entry) = entries(&views).pop().filter(|_| !is_over) else { return Ok(None) };
        let calendar = series_invitation(Method::Request, entry, &series, &self.invites(&to));
        let repeats = [("repeats", Value::from(repeats(&series)))];
        Ok(self.tell(&views, &repeats, (Method::Request, calendar)))
    }

    /// One mail about a cancelled session and the sessions of its series that were cancelled with it.
    async fn cancelled(self, tx: &mut Tx, session: Session) -> Result<Option<MailContents>, DeliveryError> {
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
        let (also, views) = (all.len() - 1, self.view_all(all)?);
        let mut entries = entries(&views);
        let is_whole = series.as_ref().is_some_and(|series| usize::try_from(series.times.get()) == Ok(entries.len()));
        let calendar = match series.filter(|_| is_whole) {
            Some(series) => series_invitation(Method::Cancel, entries.swap_remove(0), &series, &self.invites(&to)),
            None => invitation(Method::Cancel, &entries, &self.invites(&to)),
        };
        Ok(self.tell(&views, &[("also", Value::from(also))], (Method::Cancel, calendar)))
    }

    fn tell(self, views: &[OutlineView], more: &[(&str, Value)], calendar: (Method, String)) -> Option<MailContents> {
        Some(MailContents { facts: self.facts(views.first()?, more), calendar: Some(calendar) })
    }

    /// The facts about a session for the template, with `more`.
    pub(super) fn facts(self, news: &OutlineView, more: &[(&str, Value)]) -> Value {
        let other = if self.viewer.is(news.mentor_id) { &news.mentee } else { &news.mentor };
        let when = news.starts_at.clone().into_value().map(|at| local(at, &self.to.time_zone));
        template_facts(self.to, other, news, &[more, &[("when", Value::from(when))]].concat())
    }

    /// Opens the sessions for the recipient, so that one mail makes one read event.
    pub(super) fn view_all(self, sessions: Vec<Session>) -> Result<Vec<OutlineView>, DeliveryError> {
        show_all(self.viewer, sessions.into_iter().map(Outline).collect()).map_err(cannot_read)
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

/// How a series repeats, as text.
fn repeats(series: &Series) -> String {
    let times = series.times.get();
    match series.interval() {
        Some(SeriesInterval::Weeks(1)) => format!("every week, {times} times"),
        Some(SeriesInterval::Weeks(weeks)) => format!("every {weeks} weeks, {times} times"),
        Some(SeriesInterval::Month(_)) | None => format!("every month, {times} times"),
    }
}
