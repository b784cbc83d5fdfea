//! SQLite's single writer with group commit. Write transactions of requests (here called units) run one after another,
//! each in a savepoint of a shared SQLite transaction, the batch. One `commit` makes all finished units of the batch
//! durable, so they share one fsync. No client gets an answer before that commit.
//!
//! A future may be dropped at any `await`, and a worker's runtime may end before its tasks. So the state of the
//! connection records what was begun, and the next user of the connection finishes it first.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::{Connection as _, SqliteConnection};
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::files::Files;

/// The tables that decide who can sign in. `auth` caches what it read until one of them changes.
const ADMISSION: [&str; 5] =
    ["people", "service_accounts", "program_coordinators", "identity_bindings", "revoked_tokens"];

/// The single writer. Units wait here for the writing connection.
#[derive(Clone, Debug)]
pub struct Writer {
    state: Arc<Mutex<WriterState>>,
    /// Number of units that wait to begin.
    waiting: Arc<AtomicUsize>,
    admission: Arc<Admission>,
    files: Files,
    is_failing: Arc<AtomicBool>,
}

/// Counts the commits that may have changed who can sign in.
#[derive(Debug, Default)]
struct Admission {
    is_touched: AtomicBool,
    commits: AtomicU64,
}

/// The writing connection and its open batch.
#[derive(Debug)]
struct WriterState {
    /// `None` after it was closed.
    connection: Option<SqliteConnection>,
    /// The open batch.
    batch: Option<Batch>,
    admission: Arc<Admission>,
    files: Files,
    /// The last commit could not be stored.
    is_failing: Arc<AtomicBool>,
}

/// A SQLite transaction that units share.
#[derive(Debug, Default)]
struct Batch {
    /// Number of finished units that wait for the commit.
    finished: u32,
    /// A unit is running in the batch, or was dropped without commit.
    is_busy: bool,
    /// It is not known whether the transaction is still open: its commit has begun, or the engine may have rolled it
    /// back.
    is_doubtful: bool,
    outcome: SharedOutcome,
}

/// The outcome of a batch, set when it is known. Each unit of the batch has a copy.
type SharedOutcome = Arc<OnceLock<Outcome>>;

/// The outcome of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Durable,
    RolledBack,
    /// The disk is full or fails, or the file was replaced or deleted.
    NotStored,
}

/// The result for a unit of the batch. A batch without an outcome did not become durable.
fn result_of(outcome: &SharedOutcome) -> sqlx::Result<()> {
    match outcome.get() {
        Some(Outcome::Durable) => Ok(()),
        Some(Outcome::NotStored) => Err(not_stored()),
        Some(Outcome::RolledBack) | None => Err(sqlx::Error::WorkerCrashed),
    }
}

fn not_stored() -> sqlx::Error {
    sqlx::Error::Io(io::Error::new(io::ErrorKind::StorageFull, "the commit could not be stored"))
}

/// A checkpoint is made when the write-ahead log is longer, in bytes: a thousand pages, which is SQLite's own limit.
const LONG_LOG: u64 = 4 << 20;

/// Counts a unit as waiting until dropped.
struct Waiting<'q>(&'q AtomicUsize);

impl<'q> Waiting<'q> {
    fn begin(waiting: &'q AtomicUsize) -> Self {
        waiting.fetch_add(1, Ordering::Relaxed);
        Self(waiting)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// One write transaction of a request. It has the connection until it is committed or dropped.
pub struct Unit {
    state: Option<OwnedMutexGuard<WriterState>>,
    writer: Writer,
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
        let state = WriterState {
            connection: Some(connection),
            batch: None,
            admission: admission.clone(),
            files: files.clone(),
            is_failing: is_failing.clone(),
        };
        Ok(Self { state: Arc::new(Mutex::new(state)), waiting: Arc::default(), admission, files, is_failing })
    }

    /// Fails if the file of the database was replaced, deleted or made read-only.
    pub(super) fn check_in_place(&self) -> sqlx::Result<()> {
        self.files.check()
    }

    /// Whether the last commit could not be stored.
    pub(super) fn is_failing(&self) -> bool {
        self.is_failing.load(Ordering::Relaxed)
    }

    /// A number that grows with every commit that may have changed who can sign in. It grows before the client of that
    /// change gets the answer.
    pub(super) fn admission(&self) -> u64 {
        self.admission.commits.load(Ordering::Acquire)
    }

    pub(super) async fn begin(&self) -> sqlx::Result<Unit> {
        let mut state = {
            let _waiting = Waiting::begin(&self.waiting);
            self.state.clone().lock_owned().await
        };
        state.clean_up().await;
        // The unit is made before the statement runs: if this is cancelled, the drop of the unit cleans up.
        let mut unit = Unit { state: Some(state), writer: self.clone() };
        let state = unit.state();
        let is_open = state.batch.is_some();
        state.batch.get_or_insert_default().is_busy = true;
        state.run(if is_open { "savepoint unit" } else { "begin immediate; savepoint unit" }).await?;
        Ok(unit)
    }

    pub(super) async fn migrate(&self, migrator: &Migrator) -> Result<(), MigrateError> {
        let mut state = self.state.lock().await;
        state.clean_up().await;
        state.end("commit").await;
        let connection = state.connection.as_mut().ok_or(sqlx::Error::PoolClosed)?;
        migrator.run(connection).await
    }

    pub(super) async fn close(&self) {
        let mut state = self.state.lock().await;
        state.clean_up().await;
        state.end("commit").await;
        if let Some(connection) = state.connection.take() {
            // Nothing is lost if this fails: every acknowledged commit is in the write-ahead log.
            let _ = connection.close().await;
        }
    }

    /// Waits for the connection once more, behind the units that can join the batch. Then commits the batch of
    /// `outcome`, if no other unit has done so.
    async fn settle(self, outcome: SharedOutcome) -> sqlx::Result<()> {
        let mut state = self.state.lock().await;
        if outcome.get().is_none() {
            state.clean_up().await;
            state.end("commit").await;
        }
        result_of(&outcome)
    }
}

impl WriterState {
    async fn run(&mut self, sql: &'static str) -> sqlx::Result<()> {
        let connection = self.connection.as_mut().ok_or(sqlx::Error::PoolClosed)?;
        sqlx::raw_sql(sql).execute(connection).await.map(drop)
    }

    /// Finishes what was left unfinished: a unit that was dropped, or a commit that was cancelled.
    async fn clean_up(&mut self) {
        match &self.batch {
            Some(batch) if batch.is_doubtful => self.roll_back().await,
            Some(batch) if batch.is_busy => self.undo().await,
            _ => {}
        }
    }

    /// Undoes the running unit. Rolls back the whole batch if it has no finished unit.
    async fn undo(&mut self) {
        let is_undone = self.run("rollback to unit").await.is_ok() && self.run("release unit").await.is_ok();
        let is_open = is_undone || self.is_still_open().await;
        match &mut self.batch {
            Some(batch) if batch.finished > 0 && is_open => batch.is_busy = false,
            _ => self.roll_back().await,
        }
    }

    /// Whether the transaction of the batch is still open. If the savepoint is missing, either the unit never began, or
    /// the engine rolled back everything, as it does on a full disk. Only in the second case can a new transaction
    /// begin.
    async fn is_still_open(&mut self) -> bool {
        self.set_doubtful(true);
        let is_open = self.run("begin").await.is_err();
        self.set_doubtful(!is_open);
        is_open
    }

    fn set_doubtful(&mut self, is_doubtful: bool) {
        if let Some(batch) = &mut self.batch {
            batch.is_doubtful = is_doubtful;
        }
    }

    /// Commits the open batch, if there is one. `how` ends with the commit.
    async fn end(&mut self, how: &'static str) {
        if self.batch.is_none() {
            return;
        }
        self.set_doubtful(true);
        // Checked after the commit: a commit into a deleted file is not durable, whenever the file was deleted.
        match self.run(how).await.and_then(|()| self.files.check()) {
            Ok(()) => {
                if self.is_failing.swap(false, Ordering::Relaxed) {
                    tracing::info!(
                        event = "database.commit_recovered",
                        "database: a commit was stored again after failures; the service is ready"
                    );
                }
                self.close_batch(Outcome::Durable);
                self.checkpoint().await;
            }
            Err(error) => {
                tracing::error!(
                    event = "database.commit_failed",
                    %error,
                    "database: a commit failed; nothing of it was stored, and its requests get 503; the next write \
                     tries again; check free space and the disk"
                );
                self.is_failing.store(true, Ordering::Relaxed);
                // Fails if the engine has already rolled back, which is what this is for.
                let _ = self.run("rollback").await;
                self.close_batch(Outcome::NotStored);
            }
        }
    }

    /// Makes a checkpoint if the log is long and this process makes the checkpoints. No other process does, so the
    /// recorded metadata of the file is always right.
    async fn checkpoint(&mut self) {
        let Some(lock) = self.files.lock().filter(|_| self.files.log_length() > LONG_LOG) else { return };
        let done = async {
            let begun = lock.clone();
            blocking(move || begun.begin_checkpoint()).await?;
            self.run("pragma wal_checkpoint(passive)").await?;
            blocking(move || lock.end_checkpoint()).await
        };
        if let Err(error) = done.await {
            tracing::warn!(
                event = "database.checkpoint_failed",
                %error,
                "database: the write-ahead log could not be moved into the database file; nothing is lost, but the log \
                 grows; retrying after the next commit"
            );
        }
    }

    /// Rolls back the open batch.
    async fn roll_back(&mut self) {
        // Fails if the engine has already rolled back, which is what this is for.
        let _ = self.run("rollback").await;
        self.close_batch(Outcome::RolledBack);
    }

    fn close_batch(&mut self, outcome: Outcome) {
        if let Some(batch) = self.batch.take() {
            if self.admission.is_touched.swap(false, Ordering::Relaxed) {
                self.admission.commits.fetch_add(1, Ordering::Release);
            }
            // Never fails: only this function sets it, and it owns the batch.
            let _ = batch.outcome.set(outcome);
        }
    }
}

async fn blocking(work: impl FnOnce() -> io::Result<()> + Send + 'static) -> sqlx::Result<()> {
    tokio::task::spawn_blocking(work).await.map_err(|_| sqlx::Error::WorkerCrashed)?.map_err(sqlx::Error::Io)
}

impl Unit {
    fn state(&mut self) -> &mut WriterState {
        self.state.as_mut().expect("a unit has the connection until it is committed")
    }

    pub(super) fn connection(&mut self) -> &mut SqliteConnection {
        self.state().connection.as_mut().expect("the writer is closed after the last unit")
    }

    /// Waits for the shared commit in a separate task, so that a cancelled caller cannot leave the other units without
    /// it. If no other unit waits, it commits at once.
    pub(super) async fn commit(mut self) -> sqlx::Result<()> {
        let is_alone = self.writer.waiting.load(Ordering::Relaxed) == 0;
        let state = self.state();
        let batch = state.batch.as_ref().ok_or(sqlx::Error::WorkerCrashed)?;
        let outcome = batch.outcome.clone();
        if is_alone && batch.finished == 0 {
            state.end("release unit; commit").await;
            self.state = None;
            return result_of(&outcome);
        }
        state.run("release unit").await?;
        let batch = state.batch.as_mut().ok_or(sqlx::Error::WorkerCrashed)?;
        batch.finished += 1;
        batch.is_busy = false;
        self.state = None;
        let settled = tokio::spawn(self.writer.clone().settle(outcome)).await;
        settled.unwrap_or(Err(sqlx::Error::WorkerCrashed))
    }
}

impl Drop for Unit {
    /// Undoes the unit at once if there is a runtime. Otherwise the next unit does it.
    fn drop(&mut self) {
        if let (Some(mut state), Ok(runtime)) = (self.state.take(), tokio::runtime::Handle::try_current()) {
            runtime.spawn(async move { state.clean_up().await });
        }
    }
}
