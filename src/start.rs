//! Opening the database, with what belongs to it: refused where something is missing, does not fit, or is served already.

use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::ExposeSecret as _;

use crate::auth::LocalKey;
use crate::config::Settings;
use crate::db::files::{self, Lock};
use crate::db::installation::{Fingerprint, Known, Mismatch, examine, is_installed, of_ring};
use crate::db::open::{file_of, is_postgres, keys_of};
use crate::db::{Db, Durability, Serving};
use crate::secret;
use crate::serve::{HELD_BACK, StartError};
use crate::trail::Signer;
use crate::vault::Ring;

/// How often a process that is to serve tries to get the lock of the database, and how long it waits in between.
const LOCK_TRIES: u32 = 50;
const LOCK_PAUSE: Duration = Duration::from_millis(100);

/// What the database is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To serve it: alone, and made at the first start.
    Serve,
    /// For a command that may be the first thing that happens; it works beside a service.
    Begin,
    /// For a command that needs a database; it makes nothing and works beside a service.
    Command,
    /// The same, to accept the secrets of today in place of those that the database knows.
    Accept,
}

impl Purpose {
    const fn may_make(self) -> bool {
        matches!(self, Self::Serve | Self::Begin)
    }
}

/// Opens the database that the settings name, and migrates it unless that is another role's work.
pub async fn open_database(settings: &Settings, durability: Durability, purpose: Purpose) -> Result<Db, StartError> {
    let url = settings.database_url();
    let url = url.expose_secret();
    let wrong = |error: &dyn std::fmt::Display| StartError::new("database-url", error);
    if purpose.may_make() {
        make_folder(&settings.data).map_err(|error| StartError::new("data", error))?;
    } else if !settings.data.is_dir() && settings.keyring.is_none() {
        return Err(StartError::new("data", no_folder(&settings.data)));
    }
    let serving = if is_postgres(url) {
        Serving::Alone
    } else {
        embedded(&file_of(url).map_err(|error| wrong(&error))?, url, purpose).await?
    };
    // What is known decides which secrets may be made; nothing is sealed or opened until then.
    let known = known(url).await.map_err(|error| wrong(&error))?;
    check_marker(settings, &known)?;
    if !purpose.may_make() && known.main.is_none() {
        return Err(wrong(
            &"holds no installation of mentorship yet; start `mentorship serve` once, or name another database",
        ));
    }
    let accepted = may_make(settings, &known, purpose)?;
    let secrets = secrets(settings)?;
    let ring = ring(settings)?;
    let db = Db::open_as(url, (settings.database_connections, durability), ring, serving).await;
    let db = db.map_err(|error| wrong(&error))?;
    // Who may change tables is another role then, whose password this process does not have.
    let db = if settings.row_security {
        db.behind_row_security().await.map_err(|error| StartError::new("row-security", error))?
    } else {
        db
    };
    match settle(settings, &db, (&secrets, &accepted), purpose).await {
        Ok(()) => Ok(db),
        Err(error) => {
            db.close().await;
            Err(error)
        }
    }
}

/// Refuses what is not there, is damaged or served already; gives the right to serve it.
async fn embedded(file: &Path, url: &str, purpose: Purpose) -> Result<Serving, StartError> {
    let wrong = |told: String| StartError::new("database-url", told);
    let (name, keys) = (file.display(), keys_of(file));
    match (files::exists(file), files::exists(&keys)) {
        (false, _) if !purpose.may_make() => {
            return Err(wrong(format!("there is no database at {name}; name the folder of the service with --data")));
        }
        (false, true) => {
            return Err(wrong(format!(
                "{name} is missing or empty, and its data keys are there ({}); restore the database from a backup, or move \
                 the keys away to begin with an empty one",
                keys.display()
            )));
        }
        // Without an installation nobody has served it: a first start was interrupted.
        (true, false) if is_installed(url).await => {
            return Err(wrong(format!(
                "{} is missing or empty, and the database {name} is there; restore the data keys from a backup: without them \
                 no private text opens, and what is written meanwhile is lost when they return",
                keys.display()
            )));
        }
        (true, _) | (false, false) => {}
    }
    for part in [file, &keys] {
        // The owner of this process may be stopped by the file, its folder or a file system that is mounted read-only.
        if part.exists() {
            let opened = fs::OpenOptions::new().append(true).open(part);
            opened.map_err(|error| wrong(format!("{} cannot be written: {error}", part.display())))?;
            if fs::metadata(part).is_ok_and(|found| found.permissions().readonly()) {
                return Err(wrong(format!("{} is read-only; chmod 600", part.display())));
            }
        }
    }
    files::make_private(file).map_err(|error| wrong(format!("{name} cannot be made or kept private: {error}")))?;
    let lock = take_lock(file, purpose).await;
    let lock = lock.map_err(|error| wrong(format!("the lock of {name} cannot be taken: {error}")))?;
    match (lock, purpose) {
        (Some(lock), _) => {
            check_left(file, url, &lock).await?;
            Ok(if purpose == Purpose::Serve { Serving::Locked(lock) } else { Serving::Beside })
        }
        (None, Purpose::Serve) => {
            let holder = Lock::holder(file).unwrap_or_else(|| "unknown".to_owned());
            Err(wrong(format!(
                "{name} is served by another process already ({holder}); stop that one first: two would not see each \
                 other's changes of who may enter. Several instances need PostgreSQL"
            )))
        }
        (None, _) => Ok(Serving::Beside),
    }
}

/// The lock of the database, unless another process holds it. One that serves waits a little: the process before it may
/// have been killed a moment ago, or is about to end.
async fn take_lock(file: &Path, purpose: Purpose) -> io::Result<Option<Lock>> {
    let mut tries = if purpose == Purpose::Serve { LOCK_TRIES } else { 1 };
    loop {
        let lock = Lock::take(file)?;
        tries -= 1;
        if lock.is_some() || tries == 0 {
            return Ok(lock);
        }
        tokio::time::sleep(LOCK_PAUSE).await;
    }
}

/// The database is as the last process left it, and whole.
async fn check_left(file: &Path, url: &str, lock: &Lock) -> Result<(), StartError> {
    let wrong = |told: String| StartError::new("database-url", told);
    let log = files::beside(file, "-wal");
    if fs::metadata(&log).is_ok_and(|found| found.len() > 0) {
        let is_as_left = lock.is_as_left().map_err(|error| wrong(format!("its lock cannot be read: {error}")))?;
        if !is_as_left {
            return Err(wrong(format!(
                "{} was written or replaced after the service died, and its write-ahead log {} is still from before: together \
                 they are damaged. If you copied a backup there, remove {} and its `-shm` and start again; if not, bring back \
                 the file that belongs to the log",
                file.display(),
                log.display(),
                log.display(),
            )));
        }
    }
    for url in [url.to_owned(), format!("sqlite://{}", keys_of(file).display())] {
        if file_of(&url).is_ok_and(|file| files::exists(&file)) {
            examine(&url, false).await.map_err(wrong)?;
        }
    }
    Ok(())
}

/// Judges the database without changing it: whole, of this version, and with the keys and secrets that belong to it.
pub async fn inspect(settings: &Settings) -> Result<String, String> {
    let url = settings.database_url();
    let url = url.expose_secret();
    let mut told = "PostgreSQL answers".to_owned();
    if !is_postgres(url) {
        let file = file_of(url).map_err(|error| error.to_string())?;
        told = file.display().to_string();
        if !files::exists(&file) && !files::exists(&keys_of(&file)) {
            return match check_marker(settings, &Known::default()) {
                Ok(()) => Ok(format!("{told}, made on first start")),
                Err(error) => Err(error.to_string()),
            };
        }
        embedded(&file, url, Purpose::Command).await.map_err(|error| error.to_string())?;
        examine(url, true).await?;
    }
    // Without a ring only the keys stay unread; what is wrong with the ring is said beside.
    let ring = if settings.keyring.is_some() || settings.keyring_file().exists() { ring(settings).ok() } else { None };
    let has_ring = ring.is_some();
    let ring = ring.unwrap_or_else(Ring::of_one);
    let db = Db::open_as(url, (1, Durability::Full), ring.clone(), Serving::Beside).await;
    let db = db.map_err(|error| error.to_string())?;
    let judged = judge(settings, &db, has_ring.then_some(&ring)).await;
    db.close().await;
    judged.map(|()| told)
}

async fn judge(settings: &Settings, db: &Db, ring: Option<&Ring>) -> Result<(), String> {
    db.check_schema().await?;
    let known = db.known().await.map_err(|error| error.to_string())?;
    check_marker(settings, &known).map_err(|error| error.to_string())?;
    if known.main.is_none() && known.keys.is_none() {
        return Ok(());
    }
    let mut secrets: Vec<_> = ring.map(|ring| of_ring(&ring.fingerprints()).collect()).unwrap_or_default();
    for (kind, file) in [("audit", settings.audit_key_file()), ("token", settings.key_file())] {
        if let Ok(hash) = secret::fingerprint_of(kind, &file) {
            secrets.push(Fingerprint { kind: kind.to_owned(), label: String::new(), hash });
        }
    }
    let missing = ["keyring", "audit", "token"]
        .into_iter()
        .find(|kind| known.has(kind) && !secrets.iter().any(|secret| secret.kind == *kind));
    if let Some(kind) = missing {
        return Err(format!("is served with another {kind} key than the one here, which is missing or unreadable"));
    }
    db.check_installation(&secrets, &[]).await.map_err(|error| error.to_string())?;
    let opens = |error| format!("the key ring does not open its data keys: {error}");
    if ring.is_some() { db.keys().check().await.map_err(opens) } else { Ok(()) }
}

/// What database and keys say of themselves, if there are any.
async fn known(url: &str) -> sqlx::Result<Known> {
    if !is_postgres(url) && !files::exists(&file_of(url)?) {
        return Ok(Known::default());
    }
    let db = Db::open_as(url, (1, Durability::Full), Ring::of_one(), Serving::Beside).await?;
    let known = db.known().await;
    db.close().await;
    known
}

/// Migrates what may be migrated, and compares all that belongs together.
async fn settle(
    settings: &Settings,
    db: &Db,
    (secrets, accepted): (&[Fingerprint], &[&str]),
    purpose: Purpose,
) -> Result<(), StartError> {
    let wrong = |error: &dyn std::fmt::Display| StartError::new("database-url", error);
    db.check_schema().await.map_err(|told| wrong(&told))?;
    let known = db.known().await.map_err(|error| wrong(&error))?;
    // Before anything is migrated: that would make the keys anew where they are missing.
    if known.main.is_some() {
        let fits = db.check_installation(secrets, accepted).await;
        fits.map_err(|error| mismatch(&error))?;
    }
    if !settings.row_security {
        if db.is_held_back().await.map_err(|error| wrong(&error))? {
            return Err(StartError::new("row-security", HELD_BACK));
        }
        db.migrate().await.map_err(|error| wrong(&error))?;
        if db.is_held_back().await.map_err(|error| wrong(&error))? {
            return Err(StartError::new("row-security", HELD_BACK));
        }
    }
    let setting = if settings.keyring.is_some() { "keyring" } else { "keyring-file" };
    let opens = |error| StartError::new(setting, format!("does not open the data keys of this database: {error}"));
    db.keys().check().await.map_err(opens)?;
    let id = db.install(secrets, accepted).await.map_err(|error| mismatch(&error))?;
    mark(settings, &id.to_string(), purpose).map_err(|error| StartError::new("data", error))
}

fn mismatch(error: &Mismatch) -> StartError {
    match error {
        Mismatch::Secret(setting, told) => StartError::new(setting, told),
        Mismatch::Database(_) | Mismatch::Apart(_) => StartError::new("database-url", error),
    }
}

/// A file of a secret that is not there is made where the database knows none of its kind, or where the operator says so.
/// Answers with the kinds that may differ from what the database knows.
fn may_make(settings: &Settings, known: &Known, purpose: Purpose) -> Result<Vec<&'static str>, StartError> {
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
                "{} is missing, and this database is served with another one; restore it, or name it. Start once with \
                 --make-keys to make a new one: see docs/keys-and-backups.md for what that costs",
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

/// The fingerprints of all secrets; makes those that may be made.
fn secrets(settings: &Settings) -> Result<Vec<Fingerprint>, StartError> {
    let ring = ring(settings)?;
    let mut secrets: Vec<_> = of_ring(&ring.fingerprints()).collect();
    let audit = settings.audit_key_file();
    Signer::read_or_make(&audit).map_err(|error| StartError::new("audit-key-file", error))?;
    let token = settings.key_file();
    LocalKey::read_or_make(&token).map_err(|error| StartError::new("key-file", error))?;
    for (setting, kind, file) in [("audit-key-file", "audit", audit), ("key-file", "token", token)] {
        let hash = secret::fingerprint_of(kind, &file).map_err(|error| StartError::new(setting, error))?;
        secrets.push(Fingerprint { kind: kind.to_owned(), label: String::new(), hash });
    }
    Ok(secrets)
}

/// What wraps the data keys.
fn ring(settings: &Settings) -> Result<Ring, StartError> {
    match &settings.keyring {
        Some(text) => Ring::parse(text.expose_secret()).map_err(|error| StartError::new("keyring", error)),
        None => Ring::read_or_make(&settings.keyring_file()).map_err(|error| StartError::new("keyring-file", error)),
    }
}

fn marker(settings: &Settings) -> PathBuf {
    settings.data.join("installation")
}

/// The data folder goes with one database: another one, or an empty one in its place, is a mistake.
fn check_marker(settings: &Settings, known: &Known) -> Result<(), StartError> {
    let file = marker(settings);
    let Ok(expected) = fs::read_to_string(&file) else { return Ok(()) };
    let found = known.main.map(|id| id.to_string());
    if found.as_deref() == Some(expected.trim()) {
        return Ok(());
    }
    let found = found.map_or_else(|| "no database, or an empty one".to_owned(), |id| format!("installation {id}"));
    Err(StartError::new(
        "database-url",
        format!(
            "the data folder belongs to installation {}, and there is {found}; restore its database or name the right one; \
             to begin with another one on purpose, remove {}",
            expected.trim(),
            file.display()
        ),
    ))
}

fn mark(settings: &Settings, id: &str, purpose: Purpose) -> io::Result<()> {
    let file = marker(settings);
    if purpose.may_make() && !file.exists() {
        secret::make(&file, &format!("{id}\n")).map_err(io::Error::other)?;
    }
    Ok(())
}

fn no_folder(folder: &Path) -> String {
    format!("there is no folder {}; name the data folder of the service", folder.display())
}

/// For the owner alone: it holds the database and the keys.
pub fn make_folder(folder: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}
