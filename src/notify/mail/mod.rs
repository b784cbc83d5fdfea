//! Mail: what happened, to each of the two in their own words. A mail is a view: it holds what its
//! recipient may see, and its subject nothing that is anybody's.

mod digest;
pub mod files;
mod letter;
mod news;
mod post;
mod reminders;
mod session;
mod store;
mod words;

use lettre::message::Mailbox;
use reqwest::Url;

pub use letter::{Letter, write};
pub use post::{Post, WrongAddress};
pub use words::{Words, WrongWords};

/// What turns news into mail.
#[derive(Debug)]
pub struct Mail {
    /// Who carries it.
    pub post: Post,
    /// Who sends it.
    pub from: Mailbox,
    /// What it says.
    pub words: Words,
    /// Where people choose which mails they get.
    pub unsubscribe: Option<Url>,
}

impl Mail {
    /// Mail by `post`, sent by `from`, in these words.
    pub const fn new(post: Post, from: Mailbox, words: Words) -> Self {
        Self { post, from, words, unsubscribe: None }
    }

    /// Takes the address of a page or a mailbox.
    pub fn unsubscribe_address(text: &str) -> Result<Url, &'static str> {
        let address = Url::parse(text).ok().filter(|address| ["https", "mailto"].contains(&address.scheme()));
        address.ok_or("must be https://… or mailto:…")
    }

    /// The same, telling mail programs where people choose which mails they get.
    #[must_use]
    pub fn with_unsubscribe(mut self, address: Option<Url>) -> Self {
        self.unsubscribe = address;
        self
    }
}
