//! Webhooks over HTTP.

use std::cell::Cell;

use actix_web::web::Data;
use actix_web::{delete, get, patch, post};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::address::AllowedAddresses;
use super::model::{DisabledReason, Webhook, WebhookEventKind};
use super::payload::WebhookFormat;
use super::sign::{Secret, Secrets};
use super::store;
use crate::db::Tx;
use crate::http::{
    App, Change, Done, IdempotencyKey, Json, Page, Path, Preconditions, Query, list_query, merge_patch, page,
};
use crate::ids::WebhookId;
use crate::people::organisation::Organisation;
use crate::policy::acts::{DeleteWebhook, ManageWebhooks};
use crate::policy::{Clearance, Permit, Related, Relations, Scope, Shown, Viewed, Viewer, readable_as};
use crate::policy::{may_list, permit, show, view};
use crate::problem::Problem;
use crate::text::{Link, Sentence};

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(list_webhooks)
        .service(create_webhook)
        .service(read_webhook)
        .service(change_webhook)
        .service(delete_webhook);
}

view! {
    /// A webhook: an external address that gets a signed call for each event. A call has kinds and ids, never the
    /// content of a record. Only admins can read webhooks.
    WebhookView {
        /// Id of the webhook.
        public id: WebhookId,
        /// Address of the receiver. `null`: the key that sealed it is lost; set `url` again.
        #[schema(max_length = 2000, examples("https://hr.example.com/hooks/mentorship"))]
        public url: Option<String>,
        /// Purpose of the webhook. `null`: not given.
        public description: Option<Sentence>,
        /// Format of the calls.
        public format: WebhookFormat,
        /// Names of the events that it gets. Empty: all events that its scopes cover.
        #[schema(max_items = 100, value_type = Vec<WebhookEventKind>)]
        public kinds: Vec<String>,
        /// Scopes that limit its events: it gets events about records that a service with these scopes can read.
        #[schema(max_items = 10)]
        public scopes: Vec<Scope>,
        /// Whether the service calls it.
        public is_enabled: bool,
        /// Reason why the service disabled it. `null`: it is enabled, or an admin disabled it.
        public disabled_reason: Option<DisabledReason>,
        /// Secret that signs the calls. Only the answer to the request that creates or replaces the secret has it.
        /// Otherwise: `null`.
        #[schema(max_length = 100, examples("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDvMUSB9E3Xlw="))]
        public secret: Option<String>,
        /// When the webhook was added. It gets events from this time on.
        public created_at: DateTime<Utc>,
        /// Time of the last change.
        public updated_at: DateTime<Utc>,
    }
}

/// A webhook, with its secret if this request made one.
struct WebhookWithSecret(Webhook, Option<Secret>);

impl Related for WebhookWithSecret {
    fn relations(&self, viewer: &Viewer) -> Relations {
        self.0.relations(viewer)
    }
}

readable_as!(WebhookWithSecret: ManageWebhooks, Webhook::KIND, id 0.id);

impl Viewed for Webhook {
    type View = WebhookView;

    fn view(self, clearance: &Clearance) -> WebhookView {
        WebhookWithSecret(self, None).view(clearance)
    }
}

impl Viewed for WebhookWithSecret {
    type View = WebhookView;

    fn view(self, clearance: &Clearance) -> WebhookView {
        let Self(webhook, secret) = self;
        WebhookView {
            id: webhook.id,
            url: webhook.url,
            description: webhook.description,
            format: webhook.format,
            kinds: webhook.kinds.0,
            scopes: webhook.scopes.0,
            is_enabled: webhook.is_enabled,
            disabled_reason: webhook.disabled_reason,
            secret: secret.map(|secret| secret.reveal()),
            created_at: webhook.created_at,
            updated_at: webhook.updated_at,
            withheld: clearance.withheld::<WebhookView>(),
        }
    }
}

/// The permit to manage webhooks. No service account gets it.
fn administer(viewer: &Viewer) -> Result<Permit<ManageWebhooks, Organisation>, Problem> {
    may_list::<ManageWebhooks>(viewer)?;
    permit(viewer, Organisation)
}

/// The address, if the service may call it.
fn checked_url(allowed: AllowedAddresses, url: &Link) -> Result<String, Problem> {
    match allowed.check(url.as_str()) {
        Ok(_) => Ok(url.as_str().to_owned()),
        Err(wrong) => Err(Problem::invalid("/url", wrong)),
    }
}

list_query! {
    /// Paging of the list of webhooks.
    ListWebhooks from WebhookId {}
}

/// List webhooks
///
/// Sorted by time of creation, oldest first. Only admins may do this; other viewers get 403.
#[utoipa::path(tag = "webhooks", params(ListWebhooks), responses((status = 200, body = Page<WebhookView>)))]
#[get("/v1/webhooks")]
async fn list_webhooks(
    app: Data<App>,
    viewer: Viewer,
    query: Query<ListWebhooks>,
) -> Result<Page<WebhookView>, Problem> {
    let leave = administer(&viewer)?;
    let after = query.cursor.map_or(WebhookId::first(), |cursor| cursor.0);
    let mut tx = app.read_one().await?;
    let webhooks = store::list(&mut tx, &leave, after, query.limit.and_one()).await?;
    let total = query.count.of(store::count(&mut tx, &leave)).await?;
    page(&viewer, query.limit, webhooks, total, |webhook| webhook.id)
}

/// A new webhook.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({
    "url": "https://hr.example.com/hooks/mentorship", "description": "HR system", "scopes": ["pairs:read"],
    "kinds": ["pair.started", "pair.ended"],
})))]
pub struct CreateWebhook {
    /// Address of the receiver: public, with `https`, on port 443 or 8443, without user name and password.
    url: Link,
    /// Purpose of the webhook.
    description: Option<Sentence>,
    /// Format of the calls. Default: `standard`.
    #[serde(default)]
    #[schema(required = false)]
    format: WebhookFormat,
    /// Names of the events that it gets. Each must be covered by a scope. Empty or absent: all events that the scopes
    /// cover.
    #[serde(default)]
    #[schema(max_items = 100, required = false)]
    kinds: Vec<WebhookEventKind>,
    /// Scopes that limit its events: it gets events about records that a service with these scopes can read.
    /// `people:write` is refused.
    #[schema(min_items = 1, max_items = 10)]
    scopes: Vec<Scope>,
}

/// Add a webhook
///
/// Only admins may do this. From now on the service calls the address for each event that the scopes cover, by the
/// rules of Standard Webhooks: a `POST` with `webhook-id`, `webhook-timestamp` and `webhook-signature`. The body is for
/// example `{"type": "pair.started", "timestamp": "…", "data": {"id": "…", "pair_id": "…", "resource":
/// "/v1/pairs/…"}}`.
///
/// - The events of one pair come in order. An event may come more than once, always with the same `webhook-id`.
/// - Answer with any `2xx` within 15 seconds. `410` disables the webhook.
/// - Any other result is retried after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h and 24 h. If no call succeeds in
///   this time, the webhook is disabled.
/// - A webhook never gets events about records that services cannot read: agenda, notes, action items, the place of a
///   session, suggestions.
/// - Chats (`slack`, `teams`) get a sentence instead of the object, and do not check the signature.
///
/// The answer has the secret for the signatures, once. If you repeat the request with the same `Idempotency-Key`,
/// `secret` is `null`. If the secret is lost, replace it. There can be 50 webhooks; one more gets `wrong_state`.
#[utoipa::path(tag = "webhooks", request_body = CreateWebhook, responses((status = 201, body = WebhookView)))]
#[post("/v1/webhooks")]
async fn create_webhook(
    app: Data<App>,
    allowed: Data<AllowedAddresses>,
    viewer: Viewer,
    input: Json<CreateWebhook>,
    once: IdempotencyKey,
) -> Result<Shown<WebhookView>, Problem> {
    let CreateWebhook { url, description, format, kinds, scopes } = input.into_inner();
    let leave = administer(&viewer)?;
    let secret = Cell::new(None);
    app.once(
        &viewer,
        &once,
        async |tx| {
            let mut webhook = Webhook::new(WebhookId::new(&app.clock), checked_url(**allowed, &url)?, app.clock.now());
            (webhook.description, webhook.format) = (description, format);
            webhook.set_scopes(scopes)?;
            webhook.subscribe(kinds);
            webhook.check_subscription()?;
            let secrets = Secrets::fresh();
            store::insert(tx, &leave, &webhook, &secrets).await?;
            secret.set(Some(secrets.newest().clone()));
            Ok(webhook.id)
        },
        async |tx, id| Ok(answer(tx, &viewer, id, secret.take()).await?.created(format!("/v1/webhooks/{id}"))),
    )
    .await
}

/// Read a webhook
///
/// Only admins may do this; other viewers get 404. `secret` is always `null` here. See the deliveries and their errors
/// with `GET /v1/deliveries?recipient_id=…`.
#[utoipa::path(tag = "webhooks", params(("id" = WebhookId, Path)), responses((status = 200, body = WebhookView)))]
#[get("/v1/webhooks/{id}")]
async fn read_webhook(app: Data<App>, viewer: Viewer, id: Path<WebhookId>) -> Result<Shown<WebhookView>, Problem> {
    answer(&mut app.read_one().await?, &viewer, *id, None).await
}

merge_patch! {
    /// Changes to a webhook. Fields that are left out stay as they are.
    #[schema(examples(json!({"is_enabled": true, "kinds": []})))]
    ChangeWebhookInput {
        /// Address of the receiver: public, with `https`, on port 443 or 8443, without user name and password.
        url: Link,
        /// Purpose of the webhook. `null` removes the text.
        description: Option<Sentence>,
        /// Format of the calls.
        format: WebhookFormat,
        /// Names of the events that it gets; replaces the list. Empty: all events that its scopes cover.
        #[schema(max_items = 100)]
        kinds: Vec<WebhookEventKind>,
        /// Scopes that limit its events; replaces the list.
        #[schema(min_items = 1, max_items = 10)]
        scopes: Vec<Scope>,
        /// Whether the service calls it. `false` gives up its pending deliveries. It never gets events from a time when
        /// it was disabled.
        is_enabled: bool,
    }
}

/// Change a webhook
///
/// Only admins may do this. The changes also apply to pending deliveries: events that a removed scope covered are not
/// sent any more.
#[utoipa::path(tag = "webhooks", params(("id" = WebhookId, Path)), request_body = ChangeWebhookInput, responses((status = 200, body = WebhookView)))]
#[patch("/v1/webhooks/{id}")]
async fn change_webhook(
    app: Data<App>,
    allowed: Data<AllowedAddresses>,
    viewer: Viewer,
    id: Path<WebhookId>,
    seen: Preconditions,
    input: Json<ChangeWebhookInput>,
) -> Result<Shown<WebhookView>, Problem> {
    let input = input.into_inner();
    let mut tx = app.write(&viewer).await?;
    let webhook = store::find(&mut tx, *id).await?.ok_or_else(Problem::not_found)?;
    seen.check(&viewer, &webhook)?;
    let webhook = permit::<ManageWebhooks, _>(&viewer, webhook)?;
    if input.is_empty() {
        return show(&viewer, webhook.unchanged());
    }
    let was_enabled = webhook.is_enabled;
    let webhook = webhook.change(|webhook| change(webhook, input, **allowed, app.clock.now()))?;
    store::save(&mut tx, &webhook).await?;
    if was_enabled && !webhook.is_enabled {
        store::give_up_waiting(&mut tx, *id, "the webhook is disabled", app.clock.now()).await?;
    }
    let answer = answer(&mut tx, &viewer, *id, None).await?;
    tx.commit().await?;
    Ok(answer)
}

fn change(
    webhook: &mut Webhook,
    input: ChangeWebhookInput,
    allowed: AllowedAddresses,
    now: DateTime<Utc>,
) -> Result<(), Problem> {
    let before = webhook.clone();
    if let Change::Set(url) = input.url {
        webhook.url = Some(checked_url(allowed, &url)?);
    }
    input.description.apply(&mut webhook.description);
    input.format.apply(&mut webhook.format);
    if let Change::Set(scopes) = input.scopes {
        webhook.set_scopes(scopes)?;
    }
    if let Change::Set(kinds) = input.kinds {
        webhook.subscribe(kinds);
    }
    webhook.check_subscription()?;
    if let Change::Set(is_enabled) = input.is_enabled {
        webhook.enable(is_enabled);
    }
    if *webhook != before {
        webhook.updated_at = now;
    }
    Ok(())
}

/// Delete a webhook
///
/// Only admins may do this. Its pending deliveries are given up. The list of its deliveries stays.
#[utoipa::path(tag = "webhooks", params(("id" = WebhookId, Path)), responses((status = 204, description = "The webhook is deleted.")))]
#[delete("/v1/webhooks/{id}")]
async fn delete_webhook(
    app: Data<App>,
    viewer: Viewer,
    id: Path<WebhookId>,
    seen: Preconditions,
) -> Result<Done, Problem> {
    let mut tx = app.write(&viewer).await?;
    let webhook = store::find(&mut tx, *id).await?.ok_or_else(Problem::not_found)?;
    seen.check(&viewer, &webhook)?;
    let webhook = permit::<DeleteWebhook, _>(&viewer, webhook)?;
    store::delete(&mut tx, webhook, app.clock.now()).await?;
    tx.commit().await?;
    Ok(Done)
}

/// The answer with the current webhook, and with its secret if this request made one.
pub(super) async fn answer(
    tx: &mut Tx,
    viewer: &Viewer,
    id: WebhookId,
    secret: Option<Secret>,
) -> Result<Shown<WebhookView>, Problem> {
    let webhook = store::find(tx, id).await?.ok_or_else(Problem::not_found)?;
    show(viewer, WebhookWithSecret(webhook, secret))
}
