//! One mail: what happened, as its recipient may see it.

use std::time::SystemTime;

use chrono::{DateTime, Utc};
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message};
use minijinja::context;
use minijinja::value::{Serde, Value};
use serde::Serialize;

use super::Mail;
use super::news::{PairNews, SessionNews};
use super::store::{self, Recipient};
use super::words::Written;
use super::{digest, reminders};
use crate::db::{Asker, Tx};
use crate::http::App;
use crate::ids::{PairId, SessionId};
use crate::notify::delivery::model::{Delivery, Trouble};
use crate::outbox::Event;
use crate::pairs;
use crate::pairs::model::PairStatus;
use crate::policy::{Subject, Viewer, show};
use crate::problem::Problem;
use crate::sessions::session::model::{Session, SessionStatus};
use crate::sessions::session::store as sessions;
use crate::text::{Name, TimeZone};
use crate::trail::Witness;

/// The mail that a delivery calls for, as things are now. `None`: there is nothing to tell any more.
pub async fn write(app: &App, mail: &Mail, delivery: &Delivery) -> Result<Option<Message>, Trouble> {
    let Some(event) = delivery.event() else { return Ok(None) };
    let viewer = viewer(app, delivery);
    Asker::Viewer(viewer.subject.uuid())
        .scope(async {
            let mut tx = app.read().await?;
            let Some(recipient) = store::find_recipient(&mut tx, delivery.recipient_id).await? else { return Ok(None) };
            let facts = match event {
                Event::DigestDue(_) => {
                    digest::facts(&mut tx, &viewer, delivery.event_id, &recipient, app.clock.now()).await?
                }
                event => reminders::facts(&mut tx, &viewer, event, &recipient, app.clock.now()).await?,
            };
            let Some(facts) = facts else { return Ok(None) };
            let written = mail.words.write(&delivery.kind, facts).map_err(|error| {
                tracing::error!(%error, kind = delivery.kind, "a template of mails is wrong");
                Trouble::passing("the template is wrong")
            })?;
            message(mail, delivery, recipient, written, app.clock.now()).map(Some)
        })
        .await
}

/// The recipient as who looks: at most what any person in their place may see.
fn viewer(app: &App, delivery: &Delivery) -> Viewer {
    let subject = Subject::Person(delivery.recipient_id);
    let viewer = Viewer { subject, is_admin: false, programs: Vec::new(), witness: Witness::default() };
    viewer.seen_by(app.trail(), delivery.id.uuid())
}

/// What the template gets. What is no longer so, a later event tells.
pub(super) async fn facts(
    tx: &mut Tx,
    viewer: &Viewer,
    event: Event,
    to: &Recipient,
) -> Result<Option<Value>, Trouble> {
    match event {
        Event::PairProposed(id) | Event::PairStarted(id) | Event::PairEnded(id) => {
            facts_of_pair(tx, viewer, event, id, to).await
        }
        Event::SessionScheduled(id) | Event::SessionChanged(id) | Event::SessionCancelled(id) => {
            let is_so = if matches!(event, Event::SessionCancelled(_)) {
                SessionStatus::Cancelled
            } else {
                SessionStatus::Scheduled
            };
            let session = sessions::find_bare(tx, id).await?.filter(|session| session.status == is_so);
            facts_of_session(viewer, session, to)
        }
        Event::SessionRescheduled(id) => {
            let session = successor(tx, id).await?.filter(|session| session.status == SessionStatus::Scheduled);
            facts_of_session(viewer, session, to)
        }
        _ => Ok(None),
    }
}

pub(super) async fn facts_of_pair(
    tx: &mut Tx,
    viewer: &Viewer,
    event: Event,
    id: PairId,
    to: &Recipient,
) -> Result<Option<Value>, Trouble> {
    let Some(pair) = pairs::store::find_bare(tx, id).await? else { return Ok(None) };
    let shown = show(viewer, PairNews(pair)).map_err(unshown)?;
    let news = shown.view();
    let is_mentor = viewer.is(news.mentor_id);
    let is_so = match event {
        // Who has said yes has nothing to answer.
        Event::PairProposed(_) | Event::PairExpiring(_) => {
            let has_accepted = if is_mentor { news.mentor_accepted } else { news.mentee_accepted };
            news.status == PairStatus::Proposed && !has_accepted
        }
        Event::PairReviewDue(_) | Event::PairMidpoint(_) => news.status == PairStatus::Active,
        Event::PairStarted(_) => matches!(news.status, PairStatus::Active | PairStatus::Paused),
        _ => news.status == PairStatus::Ended,
    };
    let other = if is_mentor { &news.mentee } else { &news.mentor };
    Ok(is_so.then(|| told(to, other, None, news)))
}

pub(super) fn facts_of_session(
    viewer: &Viewer,
    session: Option<Session>,
    to: &Recipient,
) -> Result<Option<Value>, Trouble> {
    let Some(session) = session else { return Ok(None) };
    let shown = show(viewer, SessionNews(session)).map_err(unshown)?;
    let news = shown.view();
    let other = if viewer.is(news.mentor_id) { &news.mentee } else { &news.mentor };
    let when = news.starts_at.clone().into_value().map(|at| local(at, &to.time_zone));
    Ok(Some(told(to, other, when, news)))
}

async fn successor(tx: &mut Tx, id: SessionId) -> sqlx::Result<Option<Session>> {
    match sessions::find_successor(tx, id).await? {
        Some(id) => sessions::find_bare(tx, id).await,
        None => Ok(None),
    }
}

pub(super) fn told(to: &Recipient, other: &Name, when: Option<String>, news: &impl Serialize) -> Value {
    context! { you => to.name.as_str(), other => other.as_str(), when, news => Value::from(Serde(news)) }
}

/// What cannot be shown now may be shown later: the audit log is full, or a key is out of reach.
pub(super) fn unshown(_: Problem) -> Trouble {
    Trouble::passing("what it tells cannot be read now")
}

/// A moment as the recipient's clock shows it.
fn local(at: DateTime<Utc>, zone: &TimeZone) -> String {
    let zone: chrono_tz::Tz = zone.as_str().parse().unwrap_or_default();
    format!("{} ({zone})", at.with_timezone(&zone).format("%A, %-d %B %Y, %H:%M"))
}

/// Nobody's out-of-office note shall answer (RFC 3834).
#[derive(Clone, Debug)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// No name has a line break in it, and none makes a header if it has.
fn one_line(name: &Name) -> String {
    name.as_str().replace(char::is_control, " ")
}

/// Where its recipient chooses which mails they get (RFC 2369 §3.2).
#[derive(Clone, Debug)]
struct ListUnsubscribe(String);

impl Header for ListUnsubscribe {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("List-Unsubscribe")
    }

    fn parse(value: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self(value.to_owned()))
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), self.0.clone())
    }
}

fn message(
    mail: &Mail,
    delivery: &Delivery,
    to: Recipient,
    written: Written,
    now: DateTime<Utc>,
) -> Result<Message, Trouble> {
    let Written { subject, text, html } = written;
    let address: Address =
        to.email.as_str().parse().map_err(|_| Trouble::lasting("the recipient's address is none for mail"))?;
    // As the recipient sees the same mail again if it was sent twice, their program can tell.
    let message_id = format!("<{}@{}>", delivery.id, mail.from.email.domain());
    let forms = MultiPart::alternative()
        .boundary(delivery.id.uuid().simple().to_string())
        .singlepart(SinglePart::builder().header(ContentType::TEXT_PLAIN).body(text))
        .singlepart(SinglePart::builder().header(ContentType::TEXT_HTML).body(html));
    let mut head = Message::builder();
    if let Some(address) = &mail.unsubscribe {
        head = head.header(ListUnsubscribe(format!("<{address}>")));
    }
    let built = head
        .from(mail.from.clone())
        .to(Mailbox::new(Some(one_line(&to.name)), address))
        .subject(subject)
        .message_id(Some(message_id))
        .date(SystemTime::from(now))
        .header(AutoSubmitted)
        .multipart(forms);
    built.map_err(|error| {
        tracing::error!(%error, "a mail cannot be built");
        Trouble::lasting("the mail cannot be built")
    })
}
