//! SQLite's readers. A request that is given up leaves a statement behind that still runs on its connection; here it is
//! interrupted, and the connection is used again once it has ended.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection as _, SqliteConnection};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::lanes::Place;

/// A statement asks this often, in instructions of SQLite's machine, whether it is to end.
const ASK_EVERY: i32 = 10_000;
/// So long a read waits for a connection.
const PATIENCE: Duration = Duration::from_secs(5);

/// Read-only connections, opened when they are needed first; cheap to clone.
#[derive(Clone, Debug)]
pub struct Readers(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    options: SqliteConnectOptions,
    count: u32,
    places: Arc<Semaphore>,
    free: Mutex<Vec<Reader>>,
}

#[derive(Debug)]
struct Reader {
    connection: SqliteConnection,
    /// Ends the statement that runs.
    is_stopped: Arc<AtomicBool>,
}

/// The place of a viewer whose request was given up: it is taken until the statement has ended.
struct GivenUp(#[expect(dead_code, reason = "held until it is dropped")] Option<Arc<Place>>);

/// A connection while somebody reads. It goes back by itself.
pub struct Lease {
    reader: Option<Reader>,
    pool: Readers,
    is_snapshot: bool,
    /// Its request was given up while a statement was at work.
    given_up: Option<GivenUp>,
    permit: Option<OwnedSemaphorePermit>,
}

impl Readers {
    /// At most `count` connections; the first is opened now.
    pub(super) async fn open(options: SqliteConnectOptions, count: u32) -> sqlx::Result<Self> {
        let places = Arc::new(Semaphore::new(usize::try_from(count).unwrap_or(Semaphore::MAX_PERMITS)));
        let first = Reader::open(&options).await?;
        Ok(Self(Arc::new(Inner { options, count, places, free: Mutex::new(vec![first]) })))
    }

    /// A connection for one statement.
    pub(super) async fn look(&self) -> sqlx::Result<Lease> {
        let permit = timeout(PATIENCE, self.0.places.clone().acquire_owned()).await;
        let permit = permit.map_err(|_| sqlx::Error::PoolTimedOut)?.map_err(|_| sqlx::Error::PoolClosed)?;
        let free = self.0.free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let reader = match free {
            Some(reader) => reader,
            None => Reader::open(&self.0.options).await?,
        };
        let (reader, pool) = (Some(reader), self.clone());
        Ok(Lease { reader, pool, is_snapshot: false, given_up: None, permit: Some(permit) })
    }

    /// A connection for several statements that see the same moment.
    pub(super) async fn snapshot(&self) -> sqlx::Result<Lease> {
        let mut lease = self.look().await?;
        // Given up here, it is taken back as if it had begun.
        lease.is_snapshot = true;
        sqlx::raw_sql("begin").execute(lease.connection()).await?;
        Ok(lease)
    }

    /// Waits until nobody reads any more, and closes every connection.
    pub(super) async fn close(&self) {
        let all = self.0.places.acquire_many(self.0.count).await;
        self.0.places.close();
        drop(all);
        let free = std::mem::take(&mut *self.0.free.lock().unwrap_or_else(PoisonError::into_inner));
        for reader in free {
            // Nothing is lost if this fails: it only read.
            let _ = reader.connection.close().await;
        }
    }

    fn give_back(&self, reader: Reader) {
        if !self.0.places.is_closed() {
            self.0.free.lock().unwrap_or_else(PoisonError::into_inner).push(reader);
        }
    }
}

impl Reader {
    async fn open(options: &SqliteConnectOptions) -> sqlx::Result<Self> {
        let mut connection = SqliteConnection::connect_with(options).await?;
        let is_stopped = Arc::new(AtomicBool::new(false));
        let asked = is_stopped.clone();
        connection.lock_handle().await?.set_progress_handler(ASK_EVERY, move || !asked.load(Ordering::Relaxed));
        Ok(Self { connection, is_stopped })
    }

    /// Waits for the end of an interrupted statement, and ends the snapshot.
    async fn tidy(&mut self, is_given_up: bool, is_snapshot: bool) -> sqlx::Result<()> {
        if is_given_up {
            // The handle is free once the statement has ended.
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

    /// The request of this place was given up while a statement ran.
    pub(super) fn give_up(&mut self, place: Option<Arc<Place>>) {
        self.given_up = Some(GivenUp(place));
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
        // Without a runtime the connection is closed, and another one opened when it is needed.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let (pool, given_up, is_snapshot) = (self.pool.clone(), self.given_up.take(), self.is_snapshot);
        let permit = self.permit.take();
        runtime.spawn(async move {
            if reader.tidy(given_up.is_some(), is_snapshot).await.is_ok() {
                pool.give_back(reader);
            }
            drop((permit, given_up));
        });
    }
}
