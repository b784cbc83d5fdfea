//! What has changed since the last look, by one indexed statement. Why nothing is missed stands at the table
//! `matching_marks`.

use std::collections::HashSet;

use sqlx::FromRow;
use uuid::Uuid;

use crate::db::{Sql, Tx};
use crate::ids::PersonId;

/// With more news than this the index is made anew.
const MANY: usize = 20_000;

/// What of a subject changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Kind {
    /// How many live pairs a mentor has.
    Load,
    /// Anything of a person.
    Profile,
    /// What many people's profiles depend on.
    Organisation,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, FromRow)]
struct Mark {
    subject_id: Uuid,
    kind: Kind,
    unit: i64,
}

#[derive(Clone, Copy, Debug, FromRow)]
struct Found {
    #[sqlx(flatten)]
    mark: Mark,
    settled: i64,
}

/// Remembers what was seen.
#[derive(Clone, Debug)]
pub struct Follower {
    /// Every unit of work below was over when we looked last.
    settled: i64,
    /// Marks from there on that were taken in already.
    seen: HashSet<Mark>,
}

/// What a look found.
#[derive(Debug)]
pub struct News {
    settled: i64,
    all: HashSet<Mark>,
    new: Vec<Mark>,
}

impl Follower {
    /// Follows from this snapshot on.
    pub async fn start(tx: &mut Tx) -> sqlx::Result<Self> {
        let (settled,) = tx
            .query(Sql {
                sqlite: "select coalesce(max(unit), 0) + 1 from matching_marks",
                postgres: "select cast(cast(pg_snapshot_xmin(pg_current_snapshot()) as text) as bigint)",
            })
            .one()
            .await?;
        let mut follower = Self { settled, seen: HashSet::new() };
        let news = follower.look(tx).await?;
        follower.take_in(news);
        Ok(follower)
    }

    /// What is new in this snapshot. On PostgreSQL marks from the future are those of another server's life, left by a
    /// restored backup.
    pub async fn look(&self, tx: &mut Tx) -> sqlx::Result<News> {
        let found: Vec<Found> = tx
            .query(Sql {
                sqlite: "select subject_id, kind, unit, (select max(unit) + 1 from matching_marks) as settled
                         from matching_marks where unit >= $1 order by unit limit $2",
                postgres: "select subject_id, kind, unit,
                              cast(cast(pg_snapshot_xmin(pg_current_snapshot()) as text) as bigint) as settled
                           from matching_marks
                           where unit >= $1 and unit < cast(cast(pg_snapshot_xmax(pg_current_snapshot()) as text) as bigint)
                           order by unit limit $2",
            })
            .bind(self.settled)
            .bind(i64::try_from(MANY).unwrap_or(i64::MAX) + 1)
            .all()
            .await?;
        let settled = found.first().map_or(self.settled, |found| found.settled.max(self.settled));
        let all: HashSet<Mark> = found.into_iter().map(|found| found.mark).collect();
        let new = all.difference(&self.seen).copied().collect();
        Ok(News { settled, all, new })
    }

    /// Remembers that this was taken in.
    pub fn take_in(&mut self, news: News) {
        // Of two requests that look at once, the one that looked first may be the last to say so.
        if news.settled < self.settled {
            return;
        }
        self.settled = news.settled;
        self.seen = news.all.into_iter().filter(|mark| mark.unit >= news.settled).collect();
    }
}

impl News {
    /// Nothing is new.
    pub fn is_empty(&self) -> bool {
        self.new.is_empty()
    }

    /// So much is new that the index should be made anew.
    pub fn asks_for_all(&self) -> bool {
        self.all.len() > MANY || self.new.iter().any(|mark| mark.kind == Kind::Organisation)
    }

    /// Who changed, and whether in more than their load.
    pub fn people(&self) -> impl Iterator<Item = (PersonId, Kind)> {
        self.new.iter().map(|mark| (mark.subject_id.into(), mark.kind))
    }
}
