//! `mentorship keys`: lists and rotates the key ring, also while the service runs.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use clap::{Args, Subcommand};

use crate::config::Settings;
use crate::db::installation::of_ring;
use crate::db::{Durability, Keys};
use crate::serve::StartError;
use crate::start::{self, Purpose};
use crate::vault::{Label, RingError};

/// What to do with the keys.
#[derive(Clone, Debug, Args)]
pub struct KeysSettings {
    #[command(subcommand)]
    what: What,
}

#[derive(Clone, Debug, Subcommand)]
enum What {
    /// List the keys of the ring, and how many data keys each of them wraps.
    List(Settings),
    /// Add a new key as the first of the ring, and wrap all data keys with it. The service may run.
    Rotate(Settings),
    /// Wrap all data keys with the first key of the ring. For rings that are not one shared file.
    Rewrap(Settings),
    /// Accept a replaced key ring, audit key or token key, which every start refuses otherwise. Stop all instances first.
    Accept(Settings),
}

/// Runs the command. Returns what was done, and a line for each key of the ring.
pub async fn run(keys: KeysSettings) -> Result<String, StartError> {
    let (What::List(settings) | What::Rotate(settings) | What::Rewrap(settings) | What::Accept(settings)) = &keys.what;
    let setting = if settings.keyring.is_some() { "keyring" } else { "keyring-file" };
    let wrong = |error: &dyn std::fmt::Display| StartError::new(setting, error);
    let purpose = if let What::Accept(_) = &keys.what { Purpose::Accept } else { Purpose::Command };
    let db = start::open_database(settings, Durability::Full, purpose).await?;
    let done = async {
        if let What::Rotate(_) = &keys.what {
            db.keys().ring().rotate().map_err(|error| match error {
                RingError::NoFile => wrong(&BY_HAND),
                other => wrong(&other),
            })?;
            // Every start compares: so the database knows the new key before anything else happens.
            let ring: Vec<_> = of_ring(&db.keys().ring().fingerprints()).collect();
            db.install(&ring, &["keyring"]).await.map_err(|error| wrong(&error))?;
        }
        if let What::Rotate(_) | What::Rewrap(_) = &keys.what {
            // Until a pass finds nothing: the service may have created a key meanwhile.
            while db.keys().rewrap().await.map_err(|error| wrong(&error))? > 0 {}
        }
        let is_installed = db.check_installation(&[], &[]).await.is_ok();
        let list = list(db.keys(), is_installed).await.map_err(|error| wrong(&error))?;
        Ok(format!("{}{list}", done_by(&keys.what)))
    };
    let done = done.await;
    db.close().await;
    done
}

const BY_HAND: &str = "is given as text, so change it by hand: add a new key at its end and restart every instance; \
    move that key to the front and restart them again; then run `mentorship keys rewrap`; a key is a name, a colon and \
    base64url of 32 random bytes";

/// What was done, and the next step.
const fn done_by(what: &What) -> &'static str {
    match what {
        What::List(_) => "",
        What::Rotate(_) => {
            "The ring has a new first key, and all data keys are wrapped with it. Copy the ring to its safe place.\n"
        }
        What::Rewrap(_) => "All data keys are wrapped with the first key of the ring.\n",
        What::Accept(_) => {
            "The keys of these settings are accepted. Give all instances the same ones and start them.\n"
        }
    }
}

async fn list(keys: &Keys, is_installed: bool) -> sqlx::Result<String> {
    let mut counts: BTreeMap<Label, u64> = BTreeMap::new();
    let mut unreadable = 0;
    keys.each(|key| match key.label() {
        Ok(Some(label)) => *counts.entry(label).or_default() += 1,
        Ok(None) => {}
        Err(_) => unreadable += 1,
    })
    .await?;
    let (mut text, first) = (String::new(), keys.ring().first());
    // Where data keys are missing or unreadable, it is unknown which key of the ring would open them.
    let is_whole = unreadable == 0 && counts.keys().all(|label| keys.ring().labels().contains(label)) && is_installed;
    for label in keys.ring().labels() {
        let state = match counts.remove(&label).unwrap_or(0) {
            count if label == first => format!("in use, wraps {count} data keys"),
            0 if is_whole => "wraps no data key: remove it from the ring".to_owned(),
            0 => "wraps no data key that is here: keep it, because some data keys are missing or unreadable".to_owned(),
            count => format!("wraps {count} data keys: keep it until `mentorship keys rewrap` has run"),
        };
        let _ = writeln!(text, "{label}  {state}");
    }
    for (label, count) in counts {
        let _ = writeln!(text, "{label}  is not in the ring, and {count} data keys need it: restore it");
    }
    if unreadable > 0 {
        let _ =
            writeln!(text, "{unreadable} data keys were altered, and no key opens them: restore them from a backup");
    }
    Ok(text)
}
