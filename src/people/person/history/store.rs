//! The SQL of a person's history.

use sqlx::FromRow;

use super::model::{HistoryEntry, Position};
use crate::clock::Clock;
use crate::db::{Query, Tx, UNLIMITED, query};
use crate::ids::{HistoryEntryId, PersonId};
use crate::people::person::model::{Person, PersonStanding};
use crate::people::person::roster::store::RosterPermit;
use crate::policy::acts::ReadHistory;
use crate::policy::{Guarded, Permit};

#[derive(FromRow)]
struct EntryRow {
    id: HistoryEntryId,
    #[sqlx(flatten)]
    position: Position,
}

/// Adds an entry with the current position of the person, valid from today on.
pub async fn note(tx: &mut Tx, _: &RosterPermit, clock: &Clock, person: PersonId) -> sqlx::Result<()> {
    query!(
        tx,
        "insert into person_history (id, person_id, starts_on, status, title, team_id, manager_id,
            ladder_role_id, level, created_at)
         select :id, p.id, :today, p.status, p.title, p.team_id, p.manager_id, p.ladder_role_id, r.level, :now
         from people p left join ladder_roles r on r.id = p.ladder_role_id where p.id = :person",
        id = HistoryEntryId::new(clock),
        person,
        today = clock.today(),
        now = clock.now()
    )
    .run()
    .await?;
    Ok(())
}

/// One page of a person's history, oldest first.
pub async fn list(
    tx: &mut Tx,
    person: &Permit<ReadHistory, Person>,
    after: HistoryEntryId,
    limit: i64,
) -> sqlx::Result<Vec<HistoryEntry>> {
    let rows: Vec<EntryRow> = listed(tx, person.id, after, limit).all().await?;
    let standing: PersonStanding = person.standing();
    Ok(rows
        .into_iter()
        .map(|row| HistoryEntry { id: row.id, standing, position: Guarded::new(row.position) })
        .collect())
}

/// Number of entries on all pages.
pub async fn count(tx: &mut Tx, person: &Permit<ReadHistory, Person>) -> sqlx::Result<i64> {
    listed(tx, person.id, HistoryEntryId::first(), UNLIMITED).count().await
}

fn listed(tx: &mut Tx, person: PersonId, after: HistoryEntryId, limit: i64) -> Query<'_> {
    query!(
        tx,
        "select h.id, h.starts_on, h.status, h.title, h.team_id, t.name as team_name, h.manager_id,
            m.name as manager_name, m.title as manager_title, h.ladder_role_id, r.name as ladder_role_name,
            h.level
         from person_history h
         left join teams t on t.id = h.team_id
         left join people m on m.id = h.manager_id
         left join ladder_roles r on r.id = h.ladder_role_id
         where h.person_id = :person and h.id > :after order by h.id limit :limit",
        person,
        after,
        limit
    )
}
