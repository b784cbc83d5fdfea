//! One mail: what happened, as its recipient may see it.

use std::collections::BTreeMap;
use std::time::SystemTime;

use chrono::{DateTime, Utc};
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message};
use minijinja::context;
use minijinja::value::{Serde, Value};
use serde::Serialize;

use super::Mail;
use super::news::PairNews;
use super::session::{self, Writer};
use super::store::{self, Recipient};
use super::words::Written;
use super::{digest, reminders};
use crate::db::{Asker, Tx};
use crate::http::App;
use crate::ids::{EnrolmentId, PairId, PersonId};
use crate::notify::calendar::Method;
use crate::notify::delivery::model::{Delivery, Trouble};
use crate::notify::delivery::parties::keeps_away;
use crate::outbox::Event;
use crate::pairs;
use crate::pairs::model::PairStatus;
use crate::policy::{Viewer, show};
use crate::problem::Problem;
use crate::programs::enrolment;
use crate::programs::enrolment::model::EnrolmentStatus;
use crate::text::{Name, TimeZone};

/// A mail that is ready to go.
#[derive(Debug)]
pub struct Letter {
    /// What is carried.
    pub message: Message,
    /// It is about a proposal of somebody whom the recipient blocked, and so it is not sent. It takes the same way up to
    /// there, because admins read how far each delivery got.
    pub is_kept_back: bool,
}

/// The mail that a delivery calls for, as things are now. `None`: there is nothing to tell any more.
pub async fn write(app: &App, mail: &Mail, delivery: &Delivery) -> Result<Option<Letter>, Trouble> {
    let Some(event) = delivery.event() else { return Ok(None) };
    // What they may see at most, whatever their token would say.
    let viewer = Viewer::of(delivery.recipient_id.into()).seen_by(app.trail(), delivery.id.uuid());
    #[cfg(feature = "planted-leaks")]
    let is_leaking = crate::leaks::Leak::MailToLead.is_planted() && delivery.kind == "session.cancelled";
    #[cfg(feature = "planted-leaks")]
    let viewer = match delivery.pair_id.filter(|_| is_leaking) {
        Some(pair) => {
            let mentor = "select mentor_id from pairs where id = $1";
            let mentor: (PersonId,) = app.read().await?.query(mentor).bind(pair).one().await?;
            Viewer::of(mentor.0).seen_by(app.trail(), delivery.id.uuid())
        }
        None => viewer,
    };
    Asker::Viewer(viewer.subject.uuid())
        .scope(async {
            let mut tx = app.read().await?;
            if let Event::IdentityRebindOpened(person) | Event::IdentityRebindWaiting(person) = event {
                return of_new_sign_in(app, mail, delivery, &mut tx, person).await;
            }
            let Some(recipient) = store::find_recipient(&mut tx, delivery.recipient_id.into()).await? else {
                return Ok(None);
            };
            let by = Writer { viewer: &viewer, to: &recipient, from: &mail.from, now: app.clock.now() };
            let told = match event {
                Event::DigestDue(_) => Box::pin(digest::told_of(&mut tx, by, delivery.event_id)).await?,
                event => Box::pin(reminders::told_of(&mut tx, by, event)).await?,
            };
            let Some(told) = told else { return Ok(None) };
            let written = write_words(mail, delivery, told.facts)?;
            let recipients = vec![mailbox(&recipient)?];
            let message = message(mail, delivery, recipients, written, told.calendar, app.clock.now())?;
            let is_kept_back = match delivery.pair_id {
                Some(pair) => keeps_away(&mut tx, delivery.recipient_id.into(), pair).await?,
                None => false,
            };
            Ok(Some(Letter { message, is_kept_back }))
        })
        .await
}

fn write_words(mail: &Mail, delivery: &Delivery, facts: Value) -> Result<Written, Trouble> {
    mail.words.write(&delivery.kind, facts).map_err(|error| {
        tracing::error!(%error, kind = delivery.kind, "a template of mails is wrong");
        Trouble::passing("the template is wrong")
    })
}

/// Somebody may be about to become this person: whoever changed their address must not be the only one to hear of it.
async fn of_new_sign_in(
    app: &App,
    mail: &Mail,
    delivery: &Delivery,
    tx: &mut Tx,
    person: PersonId,
) -> Result<Option<Letter>, Trouble> {
    let Some((recipient, new)) = store::find_new_sign_in(tx, person).await? else { return Ok(None) };
    let opens_at = new.opens_at.map(|at| local(at, &recipient.time_zone));
    let written = write_words(mail, delivery, context! { you => recipient.name.as_str(), opens_at })?;
    let mut to = vec![mailbox(&recipient)?];
    if let Some(email) = new.former_email.filter(|former| *former != recipient.email) {
        to.extend(mailbox(&Recipient { email, ..recipient }));
    }
    let message = message(mail, delivery, to, written, None, app.clock.now())?;
    Ok(Some(Letter { message, is_kept_back: false }))
}

/// What a mail tells.
pub(super) struct Told {
    /// What the template gets.
    pub facts: Value,
    /// What calendars take from it.
    pub calendar: Option<(Method, String)>,
}

impl Told {
    pub const fn without_calendar(facts: Value) -> Self {
        Self { facts, calendar: None }
    }
}

/// What is no longer so, a later event tells.
pub(super) async fn told_of(tx: &mut Tx, by: Writer<'_>, event: Event) -> Result<Option<Told>, Trouble> {
    match event {
        Event::PairProposed(id) | Event::PairStarted(id) | Event::PairEnded(id) => {
            Ok(facts_of_pair(tx, by, event, id).await?.map(Told::without_calendar))
        }
        Event::EnrolmentAccepted(id) => of_enrolment(tx, by, id, EnrolmentStatus::Enrolled).await,
        Event::EnrolmentDeclined(id) => of_enrolment(tx, by, id, EnrolmentStatus::Declined).await,
        Event::EnrolmentEnded(id) => of_enrolment(tx, by, id, EnrolmentStatus::Withdrawn).await,
        _ => session::told_of(tx, by, event).await,
    }
}

/// An enrolment that still stands where it did.
async fn of_enrolment(
    tx: &mut Tx,
    by: Writer<'_>,
    id: EnrolmentId,
    status: EnrolmentStatus,
) -> Result<Option<Told>, Trouble> {
    let enrolment = enrolment::store::find(tx, id).await?.filter(|enrolment| enrolment.status == status);
    let Some(enrolment) = enrolment else { return Ok(None) };
    let program = enrolment.program_name.clone();
    let shown = show(by.viewer, enrolment).map_err(unshown)?;
    Ok(Some(Told::without_calendar(told(by.to, &program, shown.view(), &[]))))
}

pub(super) async fn facts_of_pair(
    tx: &mut Tx,
    by: Writer<'_>,
    event: Event,
    id: PairId,
) -> Result<Option<Value>, Trouble> {
    let Some(pair) = pairs::store::find_bare(tx, id).await? else { return Ok(None) };
    let shown = show(by.viewer, PairNews(pair)).map_err(unshown)?;
    let news = shown.view();
    let is_mentor = by.viewer.is(news.mentor_id);
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
    Ok(is_so.then(|| told(by.to, other, news, &[])))
}

/// What a template gets: who, what was shown, and what else there is.
pub(super) fn told(to: &Recipient, other: &Name, news: &impl Serialize, more: &[(&str, Value)]) -> Value {
    let more: BTreeMap<_, _> = more.iter().cloned().collect();
    context! { you => to.name.as_str(), other => other.as_str(), news => Value::from(Serde(news)), ..Value::from(Serde(more)) }
}

/// What cannot be shown now may be shown later: the audit log is full, or a key is out of reach.
pub(super) fn unshown(_: Problem) -> Trouble {
    Trouble::passing("what it tells cannot be read now")
}

/// A moment as the recipient's clock shows it.
pub(super) fn local(at: DateTime<Utc>, zone: &TimeZone) -> String {
    let zone = zone.rules();
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
    to: Vec<Mailbox>,
    written: Written,
    calendar: Option<(Method, String)>,
    now: DateTime<Utc>,
) -> Result<Message, Trouble> {
    let Written { subject, text, html } = written;
    // As the recipient sees the same mail again if it was sent twice, their program can tell.
    let message_id = format!("<{}@{}>", delivery.id, mail.from.email.domain());
    let boundary = delivery.id.uuid().simple();
    let mut forms = MultiPart::alternative()
        .boundary(boundary.to_string())
        .singlepart(SinglePart::builder().header(ContentType::TEXT_PLAIN).body(text))
        .singlepart(SinglePart::builder().header(ContentType::TEXT_HTML).body(html));
    if let Some((method, calendar)) = calendar {
        // RFC 6047 §2.4. Programs that do not look there find it attached as well.
        let name = method.name();
        let part = SinglePart::builder().header(calendar_type("text/calendar", name)?).body(calendar.clone());
        let file = Attachment::new("invite.ics".to_owned()).body(calendar, calendar_type("application/ics", name)?);
        forms =
            MultiPart::mixed().boundary(format!("{boundary}.all")).multipart(forms.singlepart(part)).singlepart(file);
    }
    let mut head = Message::builder();
    if let Some(address) = &mail.unsubscribe {
        head = head.header(ListUnsubscribe(format!("<{address}>")));
    }
    let built = to
        .into_iter()
        .fold(head, lettre::message::MessageBuilder::to)
        .from(mail.from.clone())
        .subject(subject)
        .message_id(Some(message_id))
        .date(SystemTime::from(now))
        .header(AutoSubmitted)
        .multipart(forms);
    built.map_err(unbuilt)
}

/// Where mail reaches a person.
pub(super) fn mailbox(person: &Recipient) -> Result<Mailbox, Trouble> {
    let address: Result<Address, _> = person.email.as_str().parse();
    let address = address.map_err(|_| Trouble::lasting("the recipient's address is none for mail"))?;
    Ok(Mailbox::new(Some(one_line(&person.name)), address))
}

fn calendar_type(name: &str, method: &str) -> Result<ContentType, Trouble> {
    ContentType::parse(&format!("{name}; charset=utf-8; method={method}")).map_err(unbuilt)
}

fn unbuilt(error: impl std::fmt::Display) -> Trouble {
    tracing::error!(%error, "a mail cannot be built");
    Trouble::lasting("the mail cannot be built")
}
