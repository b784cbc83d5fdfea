//! SQLite's one writer. Units of work run one after another inside savepoints, and whoever
//! reaches the head of the queue again first makes all that is finished durable with a single
//! `commit`: many writers share one fsync, and nobody is answered before it.

use std::sync::Arc;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::{Connection as _, SqliteConnection};
use tokio::sync::{Mutex, OwnedMutexGuard};

/// The queue for the writing connection.
#[derive(Clone, Debug)]
pub struct Writer(Arc<Mutex<Desk>>);

/// The writing connection and what is on it.
#[derive(Debug)]
struct Desk {
    /// `None` once closed.
    connection: Option<SqliteConnection>,
    /// A transaction is open.
    is_open: bool,
    /// Counts transactions; the open one, or the last.
    batch: u64,
    /// Units of the open transaction that are finished and not yet durable.
    finished: u32,
    /// The last transactions whose commit failed.
    failed: Vec<u64>,
}

/// One unit of work: holds the desk until it is committed or dropped.
pub struct Unit {
    desk: Option<OwnedMutexGuard<Desk>>,
    queue: Writer,
}

impl Writer {
    pub(super) fn new(connection: SqliteConnection) -> Self {
        Self(Arc::new(Mutex::new(Desk {
            connection: Some(connection),
            is_open: false,
            batch: 0,
            finished: 0,
            failed: Vec::new(),
        })))
    }

    pub(super) async fn begin(&self) -> sqlx::Result<Unit> {
        let desk = self.0.clone().lock_owned().await;
        // The unit exists before the statement runs: cancelled here, its drop still cleans up.
        let mut unit = Unit { desk: Some(desk), queue: self.clone() };
        let desk = unit.desk();
        if desk.is_open {
            desk.run("savepoint unit").await?;
        } else {
            desk.is_open = true;
            desk.batch += 1;
            desk.run("begin immediate; savepoint unit").await?;
        }
        Ok(unit)
    }

    pub(super) async fn migrate(&self, migrator: &Migrator) -> Result<(), MigrateError> {
        let mut desk = self.0.lock().await;
        let connection = desk.connection.as_mut().ok_or(sqlx::Error::PoolClosed)?;
        migrator.run(connection).await
    }

    pub(super) async fn close(&self) {
        if let Some(connection) = self.0.lock().await.connection.take() {
            // Nothing is lost if this fails: what was acknowledged is in the write-ahead log.
            let _ = connection.close().await;
        }
    }

    /// Waits in the queue once more, behind those who would share the commit, and makes `batch`
    /// durable unless somebody has by then.
    async fn settle(self, batch: u64) -> sqlx::Result<()> {
        let mut desk = self.0.lock().await;
        if desk.is_open && desk.batch == batch {
            desk.is_open = false;
            desk.finished = 0;
            if let Err(error) = desk.run("commit").await {
                desk.failed.push(batch);
                let _ = desk.run("rollback").await;
                return Err(error);
            }
            return Ok(());
        }
        if desk.failed.contains(&batch) {
            return Err(sqlx::Error::WorkerCrashed);
        }
        Ok(())
    }
}

impl Desk {
    async fn run(&mut self, sql: &'static str) -> sqlx::Result<()> {
        let connection = self.connection.as_mut().ok_or(sqlx::Error::PoolClosed)?;
        sqlx::raw_sql(sql).execute(connection).await.map(drop)
    }

    /// Takes back what the unit did; ends the transaction too when it holds nobody's work.
    /// Statements may fail here because the engine has rolled back already: that is the aim.
    async fn undo(&mut self) {
        let _ = self.run("rollback to unit").await;
        let _ = self.run("release unit").await;
        if self.finished == 0 {
            let _ = self.run("rollback").await;
            self.is_open = false;
        }
    }
}

impl Unit {
    fn desk(&mut self) -> &mut Desk {
        self.desk.as_mut().expect("a unit holds the desk until it is committed")
    }

    pub(super) fn connection(&mut self) -> &mut SqliteConnection {
        self.desk().connection.as_mut().expect("the writer is closed after the last unit")
    }

    /// Runs as a task of its own: a caller that goes away cannot leave it half done.
    pub(super) async fn commit(mut self) -> sqlx::Result<()> {
        let desk = self.desk();
        desk.run("release unit").await?;
        desk.finished += 1;
        let batch = desk.batch;
        self.desk = None;
        let settled = tokio::spawn(self.queue.clone().settle(batch)).await;
        settled.unwrap_or(Err(sqlx::Error::WorkerCrashed))
    }
}

impl Drop for Unit {
    fn drop(&mut self) {
        if let (Some(mut desk), Ok(runtime)) = (self.desk.take(), tokio::runtime::Handle::try_current()) {
            runtime.spawn(async move { desk.undo().await });
        }
    }
}
