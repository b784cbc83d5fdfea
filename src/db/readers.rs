//! SQLite's reading connections. A cancelled request leaves a statement that still runs on its connection. The
//! statement is interrupted, and the connection is used again after it has ended.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection as _, SqliteConnection};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::read_limits::ReadSlot;

/// How often a statement checks whether it must end, in instructions of SQLite's virtual machine.
const CHECK_EVERY: i32 = 10_000;
/// How long a read waits for a connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// Read-only connections, opened at the first use. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Readers(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    options: SqliteConnectOptions,
    count: u32,
    permits: Arc<Semaphore>,
    free: Mutex<Vec<Reader>>,
}

#[derive(Debug)]
struct Reader {
    connection: SqliteConnection,
    /// Set to interrupt the running statement.
    is_stopped: Arc<AtomicBool>,
}

/// The read slot of a cancelled request. It stays in use until the statement has ended.
struct GivenUp(#[expect(dead_code, reason = "kept until it is dropped")] Option<Arc<ReadSlot>>);

/// A connection in use. It goes back when it is dropped.
pub struct Lease {
    reader: Option<Reader>,
    pool: Readers,
    is_snapshot: bool,
    /// Set if the request was cancelled while a statement was running.
    given_up: Option<GivenUp>,
    permit: Option<OwnedSemaphorePermit>,
}

impl Readers {
    /// At most `count` connections. The first one is opened now.
    pub(super) async fn open(options: SqliteConnectOptions, count: u32) -> sqlx::Result<Self> {
        let permits = Arc::new(Semaphore::new(usize::try_from(count).unwrap_or(Semaphore::MAX_PERMITS)));
        let first = Reader::open(&options).await?;
        Ok(Self(Arc::new(Inner { options, count, permits, free: Mutex::new(vec![first]) })))
    }

    /// A connection for one statement.
    pub(super) async fn read_one(&self) -> sqlx::Result<Lease> {
        let permit = timeout(ACQUIRE_TIMEOUT, self.0.permits.clone().acquire_owned()).await;
        let permit = permit.map_err(|_| sqlx::Error::PoolTimedOut)?.map_err(|_| sqlx::Error::PoolClosed)?;
        let free = self.0.free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let reader = match free {
            Some(reader) => reader,
            None => Reader::open(&self.0.options).await?,
        };
        let (reader, pool) = (Some(reader), self.clone());
        Ok(Lease { reader, pool, is_snapshot: false, given_up: None, permit: Some(permit) })
    }

    /// A connection for several statements that see the same state.
    pub(super) async fn snapshot(&self) -> sqlx::Result<Lease> {
        let mut lease = self.read_one().await?;
        // Set first: if this is cancelled, the connection is rolled back as if the transaction had begun.
        lease.is_snapshot = true;
        sqlx::raw_sql("begin").execute(lease.connection()).await?;
        Ok(lease)
    }

    /// Waits until all reads have ended, and closes every connection.
    pub(super) async fn close(&self) {
        let all = self.0.permits.acquire_many(self.0.count).await;
        self.0.permits.close();
        drop(all);
        let free = std::mem::take(&mut *self.0.free.lock().unwrap_or_else(PoisonError::into_inner));
        for reader in free {
            // An error does no harm: the connection only read.
            let _ = reader.connection.close().await;
        }
    }

    fn give_back(&self, reader: Reader) {
        if !self.0.permits.is_closed() {
            self.0.free.lock().unwrap_or_else(PoisonError::into_inner).push(reader);
        }
    }
}

impl Reader {
    async fn open(options: &SqliteConnectOptions) -> sqlx::Result<Self> {
        let mut connection = SqliteConnection::connect_with(options).await?;
        let is_stopped = Arc::new(AtomicBool::new(false));
        let checked = is_stopped.clone();
        connection.lock_handle().await?.set_progress_handler(CHECK_EVERY, move || !checked.load(Ordering::Relaxed));
        Ok(Self { connection, is_stopped })
    }

    /// Waits for the end of an interrupted statement, and ends the read transaction.
    async fn clean_up(&mut self, is_given_up: bool, is_snapshot: bool) -> sqlx::Result<()> {
        if is_given_up {
            // The handle is free when the statement has ended.
            drop(self.connection.lock_handle().await?);
            self.is_stopped.store(false, Ordering::Relaxed);
        }
        if is_snapshot {
            sqlx::raw_sql("rollback").execute(&mut self.connection).await?;
        }
        Ok(())
    }
}

impl Lease {
    pub(super) fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.reader.as_mut().expect("a lease holds its reader until it is dropped").connection
    }

    /// Marks that the request was cancelled while a statement was running.
    pub(super) fn give_up(&mut self, slot: Option<Arc<ReadSlot>>) {
        self.given_up = Some(GivenUp(slot));
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some(mut reader) = self.reader.take() else { return };
        if self.given_up.is_none() && !self.is_snapshot {
            self.pool.give_back(reader);
            return;
        }
        if self.given_up.is_some() {
            reader.is_stopped.store(true, Ordering::Relaxed);
        }
        // Without a runtime the connection is closed. A new one is opened when it is needed.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let (pool, given_up, is_snapshot) = (self.pool.clone(), self.given_up.take(), self.is_snapshot);
        let permit = self.permit.take();
        runtime.spawn(async move {
            if reader.clean_up(given_up.is_some(), is_snapshot).await.is_ok() {
                pool.give_back(reader);
            }
            drop((permit, given_up));
        });
    }
}
