//! The key ring on the command line: listed, and rotated while the service runs.

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
    /// Says which keys the ring has and how many data keys each of them wraps.
    List(Settings),
    /// Puts a new key first in the ring's file and wraps all data keys by it; the service may run.
    Rotate(Settings),
    /// Wraps by the ring's first key what its others wrap; for rings that are not one file.
    Rewrap(Settings),
    /// Writes down that the key ring, the key of the audit log and the key of tokens were replaced on purpose; every start
    /// refuses others. Stop all instances first.
    Accept(Settings),
}

/// Does it, and says how the ring stands then.
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
            // Every start compares: the new key is known before anything else happens.
            let ring: Vec<_> = of_ring(&db.keys().ring().fingerprints()).collect();
            db.install(&ring, &["keyring"]).await.map_err(|error| wrong(&error))?;
        }
        if let What::Rotate(_) | What::Rewrap(_) = &keys.what {
            // Until a pass finds nothing: the service may have made a key meanwhile.
            while db.keys().rewrap().await.map_err(|error| wrong(&error))? > 0 {}
        }
        let is_installed = db.check_installation(&[], &[]).await.is_ok();
        tell(db.keys(), is_installed).await.map_err(|error| wrong(&error))
    };
    let done = done.await;
    db.close().await;
    done
}

const BY_HAND: &str = "is given as text, so change it by hand: add a new key at its end and restart every instance, \
    move that key to the front and restart them again, then run `mentorship keys rewrap`; a key is a name, a colon and \
    base64url of 32 random bytes";

async fn tell(keys: &Keys, is_installed: bool) -> sqlx::Result<String> {
    let mut counts: BTreeMap<Label, u64> = BTreeMap::new();
    let mut unreadable = 0;
    keys.each(|key| match key.label() {
        Ok(Some(label)) => *counts.entry(label).or_default() += 1,
        Ok(None) => {}
        Err(_) => unreadable += 1,
    })
    .await?;
    let (mut told, first) = (String::new(), keys.ring().first());
    // Where data keys are missing or unreadable, nobody knows which key of a ring would open what they sealed.
    let is_whole = unreadable == 0 && counts.keys().all(|label| keys.ring().labels().contains(label)) && is_installed;
    for label in keys.ring().labels() {
        let state = match counts.remove(&label).unwrap_or(0) {
            count if label == first => format!("in use, wraps {count} data keys"),
            0 if is_whole => "wraps nothing any more: remove it from the ring".to_owned(),
            0 => "wraps no data key that is here: keep it, for some data keys are missing or unreadable".to_owned(),
            count => format!("wraps {count} data keys: keep it until they are wrapped anew"),
        };
        let _ = writeln!(told, "{label}  {state}");
    }
    for (label, count) in counts {
        let _ = writeln!(told, "{label}  is not in the ring, and {count} data keys need it");
    }
    if unreadable > 0 {
        let _ = writeln!(told, "{unreadable} data keys were altered and open by no key");
    }
    Ok(told)
}
