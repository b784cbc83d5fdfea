//! The files of an embedded database: readable only by their owner, served by one process, and not replaced while open.
//!
//! SQLite does not notice when a file that it has open is deleted or replaced: it goes on writing to a file that is
//! lost. It also does not notice when a backup was copied over a database that still has the write-ahead log of a
//! crash: it applies the log to the wrong pages. This module detects both.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// A file that must not be replaced or deleted.
#[derive(Clone, Debug)]
pub struct Watched {
    path: Arc<Path>,
    inode: (u64, u64),
}

/// Metadata of a file: device, inode, length, and the time of the last change (seconds, nanoseconds).
type Stamp = (u64, u64, u64, i64, i64);

/// The right of one process to serve a database. It ends with the process, also after a crash.
#[derive(Debug)]
pub struct Lock {
    file: File,
    database: PathBuf,
    /// Stays open, because closing any handle of a database drops the locks of SQLite in this process.
    handle: File,
}

/// The files of the database and of its write-ahead log.
#[derive(Clone, Debug)]
pub struct Files {
    database: Watched,
    log: PathBuf,
    log_seen: Arc<OnceLock<Watched>>,
    lock: Option<Arc<Lock>>,
}

impl Watched {
    /// The file as it is now.
    pub fn new(path: &Path) -> io::Result<Self> {
        let found = fs::metadata(path)?;
        Ok(Self { path: path.into(), inode: (found.dev(), found.ino()) })
    }

    /// Fails if the file was replaced, deleted or made read-only. Costs one system call.
    pub fn check(&self) -> sqlx::Result<()> {
        let wrong = match fs::metadata(&self.path) {
            Ok(found) if (found.dev(), found.ino()) != self.inode => "was replaced while the service runs",
            Ok(found) if found.mode() & 0o200 == 0 => "was made read-only while the service runs",
            Ok(_) => return Ok(()),
            Err(_) => "is gone while the service runs",
        };
        let what = format!("{} {wrong}", self.path.display());
        tracing::error!(
            event = "database.file_lost",
            "database: {what}; changes get 503; put the same file back, or stop the service, restore a backup and \
             start"
        );
        Err(sqlx::Error::Io(io::Error::new(io::ErrorKind::ReadOnlyFilesystem, what)))
    }
}

impl Files {
    /// The files of the open database at `path`.
    pub fn new(path: &Path, lock: Option<Lock>) -> io::Result<Self> {
        let (database, log) = (Watched::new(path)?, beside(path, "-wal"));
        Ok(Self { database, log, log_seen: Arc::default(), lock: lock.map(Arc::new) })
    }

    /// Fails if the files of the last commit are not the ones that the next process will open.
    pub fn check(&self) -> sqlx::Result<()> {
        self.database.check()?;
        let Some(log) = self.log_seen.get() else {
            // The log exists after the first commit and stays as long as the database is open.
            if let Ok(log) = Watched::new(&self.log) {
                let _ = self.log_seen.set(log);
            }
            return Ok(());
        };
        log.check()
    }

    /// Length of the write-ahead log, in bytes.
    pub fn log_length(&self) -> u64 {
        fs::metadata(&self.log).map_or(0, |found| found.len())
    }

    /// The lock that records checkpoints. `None`: another process makes the checkpoints.
    pub fn lock(&self) -> Option<Arc<Lock>> {
        self.lock.clone()
    }
}

impl Lock {
    /// Takes the right to serve the database at `path`, which must exist. `Ok(None)`: another process has the right.
    pub fn take(path: &Path) -> io::Result<Option<Self>> {
        let database = fs::canonicalize(path)?;
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create(true).truncate(false).mode(0o600).open(lock_of(&database))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        let handle = File::open(&database)?;
        Ok(Some(Self { file, database, handle }))
    }

    /// The id of the last process that took the lock. If a process serves the database, it is that one.
    pub fn holder(path: &Path) -> Option<String> {
        let text = fs::read_to_string(lock_of(&fs::canonicalize(path).ok()?)).ok()?;
        text.lines().next().and_then(|line| line.strip_prefix("process ")).map(str::to_owned)
    }

    /// Whether the database file is as the last process left it, judged by its metadata. If not, a log that a crash
    /// left does not belong to the file.
    pub fn is_as_left(&self) -> io::Result<bool> {
        let mut text = String::new();
        let mut file = &self.file;
        file.seek(SeekFrom::Start(0))?;
        file.read_to_string(&mut text)?;
        let mut lines = text.lines().skip(1);
        // In a copy of the whole folder every inode differs, so the metadata cannot be compared.
        let is_original = lines.next() == Some(&format!("lock {}", self.file.metadata()?.ino()));
        let left = lines.next().unwrap_or("checkpointing");
        Ok(!is_original || left == "checkpointing" || left == as_line(&self.stamp()?))
    }

    /// Records that a checkpoint begins: the log is about to be moved into the database.
    pub fn begin_checkpoint(&self) -> io::Result<()> {
        self.note("checkpointing")
    }

    /// Records the metadata of the database after a checkpoint.
    pub fn end_checkpoint(&self) -> io::Result<()> {
        self.handle.sync_all()?;
        self.note(&as_line(&self.stamp()?))
    }

    fn stamp(&self) -> io::Result<Stamp> {
        let found = fs::metadata(&self.database)?;
        Ok((found.dev(), found.ino(), found.len(), found.mtime(), found.mtime_nsec()))
    }

    fn note(&self, left: &str) -> io::Result<()> {
        let mut file = &self.file;
        let text = format!("process {}\nlock {}\n{left}\n", std::process::id(), self.file.metadata()?.ino());
        file.seek(SeekFrom::Start(0))?;
        file.write_all(text.as_bytes())?;
        self.file.set_len(text.len() as u64)?;
        self.file.sync_all()
    }
}

fn as_line((device, inode, length, seconds, nanoseconds): &Stamp) -> String {
    format!("database {device} {inode} {length} {seconds}.{nanoseconds:09}")
}

fn lock_of(database: &Path) -> PathBuf {
    beside(database, ".lock")
}

/// A file that SQLite, or this module, keeps beside a database.
pub fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// Whether there is a database: a file that is not empty.
pub fn exists(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| found.len() > 0)
}

/// Gives only the owner access to a database and the files beside it, whatever the folder and the umask allow. Creates
/// the file if it does not exist. SQLite gives the files that it creates beside it the same mode.
pub fn make_private(path: &Path) -> io::Result<()> {
    OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
    for end in ["", "-wal", "-shm", "-journal"] {
        let file = beside(path, end);
        match fs::metadata(&file) {
            Ok(found) if found.mode() & 0o077 != 0 => fs::set_permissions(&file, fs::Permissions::from_mode(0o600))?,
            _ => {}
        }
    }
    Ok(())
}
