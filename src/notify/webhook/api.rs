//! Webhooks over HTTP.

use actix_web::web::Data;
use actix_web::{delete, get, patch, post};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::address::Reach;
use super::life;
use super::model::{DisabledReason, HeardKind, Webhook, WebhookFormat};
use super::sign::{Secret, Secrets};
use super::store;
use crate::http::{App, Change, Count, Cursor, Done, Json, Limit, Once, Page, Path, Query, Seen, merge_patch, page};
use crate::ids::WebhookId;
use crate::people::organisation::Organisation;
use crate::policy::acts::{DeleteWebhook, ManageWebhooks};
use crate::policy::{Clearance, Permit, Readable, Related, Relations, Scope, Shown, Viewed, Viewer};
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
        .service(delete_webhook)
        .configure(life::routes);
}

view! {
    /// An address outside that is told what happens: kinds and ids, never what is in a record. Only
    /// admins see these records.
    WebhookView {
        /// Names the webhook.
        public id: WebhookId,
        /// Whom it calls; `null` if the key that it is sealed with is lost: then set it anew.
        #[schema(max_length = 2000, examples("https://hr.example.com/hooks/mentorship"))]
        public url: Option<String>,
        /// What it is for.
        public description: Option<Sentence>,
        /// The form of what it is told.
        public format: WebhookFormat,
        /// The events that it wants to hear of; empty for all that its scopes cover.
        #[schema(max_items = 100, value_type = Vec<HeardKind>)]
        public kinds: Vec<String>,
        /// What its receiver may know.
        #[schema(max_items = 10)]
        public scopes: Vec<Scope>,
        /// Whether it is called.
        public is_enabled: bool,
        /// Why the service calls it no more; `null` if it does, or if an admin disabled it.
        public disabled_reason: Option<DisabledReason>,
        /// What it is signed with; only in the answer that made it, and `null` ever after.
        #[schema(max_length = 100, examples("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDvMUSB9E3Xlw="))]
        public secret: Option<String>,
        /// When the record was made; it hears of what happened since.
        public created_at: DateTime<Utc>,
        /// When it changed last.
        public updated_at: DateTime<Utc>,
    }
}

/// A webhook, and the secret that was made for it just now.
struct Told(Webhook, Option<Secret>);

impl Related for Told {
    fn relations(&self, viewer: &Viewer) -> Relations {
        self.0.relations(viewer)
    }
}

impl Readable for Told {
    type Read = ManageWebhooks;
    const KIND: &'static str = Webhook::KIND;

    fn id(&self) -> uuid::Uuid {
        self.0.id.uuid()
    }
}

impl Viewed for Webhook {
    type View = WebhookView;

    fn view(self, clearance: &Clearance) -> WebhookView {
        Told(self, None).view(clearance)
    }
}

impl Viewed for Told {
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
            secret: secret.map(|secret| secret.told()),
            created_at: webhook.created_at,
            updated_at: webhook.updated_at,
            withheld: clearance.withheld::<WebhookView>(),
        }
    }
}

/// Leave to manage webhooks. No service has it, whatever its scopes.
fn administer(viewer: &Viewer) -> Result<Permit<ManageWebhooks, Organisation>, Problem> {
    may_list::<ManageWebhooks>(viewer)?;
    permit(viewer, Organisation)
}

/// An address that may be called.
fn vetted(reach: Reach, url: &Link) -> Result<String, Problem> {
    match reach.vet(url.as_str()) {
        Ok(_) => Ok(url.as_str().to_owned()),
        Err(wrong) => Err(Problem::invalid("/url", wrong)),
    }
}

/// Where in the list to go on.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListWebhooks {
    /// Items on a page.
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    /// `next_cursor` of the page before.
    #[param(value_type = Option<String>, max_length = 500)]
    cursor: Option<Cursor<WebhookId>>,
    /// `exact`: the page says how many there are in all, as `total`.
    #[serde(default)]
    #[param(inline, required = false)]
    count: Count,
}

/// Lists webhooks, in the order they were made.
///
/// For admins alone; everybody else is refused.
#[utoipa::path(tag = "webhooks", params(ListWebhooks), responses((status = 200, body = Page<WebhookView>)))]
#[get("/v1/webhooks")]
async fn list_webhooks(
    app: Data<App>,
    viewer: Viewer,
    query: Query<ListWebhooks>,
) -> Result<Page<WebhookView>, Problem> {
    let leave = administer(&viewer)?;
    let after = query.cursor.map_or(WebhookId::first(), |cursor| cursor.0);
    let mut tx = app.look().await?;
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
    /// Where to call: a public address by `https`, on port 443 or 8443, without name and password.
    url: Link,
    /// What it is for.
    description: Option<Sentence>,
    /// The form of what it is told.
    #[serde(default)]
    #[schema(required = false)]
    format: WebhookFormat,
    /// The events that it wants to hear of; empty or absent for all that its scopes cover.
    #[serde(default)]
    #[schema(max_items = 100, required = false)]
    kinds: Vec<HeardKind>,
    /// What its receiver may know: it hears of records that a service with these scopes may read. The
    /// writing scope shows nothing and is refused.
    #[schema(min_items = 1, max_items = 10)]
    scopes: Vec<Scope>,
}

/// Adds a webhook, and tells its secret, once.
///
/// For admins alone. From now on it is called for every event that its scopes cover, by the rules of
/// Standard Webhooks: `POST` with `webhook-id`, `webhook-timestamp` and `webhook-signature`, and a body
/// such as `{"type": "pair.started", "timestamp": "…", "data": {"id": "…", "pair_id": "…",
/// "resource": "/v1/pairs/…"}}`, in order for each pair and at least once: the same event has the same
/// `webhook-id`. What no service may read it never hears of: agenda, notes, action items, a session's
/// place, suggestions. Any `2xx` within 15 seconds is fine, `410` disables the webhook, and everything
/// else is tried again after 5 s, 5 min, 30 min, 2, 5, 10, 14, 20 and 24 h. If for so long nothing
/// arrives at all, the webhook is disabled. Chats (`slack`, `teams`) get a sentence instead; they
/// check no signature.
///
/// Sent again with the same `Idempotency-Key` the answer holds no secret: rotate it if it was lost.
#[utoipa::path(tag = "webhooks", request_body = CreateWebhook, responses((status = 201, body = WebhookView)))]
#[post("/v1/webhooks")]
async fn create_webhook(
    app: Data<App>,
    reach: Data<Reach>,
    viewer: Viewer,
    input: Json<CreateWebhook>,
    once: Once,
) -> Result<Shown<WebhookView>, Problem> {
    let CreateWebhook { url, description, format, kinds, scopes } = input.into_inner();
    let leave = administer(&viewer)?;
    let mut secret = None;
    let id = app
        .once(&viewer, &once, async |tx| {
            let mut webhook = Webhook::new(WebhookId::new(&app.clock), vetted(**reach, &url)?, app.clock.now());
            (webhook.description, webhook.format) = (description, format);
            webhook.limit_to(scopes)?;
            webhook.subscribe(kinds);
            webhook.check_subscription()?;
            let secrets = Secrets::fresh();
            store::insert(tx, &leave, &webhook, &secrets).await?;
            secret = Some(secrets.newest().clone());
            Ok(webhook.id)
        })
        .await?;
    Ok(tell(&app, &viewer, id, secret).await?.created(format!("/v1/webhooks/{id}")))
}

/// Reads a webhook.
///
/// For admins alone; to everybody else it does not exist. Its secret is not part of it. What was
/// brought to it, and what went wrong, `GET /v1/deliveries?recipient_id=` tells.
#[utoipa::path(tag = "webhooks", params(("id" = WebhookId, Path)), responses((status = 200, body = WebhookView)))]
#[get("/v1/webhooks/{id}")]
async fn read_webhook(app: Data<App>, viewer: Viewer, id: Path<WebhookId>) -> Result<Shown<WebhookView>, Problem> {
    tell(&app, &viewer, *id, None).await
}

merge_patch! {
    /// What to change of a webhook.
    #[schema(examples(json!({"is_enabled": true, "kinds": []})))]
    ChangeWebhookInput {
        /// Where to call: a public address by `https`, on port 443 or 8443, without name and password.
        url: Link,
        /// What it is for.
        description: Option<Sentence>,
        /// The form of what it is told.
        format: WebhookFormat,
        /// The events that it wants to hear of, in place of those it has; empty for all that its scopes cover.
        #[schema(max_items = 100)]
        kinds: Vec<HeardKind>,
        /// What its receiver may know, in place of the scopes it has.
        #[schema(min_items = 1, max_items = 10)]
        scopes: Vec<Scope>,
        /// Whether it is called. What happens while it is not, and what was still on its way, it does not hear of later.
        is_enabled: bool,
    }
}

/// Changes a webhook: address, form, what it hears of, whether it is called.
///
/// For admins alone. It holds for what is on its way, too: scopes that it loses it loses at once.
#[utoipa::path(tag = "webhooks", params(("id" = WebhookId, Path)), request_body = ChangeWebhookInput, responses((status = 200, body = WebhookView)))]
#[patch("/v1/webhooks/{id}")]
async fn change_webhook(
    app: Data<App>,
    reach: Data<Reach>,
    viewer: Viewer,
    id: Path<WebhookId>,
    seen: Seen,
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
    let webhook = webhook.change(|webhook| change(webhook, input, **reach, app.clock.now()))?;
    store::save(&mut tx, &webhook).await?;
    if was_enabled && !webhook.is_enabled {
        store::give_up_waiting(&mut tx, *id, "the webhook is disabled", app.clock.now()).await?;
    }
    tx.commit().await?;
    tell(&app, &viewer, *id, None).await
}

fn change(webhook: &mut Webhook, input: ChangeWebhookInput, reach: Reach, now: DateTime<Utc>) -> Result<(), Problem> {
    let before = webhook.clone();
    if let Change::Set(url) = input.url {
        webhook.url = Some(vetted(reach, &url)?);
    }
    input.description.apply(&mut webhook.description);
    input.format.apply(&mut webhook.format);
    if let Change::Set(scopes) = input.scopes {
        webhook.limit_to(scopes)?;
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

/// Removes a webhook for good.
///
/// For admins alone. What was on its way to it is given up; the log of what it got stays.
#[utoipa::path(tag = "webhooks", params(("id" = WebhookId, Path)), responses((status = 204, description = "It is gone.")))]
#[delete("/v1/webhooks/{id}")]
async fn delete_webhook(app: Data<App>, viewer: Viewer, id: Path<WebhookId>, seen: Seen) -> Result<Done, Problem> {
    let mut tx = app.write(&viewer).await?;
    let webhook = store::find(&mut tx, *id).await?.ok_or_else(Problem::not_found)?;
    seen.check(&viewer, &webhook)?;
    let webhook = permit::<DeleteWebhook, _>(&viewer, webhook)?;
    store::delete(&mut tx, webhook, app.clock.now()).await?;
    tx.commit().await?;
    Ok(Done)
}

/// The webhook as it is now, with a secret that was made just now.
pub(super) async fn tell(
    app: &App,
    viewer: &Viewer,
    id: WebhookId,
    secret: Option<Secret>,
) -> Result<Shown<WebhookView>, Problem> {
    let mut tx = app.look().await?;
    let webhook = store::find(&mut tx, id).await?.ok_or_else(Problem::not_found)?;
    show(viewer, Told(webhook, secret))
}
