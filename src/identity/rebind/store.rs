//! The SQL of new first sign-ins.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::model::IdentityRebind;
use crate::db::{Tx, query, run_each};
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
    query!(
        tx,
        "insert into identity_rebinds (person_id, opened_by_id, opened_at, former_email)
         select id, :admin, :now, former_email from people where id = :person
         on conflict (person_id) do update set opened_by_id = excluded.opened_by_id,
            opened_at = excluded.opened_at,
            former_email = coalesce(excluded.former_email, identity_rebinds.former_email), binding_id = null,
            opens_at = null",
        person,
        admin,
        now
    )
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
    query!(
        tx,
        "select person_id, opened_at, binding_id, opens_at from identity_rebinds
         where person_id = :person and (opens_at > :now or (opens_at is null and opened_at > :open_since))",
        person,
        now,
        open_since = now - open_for
    )
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
    query!(
        tx,
        "update identity_bindings set ends_at = :now
         where person_id = :person and id is distinct from :binding and (ends_at is null or ends_at > :now)",
        person = rebind.person_id,
        binding = rebind.binding_id,
        now
    )
    .run()
    .await?;
    query!(tx, "update identity_bindings set opens_at = null where id = :binding", binding = rebind.binding_id)
        .run()
        .await?;
    query!(tx, "update people set named_at = null, former_email = null where id = :person", person = rebind.person_id)
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
    run_each!(
        tx,
        (person = rebind.person_id, now),
        [
            "update identity_bindings set ends_at = null
             where person_id = :person and (opens_at is null or opens_at <= :now) and ends_at > :now",
            // It ends at the time it was bound, as if it had never been valid. Bindings made before it stay.
            "update identity_bindings set ends_at = bound_at where person_id = :person and opens_at > :now"
        ]
    );
    forget(tx, rebind.person_id).await
}

async fn forget(tx: &mut Tx, person: PersonId) -> sqlx::Result<()> {
    query!(tx, "delete from identity_rebinds where person_id = :person", person).run().await.map(drop)
}
