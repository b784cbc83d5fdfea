//! The SQL of webhooks.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::FromRow;

use super::model::{DisabledReason, Webhook};
use super::sign::Secrets;
use crate::db::{Query, Tx, UNLIMITED, query};
use crate::ids::{EventId, WebhookId};
use crate::people::organisation::Organisation;
use crate::policy::acts::{DeleteWebhook, ManageWebhooks, ReplayDeliveries, RotateSecret};
use crate::policy::{Changed, Permit};
use crate::problem::{Problem, saved};
use crate::vault::{Address, Bound, Envelope, Owner};

/// Largest number of webhooks. Each event is planned for each webhook.
const AT_MOST: i64 = 50;

const SELECT: &str =
    "select id, url, description, format, kinds, scopes, is_enabled, disabled_reason, created_at, updated_at,
         revision, url_revision
     from webhooks";

/// A webhook as stored, with its sealed address.
#[derive(FromRow)]
struct Stored {
    #[sqlx(flatten)]
    webhook: Webhook,
    url: Envelope,
    url_revision: i64,
}

impl Stored {
    /// A webhook whose address does not open does not stop the others. An admin can set its address again or delete it.
    fn opened(self) -> Webhook {
        let url = open(&self.url, place(self.webhook.id, ("url", self.url_revision)));
        let url = url.inspect_err(|error| {
            tracing::error!(
                event = "webhook.address_unreadable", id = %self.webhook.id, %error,
                "webhook: its sealed address does not open, so it gets nothing; send the address again with \
                 PATCH /v1/webhooks/{{id}}, or restore the data keys"
            );
        });
        let url = url.ok();
        Webhook { url, ..self.webhook }
    }
}

async fn all(query: Query<'_>) -> sqlx::Result<Vec<Webhook>> {
    Ok(query.all::<Stored>().await?.into_iter().map(Stored::opened).collect())
}

/// One webhook.
pub async fn find(tx: &mut Tx, id: WebhookId) -> sqlx::Result<Option<Webhook>> {
    let found = query!(tx, [SELECT, "where id = :id"], id).optional::<Stored>().await?;
    Ok(found.map(Stored::opened))
}

/// All enabled webhooks.
pub async fn list_enabled(tx: &mut Tx) -> sqlx::Result<Vec<Webhook>> {
    all(query!(tx, [SELECT, "where is_enabled order by id"])).await
}

/// One page of webhooks after `after`, ordered by creation.
pub async fn list(
    tx: &mut Tx,
    _: &Permit<ManageWebhooks, Organisation>,
    after: WebhookId,
    limit: i64,
) -> sqlx::Result<Vec<Webhook>> {
    all(listed(tx, after, limit)).await
}

/// Number of webhooks on all pages.
pub async fn count(tx: &mut Tx, _: &Permit<ManageWebhooks, Organisation>) -> sqlx::Result<i64> {
    listed(tx, WebhookId::first(), UNLIMITED).count().await
}

fn listed(tx: &mut Tx, after: WebhookId, limit: i64) -> Query<'_> {
    query!(tx, [SELECT, "where id > :after order by id limit :limit"], after, limit)
}

/// Writes a new webhook, unless there are too many.
pub async fn insert(
    tx: &mut Tx,
    _: &Permit<ManageWebhooks, Organisation>,
    webhook: &Webhook,
    secrets: &Secrets,
) -> Result<(), Problem> {
    let url = seal(tx, webhook.id, ("url", 0), &webhook.url).await?;
    let secrets = seal(tx, webhook.id, ("secrets", 0), secrets).await?;
    let touched = query!(
        tx,
        "insert into webhooks (id, url, description, format, kinds, scopes, is_enabled, secrets, created_at,
            updated_at, revision)
         select :id, :url, :description, :format, :kinds, :scopes, :is_enabled, :secrets, :created_at,
            :created_at, 1
         where (select count(*) from webhooks) < :at_most",
        id = webhook.id,
        url,
        description = &webhook.description,
        format = webhook.format,
        kinds = &webhook.kinds,
        scopes = &webhook.scopes,
        is_enabled = webhook.is_enabled,
        secrets,
        created_at = webhook.created_at,
        at_most = AT_MOST
    )
    .run()
    .await?;
    if touched == 1 {
        Ok(())
    } else {
        Err(Problem::wrong_state("There are 50 webhooks already, the maximum. Delete one first."))
    }
}

/// Writes a changed webhook, unless another request changed it first.
pub async fn save(tx: &mut Tx, webhook: &Changed<Webhook>) -> Result<(), Problem> {
    let before =
        query!(tx, "select url_revision from webhooks where id = :id", id = webhook.id).one::<(i64,)>().await?.0;
    let url = match &webhook.url {
        Some(url) => Some(seal(tx, webhook.id, ("url", before + 1), url).await?),
        None => None,
    };
    let touched = query!(
        tx,
        "update webhooks set url = coalesce(:url, url), description = :description, format = :format,
            kinds = :kinds, scopes = :scopes, is_enabled = :is_enabled, disabled_reason = :disabled_reason,
            updated_at = :updated_at, revision = revision + 1,
            url_revision = case when :url is null then url_revision else :next_revision end
         where id = :id and revision = :revision",
        id = webhook.id,
        revision = webhook.revision,
        url,
        description = &webhook.description,
        format = webhook.format,
        kinds = &webhook.kinds,
        scopes = &webhook.scopes,
        is_enabled = webhook.is_enabled,
        disabled_reason = webhook.disabled_reason,
        updated_at = webhook.updated_at,
        next_revision = before + 1
    )
    .run()
    .await?;
    saved(touched)
}

/// Deletes a webhook and gives up its pending deliveries. The list of its deliveries stays.
pub async fn delete(tx: &mut Tx, webhook: Permit<DeleteWebhook, Webhook>, now: DateTime<Utc>) -> sqlx::Result<()> {
    query!(tx, "delete from webhooks where id = :id", id = webhook.id).run().await?;
    give_up_waiting(tx, webhook.id, "the webhook was deleted", now).await
}

/// Disables a webhook on behalf of the service, and gives up its pending deliveries.
pub async fn disable(tx: &mut Tx, id: WebhookId, reason: DisabledReason, now: DateTime<Utc>) -> sqlx::Result<()> {
    let disabled = query!(
        tx,
        "update webhooks set is_enabled = false, disabled_reason = :reason, updated_at = :now, revision = revision + 1
         where id = :id and is_enabled",
        id,
        reason,
        now
    );
    if disabled.run().await? == 1 {
        tracing::warn!(
            event = "webhook.disabled", %id, ?reason,
            "webhook: the receiver is gone or did not answer for 3 days, so the webhook is disabled and its waiting \
             deliveries are given up; repair the receiver, then enable it with PATCH /v1/webhooks/{{id}}"
        );
        give_up_waiting(tx, id, reason.message(), now).await?;
    }
    Ok(())
}

/// Gives up the pending deliveries of a webhook.
pub async fn give_up_waiting(tx: &mut Tx, id: WebhookId, why: &'static str, now: DateTime<Utc>) -> sqlx::Result<()> {
    query!(
        tx,
        "update deliveries set status = 'dead', next_at = null, last_error = :why, updated_at = :now
         where recipient_id = :id and channel = 'webhook' and status = 'pending'",
        id,
        why,
        now
    )
    .run()
    .await
    .map(drop)
}

/// Postpones the due deliveries of a webhook.
pub async fn postpone_due(tx: &mut Tx, id: WebhookId, now: DateTime<Utc>, until: DateTime<Utc>) -> sqlx::Result<()> {
    query!(
        tx,
        "update deliveries set next_at = :until
         where recipient_id = :id and channel = 'webhook' and status = 'pending' and next_at <= :now",
        id,
        now,
        until
    )
    .run()
    .await
    .map(drop)
}

/// Whether a delivery to a webhook succeeded since this time.
pub async fn has_received(tx: &mut Tx, id: WebhookId, since: DateTime<Utc>) -> sqlx::Result<bool> {
    let received = query!(
        tx,
        "select exists (select 1 from deliveries
            where recipient_id = :id and channel = 'webhook' and status = 'delivered' and updated_at >= :since)",
        id,
        since
    );
    received.one::<(bool,)>().await.map(|(has_received,)| has_received)
}

/// Makes the deliveries of a webhook that were planned since this time due again, with the same ids.
pub async fn replay(
    tx: &mut Tx,
    webhook: &Permit<ReplayDeliveries, Webhook>,
    since: DateTime<Utc>,
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    query!(
        tx,
        "update deliveries set status = 'pending', attempts = 0, next_at = :now, last_error = null, updated_at = :now
         where recipient_id = :recipient_id and channel = 'webhook' and created_at >= :since",
        recipient_id = webhook.id,
        since,
        now
    )
    .run()
    .await
}

/// The time of an event.
pub async fn find_moment(tx: &mut Tx, event: EventId) -> sqlx::Result<DateTime<Utc>> {
    let moment = query!(tx, "select created_at from events where id = :event", event);
    moment.one::<(DateTime<Utc>,)>().await.map(|(at,)| at)
}

/// The secrets of a webhook.
pub async fn find_secrets(tx: &mut Tx, id: WebhookId) -> sqlx::Result<Secrets> {
    let (sealed, revision): (Envelope, i64) =
        query!(tx, "select secrets, secrets_revision from webhooks where id = :id", id).one().await?;
    open(&sealed, place(id, ("secrets", revision)))
}

/// Writes new secrets.
pub async fn save_secrets(tx: &mut Tx, webhook: &Permit<RotateSecret, Webhook>, secrets: &Secrets) -> sqlx::Result<()> {
    let before =
        query!(tx, "select secrets_revision from webhooks where id = :id", id = webhook.id).one::<(i64,)>().await?.0;
    let sealed = seal(tx, webhook.id, ("secrets", before + 1), secrets).await?;
    query!(
        tx,
        "update webhooks set secrets = :sealed, secrets_revision = :secrets_revision where id = :id",
        id = webhook.id,
        sealed,
        secrets_revision = before + 1
    )
    .run()
    .await
    .map(drop)
}

async fn seal(tx: &Tx, id: WebhookId, what: (&'static str, i64), value: &impl Serialize) -> sqlx::Result<Envelope> {
    let json = serde_json::to_vec(value).map_err(|error| sqlx::Error::Encode(error.into()))?;
    Ok(tx.key_of(Owner::SERVICE).await?.seal(json, place(id, what)))
}

fn open<T: DeserializeOwned>(sealed: &Envelope, place: Address) -> sqlx::Result<T> {
    let json = sealed.open(place).map_err(|why| sqlx::Error::Decode(format!("{place} stays closed: {why}").into()))?;
    serde_json::from_slice(&json).map_err(|error| sqlx::Error::Decode(error.into()))
}

const fn place(id: WebhookId, (column, revision): (&'static str, i64)) -> Address {
    let Owner { scope_id, author_id } = Owner::SERVICE;
    let bound = Bound { scope_id, author_id: Some(author_id), around: [uuid::Uuid::nil(); 4], revision };
    Address { table: "webhooks", row: id.uuid(), column, tier: "never_shared", bound }
}
