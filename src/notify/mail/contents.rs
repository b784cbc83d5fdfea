//! What the contents of all mails have in common.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use lettre::Address;
use lettre::message::Mailbox;
use minijinja::context;
use minijinja::value::{Serde, Value};
use serde::Serialize;

use super::store::Recipient;
use crate::notify::calendar::Method;
use crate::notify::delivery::model::DeliveryError;
use crate::policy::Viewer;
use crate::problem::Problem;
use crate::text::{Name, TimeZone};

/// The sender, the recipient and the time of a mail.
#[derive(Clone, Copy)]
pub struct MailContext<'a> {
    /// The recipient, as the viewer of the records.
    pub viewer: &'a Viewer,
    /// The recipient.
    pub to: &'a Recipient,
    /// The sender.
    pub from: &'a Mailbox,
    /// The current time.
    pub now: DateTime<Utc>,
}

/// The contents of a mail.
pub(super) struct MailContents {
    /// The facts for the template.
    pub facts: Value,
    /// The calendar part.
    pub calendar: Option<(Method, String)>,
}

impl MailContents {
    pub const fn without_calendar(facts: Value) -> Self {
        Self { facts, calendar: None }
    }
}

/// The facts for a template: the recipient, the partner, the fields of the record, and `more`.
pub(super) fn template_facts(to: &Recipient, other: &Name, news: &impl Serialize, more: &[(&str, Value)]) -> Value {
    let more: BTreeMap<_, _> = more.iter().cloned().collect();
    context! { you => to.name.as_str(), other => other.as_str(), news => Value::from(Serde(news)), ..Value::from(Serde(more)) }
}

/// The error if a record cannot be opened now. It may open later: the audit log is full, or a key is not available.
pub(super) fn cannot_read(_: Problem) -> DeliveryError {
    DeliveryError::temporary("the contents of the mail cannot be read at the moment")
}

/// A time in the recipient's time zone.
pub(super) fn local(at: DateTime<Utc>, zone: &TimeZone) -> String {
    let zone = zone.rules();
    format!("{} ({zone})", at.with_timezone(&zone).format("%A, %-d %B %Y, %H:%M"))
}

/// The mailbox of a person.
pub(super) fn mailbox(person: &Recipient) -> Result<Mailbox, DeliveryError> {
    let address: Result<Address, _> = person.email.as_str().parse();
    let address =
        address.map_err(|_| DeliveryError::permanent("the recipient's address is not a valid mail address"))?;
    Ok(Mailbox::new(Some(one_line(&person.name)), address))
}

/// Removes control characters, so that a name cannot add a header.
fn one_line(name: &Name) -> String {
    name.as_str().replace(char::is_control, " ")
}
