//! `mentorship audit`: verifies the audit log, and prints the key with which others verify its checkpoints.

use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::audit_log::{Since, verify};
use crate::config::Settings;
use crate::db::{Durability, OnBehalfOf};
use crate::serve::{self, StartError};
use crate::start::{self, Purpose};

/// What to do with the audit log.
#[derive(Clone, Debug, Args)]
pub struct AuditSettings {
    #[command(subcommand)]
    what: What,
}

#[derive(Clone, Debug, Subcommand)]
enum What {
    /// Verify the audit log.
    ///
    /// Prints every place that is not as the service wrote it, and the last checkpoint. Exits with 0 if nothing is wrong, and
    /// with 1 otherwise. docs/audit.md explains each finding.
    Verify {
        /// Last checkpoint that an earlier run printed. Verification also fails if the database does not have it any more.
        #[arg(long, value_name = "PLACE:SIGNATURE")]
        since: Option<Since>,
        #[command(flatten)]
        settings: Settings,
    },
    /// Print the public key that verifies checkpoints.
    PublicKey(Settings),
}

/// Runs the command and prints its result.
pub async fn run(audit: AuditSettings) -> Result<ExitCode, StartError> {
    match audit.what {
        What::PublicKey(settings) => println!("{}", serve::signer(&settings)?.public_key()),
        What::Verify { since, settings } => {
            let wrong = |error| StartError::new("database-url", error);
            let db = start::open_database(&settings, Durability::Full, Purpose::Command).await?;
            let signer = serve::signer(&settings)?;
            let mut tx = OnBehalfOf::Service.scope(db.read()).await.map_err(wrong)?;
            let verdict = verify(&mut tx, &signer, since.as_ref()).await.map_err(wrong)?;
            drop(tx);
            db.close().await;
            println!("{verdict}");
            if !verdict.is_sound() {
                return Ok(ExitCode::FAILURE);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
