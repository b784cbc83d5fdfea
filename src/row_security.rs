//! Row security on the command line: put up by the owner of the tables, for the role that serves.

use clap::Args;
use secrecy::{ExposeSecret as _, SecretString};

use crate::db::{Db, Durability};
use crate::serve::StartError;
use crate::vault::Ring;

/// For whom, and as whom.
#[derive(Clone, Debug, Args)]
pub struct RowSecuritySettings {
    /// The role that the service connects as. It owns nothing, and is no superuser.
    role: String,

    /// Database, as the owner of its tables: `postgres://OWNER:PASSWORD@HOST/NAME`.
    #[arg(long, env = "DATABASE_URL", value_name = "URL", hide_env_values = true)]
    database_url: SecretString,
}

/// Migrates the database, puts the wall up and lets the role do what the service does.
pub async fn run(settings: RowSecuritySettings) -> Result<(), StartError> {
    let wrong = |error: &dyn std::fmt::Display| StartError::new("database-url", error);
    // Nothing is opened or sealed here.
    let url = settings.database_url.expose_secret();
    let db = Db::open(url, 1, Durability::Full, Ring::of_one()).await.map_err(|error| wrong(&error))?;
    let done = async {
        db.migrate().await.map_err(|error| wrong(&error))?;
        db.put_up_row_security(&settings.role).await.map_err(|error| wrong(&error))
    };
    let done = done.await;
    db.close().await;
    done
}
