//! The audit log on the command line: verified, and the key with which others do so.

use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::config::Settings;
use crate::db::{Asker, Durability};
use crate::serve::{self, StartError};
use crate::start::{self, Purpose};
use crate::trail::{Verdict, verify};

/// What to do with the audit log.
#[derive(Clone, Debug, Args)]
pub struct AuditSettings {
    #[command(subcommand)]
    what: What,
}

#[derive(Clone, Debug, Subcommand)]
enum What {
    /// Walks every chain and names the first bad link; exits 1 if there is one.
    Verify(Settings),
    /// Prints the public half of the key that signs checkpoints.
    PublicKey(Settings),
}

/// Does it, and prints what came of it.
pub async fn run(audit: AuditSettings) -> Result<ExitCode, StartError> {
    match audit.what {
        What::PublicKey(settings) => println!("{}", serve::signer(&settings)?.public_key()),
        What::Verify(settings) => {
            let wrong = |error| StartError::new("database-url", error);
            let db = start::open_database(&settings, Durability::Full, Purpose::Command).await?;
            let key = serve::signer(&settings)?.public_key();
            let mut tx = Asker::Service.scope(db.read()).await.map_err(wrong)?;
            let verdict = verify(&mut tx, &key).await.map_err(wrong)?;
            drop(tx);
            db.close().await;
            println!("{verdict}");
            if let Verdict::Bad(_) = verdict {
                return Ok(ExitCode::FAILURE);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
