//! Opening a database: pools, limits and the pragmas that SQLite needs.

use std::str::FromStr as _;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _};

use super::{Db, Writer};

/// What a commit on SQLite promises. PostgreSQL decides for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// On the disk before anybody is answered.
    Full,
    /// For throw-away databases: survives the process, not a power cut.
    Relaxed,
}

impl Db {
    /// Opens the database at `url` (`sqlite://path` or `postgres://…`) with at most
    /// `connections` of them for reading (SQLite) or for all work (PostgreSQL).
    pub async fn open(url: &str, connections: u32, durability: Durability) -> sqlx::Result<Self> {
        if url.starts_with("postgres") {
            open_postgres(url, connections).await
        } else {
            open_sqlite(url, connections, durability).await
        }
    }
}

async fn open_sqlite(url: &str, connections: u32, durability: Durability) -> sqlx::Result<Db> {
    let synchronous = match durability {
        Durability::Full => SqliteSynchronous::Full,
        Durability::Relaxed => SqliteSynchronous::Off,
    };
    let options = SqliteConnectOptions::from_str(url)?
        .create_if_missing(true)
        .foreign_keys(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(synchronous)
        .busy_timeout(Duration::from_secs(5))
        .pragma("cache_size", "-16000")
        .pragma("temp_store", "memory")
        .statement_cache_capacity(400)
        .disable_statement_logging();
    let writer = sqlx::SqliteConnection::connect_with(&options).await?;
    let readers = SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(5))
        // A file does not hang up; asking each time would cost as much as the read.
        .test_before_acquire(false)
        .max_lifetime(None)
        .idle_timeout(None)
        .connect_with(options.pragma("query_only", "on"))
        .await?;
    Ok(Db::Sqlite { readers, writer: Writer::new(writer).await? })
}

async fn open_postgres(url: &str, connections: u32) -> sqlx::Result<Db> {
    let options = PgConnectOptions::from_str(url)?
        .application_name("mentorship")
        .statement_cache_capacity(400)
        .disable_statement_logging();
    let pool = PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(5))
        .test_before_acquire(false)
        .after_connect(|connection, _| {
            Box::pin(async move {
                connection.execute("set statement_timeout = '20s'; set idle_in_transaction_session_timeout = '60s'; set time zone 'UTC'").await?;
                Ok(())
            })
        })
        .connect_with(options)
        .await?;
    Ok(Db::Postgres(pool))
}
