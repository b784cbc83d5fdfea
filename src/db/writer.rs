//! SQLite's one writer. Units of work run one after another inside savepoints, and whoever
//! reaches the head of the queue again first makes all that is finished durable with a single
//! `commit`: many writers share one fsync, and nobody is answered before it.
//!
//! A future may be dropped at any await, and a worker's runtime may end with its tasks undone. So
//! the desk remembers what is begun, and whoever comes next finishes it before anything else.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::{Connection as _, SqliteConnection};
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::files::Files;

/// Who may enter is written here: the gate remembers what it read until one of these changes.
const ADMISSION: [&str; 5] =
    ["people", "service_accounts", "program_coordinators", "identity_bindings", "revoked_tokens"];

/// The queue for the writing connection.
#[derive(Clone, Debug)]
pub struct Writer {
    desk: Arc<Mutex<Desk>>,
    /// Units that wait to begin.
    waiting: Arc<AtomicUsize>,
    admission: Arc<Admission>,
    files: Files,
    is_failing: Arc<AtomicBool>,
}

/// Counts the commits that may have changed who may enter.
#[derive(Debug, Default)]
struct Admission {
    is_touched: AtomicBool,
    commits: AtomicU64,
}

/// The writing connection and what is on it.
#[derive(Debug)]
struct Desk {
    /// `None` once closed.
    connection: Option<SqliteConnection>,
    /// The open transaction.
    batch: Option<Batch>,
    admission: Arc<Admission>,
    files: Files,
    /// The last commit could not be stored.
    is_failing: Arc<AtomicBool>,
}

/// A transaction that units of work share.
#[derive(Debug, Default)]
struct Batch {
    /// Units that are finished and wait for the commit.
    finished: u32,
    /// A unit is at work inside, or was and left without commit.
    is_busy: bool,
    /// Nobody knows whether it still stands: its commit has begun, or the engine may have undone it.
    is_doubtful: bool,
    fate: Fate,
}

/// Whether a transaction became durable, once known; each of its units holds a copy.
type Fate = Arc<OnceLock<Outcome>>;

/// What became of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Durable,
    Lost,
    /// The disk is full or fails, or the file is not there any more.
    NotStored,
}

/// What a unit is told of its transaction: one that is gone without a word did not become durable.
fn told(fate: &Fate) -> sqlx::Result<()> {
    match fate.get() {
        Some(Outcome::Durable) => Ok(()),
        Some(Outcome::NotStored) => Err(not_stored()),
        Some(Outcome::Lost) | None => Err(sqlx::Error::WorkerCrashed),
    }
}

fn not_stored() -> sqlx::Error {
    sqlx::Error::Io(io::Error::new(io::ErrorKind::StorageFull, "the commit could not be stored"))
}

/// The log goes into the database once it has as many bytes: a thousand pages, as SQLite does it by itself.
const LONG_LOG: u64 = 4 << 20;

/// A place in the queue, given up when it is left.
struct Place<'q>(&'q AtomicUsize);

impl<'q> Place<'q> {
    fn take(waiting: &'q AtomicUsize) -> Self {
        waiting.fetch_add(1, Ordering::Relaxed);
        Self(waiting)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// One unit of work: holds the desk until it is committed or dropped.
pub struct Unit {
    desk: Option<OwnedMutexGuard<Desk>>,
    queue: Writer,
}

impl Writer {
    pub(super) async fn new(mut connection: SqliteConnection, files: Files) -> sqlx::Result<Self> {
        let admission = Arc::new(Admission::default());
        let seen = admission.clone();
        connection.lock_handle().await?.set_update_hook(move |change| {
            if ADMISSION.contains(&change.table) {
                seen.is_touched.store(true, Ordering::Relaxed);
            }
        });
        let is_failing = Arc::new(AtomicBool::new(false));
        let desk = Desk {
            connection: Some(connection),
            batch: None,
            admission: admission.clone(),
            files: files.clone(),
            is_failing: is_failing.clone(),
        };
        Ok(Self { desk: Arc::new(Mutex::new(desk)), waiting: Arc::default(), admission, files, is_failing })
    }

    /// Whether the database is still where it was opened, and may be written.
    pub(super) fn check_in_place(&self) -> sqlx::Result<()> {
        self.files.check()
    }

    /// Whether the last commit could not be stored.
    pub(super) fn is_failing(&self) -> bool {
        self.is_failing.load(Ordering::Relaxed)
    }

    /// Rises with every commit that may have changed who may enter, before anybody is told of it.
    pub(super) fn admission(&self) -> u64 {
        self.admission.commits.load(Ordering::Acquire)
    }

    pub(super) async fn begin(&self) -> sqlx::Result<Unit> {
        let mut desk = {
            let _place = Place::take(&self.waiting);
            self.desk.clone().lock_owned().await
        };
        desk.tidy().await;
        // The unit exists before the statement runs: cancelled here, its drop still cleans up.
        let mut unit = Unit { desk: Some(desk), queue: self.clone() };
        let desk = unit.desk();
        let is_open = desk.batch.is_some();
        desk.batch.get_or_insert_default().is_busy = true;
        desk.run(if is_open { "savepoint unit" } else { "begin immediate; savepoint unit" }).await?;
        Ok(unit)
    }

    pub(super) async fn migrate(&self, migrator: &Migrator) -> Result<(), MigrateError> {
        let mut desk = self.desk.lock().await;
        desk.tidy().await;
        desk.end("commit").await;
        let connection = desk.connection.as_mut().ok_or(sqlx::Error::PoolClosed)?;
        migrator.run(connection).await
    }

    pub(super) async fn close(&self) {
        let mut desk = self.desk.lock().await;
        desk.tidy().await;
        desk.end("commit").await;
        if let Some(connection) = desk.connection.take() {
            // Nothing is lost if this fails: what was acknowledged is in the write-ahead log.
            let _ = connection.close().await;
        }
    }

    /// Waits in the queue once more, behind those who would share the commit, and ends the
    /// transaction of `fate` unless somebody has by then.
    async fn settle(self, fate: Fate) -> sqlx::Result<()> {
        let mut desk = self.desk.lock().await;
        if fate.get().is_none() {
            desk.tidy().await;
            desk.end("commit").await;
        }
        told(&fate)
    }
}

impl Desk {
    async fn run(&mut self, sql: &'static str) -> sqlx::Result<()> {
        let connection = self.connection.as_mut().ok_or(sqlx::Error::PoolClosed)?;
        sqlx::raw_sql(sql).execute(connection).await.map(drop)
    }

    /// Finishes what somebody left begun: a unit that was dropped, a commit nobody waited for.
    async fn tidy(&mut self) {
        match &self.batch {
            Some(batch) if batch.is_doubtful => self.lose().await,
            Some(batch) if batch.is_busy => self.undo().await,
            _ => {}
        }
    }

    /// Takes back what the unit at work did, and the transaction if it holds nobody's work.
    async fn undo(&mut self) {
        let is_undone = self.run("rollback to unit").await.is_ok() && self.run("release unit").await.is_ok();
        let stands = is_undone || self.still_stands().await;
        match &mut self.batch {
            Some(batch) if batch.finished > 0 && stands => batch.is_busy = false,
            _ => self.lose().await,
        }
    }

    /// Without its savepoint a unit either never began, or the engine has undone all, as a full
    /// disk makes it do. Only then can another transaction begin.
    async fn still_stands(&mut self) -> bool {
        self.doubt(true);
        let stands = self.run("begin").await.is_err();
        self.doubt(!stands);
        stands
    }

    fn doubt(&mut self, is_doubtful: bool) {
        if let Some(batch) = &mut self.batch {
            batch.is_doubtful = is_doubtful;
        }
    }

    /// Makes the open transaction durable, if there is one; `how` ends with its commit.
    async fn end(&mut self, how: &'static str) {
        if self.batch.is_none() {
            return;
        }
        self.doubt(true);
        // Looked at after the commit: what went into a file that is gone is not durable, whenever it went.
        match self.run(how).await.and_then(|()| self.files.check()) {
            Ok(()) => {
                self.is_failing.store(false, Ordering::Relaxed);
                self.close_batch(Outcome::Durable);
                self.checkpoint().await;
            }
            Err(error) => {
                tracing::error!(
                    event = "database.commit_failed",
                    %error,
                    "database: a commit failed; nothing of it was stored, and the requests are answered so; see whether the \
                     disk is full"
                );
                self.is_failing.store(true, Ordering::Relaxed);
                // Fails where the engine has rolled back already: that is the aim.
                let _ = self.run("rollback").await;
                self.close_batch(Outcome::NotStored);
            }
        }
    }

    /// Puts a long log into the database, where that is this process's work: nothing else does, so what the file looks
    /// like is known at every moment.
    async fn checkpoint(&mut self) {
        let Some(lock) = self.files.lock().filter(|_| self.files.log_length() > LONG_LOG) else { return };
        let done = async {
            let noting = lock.clone();
            blocking(move || noting.begin_checkpoint()).await?;
            self.run("pragma wal_checkpoint(passive)").await?;
            blocking(move || lock.end_checkpoint()).await
        };
        if let Err(error) = done.await {
            tracing::warn!(
                event = "database.checkpoint_failed",
                %error,
                "database: the write-ahead log could not be put into the file; it grows; tried again at the next commit"
            );
        }
    }

    /// Gives up the open transaction.
    async fn lose(&mut self) {
        // Fails where the engine has rolled back already: that is the aim.
        let _ = self.run("rollback").await;
        self.close_batch(Outcome::Lost);
    }

    fn close_batch(&mut self, outcome: Outcome) {
        if let Some(batch) = self.batch.take() {
            if self.admission.is_touched.swap(false, Ordering::Relaxed) {
                self.admission.commits.fetch_add(1, Ordering::Release);
            }
            // Set once: nobody else has the batch.
            let _ = batch.fate.set(outcome);
        }
    }
}

async fn blocking(work: impl FnOnce() -> io::Result<()> + Send + 'static) -> sqlx::Result<()> {
    tokio::task::spawn_blocking(work).await.map_err(|_| sqlx::Error::WorkerCrashed)?.map_err(sqlx::Error::Io)
}

impl Unit {
    fn desk(&mut self) -> &mut Desk {
        self.desk.as_mut().expect("a unit holds the desk until it is committed")
    }

    pub(super) fn connection(&mut self) -> &mut SqliteConnection {
        self.desk().connection.as_mut().expect("the writer is closed after the last unit")
    }

    /// Waits for the shared commit in a task of its own: a caller that goes away cannot leave the
    /// others without it. A unit that nobody would share with commits at once.
    pub(super) async fn commit(mut self) -> sqlx::Result<()> {
        let is_alone = self.queue.waiting.load(Ordering::Relaxed) == 0;
        let desk = self.desk();
        let batch = desk.batch.as_ref().ok_or(sqlx::Error::WorkerCrashed)?;
        let fate = batch.fate.clone();
        if is_alone && batch.finished == 0 {
            desk.end("release unit; commit").await;
            self.desk = None;
            return told(&fate);
        }
        desk.run("release unit").await?;
        let batch = desk.batch.as_mut().ok_or(sqlx::Error::WorkerCrashed)?;
        batch.finished += 1;
        batch.is_busy = false;
        self.desk = None;
        let settled = tokio::spawn(self.queue.clone().settle(fate)).await;
        settled.unwrap_or(Err(sqlx::Error::WorkerCrashed))
    }
}

impl Drop for Unit {
    /// Undoes the unit at once if a runtime is there to do it; otherwise the next one does.
    fn drop(&mut self) {
        if let (Some(mut desk), Ok(runtime)) = (self.desk.take(), tokio::runtime::Handle::try_current()) {
            runtime.spawn(async move { desk.tidy().await });
        }
    }
}
