//! One `migrations/` folder for both engines, and one for the keys in it.

pub use sqlx::migrate::MigrateError;
use sqlx::migrate::Migrator;

use super::{Db, Engine};

static MIGRATIONS: Migrator = sqlx::migrate!();

impl Db {
    /// Brings the schema up to date. A file named `….sqlite.sql` or `….postgres.sql` runs on
    /// that engine only.
    pub async fn migrate(&self) -> Result<(), MigrateError> {
        let other = match self.engine() {
            Engine::Sqlite => ".postgres",
            Engine::Postgres => ".sqlite",
        };
        let ours = MIGRATIONS.iter().filter(|step| !step.description.ends_with(other)).cloned().collect();
        let migrator = Migrator::with_migrations(ours);
        match self {
            Self::Sqlite { writer, .. } => writer.migrate(&migrator).await,
            Self::Postgres { pool, .. } => migrator.run(pool).await,
        }?;
        self.keys().migrate().await
    }
}
