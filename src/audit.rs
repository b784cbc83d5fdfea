//! The audit log on the command line: verifies it, and prints the key with which others verify checkpoints.

use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::config::Settings;
use crate::db::{Asker, Durability};
use crate::serve::{self, StartError};
use crate::start::{self, Purpose};
use crate::trail::{Since, verify};

/// What to do with the audit log.
#[derive(Clone, Debug, Args)]
pub struct AuditSettings {
    #[command(subcommand)]
    what: What,
}

#[derive(Clone, Debug, Subcommand)]
enum What {
    /// Verify the audit log; name everything that is not as the service wrote it, and exit with 1 if anything is.
    Verify {
        /// Last checkpoint that an earlier run printed. Verification fails if the database does not have it any more.
        #[arg(long, value_name = "PLACE:SIGNATURE")]
        since: Option<Since>,
        #[command(flatten)]
        settings: Settings,
    },
    /// Print the public half of the key that signs checkpoints.
    PublicKey(Settings),
}

/// Does it, and prints what came of it.
pub async fn run(audit: AuditSettings) -> Result<ExitCode, StartError> {
    match audit.what {
        What::PublicKey(settings) => println!("{}", serve::signer(&settings)?.public_key()),
        What::Verify { since, settings } => {
            let wrong = |error| StartError::new("database-url", error);
            let db = start::open_database(&settings, Durability::Full, Purpose::Command).await?;
            let signer = serve::signer(&settings)?;
            let mut tx = Asker::Service.scope(db.read()).await.map_err(wrong)?;
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
