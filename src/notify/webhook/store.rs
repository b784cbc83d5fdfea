//! The SQL of webhooks.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::FromRow;

use super::model::{DisabledReason, Webhook};
use super::sign::Secrets;
use crate::db::{Query, Tx, UNLIMITED};
use crate::ids::{EventId, WebhookId};
use crate::people::organisation::Organisation;
use crate::policy::acts::{DeleteWebhook, ManageWebhooks, ReplayDeliveries, RotateSecret};
use crate::policy::{Changed, Permit};
use crate::problem::Problem;
use crate::vault::{Address, Bound, Envelope, Owner};

/// Largest number of webhooks. Each event is planned for each webhook.
const AT_MOST: i64 = 50;

macro_rules! select_webhook {
    ($rest:literal) => {
        concat!(
            "select id, url, description, format, kinds, scopes, is_enabled, disabled_reason, created_at, updated_at,
                revision, url_revision from webhooks ",
            $rest
        )
    };
}

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
    let found = tx.query(select_webhook!("where id = $1")).bind(id).optional::<Stored>().await?;
    Ok(found.map(Stored::opened))
}

/// All enabled webhooks.
pub async fn list_enabled(tx: &mut Tx) -> sqlx::Result<Vec<Webhook>> {
    all(tx.query(select_webhook!("where is_enabled order by id"))).await
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
    tx.query(select_webhook!("where id > $1 order by id limit $2")).bind(after).bind(limit)
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
    let touched = tx
        .query(
            "insert into webhooks (id, url, description, format, kinds, scopes, is_enabled, secrets, created_at,
                updated_at, revision)
             select $1, $2, $3, $4, $5, $6, $7, $8, $9, $9, 1 where (select count(*) from webhooks) < $10",
        )
        .bind(webhook.id)
        .bind(url)
        .bind(&webhook.description)
        .bind(webhook.format)
        .bind(&webhook.kinds)
        .bind(&webhook.scopes)
        .bind(webhook.is_enabled)
        .bind(secrets)
        .bind(webhook.created_at)
        .bind(AT_MOST)
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
    let before = tx.query("select url_revision from webhooks where id = $1").bind(webhook.id).one::<(i64,)>().await?.0;
    let url = match &webhook.url {
        Some(url) => Some(seal(tx, webhook.id, ("url", before + 1), url).await?),
        None => None,
    };
    let touched = tx
        .query(
            "update webhooks set url = coalesce($3, url), description = $4, format = $5, kinds = $6, scopes = $7, is_enabled = $8,
                disabled_reason = $9, updated_at = $10, revision = revision + 1,
                url_revision = case when $3 is null then url_revision else $11 end
             where id = $1 and revision = $2",
        )
        .bind(webhook.id)
        .bind(webhook.revision)
        .bind(url)
        .bind(&webhook.description)
        .bind(webhook.format)
        .bind(&webhook.kinds)
        .bind(&webhook.scopes)
        .bind(webhook.is_enabled)
        .bind(webhook.disabled_reason)
        .bind(webhook.updated_at)
        .bind(before + 1)
        .run()
        .await?;
    if touched == 1 { Ok(()) } else { Err(Problem::changed_meanwhile()) }
}

/// Deletes a webhook and gives up its pending deliveries. The list of its deliveries stays.
pub async fn delete(tx: &mut Tx, webhook: Permit<DeleteWebhook, Webhook>, now: DateTime<Utc>) -> sqlx::Result<()> {
    tx.query("delete from webhooks where id = $1").bind(webhook.id).run().await?;
    give_up_waiting(tx, webhook.id, "the webhook was deleted", now).await
}

/// Disables a webhook on behalf of the service, and gives up its pending deliveries.
pub async fn disable(tx: &mut Tx, id: WebhookId, reason: DisabledReason, now: DateTime<Utc>) -> sqlx::Result<()> {
    let disabled = tx.query(
        "update webhooks set is_enabled = false, disabled_reason = $2, updated_at = $3, revision = revision + 1
         where id = $1 and is_enabled",
    );
    if disabled.bind(id).bind(reason).bind(now).run().await? == 1 {
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
    let waiting = tx.query(
        "update deliveries set status = 'dead', next_at = null, last_error = $2, updated_at = $3
         where recipient_id = $1 and channel = 'webhook' and status = 'pending'",
    );
    waiting.bind(id).bind(why).bind(now).run().await.map(drop)
}

/// Postpones the due deliveries of a webhook.
pub async fn postpone_due(tx: &mut Tx, id: WebhookId, now: DateTime<Utc>, until: DateTime<Utc>) -> sqlx::Result<()> {
    let due = tx.query(
        "update deliveries set next_at = $3
         where recipient_id = $1 and channel = 'webhook' and status = 'pending' and next_at <= $2",
    );
    due.bind(id).bind(now).bind(until).run().await.map(drop)
}

/// Whether a delivery to a webhook succeeded since this time.
pub async fn has_received(tx: &mut Tx, id: WebhookId, since: DateTime<Utc>) -> sqlx::Result<bool> {
    let received = tx.query(
        "select exists (select 1 from deliveries
            where recipient_id = $1 and channel = 'webhook' and status = 'delivered' and updated_at >= $2)",
    );
    received.bind(id).bind(since).one::<(bool,)>().await.map(|(has_received,)| has_received)
}

/// Makes the deliveries of a webhook that were planned since this time due again, with the same ids.
pub async fn replay(
    tx: &mut Tx,
    webhook: &Permit<ReplayDeliveries, Webhook>,
    since: DateTime<Utc>,
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    let again = tx.query(
        "update deliveries set status = 'pending', attempts = 0, next_at = $3, last_error = null, updated_at = $3
         where recipient_id = $1 and channel = 'webhook' and created_at >= $2",
    );
    again.bind(webhook.id).bind(since).bind(now).run().await
}

/// The time of an event.
pub async fn find_moment(tx: &mut Tx, event: EventId) -> sqlx::Result<DateTime<Utc>> {
    let moment = tx.query("select created_at from events where id = $1");
    moment.bind(event).one::<(DateTime<Utc>,)>().await.map(|(at,)| at)
}

/// The secrets of a webhook.
pub async fn find_secrets(tx: &mut Tx, id: WebhookId) -> sqlx::Result<Secrets> {
    let found = tx.query("select secrets, secrets_revision from webhooks where id = $1");
    let (sealed, revision): (Envelope, i64) = found.bind(id).one().await?;
    open(&sealed, place(id, ("secrets", revision)))
}

/// Writes new secrets.
pub async fn save_secrets(tx: &mut Tx, webhook: &Permit<RotateSecret, Webhook>, secrets: &Secrets) -> sqlx::Result<()> {
    let before =
        tx.query("select secrets_revision from webhooks where id = $1").bind(webhook.id).one::<(i64,)>().await?.0;
    let sealed = seal(tx, webhook.id, ("secrets", before + 1), secrets).await?;
    let saved = tx.query("update webhooks set secrets = $2, secrets_revision = $3 where id = $1");
    saved.bind(webhook.id).bind(sealed).bind(before + 1).run().await.map(drop)
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
