//! The SQL of new first sign-ins.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::model::IdentityRebind;
use crate::db::Tx;
use crate::ids::PersonId;
use crate::people::organisation::Organisation;
use crate::policy::Permit;
use crate::policy::acts::{AnswerIdentityRebind, RebindIdentity};

/// Opens a new first sign-in. The binding of an earlier one that waits keeps waiting.
pub async fn open(
    tx: &mut Tx,
    _: &Permit<RebindIdentity, Organisation>,
    person: PersonId,
    admin: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    tx.query(
        "insert into identity_rebinds (person_id, opened_by_id, opened_at, former_email)
         select id, $2, $3, former_email from people where id = $1
         on conflict (person_id) do update set opened_by_id = excluded.opened_by_id, opened_at = excluded.opened_at,
            former_email = coalesce(excluded.former_email, identity_rebinds.former_email), binding_id = null,
            opens_at = null",
    )
    .bind(person)
    .bind(admin)
    .bind(now)
    .run()
    .await
    .map(drop)
}

/// The new first sign-in of a person, if it is open or waiting at `now`.
pub async fn find(
    tx: &mut Tx,
    person: PersonId,
    now: DateTime<Utc>,
    open_for: TimeDelta,
) -> sqlx::Result<Option<IdentityRebind>> {
    tx.query(
        "select person_id, opened_at, binding_id, opens_at from identity_rebinds
         where person_id = $1 and (opens_at > $2 or (opens_at is null and opened_at > $3))",
    )
    .bind(person)
    .bind(now)
    .bind(now - open_for)
    .optional()
    .await
}

/// Confirms the new sign-in: it opens everything, and the old sign-ins end.
pub async fn confirm(
    tx: &mut Tx,
    rebind: Permit<AnswerIdentityRebind, IdentityRebind>,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    // The API shows only the newest sign-in, so the person confirms only that one.
    let others = tx.query(
        "update identity_bindings set ends_at = $3
         where person_id = $1 and id is distinct from $2 and (ends_at is null or ends_at > $3)",
    );
    others.bind(rebind.person_id).bind(rebind.binding_id).bind(now).run().await?;
    let opened = tx.query("update identity_bindings set opens_at = null where id = $1");
    opened.bind(rebind.binding_id).run().await?;
    tx.query("update people set named_at = null, former_email = null where id = $1")
        .bind(rebind.person_id)
        .run()
        .await?;
    forget(tx, rebind.person_id).await
}

/// Rejects the new sign-in: it is refused for good, and the old sign-ins stay.
pub async fn reject(
    tx: &mut Tx,
    rebind: Permit<AnswerIdentityRebind, IdentityRebind>,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    for text in [
        "update identity_bindings set ends_at = null
         where person_id = $1 and (opens_at is null or opens_at <= $2) and ends_at > $2",
        // It ends at the time it was bound, as if it had never been valid. Bindings made before it stay.
        "update identity_bindings set ends_at = bound_at where person_id = $1 and opens_at > $2",
    ] {
        tx.query(text).bind(rebind.person_id).bind(now).run().await?;
    }
    forget(tx, rebind.person_id).await
}

async fn forget(tx: &mut Tx, person: PersonId) -> sqlx::Result<()> {
    tx.query("delete from identity_rebinds where person_id = $1").bind(person).run().await.map(drop)
}
