//! The key files at a start: which of them may be created, and what they are compared by.

use std::path::Path;

use secrecy::ExposeSecret as _;

use super::Purpose;
use crate::audit_log::Signer;
use crate::auth::LocalKey;
use crate::config::Settings;
use crate::db::installation::{Fingerprint, Known, of_ring};
use crate::secret;
use crate::serve::StartError;
use crate::vault::Ring;

/// Refuses missing key files, unless the database knows no key of that kind or the operator says `--make-keys`. Returns the
/// kinds of keys that may differ from those that the database knows.
pub(super) fn may_make(settings: &Settings, known: &Known, purpose: Purpose) -> Result<Vec<&'static str>, StartError> {
    let mut accepted = Vec::new();
    let mut may_make = |setting: &'static str, kind: &'static str, file: &Path| {
        if purpose == Purpose::Accept && file.exists() {
            accepted.push(kind);
        }
        if file.exists() || (purpose.may_make() && !known.has(kind)) {
            return Ok(());
        }
        if settings.make_keys && purpose.may_make() {
            accepted.push(kind);
            return Ok(());
        }
        Err(StartError::new(
            setting,
            format!(
                "{} is missing, and this database is served with another one; restore that file, or name it with \
                 --{setting}; to create a new key instead, read docs/keys-and-backups.md and start once with --make-keys",
                file.display()
            ),
        ))
    };
    if settings.keyring.is_none() {
        may_make("keyring-file", "keyring", &settings.keyring_file())?;
    }
    may_make("audit-key-file", "audit", &settings.audit_key_file())?;
    may_make("key-file", "token", &settings.key_file())?;
    if purpose == Purpose::Accept && settings.keyring.is_some() {
        accepted.push("keyring");
    }
    Ok(accepted)
}

/// Reads the fingerprints of all keys. Creates missing files, which were allowed before.
pub(super) fn secrets(settings: &Settings) -> Result<Vec<Fingerprint>, StartError> {
    let ring = ring(settings)?;
    let mut secrets: Vec<_> = of_ring(&ring.fingerprints()).collect();
    let audit = settings.audit_key_file();
    log_if_new(&audit);
    Signer::read_or_make(&audit).map_err(|error| StartError::new("audit-key-file", error))?;
    let token = settings.key_file();
    log_if_new(&token);
    LocalKey::read_or_make(&token).map_err(|error| StartError::new("key-file", error))?;
    for (setting, kind, file) in [("audit-key-file", "audit", audit), ("key-file", "token", token)] {
        let hash = secret::fingerprint_of(kind, &file).map_err(|error| StartError::new(setting, error))?;
        secrets.push(Fingerprint { kind: kind.to_owned(), label: String::new(), hash });
    }
    Ok(secrets)
}

/// The next step creates this file, if it does not exist.
fn log_if_new(file: &Path) {
    if !file.exists() {
        tracing::info!(
            event = "keys.file_created", file = %file.display(),
            "keys: a new key file is created; copy it to a safe place that is not the place of the database's backups"
        );
    }
}

/// Reads the key ring, which wraps the data keys. Creates its file, if it is missing.
pub(super) fn ring(settings: &Settings) -> Result<Ring, StartError> {
    if settings.keyring.is_none() {
        log_if_new(&settings.keyring_file());
    }
    match &settings.keyring {
        Some(text) => Ring::parse(text.expose_secret()).map_err(|error| StartError::new("keyring", error)),
        None => Ring::read_or_make(&settings.keyring_file()).map_err(|error| StartError::new("keyring-file", error)),
    }
}
