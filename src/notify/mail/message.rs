//! Builds one mail for a delivery, with what its recipient may see.

use std::time::SystemTime;

use chrono::{DateTime, Utc};
use lettre::Message;
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use minijinja::context;
use minijinja::value::Value;

use super::contents::{MailContext, local, mailbox};
use super::store::{self, Recipient};
use super::templates::Written;
use super::{Mail, digest, events};
use crate::db::{OnBehalfOf, Tx};
use crate::http::App;
use crate::ids::PersonId;
use crate::notify::calendar::Method;
use crate::notify::delivery::model::{Delivery, DeliveryError};
use crate::notify::delivery::parties::has_blocked_partner;
use crate::outbox::Event;
use crate::policy::Viewer;

/// A mail that is ready to be sent.
#[derive(Debug)]
pub struct MailMessage {
    /// The mail.
    pub message: Message,
    /// Whether the mail must not be sent, because it proposes a partner that the recipient blocked. All other steps are
    /// the same, so that the list of deliveries does not show the block.
    pub is_suppressed: bool,
}

/// The mail for a delivery, from the current records. `None`: there is nothing to send any more.
pub async fn write(app: &App, mail: &Mail, delivery: &Delivery) -> Result<Option<MailMessage>, DeliveryError> {
    let Some(event) = delivery.event() else { return Ok(None) };
    // The mail has only what a person without roles may see, whatever roles the recipient's token has.
    let viewer = Viewer::of(delivery.recipient_id.into()).recorded_in(app.audit_log(), delivery.id.uuid());
    OnBehalfOf::Viewer(viewer.subject.uuid())
        .scope(async {
            let mut tx = app.read().await?;
            if let Event::IdentityRebindOpened(person) | Event::IdentityRebindWaiting(person) = event {
                return of_new_sign_in(app, mail, delivery, &mut tx, person).await;
            }
            let Some(recipient) = store::find_recipient(&mut tx, delivery.recipient_id.into()).await? else {
                return Ok(None);
            };
            let by = MailContext { viewer: &viewer, to: &recipient, from: &mail.from, now: app.clock.now() };
            let contents = match event {
                Event::DigestDue(_) => Box::pin(digest::contents_of(&mut tx, by, delivery.event_id)).await?,
                event => Box::pin(events::contents_of(&mut tx, by, event)).await?,
            };
            let Some(contents) = contents else { return Ok(None) };
            let written = write_words(mail, delivery, contents.facts)?;
            let recipients = vec![mailbox(&recipient)?];
            let message = message(mail, delivery, recipients, written, contents.calendar, app.clock.now())?;
            let is_suppressed = match delivery.pair_id {
                Some(pair) => has_blocked_partner(&mut tx, delivery.recipient_id.into(), pair).await?,
                None => false,
            };
            Ok(Some(MailMessage { message, is_suppressed }))
        })
        .await
}

fn write_words(mail: &Mail, delivery: &Delivery, facts: Value) -> Result<Written, DeliveryError> {
    mail.templates.write(&delivery.kind, facts).map_err(|error| {
        tracing::error!(
            event = "mail.template_failed", %error, kind = delivery.kind,
            "mail: a template cannot be rendered; its mails wait and are retried; correct the file in the folder of \
             --mail-templates and restart"
        );
        DeliveryError::temporary("the mail template cannot be rendered")
    })
}

/// The mail about a new first sign-in, also to the former address. Otherwise a person who changed the address could
/// take over the sign-in unnoticed.
async fn of_new_sign_in(
    app: &App,
    mail: &Mail,
    delivery: &Delivery,
    tx: &mut Tx,
    person: PersonId,
) -> Result<Option<MailMessage>, DeliveryError> {
    let Some((recipient, new)) = store::find_new_sign_in(tx, person).await? else { return Ok(None) };
    let opens_at = new.opens_at.map(|at| local(at, &recipient.time_zone));
    let written = write_words(mail, delivery, context! { you => recipient.name.as_str(), opens_at })?;
    let mut to = vec![mailbox(&recipient)?];
    if let Some(email) = new.former_email.filter(|former| *former != recipient.email) {
        to.extend(mailbox(&Recipient { email, ..recipient }));
    }
    let message = message(mail, delivery, to, written, None, app.clock.now())?;
    Ok(Some(MailMessage { message, is_suppressed: false }))
}

/// Prevents automatic replies (RFC 3834).
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

/// The page or mailbox where the recipient chooses their mails (RFC 2369 §3.2).
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
) -> Result<Message, DeliveryError> {
    let Written { subject, text, html } = written;
    // The same for all attempts, so that a mail program recognises a mail that was sent twice.
    let message_id = format!("<{}@{}>", delivery.id, mail.from.email.domain());
    let boundary = delivery.id.uuid().simple();
    let mut forms = MultiPart::alternative()
        .boundary(boundary.to_string())
        .singlepart(SinglePart::builder().header(ContentType::TEXT_PLAIN).body(text))
        .singlepart(SinglePart::builder().header(ContentType::TEXT_HTML).body(html));
    if let Some((method, calendar)) = calendar {
        // RFC 6047 §2.4. The calendar is also attached, for programs that do not read that part.
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
    built.map_err(cannot_build)
}

fn calendar_type(name: &str, method: &str) -> Result<ContentType, DeliveryError> {
    ContentType::parse(&format!("{name}; charset=utf-8; method={method}")).map_err(cannot_build)
}

fn cannot_build(error: impl std::fmt::Display) -> DeliveryError {
    tracing::error!(
        event = "mail.not_built", %error,
        "mail: a message could not be built, so its delivery is given up; report this line"
    );
    DeliveryError::permanent("the mail cannot be built")
}
