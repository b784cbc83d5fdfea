//! A webhook, and the events that it gets.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer};
use sqlx::FromRow;
use sqlx::types::Json;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

use super::payload::{WebhookFormat, payload_of};
use crate::ids::WebhookId;
use crate::notify::delivery::store::Unplanned;
use crate::outbox::Event;
use crate::people::organisation::Organisation;
use crate::policy::acts::{DeleteWebhook, ManageWebhooks, ReplayDeliveries, RotateSecret, TestWebhook};
use crate::policy::{Related, Relations, Scope, Takes, Viewer, readable_as};
use crate::problem::Problem;
use crate::text::Sentence;
use crate::values;

values! {
    /// Reason why the service disabled a webhook.
    @may_grow pub enum DisabledReason {
        /// The receiver answered 410 Gone.
        Gone,
        /// No call was successful for three days.
        GivenUp,
    }
}

impl DisabledReason {
    /// The text in `last_error` of deliveries that are given up.
    pub const fn message(self) -> &'static str {
        match self {
            Self::Gone => "the webhook is disabled: the receiver answered 410 Gone",
            Self::GivenUp => "the webhook is disabled: no call was successful for three days",
        }
    }
}

/// An external address that gets a call for each event.
#[derive(Clone, Debug, PartialEq, FromRow)]
pub struct Webhook {
    /// Id of the webhook.
    pub id: WebhookId,
    /// Address of the receiver, checked again at each call. The store opens it. `None`: it is sealed with a lost key.
    #[sqlx(skip)]
    pub url: Option<String>,
    /// Purpose of the webhook.
    pub description: Option<Sentence>,
    /// Format of the calls.
    pub format: WebhookFormat,
    /// Names of the events that it gets. Empty: all events that its scopes cover.
    pub kinds: Json<Vec<String>>,
    /// Scopes that limit its events.
    pub scopes: Json<Vec<Scope>>,
    /// Whether the service calls it.
    pub is_enabled: bool,
    /// Why the service disabled it. `None`: it is enabled, or an admin disabled it.
    pub disabled_reason: Option<DisabledReason>,
    /// When the webhook was added.
    pub created_at: DateTime<Utc>,
    /// Time of the last change.
    pub updated_at: DateTime<Utc>,
    /// Number of changes.
    pub revision: i64,
}

/// Name of an event that a webhook can get.
#[derive(Clone, Copy, Debug)]
pub struct WebhookEventKind(&'static str);

impl WebhookEventKind {
    /// All names.
    fn all() -> impl Iterator<Item = &'static str> {
        Event::KINDS.iter().copied().filter(|kind| scope_of(kind).is_some())
    }
}

/// The scope that a webhook needs for an event. `None`: no webhook gets the event.
fn scope_of(kind: &str) -> Option<Scope> {
    Event::named(kind, Uuid::nil()).and_then(payload_of)?.scope
}

impl<'de> Deserialize<'de> for WebhookEventKind {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let name = String::deserialize(from)?;
        let known = Self::all().find(|known| *known == name);
        known.map(Self).ok_or_else(|| serde::de::Error::custom("no webhook gets an event with this name"))
    }
}

impl PartialSchema for WebhookEventKind {
    fn schema() -> RefOr<Schema> {
        let meaning =
            |kind| Event::named(kind, Uuid::nil()).and_then(payload_of).map_or("", |payload| payload.sentence);
        let kinds: Vec<_> = Self::all().map(|kind| (kind, meaning(kind))).collect();
        let about = "Name of an event that a webhook can get. There is also `webhook.test`, which no list of kinds can \
                     have: only the webhook that an admin tests gets it.";
        values::schema(about, true, &kinds)
    }
}

impl ToSchema for WebhookEventKind {}

impl Webhook {
    /// A new webhook, which gets events from `now` on.
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

    /// Sets the scopes. `check_subscription` checks that they cover the events.
    pub fn set_scopes(&mut self, mut scopes: Vec<Scope>) -> Result<(), Problem> {
        if let Some(index) = scopes.iter().position(|scope| *scope == Scope::PeopleWrite) {
            return Err(Problem::invalid(
                format!("/scopes/{index}"),
                "must be a scope for reading, not `people:write`",
            ));
        }
        scopes.sort_unstable();
        scopes.dedup();
        if scopes.is_empty() {
            return Err(Problem::invalid(
                "/scopes",
                "must have at least one scope; to stop all calls, disable the webhook",
            ));
        }
        self.scopes = Json(scopes);
        Ok(())
    }

    /// Sets the events that it gets.
    pub fn subscribe(&mut self, kinds: Vec<WebhookEventKind>) {
        let mut kinds: Vec<_> = kinds.into_iter().map(|WebhookEventKind(kind)| kind.to_owned()).collect();
        kinds.sort_unstable();
        kinds.dedup();
        self.kinds = Json(kinds);
    }

    /// Refuses events that its scopes do not cover.
    pub fn check_subscription(&self) -> Result<(), Problem> {
        for kind in self.kinds.iter() {
            let scope = scope_of(kind).filter(|scope| !self.scopes.contains(scope));
            if let Some(scope) = scope {
                let text = format!("must not have {kind}, because the scope {} is missing", scope.name());
                return Err(Problem::invalid("/kinds", text));
            }
        }
        Ok(())
    }

    /// Enables or disables the webhook.
    pub const fn enable(&mut self, is_enabled: bool) {
        self.is_enabled = is_enabled;
        self.disabled_reason = None;
    }

    /// Refuses an action that needs an enabled webhook.
    pub fn check_enabled(&self) -> Result<(), Problem> {
        let disabled = || Problem::wrong_state("The webhook is disabled. Enable it first, with `is_enabled`.");
        if self.is_enabled { Ok(()) } else { Err(disabled()) }
    }

    /// Whether it gets events of this kind, with its current scopes.
    pub fn is_subscribed_to(&self, event: Event) -> bool {
        let Some(payload) = payload_of(event) else { return false };
        match payload.scope {
            None => event.record() == self.id.uuid(),
            Some(scope) => {
                let is_wanted = self.kinds.is_empty() || self.kinds.iter().any(|kind| kind == event.kind());
                is_wanted && self.scopes.contains(&scope)
            }
        }
    }

    /// Whether a delivery of this event has to be planned for it.
    pub fn wants(&self, event: &Unplanned) -> bool {
        let is_since = event.created_at >= self.created_at;
        is_since && event.event().is_some_and(|event| self.is_subscribed_to(event))
    }
}

/// Only admins have a relation to webhooks.
impl Related for Webhook {
    fn relations(&self, viewer: &Viewer) -> Relations {
        Organisation.relations(viewer)
    }
}

readable_as!(Webhook: ManageWebhooks, "webhooks");

impl Takes<ManageWebhooks> for Webhook {}
impl Takes<DeleteWebhook> for Webhook {}
impl Takes<RotateSecret> for Webhook {}
impl Takes<TestWebhook> for Webhook {}
impl Takes<ReplayDeliveries> for Webhook {}
