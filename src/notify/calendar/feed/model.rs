//! What a feed is: a person's, one at most, opened by a token.

use aws_lc_rs::digest::{SHA256, digest};
use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::ids::PersonId;
use crate::policy::acts::{ChangeCalendarFeed, ReadCalendarFeed};
use crate::policy::{Guarded, NeverShared, Related, Relation, Relations, Takes, Viewer};
use crate::secret;

/// A person's feed.
#[derive(Clone, Debug, FromRow)]
pub struct CalendarFeed {
    /// Whose sessions it holds.
    pub person_id: PersonId,
    /// Since when the address holds.
    pub created_at: DateTime<Utc>,
    /// What opens it; known only while it is made.
    #[sqlx(skip)]
    pub token: Guarded<NeverShared, Option<Token>>,
}

/// 256 random bits, spelt for an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// A new one.
    pub fn random() -> Self {
        Self(secret::encode(&secret::random::<32>()))
    }

    /// Whatever somebody came with.
    pub const fn told(token: String) -> Self {
        Self(token)
    }

    /// What is kept of it.
    pub fn hash(&self) -> Vec<u8> {
        digest(&SHA256, self.0.as_bytes()).as_ref().to_vec()
    }

    /// Where the feed is.
    pub fn path(&self) -> String {
        format!("/v1/calendar/{}.ics", self.0)
    }
}

impl CalendarFeed {
    /// A feed at an address of its own.
    pub fn new(person_id: PersonId, token: Token, created_at: DateTime<Utc>) -> Self {
        Self { person_id, created_at, token: Guarded::new(Some(token)) }
    }
}

/// Only the person stands to their feed at all.
impl Related for CalendarFeed {
    fn relations(&self, viewer: &Viewer) -> Relations {
        viewer.relations().and(Relation::Author, viewer.is(self.person_id))
    }
}

impl Takes<ReadCalendarFeed> for CalendarFeed {}
impl Takes<ChangeCalendarFeed> for CalendarFeed {}
