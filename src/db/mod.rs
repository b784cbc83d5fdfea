//! The engine room: the only place that knows there are two databases.

mod asker;
pub mod files;
mod former_names;
mod ids;
pub mod installation;
mod keys;
mod lanes;
mod migrate;
pub mod open;
mod query;
mod readers;
mod row_security;
mod writer;

pub use asker::Asker;
pub use former_names::FormerName;
pub use ids::Ids;
pub use keys::Keys;
pub use lanes::{Full, Lanes, Place};
pub use migrate::MigrateError;
pub use open::{Durability, Serving};
pub use query::{Bind, Query, Row, Sql, UNLIMITED};
pub use row_security::Inert;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use sqlx::pool::PoolConnection;
use sqlx::{Connection as _, PgConnection, PgPool, Postgres, SqlSafeStr, Sqlite, SqliteConnection, Transaction};
use uuid::Uuid;

use readers::{Lease, Readers};
use writer::{Unit, Writer};

use crate::vault::{DataKey, Owner};

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Embedded, one file.
    Sqlite,
    /// A server that many instances share.
    Postgres,
}

/// A database on the engine that `DATABASE_URL` names; cheap to clone.
#[derive(Clone, Debug)]
pub enum Db {
    /// Readers that cannot write, and the one writer.
    Sqlite {
        /// Read-only connections.
        readers: Readers,
        /// Connections for the service's own short reads.
        own: Readers,
        /// The one connection that writes.
        writer: Writer,
        /// What private words are sealed with.
        keys: Keys,
    },
    /// One pool for both.
    Postgres {
        /// All its connections.
        pool: PgPool,
        /// A connection for the service's own short reads.
        own: PgPool,
        /// What private words are sealed with.
        keys: Keys,
        /// Whether it is told for whom each conversation is.
        has_row_security: bool,
    },
}

/// A transaction on PostgreSQL that lasted longer is undone instead of committed: others have read past it by then. See
/// [`crate::http::OVERLAP`].
pub const LONGEST_TRANSACTION: Duration = Duration::from_mins(4);

/// A conversation with the database: a single look, a snapshot, or a unit of work that writes.
/// A unit of work dropped without `commit` is undone; so is one in which a statement failed.
pub struct Tx {
    /// `None` once it has ended.
    conversation: Option<Conversation>,
    has_failed: bool,
    /// A statement has begun and nobody heard its end.
    is_running: bool,
    /// For which read it is, if somebody counts them.
    place: Option<Arc<Place>>,
    keys: Keys,
    /// The highest number of a data key that was asked for.
    newest_key: AtomicI64,
    begun: Instant,
}

enum Conversation {
    SqliteRead(Lease),
    /// In the file of the keys.
    SqliteLook(PoolConnection<Sqlite>),
    /// As above; it writes.
    SqliteSnapshot(Transaction<'static, Sqlite>),
    SqliteUnit(Unit),
    PostgresLook(PoolConnection<Postgres>),
    Postgres(Transaction<'static, Postgres>),
}

impl Db {
    /// Which engine this is.
    pub const fn engine(&self) -> Engine {
        match self {
            Self::Sqlite { .. } => Engine::Sqlite,
            Self::Postgres { .. } => Engine::Postgres,
        }
    }

    /// What private words are sealed with.
    pub const fn keys(&self) -> &Keys {
        match self {
            Self::Sqlite { keys, .. } | Self::Postgres { keys, .. } => keys,
        }
    }

    /// For a read of one statement, which is a snapshot by itself.
    pub async fn look(&self) -> sqlx::Result<Tx> {
        let conversation = match self {
            Self::Sqlite { readers, .. } => Conversation::SqliteRead(readers.look().await?),
            // Whoever is named is named for a transaction, and forgotten with it.
            Self::Postgres { pool, has_row_security: true, .. } if Asker::current().is_some() => {
                begin(pool, true, "begin read only").await?
            }
            Self::Postgres { pool, .. } => Conversation::PostgresLook(pool.acquire().await?),
        };
        Ok(Tx::new(conversation, self.keys().clone()))
    }

    /// For a short read of the service itself, such as readiness: on a connection that no viewer's request can hold.
    pub async fn service_look(&self) -> sqlx::Result<Tx> {
        let conversation = match self {
            Self::Sqlite { own, .. } => Conversation::SqliteRead(own.look().await?),
            Self::Postgres { own, has_row_security: true, .. } if Asker::current().is_some() => {
                begin(own, true, "begin read only").await?
            }
            Self::Postgres { own, .. } => Conversation::PostgresLook(own.acquire().await?),
        };
        Ok(Tx::new(conversation, self.keys().clone()))
    }

    /// Begins a snapshot: several statements that see the same moment.
    pub async fn read(&self) -> sqlx::Result<Tx> {
        let conversation = match self {
            Self::Sqlite { readers, .. } => Conversation::SqliteRead(readers.snapshot().await?),
            Self::Postgres { pool, has_row_security, .. } => {
                begin(pool, *has_row_security, "begin isolation level repeatable read read only").await?
            }
        };
        Ok(Tx::new(conversation, self.keys().clone()))
    }

    /// Begins a unit of work that writes. On SQLite writers queue here.
    pub async fn write(&self) -> sqlx::Result<Tx> {
        let conversation = match self {
            Self::Sqlite { writer, .. } => Conversation::SqliteUnit(writer.begin().await?),
            Self::Postgres { pool, has_row_security, .. } => begin(pool, *has_row_security, "begin").await?,
        };
        Ok(Tx::new(conversation, self.keys().clone()))
    }

    /// A number that stands still while nobody's leave to enter can have changed. `None` where
    /// other processes write, too, and each request must look.
    pub fn admission(&self) -> Option<u64> {
        match self {
            Self::Sqlite { writer, .. } => Some(writer.admission()),
            Self::Postgres { .. } => None,
        }
    }

    /// Closes every connection, once what runs has ended.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { readers, own, writer, .. } => {
                readers.close().await;
                own.close().await;
                writer.close().await;
            }
            Self::Postgres { pool, own, .. } => {
                pool.close().await;
                own.close().await;
            }
        }
        self.keys().close().await;
    }
}

/// Begins a transaction and says, if it matters, for whom: both in one round trip.
async fn begin(pool: &PgPool, has_row_security: bool, how: &'static str) -> sqlx::Result<Conversation> {
    let tx = match Asker::current().filter(|_| has_row_security) {
        // An id, or a word of ours.
        Some(asker) => {
            whole(pool, sqlx::AssertSqlSafe(format!("{how}; set local mentorship.viewer = '{asker}'"))).await
        }
        None => whole(pool, how).await,
    };
    tx.map(Conversation::Postgres)
}

/// Begins, though nobody may wait for it any more: sqlx forgets a `begin` that is left half-way, and whoever got the
/// connection next would find themselves in it.
async fn whole(pool: &PgPool, how: impl SqlSafeStr + Send + 'static) -> sqlx::Result<Transaction<'static, Postgres>> {
    let pool = pool.clone();
    tokio::spawn(async move { pool.begin_with(how).await }).await.map_err(|_| sqlx::Error::WorkerCrashed)?
}

impl Tx {
    fn new(conversation: Conversation, keys: Keys) -> Self {
        let (conversation, place) = (Some(conversation), Place::current());
        let (newest_key, begun) = (AtomicI64::new(0), Instant::now());
        Self { conversation, has_failed: false, is_running: false, place, keys, newest_key, begun }
    }

    /// Makes the unit of work durable. Only then may anybody be told of it. After a failed
    /// statement it refuses: PostgreSQL would answer such a commit with a silent rollback.
    pub async fn commit(mut self) -> sqlx::Result<()> {
        if self.has_failed {
            return Err(sqlx::Error::Protocol("a statement of this unit of work failed".to_owned()));
        }
        let newest = self.newest_key.load(Ordering::Relaxed);
        if newest > self.keys.noted().load(Ordering::Relaxed) {
            self.note_key(newest).await?;
        }
        match self.conversation.take() {
            Some(Conversation::SqliteUnit(unit)) => unit.commit().await,
            Some(Conversation::Postgres(_)) if self.begun.elapsed() > LONGEST_TRANSACTION => {
                tracing::error!(
                    event = "database.transaction_too_long",
                    "database: a transaction lasted longer than 4 minutes; it is undone"
                );
                Err(sqlx::Error::PoolTimedOut)
            }
            Some(Conversation::Postgres(tx)) => tx.commit().await,
            Some(Conversation::SqliteSnapshot(tx)) => tx.commit().await,
            Some(Conversation::SqliteRead(_) | Conversation::SqliteLook(_) | Conversation::PostgresLook(_)) | None => {
                return Ok(());
            }
        }?;
        self.keys.noted().fetch_max(newest, Ordering::Relaxed);
        Ok(())
    }

    /// Waits until no other unit of work holds `id`, and holds it to the end: for rules that
    /// span several rows, such as a mentor's capacity. On SQLite there is one writer anyway.
    pub async fn hold(&mut self, id: Uuid) -> sqlx::Result<()> {
        if let Some(Conversation::Postgres(_)) = self.conversation {
            self.query("select pg_advisory_xact_lock($1)").bind(Self::name_of(id)).run().await?;
        }
        Ok(())
    }

    /// Under which number PostgreSQL knows an id that somebody holds.
    pub fn name_of(id: Uuid) -> i64 {
        let (high, low) = id.as_u64_pair();
        (high ^ low.rotate_left(32)).cast_signed()
    }

    /// Holds the record that `sql` finds for `id`: so what hangs on a record waits for the record.
    /// Where there is none it holds `id`, so that absent and found run the same statements.
    pub async fn hold_found(&mut self, sql: &'static str, id: Uuid) -> sqlx::Result<()> {
        if let Some(Conversation::Postgres(_)) = self.conversation {
            let found = self.query(sql).bind(id).optional::<(Uuid,)>().await?;
            self.hold(found.map_or(id, |(found,)| found)).await?;
        }
        Ok(())
    }

    /// The key with which an author seals what they write in a scope: a pair, or themselves. Made
    /// at the first use; it stays even if this unit of work does not.
    pub async fn key_of(&self, owner: Owner) -> sqlx::Result<Arc<DataKey>> {
        let key = self.keys.of(owner).await?;
        self.newest_key.fetch_max(key.number().unwrap_or(0), Ordering::Relaxed);
        Ok(key)
    }

    /// Starts a query in the SQL that both engines share, with `$1` placeholders.
    pub fn query(&mut self, sql: impl Into<Sql>) -> Query<'_> {
        let connection = match self.conversation.as_mut().expect("a conversation goes on until it is committed") {
            Conversation::SqliteRead(lease) => Connection::Sqlite(lease.connection()),
            Conversation::SqliteLook(db) => Connection::Sqlite(db),
            Conversation::SqliteSnapshot(db) => Connection::Sqlite(db),
            Conversation::SqliteUnit(unit) => Connection::Sqlite(unit.connection()),
            Conversation::PostgresLook(db) => Connection::Postgres(db),
            Conversation::Postgres(db) => Connection::Postgres(db),
        };
        let marks = Marks { has_failed: &mut self.has_failed, is_running: &mut self.is_running };
        Query::new(sql.into(), connection, marks, &self.keys)
    }
}

impl Drop for Tx {
    /// A request that is given up leaves a statement behind. A read on SQLite is interrupted. PostgreSQL ends it after
    /// its own time limit. Until then it counts as a read of its viewer.
    fn drop(&mut self) {
        if !self.is_running {
            return;
        }
        let (place, runtime) = (self.place.take(), tokio::runtime::Handle::try_current());
        match (self.conversation.take(), runtime) {
            (Some(Conversation::SqliteRead(mut lease)), _) => lease.give_up(place),
            (Some(Conversation::Postgres(tx)), Ok(runtime)) => drop(runtime.spawn(async move {
                // Fails if the statement was ended or the connection is gone; either way it is over.
                let _ = tx.rollback().await;
                drop(place);
            })),
            (Some(Conversation::PostgresLook(mut connection)), Ok(runtime)) => drop(runtime.spawn(async move {
                let _ = connection.ping().await;
                drop(place);
            })),
            // The next to write undoes it. Interrupting a write would undo the work of others in the same batch.
            _ => {}
        }
    }
}

/// What a statement leaves behind in its conversation.
struct Marks<'t> {
    has_failed: &'t mut bool,
    is_running: &'t mut bool,
}

impl Marks<'_> {
    /// Runs a statement. Given up half-way, it is known to run still.
    async fn watch<T>(self, statement: impl Future<Output = sqlx::Result<T>>) -> sqlx::Result<T> {
        *self.is_running = true;
        let result = statement.await;
        *self.is_running = false;
        *self.has_failed |= result.is_err();
        result
    }
}

/// A connection of either engine, borrowed for one statement.
enum Connection<'t> {
    Sqlite(&'t mut SqliteConnection),
    Postgres(&'t mut PgConnection),
}
