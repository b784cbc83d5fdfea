//! A calendar feed: a person has at most one, and a token in its address opens it.

use aws_lc_rs::digest::{SHA256, digest};
use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::ids::PersonId;
use crate::policy::acts::{ChangeCalendarFeed, ReadCalendarFeed};
use crate::policy::{Guarded, NeverShared, Related, Relation, Relations, Takes, Viewer};
use crate::secret;

/// The calendar feed of a person.
#[derive(Clone, Debug, FromRow)]
pub struct CalendarFeed {
    /// Id of the person.
    pub person_id: PersonId,
    /// When the address was made.
    pub created_at: DateTime<Utc>,
    /// The token that opens the feed. Known only in the request that makes it.
    #[sqlx(skip)]
    pub token: Guarded<NeverShared, Option<Token>>,
}

/// 256 random bits, encoded for a web address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// A new random token.
    pub fn random() -> Self {
        Self(secret::encode(&secret::random::<32>()))
    }

    /// The token of a request, not checked yet.
    pub const fn given(token: String) -> Self {
        Self(token)
    }

    /// The hash of the token, which is all that the database stores.
    pub fn hash(&self) -> Vec<u8> {
        digest(&SHA256, self.0.as_bytes()).as_ref().to_vec()
    }

    /// The path of the feed.
    pub fn path(&self) -> String {
        format!("/v1/calendar/{}.ics", self.0)
    }
}

impl CalendarFeed {
    /// A feed with a new token.
    pub fn new(person_id: PersonId, token: Token, created_at: DateTime<Utc>) -> Self {
        Self { person_id, created_at, token: Guarded::new(Some(token)) }
    }
}

/// Only the person has a relation to their feed.
impl Related for CalendarFeed {
    fn relations(&self, viewer: &Viewer) -> Relations {
        viewer.relations().and(Relation::Author, viewer.is(self.person_id))
    }
}

impl Takes<ReadCalendarFeed> for CalendarFeed {}
impl Takes<ChangeCalendarFeed> for CalendarFeed {}
