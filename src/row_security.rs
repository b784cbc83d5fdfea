//! `mentorship row-security`: the owner of the tables installs row-level security for the role of the service.

use clap::Args;
use secrecy::{ExposeSecret as _, SecretString};

use crate::db::{Db, Durability};
use crate::serve::StartError;
use crate::vault::Ring;

/// Settings of the command.
#[derive(Clone, Debug, Args)]
pub struct RowSecuritySettings {
    /// Role that the service connects as. It exists, owns no table and is no superuser.
    role: String,

    /// Address of the database with the owner of its tables: `postgres://OWNER:PASSWORD@HOST/NAME`.
    #[arg(long, env = "DATABASE_URL", value_name = "URL", hide_env_values = true)]
    database_url: SecretString,
}

/// Migrates the database, installs row-level security and gives the role the rights that the service needs. Returns what was
/// done.
pub async fn run(settings: RowSecuritySettings) -> Result<String, StartError> {
    let wrong = |error: &dyn std::fmt::Display| StartError::new("database-url", error);
    // Nothing is opened or sealed here.
    let url = settings.database_url.expose_secret();
    let db = Db::open(url, 1, Durability::Full, Ring::of_one()).await.map_err(|error| wrong(&error))?;
    let done = async {
        db.migrate().await.map_err(|error| wrong(&error))?;
        db.install_row_security(&settings.role).await.map_err(|error| wrong(&error))
    };
    let done = done.await;
    db.close().await;
    done.map(|()| {
        format!("Row-level security is installed. Start with `serve --row-security` as role {}.", settings.role)
    })
}
