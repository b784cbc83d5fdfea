//! Mails about events. A mail has only what its recipient may see, and its subject has no personal data.

mod contents;
mod digest;
mod events;
pub mod files;
mod message;
mod pair;
mod reminders;
mod session;
mod store;
mod templates;
mod transport;

use lettre::message::Mailbox;
use reqwest::Url;

pub use message::{MailMessage, write};
pub use templates::{MailTemplates, TemplateError};
pub use transport::{MailTransport, WrongServerAddress};

/// The settings of mail.
#[derive(Debug)]
pub struct Mail {
    /// How mails are sent.
    pub transport: MailTransport,
    /// Address of the sender.
    pub from: Mailbox,
    /// Texts of the mails.
    pub templates: MailTemplates,
    /// Page or mailbox where people choose their mails. `None`: mails have no `List-Unsubscribe`.
    pub unsubscribe: Option<Url>,
}

impl Mail {
    /// Mail by `transport`, from `from`, with these templates.
    pub const fn new(transport: MailTransport, from: Mailbox, templates: MailTemplates) -> Self {
        Self { transport, from, templates, unsubscribe: None }
    }

    /// Parses the address of a page or a mailbox.
    pub fn unsubscribe_address(text: &str) -> Result<Url, &'static str> {
        let address = Url::parse(text).ok().filter(|address| ["https", "mailto"].contains(&address.scheme()));
        address.ok_or("must be https://… or mailto:…")
    }

    /// The same, with the page or mailbox where people choose their mails.
    #[must_use]
    pub fn with_unsubscribe(mut self, address: Option<Url>) -> Self {
        self.unsubscribe = address;
        self
    }
}
