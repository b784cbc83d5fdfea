//! Finds what changed since the last read, with one indexed statement. The migration that creates the table
//! `matching_marks` explains why no change is missed.

use std::collections::HashSet;

use sqlx::FromRow;
use uuid::Uuid;

use crate::db::{Tx, query};
use crate::ids::PersonId;

/// With more changes than this the index is built again.
const MAX_CHANGES: usize = 20_000;

/// What changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Kind {
    /// The number of live pairs of a mentor.
    Load,
    /// Any other fact of a person.
    Profile,
    /// A fact that many profiles depend on.
    Organisation,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, FromRow)]
struct Mark {
    subject_id: Uuid,
    kind: Kind,
    unit: i64,
}

#[derive(Clone, Copy, Debug, FromRow)]
struct FoundMark {
    #[sqlx(flatten)]
    mark: Mark,
    settled: i64,
}

/// Remembers which changes are already in the index.
#[derive(Clone, Debug)]
pub struct ChangeFollower {
    /// All transactions with a lower number had ended at the last read.
    settled: i64,
    /// Marks from `settled` on that are already in the index.
    seen: HashSet<Mark>,
}

/// The result of one read.
#[derive(Debug)]
pub struct Changes {
    settled: i64,
    all: HashSet<Mark>,
    new: Vec<Mark>,
}

impl ChangeFollower {
    /// Starts to follow changes from this snapshot on.
    pub async fn start(tx: &mut Tx) -> sqlx::Result<Self> {
        let (settled,) = query!(
            tx,
            Sql {
                sqlite: "select coalesce(max(unit), 0) + 1 from matching_marks",
                postgres: "select cast(cast(pg_snapshot_xmin(pg_current_snapshot()) as text) as bigint)",
            }
        )
        .one()
        .await?;
        let mut follower = Self { settled, seen: HashSet::new() };
        let changes = follower.read_changes(tx).await?;
        follower.mark_seen(changes);
        Ok(follower)
    }

    /// Reads what is new in this snapshot. On PostgreSQL, marks with a future transaction number come from a restored
    /// backup of another server and are ignored.
    pub async fn read_changes(&self, tx: &mut Tx) -> sqlx::Result<Changes> {
        let found: Vec<FoundMark> = query!(
            tx,
            Sql {
                sqlite: "select subject_id, kind, unit, (select max(unit) + 1 from matching_marks) as settled
                    from matching_marks where unit >= :settled order by unit limit :limit",
                postgres: "select subject_id, kind, unit,
                       cast(cast(pg_snapshot_xmin(pg_current_snapshot()) as text) as bigint) as settled
                    from matching_marks
                    where unit >= :settled
                       and unit < cast(cast(pg_snapshot_xmax(pg_current_snapshot()) as text) as bigint)
                    order by unit limit :limit",
            },
            settled = self.settled,
            limit = i64::try_from(MAX_CHANGES).unwrap_or(i64::MAX) + 1
        )
        .all()
        .await?;
        let settled = found.first().map_or(self.settled, |found| found.settled.max(self.settled));
        let all: HashSet<Mark> = found.into_iter().map(|found| found.mark).collect();
        let new = all.difference(&self.seen).copied().collect();
        Ok(Changes { settled, all, new })
    }

    /// Remembers that these changes are now in the index.
    pub fn mark_seen(&mut self, changes: Changes) {
        // Of two concurrent requests, the one that read first may be the last to report.
        if changes.settled < self.settled {
            return;
        }
        self.settled = changes.settled;
        self.seen = changes.all.into_iter().filter(|mark| mark.unit >= changes.settled).collect();
    }
}

impl Changes {
    /// Whether there is no change.
    pub fn is_empty(&self) -> bool {
        self.new.is_empty()
    }

    /// Whether the index should be built again: too much changed, or the organisation did.
    pub fn requires_rebuild(&self) -> bool {
        self.all.len() > MAX_CHANGES || self.new.iter().any(|mark| mark.kind == Kind::Organisation)
    }

    /// The people who changed, and what changed.
    pub fn people(&self) -> impl Iterator<Item = (PersonId, Kind)> {
        self.new.iter().map(|mark| (mark.subject_id.into(), mark.kind))
    }
}
