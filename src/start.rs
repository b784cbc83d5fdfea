//! Opens the database together with its keys. Refuses what is missing, does not belong together or is served already.

mod secrets;

use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::ExposeSecret as _;

use crate::config::Settings;
use crate::db::files::{self, Lock};
use crate::db::installation::{Fingerprint, Known, Mismatch, examine, is_installed, of_ring};
use crate::db::open::{file_of, is_postgres, keys_of};
use crate::db::{Db, Durability, Serving};
use crate::secret;
use crate::serve::{HELD_BACK, StartError};
use crate::vault::Ring;
use secrets::{may_make, ring, secrets};

/// How often a serving process tries to get the lock of the database, and the pause in between.
const LOCK_TRIES: u32 = 50;
const LOCK_PAUSE: Duration = Duration::from_millis(100);

/// Purpose for which the database is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The service: the only process that serves it. The first start creates the database.
    Serve,
    /// A command that may create the database. It works beside a running service.
    Begin,
    /// A command that needs an existing database. It creates nothing and works beside a running service.
    Command,
    /// The command that accepts replaced keys. Otherwise the same.
    Accept,
}

impl Purpose {
    const fn may_make(self) -> bool {
        matches!(self, Self::Serve | Self::Begin)
    }
}

/// Opens the database of these settings, and migrates it unless the owner of the tables does that.
pub async fn open_database(settings: &Settings, durability: Durability, purpose: Purpose) -> Result<Db, StartError> {
    let url = settings.database_url();
    let url = url.expose_secret();
    let wrong = |error: &dyn std::fmt::Display| StartError::new("database-url", error);
    check_scheme(url).map_err(|text| wrong(&text))?;
    if purpose.may_make() {
        make_folder(&settings.data).map_err(|error| {
            let folder = settings.data.display();
            StartError::new(
                "data",
                format!("the folder {folder} cannot be created: {error}; name one that may be written"),
            )
        })?;
    } else if !settings.data.is_dir() && settings.keyring.is_none() {
        return Err(StartError::new("data", no_folder(&settings.data)));
    }
    let serving = if is_postgres(url) {
        Serving::Alone
    } else {
        embedded(&file_of(url).map_err(|error| wrong(&error))?, url, purpose).await?
    };
    // What the database knows decides which keys may be created. Nothing is sealed or opened before.
    let known = known(url).await.map_err(|error| wrong(&not_opened(url, &error)))?;
    check_marker(settings, &known)?;
    if !purpose.may_make() && known.main.is_none() {
        return Err(wrong(
            &"the database holds no installation of mentorship yet; start `mentorship serve` once, or name another database",
        ));
    }
    let accepted = may_make(settings, &known, purpose)?;
    let secrets = secrets(settings)?;
    let ring = ring(settings)?;
    let db = Db::open_as(url, (settings.database_connections, durability), ring, serving).await;
    let db = db.map_err(|error| wrong(&error))?;
    // Then another role owns the tables and migrates them. This process does not have its password.
    let db = if settings.row_security {
        db.with_row_security().await.map_err(|error| StartError::new("row-security", error))?
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

/// Refuses an embedded database that is missing, damaged or served already. Otherwise says how this process may use it.
async fn embedded(file: &Path, url: &str, purpose: Purpose) -> Result<Serving, StartError> {
    let wrong = |text: String| StartError::new("database-url", text);
    let (name, keys) = (file.display(), keys_of(file));
    match (files::exists(file), files::exists(&keys)) {
        (false, _) if !purpose.may_make() => {
            return Err(wrong(format!(
                "there is no database at {name}; name the data folder of the service with --data"
            )));
        }
        (false, true) => {
            return Err(wrong(format!(
                "{name} is missing or empty, and its data keys are there ({}); restore the database from a backup; to begin \
                 with an empty database, move the data keys away",
                keys.display()
            )));
        }
        // A database without an installation was never served: its first start was interrupted.
        (true, false) if is_installed(url).await => {
            return Err(wrong(format!(
                "{} is missing or empty, and the database {name} is there; restore the data keys from a backup; without them \
                 no private text opens",
                keys.display()
            )));
        }
        (true, _) | (false, false) => {}
    }
    for part in [file, &keys] {
        // The file, its folder or a read-only file system may keep this process from writing.
        if part.exists() {
            let opened = fs::OpenOptions::new().append(true).open(part);
            opened.map_err(|error| {
                wrong(format!("{} cannot be written: {error}; give the user of the service access", part.display()))
            })?;
            if fs::metadata(part).is_ok_and(|found| found.permissions().readonly()) {
                return Err(wrong(format!("{} is read-only; chmod 600", part.display())));
            }
        }
    }
    files::make_private(file)
        .map_err(|error| wrong(format!("{name} cannot be created, or its mode cannot be set to 600: {error}")))?;
    let lock = take_lock(file, purpose).await;
    let lock = lock.map_err(|error| wrong(format!("the lock file {name}.lock cannot be used: {error}")))?;
    match (lock, purpose) {
        (Some(lock), _) => {
            check_left(file, url, &lock).await?;
            Ok(if purpose == Purpose::Serve { Serving::Locked(lock) } else { Serving::Beside })
        }
        (None, Purpose::Serve) => {
            let holder = Lock::holder(file).unwrap_or_else(|| "unknown".to_owned());
            Err(wrong(format!(
                "{name} is served by another process already ({holder}); stop that process first; several instances need \
                 PostgreSQL"
            )))
        }
        (None, _) => Ok(Serving::Beside),
    }
}

/// Takes the lock of the database, unless another process holds it. A serving process waits 5 seconds for it: the process
/// before it may be about to end.
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

/// Checks that the database is as the last process left it, and not damaged.
async fn check_left(file: &Path, url: &str, lock: &Lock) -> Result<(), StartError> {
    let wrong = |text: String| StartError::new("database-url", text);
    let log = files::beside(file, "-wal");
    if fs::metadata(&log).is_ok_and(|found| found.len() > 0) {
        let is_as_left = lock.is_as_left().map_err(|error| wrong(format!("its lock cannot be read: {error}")))?;
        if !is_as_left {
            return Err(wrong(format!(
                "{} was written or replaced after the service died, and its write-ahead log {} is still from before; the two do \
                 not fit; if you copied a backup there, remove {} and its `-shm` and start again; if not, restore the file that \
                 belongs to the log",
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

/// Checks the database without changing it: not damaged, of this version, and with the keys that belong to it.
pub async fn inspect(settings: &Settings) -> Result<String, String> {
    let url = settings.database_url();
    let url = url.expose_secret();
    let mut text = "PostgreSQL answers".to_owned();
    if !is_postgres(url) {
        let file = file_of(url).map_err(|error| error.to_string())?;
        text = file.display().to_string();
        if !files::exists(&file) && !files::exists(&keys_of(&file)) {
            return match check_marker(settings, &Known::default()) {
                Ok(()) => Ok(format!("{text} does not exist; the first start of a new installation creates it")),
                Err(error) => Err(error.to_string()),
            };
        }
        embedded(&file, url, Purpose::Command).await.map_err(|error| error.to_string())?;
        examine(url, true).await?;
    }
    // Without a ring only the data keys stay unread. What is wrong with the ring is another finding.
    let ring = if settings.keyring.is_some() || settings.keyring_file().exists() { ring(settings).ok() } else { None };
    let has_ring = ring.is_some();
    let ring = ring.unwrap_or_else(Ring::of_one);
    let db = Db::open_as(url, (1, Durability::Full), ring.clone(), Serving::Beside).await;
    let db = db.map_err(|error| error.to_string())?;
    let judged = judge(settings, &db, has_ring.then_some(&ring)).await;
    db.close().await;
    judged.map(|()| text)
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
        let setting = match kind {
            "keyring" => "keyring-file",
            "audit" => "audit-key-file",
            _ => "key-file",
        };
        return Err(format!("the database needs the file of --{setting}, which is missing or unreadable; restore it"));
    }
    db.check_installation(&secrets, &[]).await.map_err(|error| error.to_string())?;
    let opens = |error| format!("the key ring does not open the data keys of this database: {error}");
    if ring.is_some() { db.keys().check().await.map_err(opens) } else { Ok(()) }
}

/// Refuses an address of another kind of database.
pub fn check_scheme(url: &str) -> Result<(), &'static str> {
    if ["sqlite:", "postgres:", "postgresql:"].iter().any(|scheme| url.starts_with(scheme)) {
        return Ok(());
    }
    Err("is not an address of SQLite or PostgreSQL; write sqlite://FILE or postgres://USER:PASSWORD@HOST/NAME")
}

/// Says what to check. Never quotes the address: it may hold a password.
fn not_opened(url: &str, error: &sqlx::Error) -> String {
    match error {
        _ if !is_postgres(url) => error.to_string(),
        sqlx::Error::PoolTimedOut => {
            "PostgreSQL gave no connection within 5 s; check that it runs at this address and has free connections"
                .to_owned()
        }
        _ => format!("PostgreSQL refused the connection: {error}; check address, name, password and rights"),
    }
}

/// Reads what database and data keys hold about their installation, if there are any.
async fn known(url: &str) -> sqlx::Result<Known> {
    if !is_postgres(url) && !files::exists(&file_of(url)?) {
        return Ok(Known::default());
    }
    let db = Db::open_as(url, (1, Durability::Full), Ring::of_one(), Serving::Beside).await?;
    let known = db.known().await;
    db.close().await;
    known
}

/// Migrates the schema if this process may, and compares everything that belongs together.
async fn settle(
    settings: &Settings,
    db: &Db,
    (secrets, accepted): (&[Fingerprint], &[&str]),
    purpose: Purpose,
) -> Result<(), StartError> {
    let wrong = |error: &dyn std::fmt::Display| StartError::new("database-url", error);
    db.check_schema().await.map_err(|text| wrong(&text))?;
    let known = db.known().await.map_err(|error| wrong(&error))?;
    // Before migrating, because that would create missing keys anew.
    if known.main.is_some() {
        let fits = db.check_installation(secrets, accepted).await;
        fits.map_err(|error| mismatch(&error))?;
    }
    if !settings.row_security {
        if db.hides_rows().await.map_err(|error| wrong(&error))? {
            return Err(StartError::new("row-security", HELD_BACK));
        }
        db.migrate().await.map_err(|error| wrong(&format!("the schema could not be migrated: {error}")))?;
        tracing::info!(event = "database.migrated", "database: the schema is that of this version");
        if db.hides_rows().await.map_err(|error| wrong(&error))? {
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
        Mismatch::Secret(setting, text) => StartError::new(setting, text),
        Mismatch::Database(_) | Mismatch::Apart(_) => StartError::new("database-url", error),
    }
}

fn marker(settings: &Settings) -> PathBuf {
    settings.data.join("installation")
}

/// The data folder belongs to one database. Another or an empty database is a mistake.
fn check_marker(settings: &Settings, known: &Known) -> Result<(), StartError> {
    let file = marker(settings);
    let Ok(expected) = fs::read_to_string(&file) else { return Ok(()) };
    let found = known.main.map(|id| id.to_string());
    if found.as_deref() == Some(expected.trim()) {
        return Ok(());
    }
    let found = found.map_or_else(|| "no database or an empty one".to_owned(), |id| format!("installation {id}"));
    Err(StartError::new(
        "database-url",
        format!(
            "the data folder belongs to installation {}, and at this address is {found}; restore its database or name the \
             right one; to use another database on purpose, remove {}",
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
    format!("there is no folder {}; name the data folder of the service with --data", folder.display())
}

/// Creates the data folder for its owner alone, because it holds the database and the keys.
pub fn make_folder(folder: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}
