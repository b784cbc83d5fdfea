//! What a webhook is, and what it hears.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize};
use sqlx::FromRow;
use sqlx::types::Json;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

use super::payload::told;
use crate::ids::WebhookId;
use crate::notify::delivery::store::Unplanned;
use crate::outbox::Event;
use crate::people::organisation::Organisation;
use crate::policy::acts::{DeleteWebhook, ManageWebhooks, ReplayDeliveries, RotateSecret, TestWebhook};
use crate::policy::{Readable, Related, Relations, Scope, Takes, Viewer};
use crate::problem::Problem;
use crate::text::Sentence;

/// The form of what it is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum WebhookFormat {
    /// Standard Webhooks: `type`, `timestamp` and `data`.
    #[default]
    Standard,
    /// A message for an incoming webhook of Slack, or of a chat that takes the same.
    Slack,
    /// A card for a workflow of Microsoft Teams.
    Teams,
}

/// Why it is called no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum DisabledReason {
    /// Its receiver answered 410.
    Gone,
    /// For three days nothing arrived.
    GivenUp,
}

impl DisabledReason {
    /// As the log of deliveries tells it.
    pub const fn told(self) -> &'static str {
        match self {
            Self::Gone => "the receiver is gone for good (410)",
            Self::GivenUp => "the webhook is disabled: for three days nothing arrived",
        }
    }
}

/// An address outside that is told what happens.
#[derive(Clone, Debug, PartialEq, FromRow)]
pub struct Webhook {
    /// Names the webhook.
    pub id: WebhookId,
    /// Whom to call; vetted again at each call. `None`: it is sealed with a key that is lost.
    /// Opened by the store.
    #[sqlx(skip)]
    pub url: Option<String>,
    /// What it is for.
    pub description: Option<Sentence>,
    /// The form of what it is told.
    pub format: WebhookFormat,
    /// What it wants to hear of; empty for all that it may.
    pub kinds: Json<Vec<String>>,
    /// What its receiver may know.
    pub scopes: Json<Vec<Scope>>,
    /// Whether it is called.
    pub is_enabled: bool,
    /// Why it is not, unless an admin wanted it so.
    pub disabled_reason: Option<DisabledReason>,
    /// When the record was made.
    pub created_at: DateTime<Utc>,
    /// When it changed last.
    pub updated_at: DateTime<Utc>,
    /// Counts changes.
    pub revision: i64,
}

/// The name of an event that a webhook may hear of.
#[derive(Clone, Copy, Debug)]
pub struct HeardKind(&'static str);

impl HeardKind {
    /// The name of each.
    fn all() -> impl Iterator<Item = &'static str> {
        Event::KINDS.iter().copied().filter(|kind| scope_of(kind).is_some())
    }
}

/// What hearing of an event takes. `None`: nobody outside hears of it.
fn scope_of(kind: &str) -> Option<Scope> {
    Event::named(kind, Uuid::nil()).and_then(told)?.scope
}

impl<'de> Deserialize<'de> for HeardKind {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let name = String::deserialize(from)?;
        let known = Self::all().find(|known| *known == name);
        known.map(Self).ok_or_else(|| serde::de::Error::custom("no webhook hears of such an event"))
    }
}

impl PartialSchema for HeardKind {
    fn schema() -> RefOr<Schema> {
        let kind = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(Self::all()));
        kind.description(Some("An event that a webhook may hear of.")).into()
    }
}

impl ToSchema for HeardKind {}

impl Webhook {
    /// A new webhook that hears of what happens from now on.
    pub fn new(id: WebhookId, url: String, now: DateTime<Utc>) -> Self {
        Self {
            id,
            url: Some(url),
            description: None,
            format: WebhookFormat::default(),
            kinds: Json(Vec::new()),
            scopes: Json(Vec::new()),
            is_enabled: true,
            disabled_reason: None,
            created_at: now,
            updated_at: now,
            revision: 1,
        }
    }

    /// Sets what its receiver may know; what it wants to hear of has to fit.
    pub fn limit_to(&mut self, mut scopes: Vec<Scope>) -> Result<(), Problem> {
        if let Some(place) = scopes.iter().position(|scope| *scope == Scope::PeopleWrite) {
            return Err(Problem::invalid(format!("/scopes/{place}"), "shows nothing; name what it may read"));
        }
        scopes.sort_unstable();
        scopes.dedup();
        if scopes.is_empty() {
            return Err(Problem::invalid("/scopes", "must name at least one; to silence a webhook, disable it"));
        }
        self.scopes = Json(scopes);
        Ok(())
    }

    /// Sets what it wants to hear of.
    pub fn subscribe(&mut self, kinds: Vec<HeardKind>) {
        let mut kinds: Vec<_> = kinds.into_iter().map(|HeardKind(kind)| kind.to_owned()).collect();
        kinds.sort_unstable();
        kinds.dedup();
        self.kinds = Json(kinds);
    }

    /// Refuses a wish that its scopes do not cover.
    pub fn check_subscription(&self) -> Result<(), Problem> {
        for kind in self.kinds.iter() {
            let scope = scope_of(kind).filter(|scope| !self.scopes.contains(scope));
            if let Some(scope) = scope {
                return Err(Problem::invalid("/kinds", format!("{kind} takes the scope {}", scope.name())));
            }
        }
        Ok(())
    }

    /// Calls it again, or no more.
    pub const fn enable(&mut self, is_enabled: bool) {
        self.is_enabled = is_enabled;
        self.disabled_reason = None;
    }

    /// Refuses what only makes sense while it is called.
    pub fn check_enabled(&self) -> Result<(), Problem> {
        if self.is_enabled { Ok(()) } else { Err(Problem::wrong_state("It is disabled; enable it first.")) }
    }

    /// Whether it hears of events of this kind at all, as its scopes are now.
    pub fn hears(&self, event: Event) -> bool {
        let Some(told) = told(event) else { return false };
        match told.scope {
            None => event.record() == self.id.uuid(),
            Some(scope) => {
                let is_wanted = self.kinds.is_empty() || self.kinds.iter().any(|kind| kind == event.kind());
                is_wanted && self.scopes.contains(&scope)
            }
        }
    }

    /// Whether it hears of this one, which nobody was told of yet.
    pub fn hears_of(&self, event: &Unplanned) -> bool {
        let is_since = event.created_at >= self.created_at;
        is_since && event.event().is_some_and(|event| self.hears(event))
    }
}

/// For admins alone: to everybody else no webhook exists.
impl Related for Webhook {
    fn relations(&self, viewer: &Viewer) -> Relations {
        Organisation.relations(viewer)
    }
}

impl Readable for Webhook {
    type Read = ManageWebhooks;
    const KIND: &'static str = "webhooks";

    fn id(&self) -> Uuid {
        self.id.uuid()
    }
}

impl Takes<ManageWebhooks> for Webhook {}
impl Takes<DeleteWebhook> for Webhook {}
impl Takes<RotateSecret> for Webhook {}
impl Takes<TestWebhook> for Webhook {}
impl Takes<ReplayDeliveries> for Webhook {}
