//! Mail: what happened, to each of the two in their own words. A mail is a view: it holds what its
//! recipient may see, and its subject nothing that is anybody's.

mod letter;
mod news;
mod post;
mod session;
mod store;
mod words;

use lettre::message::Mailbox;

pub use letter::write;
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
}

impl Mail {
    /// Mail by `post`, sent by `from`, in these words.
    pub const fn new(post: Post, from: Mailbox, words: Words) -> Self {
        Self { post, from, words }
    }
}
