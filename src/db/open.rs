//! Opens a database: pools, limits and the pragmas that SQLite needs.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, PgPool, SqlitePool};

use super::files::{self, Files, Lock, Watched};
use super::keys::Pool;
use super::readers::Readers;
use super::{Db, Keys, Writer};
use crate::vault::{Ring, Vault};

/// The durability of a commit on SQLite. PostgreSQL has its own settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// The commit is on the disk before the client gets the answer.
    Full,
    /// For throw-away databases: a commit survives the process, but not a power cut.
    Relaxed,
}

/// Number of connections for the keys. They are used rarely and for a short time.
const KEY_CONNECTIONS: u32 = 2;
/// Number of connections for the service's own short reads, such as readiness.
const OWN_CONNECTIONS: u32 = 1;

impl Db {
    /// Opens the database at `url` (`sqlite://path` or `postgres://…`). `connections` is the maximum for reading
    /// (SQLite) or for all work (PostgreSQL). The key ring `ring` wraps the data keys.
    pub async fn open(url: &str, connections: u32, durability: Durability, ring: Ring) -> sqlx::Result<Self> {
        Self::open_as(url, (connections, durability), ring, Serving::Alone).await
    }

    /// The same, and says whether this process serves the embedded database.
    pub async fn open_as(
        url: &str,
        (connections, durability): (u32, Durability),
        ring: Ring,
        serving: Serving,
    ) -> sqlx::Result<Self> {
        if is_postgres(url) {
            let keys = Keys::open(url, durability, ring).await?;
            return open_postgres(url, connections, keys).await;
        }
        files::make_private(&file_of(url)?)?;
        let keys = Keys::open(url, durability, ring).await?;
        open_sqlite(url, (connections, durability), keys, serving).await
    }
}

/// Which process makes the checkpoints of an embedded database: moves the write-ahead log into its file.
#[derive(Debug)]
pub enum Serving {
    /// SQLite by its own rule: for tests and throw-away databases.
    Alone,
    /// This process, which has the lock.
    Locked(Lock),
    /// Another process, if there is one: for commands beside a running service.
    Beside,
}

/// The file of an embedded database.
pub fn file_of(url: &str) -> sqlx::Result<PathBuf> {
    Ok(SqliteConnectOptions::from_str(url)?.get_filename().to_owned())
}

impl Keys {
    /// Opens only the keys of the database at `url`. They are in their own file beside a SQLite database, and in their
    /// own schema in PostgreSQL.
    pub async fn open(url: &str, durability: Durability, ring: Ring) -> sqlx::Result<Self> {
        if is_postgres(url) {
            let options =
                PgConnectOptions::from_str(url)?.application_name("mentorship keys").disable_statement_logging();
            let pool = Pool::Postgres(postgres_pool(options, KEY_CONNECTIONS).await?);
            return Ok(Self::new(pool, Vault::new(ring), None));
        }
        let file = keys_of(&file_of(url)?);
        // SQLite gives the files that it creates beside this one the same mode.
        files::make_private(&file)?;
        let watched = Watched::new(&file)?;
        Ok(Self::new(Pool::Sqlite(key_file_pool(file, durability).await?), Vault::new(ring), Some(watched)))
    }
}

/// Whether the URL is of a PostgreSQL server.
pub fn is_postgres(url: &str) -> bool {
    url.starts_with("postgres")
}

/// The file of the keys: `mentorship-keys.db` for `mentorship.db`.
pub fn keys_of(database: &Path) -> PathBuf {
    let mut name = database.file_stem().unwrap_or_default().to_owned();
    name.push("-keys.");
    name.push(database.extension().unwrap_or(OsStr::new("db")));
    database.with_file_name(name)
}

async fn key_file_pool(file: PathBuf, durability: Durability) -> sqlx::Result<SqlitePool> {
    let file: Arc<str> = file.to_str().ok_or_else(|| sqlx::Error::Configuration("the path is no UTF-8".into()))?.into();
    let synchronous = match durability {
        Durability::Full => "pragma keys.synchronous = full",
        Durability::Relaxed => "pragma keys.synchronous = off",
    };
    SqlitePoolOptions::new()
        .max_connections(KEY_CONNECTIONS)
        .acquire_timeout(Duration::from_secs(5))
        .test_before_acquire(false)
        .max_lifetime(None)
        .idle_timeout(None)
        .after_connect(move |connection, _| {
            let file = file.clone();
            Box::pin(async move {
                sqlx::query("attach database $1 as keys").bind(&*file).execute(&mut *connection).await?;
                // Without a write-ahead log, a copy of this one file has every key. There are few keys, so it is cheap.
                connection.execute("pragma keys.journal_mode = truncate; pragma keys.secure_delete = on").await?;
                connection.execute(synchronous).await?;
                Ok(())
            })
        })
        .connect_with(
            SqliteConnectOptions::new()
                .filename(":memory:")
                .busy_timeout(Duration::from_secs(5))
                .disable_statement_logging(),
        )
        .await
}

async fn open_sqlite(
    url: &str,
    (connections, durability): (u32, Durability),
    keys: Keys,
    serving: Serving,
) -> sqlx::Result<Db> {
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
        // Overwrites deleted data, so that it does not stay in the free space of the file.
        .pragma("secure_delete", "on")
        .statement_cache_capacity(400)
        .disable_statement_logging();
    let options = match serving {
        Serving::Alone => options,
        // Only the process with the lock makes checkpoints, because it records them.
        Serving::Locked(_) | Serving::Beside => options.pragma("wal_autocheckpoint", "0"),
    };
    let mut writer = sqlx::SqliteConnection::connect_with(&options).await?;
    let lock = match serving {
        Serving::Locked(lock) => {
            lock.begin_checkpoint()?;
            writer.execute("pragma wal_checkpoint(truncate)").await?;
            lock.end_checkpoint()?;
            Some(lock)
        }
        Serving::Alone | Serving::Beside => None,
    };
    let files = Files::new(&file_of(url)?, lock)?;
    let options = options.pragma("query_only", "on");
    let readers = Readers::open(options.clone(), connections).await?;
    let own = Readers::open(options, OWN_CONNECTIONS).await?;
    Ok(Db::Sqlite { readers, own, writer: Writer::new(writer, files).await?, keys })
}

async fn open_postgres(url: &str, connections: u32, keys: Keys) -> sqlx::Result<Db> {
    let options = PgConnectOptions::from_str(url)?
        .application_name("mentorship")
        .statement_cache_capacity(400)
        .disable_statement_logging();
    let own = postgres_pool(options.clone(), OWN_CONNECTIONS).await?;
    Ok(Db::Postgres { pool: postgres_pool(options, connections).await?, own, keys, has_row_security: false })
}

async fn postgres_pool(options: PgConnectOptions, connections: u32) -> sqlx::Result<PgPool> {
    PgPoolOptions::new()
        // A connection belongs to the runtime that opened it, and the runtime of a worker ends with the worker. So all
        // connections are opened here and stay open.
        .min_connections(connections)
        .max_connections(connections)
        .idle_timeout(None)
        .max_lifetime(None)
        .acquire_timeout(Duration::from_secs(5))
        .test_before_acquire(false)
        .after_connect(|connection, _| {
            Box::pin(async move {
                connection.execute("set statement_timeout = '20s'; set idle_in_transaction_session_timeout = '60s'; set time zone 'UTC'").await?;
                Ok(())
            })
        })
        .connect_with(options)
        .await
}
