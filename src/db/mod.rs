//! Access to the database. Only this module knows that there are two engines.

pub mod files;
mod former_names;
mod ids;
pub mod installation;
mod keys;
mod migrate;
pub(crate) mod named;
mod on_behalf_of;
pub mod open;
mod query;
mod read_limits;
mod readers;
mod row_security;
mod sql;
mod writer;

pub use former_names::FormerName;
pub use ids::Ids;
pub use keys::Keys;
pub use migrate::MigrateError;
pub(crate) use named::{insert, lock_found, query, run_each, save};
pub use on_behalf_of::OnBehalfOf;
pub use open::{Durability, Serving};
pub use query::{Bind, Query, Row, UNLIMITED};
pub use read_limits::{ReadLimits, ReadSlot, TooManyReads};
pub use row_security::RowSecurityError;
pub use sql::Sql;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use sqlx::pool::PoolConnection;
use sqlx::{Connection as _, PgConnection, PgPool, Postgres, SqlSafeStr, Sqlite, SqliteConnection, Transaction};
use uuid::Uuid;

use readers::{Lease, Readers};
use writer::{Unit, Writer};

use crate::vault::{DataKey, Owner};

/// The database engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Embedded: one file.
    Sqlite,
    /// A server that several instances share.
    Postgres,
}

/// A database on the engine of `DATABASE_URL`. Cheap to clone.
#[derive(Clone, Debug)]
pub enum Db {
    /// SQLite: read-only connections and the single writer.
    Sqlite {
        /// Read-only connections.
        readers: Readers,
        /// Connections for the service's own short reads.
        own: Readers,
        /// The single connection that writes.
        writer: Writer,
        /// The data keys that seal private text.
        keys: Keys,
    },
    /// PostgreSQL: one pool for reading and writing.
    Postgres {
        /// The pool.
        pool: PgPool,
        /// A connection for the service's own short reads.
        own: PgPool,
        /// The data keys that seal private text.
        keys: Keys,
        /// Whether each transaction sets the viewer for row-level security.
        has_row_security: bool,
    },
}

/// A PostgreSQL transaction that lasts longer is rolled back, because readers of changed records may already be past
/// it. See [`crate::http::OVERLAP`].
pub const LONGEST_TRANSACTION: Duration = Duration::from_mins(4);

/// A transaction: a single read, a read transaction, or a write transaction. A write transaction is rolled back if it
/// is dropped without `commit` or if one of its statements failed.
pub struct Tx {
    /// `None` after the end.
    open: Option<OpenTx>,
    has_failed: bool,
    /// A statement has started and its end is not known.
    is_running: bool,
    /// The read slot of the viewer's request, if it has one.
    slot: Option<Arc<ReadSlot>>,
    keys: Keys,
    /// The highest number of the data keys that were used.
    newest_key: AtomicI64,
    begun: Instant,
}

/// The open connection of a transaction.
enum OpenTx {
    SqliteRead(Lease),
    /// Single statements in the file of the data keys.
    SqliteKeysRead(PoolConnection<Sqlite>),
    /// A write in the file of the data keys.
    SqliteKeysWrite(Transaction<'static, Sqlite>),
    SqliteWrite(Unit),
    /// Single statements without a transaction.
    PostgresSingle(PoolConnection<Postgres>),
    Postgres(Transaction<'static, Postgres>),
}

impl Db {
    /// The engine.
    pub const fn engine(&self) -> Engine {
        match self {
            Self::Sqlite { .. } => Engine::Sqlite,
            Self::Postgres { .. } => Engine::Postgres,
        }
    }

    /// The data keys that seal private text.
    pub const fn keys(&self) -> &Keys {
        match self {
            Self::Sqlite { keys, .. } | Self::Postgres { keys, .. } => keys,
        }
    }

    /// Begins a read of one statement. One statement sees one consistent state by itself.
    pub async fn read_one(&self) -> sqlx::Result<Tx> {
        let open = match self {
            Self::Sqlite { readers, .. } => OpenTx::SqliteRead(readers.read_one().await?),
            // The viewer is set for one transaction and is cleared with it.
            Self::Postgres { pool, has_row_security: true, .. } if OnBehalfOf::current().is_some() => {
                begin(pool, true, "begin read only").await?
            }
            Self::Postgres { pool, .. } => OpenTx::PostgresSingle(pool.acquire().await?),
        };
        Ok(Tx::new(open, self.keys().clone()))
    }

    /// Begins a short read for the service itself, such as readiness. Its connection is never used by a viewer's
    /// request.
    pub async fn service_read_one(&self) -> sqlx::Result<Tx> {
        let open = match self {
            Self::Sqlite { own, .. } => OpenTx::SqliteRead(own.read_one().await?),
            Self::Postgres { own, has_row_security: true, .. } if OnBehalfOf::current().is_some() => {
                begin(own, true, "begin read only").await?
            }
            Self::Postgres { own, .. } => OpenTx::PostgresSingle(own.acquire().await?),
        };
        Ok(Tx::new(open, self.keys().clone()))
    }

    /// Begins a read transaction: several statements that see the same state.
    pub async fn read(&self) -> sqlx::Result<Tx> {
        let open = match self {
            Self::Sqlite { readers, .. } => OpenTx::SqliteRead(readers.snapshot().await?),
            Self::Postgres { pool, has_row_security, .. } => {
                begin(pool, *has_row_security, "begin isolation level repeatable read read only").await?
            }
        };
        Ok(Tx::new(open, self.keys().clone()))
    }

    /// Begins a write transaction. On SQLite this waits for the single writer.
    pub async fn write(&self) -> sqlx::Result<Tx> {
        let open = match self {
            Self::Sqlite { writer, .. } => OpenTx::SqliteWrite(writer.begin().await?),
            Self::Postgres { pool, has_row_security, .. } => begin(pool, *has_row_security, "begin").await?,
        };
        Ok(Tx::new(open, self.keys().clone()))
    }

    /// A number that changes with every commit that may change who can sign in. `None` on PostgreSQL: other processes
    /// write, too, so each request must read the database.
    pub fn admission(&self) -> Option<u64> {
        match self {
            Self::Sqlite { writer, .. } => Some(writer.admission()),
            Self::Postgres { .. } => None,
        }
    }

    /// Closes every connection after the running statements have ended.
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

/// Begins a transaction and sets the viewer for row-level security, if it is in use. Both take one round trip.
async fn begin(pool: &PgPool, has_row_security: bool, how: &'static str) -> sqlx::Result<OpenTx> {
    let tx = match OnBehalfOf::current().filter(|_| has_row_security) {
        // The value is a UUID or a fixed word.
        Some(viewer) => {
            begin_uninterrupted(pool, sqlx::AssertSqlSafe(format!("{how}; set local mentorship.viewer = '{viewer}'")))
                .await
        }
        None => begin_uninterrupted(pool, how).await,
    };
    tx.map(OpenTx::Postgres)
}

/// Begins a transaction in a task that cannot be cancelled. `sqlx` forgets a `begin` that is cancelled half-way, and
/// the next user of the connection would be inside that transaction.
async fn begin_uninterrupted(
    pool: &PgPool,
    how: impl SqlSafeStr + Send + 'static,
) -> sqlx::Result<Transaction<'static, Postgres>> {
    let pool = pool.clone();
    tokio::spawn(async move { pool.begin_with(how).await }).await.map_err(|_| sqlx::Error::WorkerCrashed)?
}

impl Tx {
    fn new(open: OpenTx, keys: Keys) -> Self {
        let (open, slot) = (Some(open), ReadSlot::current());
        let (newest_key, begun) = (AtomicI64::new(0), Instant::now());
        Self { open, has_failed: false, is_running: false, slot, keys, newest_key, begun }
    }

    /// Commits the transaction. Answer the client only after this. Fails after a failed statement, because PostgreSQL
    /// would silently roll back such a commit.
    pub async fn commit(mut self) -> sqlx::Result<()> {
        if self.has_failed {
            return Err(sqlx::Error::Protocol("a statement of this transaction failed".to_owned()));
        }
        let newest = self.newest_key.load(Ordering::Relaxed);
        if newest > self.keys.noted().load(Ordering::Relaxed) {
            self.note_key(newest).await?;
        }
        match self.open.take() {
            Some(OpenTx::SqliteWrite(unit)) => unit.commit().await,
            Some(OpenTx::Postgres(_)) if self.begun.elapsed() > LONGEST_TRANSACTION => {
                tracing::error!(
                    event = "database.transaction_too_long",
                    "database: a transaction lasted longer than 4 minutes; it was rolled back, and its request or job \
                     failed; look for locks and load on the database server"
                );
                Err(sqlx::Error::PoolTimedOut)
            }
            Some(OpenTx::Postgres(tx)) => tx.commit().await,
            Some(OpenTx::SqliteKeysWrite(tx)) => tx.commit().await,
            Some(OpenTx::SqliteRead(_) | OpenTx::SqliteKeysRead(_) | OpenTx::PostgresSingle(_)) | None => {
                return Ok(());
            }
        }?;
        self.keys.noted().fetch_max(newest, Ordering::Relaxed);
        Ok(())
    }

    /// Locks `id` until the end of the transaction; waits until no other transaction has locked it. For rules that span
    /// several rows, such as a mentor's capacity. Does nothing on SQLite, which has a single writer.
    pub async fn lock(&mut self, id: Uuid) -> sqlx::Result<()> {
        if self.has_other_writers() {
            query!(self, "select pg_advisory_xact_lock(:lock)", lock = Self::name_of(id)).run().await?;
        }
        Ok(())
    }

    /// Whether other transactions write at the same time.
    pub const fn has_other_writers(&self) -> bool {
        matches!(self.open, Some(OpenTx::Postgres(_)))
    }

    /// The number of the advisory lock of an id in PostgreSQL.
    pub fn name_of(id: Uuid) -> i64 {
        let (high, low) = id.as_u64_pair();
        (high ^ low.rotate_left(32)).cast_signed()
    }

    /// The data key that seals what an author writes in a scope (a pair or the author). It is made at the first use and
    /// stays, even if this transaction is rolled back.
    pub async fn key_of(&self, owner: Owner) -> sqlx::Result<Arc<DataKey>> {
        let key = self.keys.of(owner).await?;
        self.newest_key.fetch_max(key.number().unwrap_or(0), Ordering::Relaxed);
        Ok(key)
    }

    /// Starts a statement. Its values have numbers (`$1`); use `query!`, which has names.
    pub fn query(&mut self, sql: impl Into<Sql>) -> Query<'_> {
        let connection = match self.open.as_mut().expect("a transaction is open until it is committed") {
            OpenTx::SqliteRead(lease) => Connection::Sqlite(lease.connection()),
            OpenTx::SqliteKeysRead(db) => Connection::Sqlite(db),
            OpenTx::SqliteKeysWrite(db) => Connection::Sqlite(db),
            OpenTx::SqliteWrite(unit) => Connection::Sqlite(unit.connection()),
            OpenTx::PostgresSingle(db) => Connection::Postgres(db),
            OpenTx::Postgres(db) => Connection::Postgres(db),
        };
        let marks = Marks { has_failed: &mut self.has_failed, is_running: &mut self.is_running };
        Query::new(sql.into(), connection, marks, &self.keys)
    }
}

impl Drop for Tx {
    /// A cancelled request leaves a running statement. A read on SQLite is interrupted. PostgreSQL ends the statement
    /// after its own time limit. Until then it keeps the read slot of its viewer.
    fn drop(&mut self) {
        if !self.is_running {
            return;
        }
        let (slot, runtime) = (self.slot.take(), tokio::runtime::Handle::try_current());
        match (self.open.take(), runtime) {
            (Some(OpenTx::SqliteRead(mut lease)), _) => lease.give_up(slot),
            (Some(OpenTx::Postgres(tx)), Ok(runtime)) => drop(runtime.spawn(async move {
                // Fails if the statement was ended or the connection is closed. In both cases the transaction is over.
                let _ = tx.rollback().await;
                drop(slot);
            })),
            (Some(OpenTx::PostgresSingle(mut connection)), Ok(runtime)) => drop(runtime.spawn(async move {
                let _ = connection.ping().await;
                drop(slot);
            })),
            // The next write rolls it back. An interrupt would also undo other transactions of the same batch.
            _ => {}
        }
    }
}

/// The flags of a transaction that a statement sets.
struct Marks<'t> {
    has_failed: &'t mut bool,
    is_running: &'t mut bool,
}

impl Marks<'_> {
    /// Runs a statement. If it is cancelled half-way, `is_running` stays set.
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
