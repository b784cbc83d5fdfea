//! The files of an embedded database: for their owner alone, served by one process, and still the ones that were opened.
//!
//! SQLite does not notice when somebody deletes or replaces a file that it has open: it goes on writing where nobody will
//! ever read. And it does not notice when a backup was copied over a database whose write-ahead log is left from a crash:
//! it applies the log to pages that it was not written for. Both are found here.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// A file that must stay where it is.
#[derive(Clone, Debug)]
pub struct Watched {
    path: Arc<Path>,
    inode: (u64, u64),
}

/// What a file system tells of a file: which one it is, how long, and when it was written.
type Stamp = (u64, u64, u64, i64, i64);

/// The right of one process to serve a database; given back when the process ends, however it ends.
#[derive(Debug)]
pub struct Lock {
    file: File,
    database: PathBuf,
    /// Stays open: closing any handle of a database would drop the locks that SQLite holds on it in this process.
    handle: File,
}

/// The database and its write-ahead log, as the writer sees them.
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

    /// Whether it is still there and may be written. Costs a system call.
    pub fn check(&self) -> sqlx::Result<()> {
        let wrong = match fs::metadata(&self.path) {
            Ok(found) if (found.dev(), found.ino()) != self.inode => "was replaced while the service runs",
            Ok(found) if found.mode() & 0o200 == 0 => "was made read-only while the service runs",
            Ok(_) => return Ok(()),
            Err(_) => "is gone while the service runs",
        };
        let told = format!("{} {wrong}", self.path.display());
        tracing::error!(
            event = "database.file_lost",
            "database: {told}; nothing more is written; bring the file back or restore a backup, then restart"
        );
        Err(sqlx::Error::Io(io::Error::new(io::ErrorKind::ReadOnlyFilesystem, told)))
    }
}

impl Files {
    /// The files of the open database at `path`.
    pub fn new(path: &Path, lock: Option<Lock>) -> io::Result<Self> {
        let (database, log) = (Watched::new(path)?, beside(path, "-wal"));
        Ok(Self { database, log, log_seen: Arc::default(), lock: lock.map(Arc::new) })
    }

    /// Whether what was committed just now is where the next process will look for it.
    pub fn check(&self) -> sqlx::Result<()> {
        self.database.check()?;
        let Some(log) = self.log_seen.get() else {
            // The log stays as long as the database is open, and was written by now.
            if let Ok(log) = Watched::new(&self.log) {
                let _ = self.log_seen.set(log);
            }
            return Ok(());
        };
        log.check()
    }

    /// Bytes in the write-ahead log.
    pub fn log_length(&self) -> u64 {
        fs::metadata(&self.log).map_or(0, |found| found.len())
    }

    /// What to note before and after the log goes into the database; `None` where another process does that.
    pub fn lock(&self) -> Option<Arc<Lock>> {
        self.lock.clone()
    }
}

impl Lock {
    /// Takes the right to serve the database at `path`, which exists. `Ok(None)`: another process has it.
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

    /// Which process noted something last: the one that serves, if any does.
    pub fn holder(path: &Path) -> Option<String> {
        let text = fs::read_to_string(lock_of(&fs::canonicalize(path).ok()?)).ok()?;
        text.lines().next().and_then(|line| line.strip_prefix("process ")).map(str::to_owned)
    }

    /// Whether the database is as the last process left it, as far as files tell. Where a log is left from a crash and
    /// something else wrote the database since, the two do not fit.
    pub fn is_as_left(&self) -> io::Result<bool> {
        let mut text = String::new();
        let mut file = &self.file;
        file.seek(SeekFrom::Start(0))?;
        file.read_to_string(&mut text)?;
        let mut lines = text.lines().skip(1);
        // In a copy of the whole folder all files are others; then only their contents tell.
        let is_original = lines.next() == Some(&format!("lock {}", self.file.metadata()?.ino()));
        let left = lines.next().unwrap_or("checkpointing");
        Ok(!is_original || left == "checkpointing" || left == told(&self.stamp()?))
    }

    /// Notes that the log is about to go into the database.
    pub fn begin_checkpoint(&self) -> io::Result<()> {
        self.note("checkpointing")
    }

    /// Notes what the database looks like until the next checkpoint.
    pub fn end_checkpoint(&self) -> io::Result<()> {
        self.handle.sync_all()?;
        self.note(&told(&self.stamp()?))
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

fn told((device, inode, length, seconds, nanoseconds): &Stamp) -> String {
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

/// Whether there is a database: a file that holds something.
pub fn exists(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| found.len() > 0)
}

/// Lets nobody but the owner read or write a database and what is kept beside it, whatever the folder and the umask allow;
/// makes the file if need be. SQLite gives what it makes beside it the same mode.
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
