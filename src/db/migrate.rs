//! Migrations: one folder for both engines, with a folder for the database of the keys in it.

use std::collections::BTreeSet;

use sqlx::Executor as _;
pub use sqlx::migrate::MigrateError;
use sqlx::migrate::Migrator;

use super::{Db, Engine, query};

static MIGRATIONS: Migrator = sqlx::migrate!();

impl Db {
    /// Brings the schema up to date. A file named `….sqlite.sql` or `….postgres.sql` runs only on that engine.
    pub async fn migrate(&self) -> Result<(), MigrateError> {
        let migrator = self.migrations();
        match self {
            Self::Sqlite { writer, .. } => writer.migrate(&migrator).await,
            Self::Postgres { pool, .. } => {
                let mut connection = pool.acquire().await?;
                // Migrations that correct data must see all rows, also with row-level security. The connection is
                // closed afterwards.
                connection.close_on_drop();
                connection.execute("set mentorship.viewer = 'service'").await?;
                migrator.run(&mut *connection).await
            }
        }?;
        self.keys().migrate().await
    }

    /// Whether the schema is up to date.
    pub(super) async fn is_migrated(&self) -> sqlx::Result<bool> {
        let mut tx = self.read_one().await?;
        let done = query!(tx, "select version from _sqlx_migrations where success").all::<(i64,)>().await?;
        let done: BTreeSet<_> = done.into_iter().map(|(version,)| version).collect();
        Ok(self.migrations().iter().all(|step| done.contains(&step.version)))
    }

    pub(super) fn migrations(&self) -> Migrator {
        let other = match self.engine() {
            Engine::Sqlite => ".postgres",
            Engine::Postgres => ".sqlite",
        };
        let ours = MIGRATIONS.iter().filter(|step| !step.description.ends_with(other)).cloned().collect();
        Migrator::with_migrations(ours)
    }
}
