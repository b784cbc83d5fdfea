//! A throw-away PostgreSQL for the whole test run, started from the server's binaries if this
//! machine has them. CI sets `MENTORSHIP_TEST_POSTGRES=required` and refuses to go without.

use super::is_required;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use mentorship::db::{Db, Durability};
use mentorship::vault::Ring;
use sqlx::{Connection as _, Executor as _};
use tokio::sync::{Mutex, OnceCell};

static SERVER: OnceCell<Option<PathBuf>> = OnceCell::const_new();
static DATABASES: AtomicU32 = AtomicU32::new(0);
/// Databases are copied one at a time: a template must have no other visitor.
static COPY: Mutex<()> = Mutex::const_new(());

/// Who owns the tables, and no superuser.
pub const OWNER: &str = "mentorship_owner";
/// Who serves behind row security.
pub const SERVANT: &str = "mentorship_app";

/// The same database as another role.
pub fn as_role(url: &str, role: &str) -> String {
    url.replacen("postgres://postgres@", &format!("postgres://{role}@"), 1)
}

/// A fresh, migrated database. `None`: this machine has no PostgreSQL and nobody insists.
pub async fn database() -> Option<String> {
    let folder = SERVER.get_or_init(start).await.as_ref()?;
    let name = format!("t{}", DATABASES.fetch_add(1, Ordering::Relaxed));
    let mut admin = sqlx::PgConnection::connect(&address(folder, "postgres")).await.expect("the server answers");
    let _copying = COPY.lock().await;
    let create: &'static str =
        Box::leak(format!("create database {name} owner {OWNER} template migrated").into_boxed_str());
    admin.execute(create).await.expect("a database is copied from the template");
    admin.close().await.expect("the connection closes");
    Some(address(folder, &name))
}
async fn start() -> Option<PathBuf> {
    let Some(binaries) = find_binaries() else {
        assert!(
            !is_required("MENTORSHIP_TEST_POSTGRES"),
            "no PostgreSQL server binaries here; install the package postgresql"
        );
        eprintln!("PostgreSQL is not installed: its half of the tests does not run. Install postgresql to run both.");
        return None;
    };
    let folder = tempfile::tempdir().expect("a temporary folder").keep();
    let owner = owner_for(&folder);
    let run = |program: &str, arguments: &[&str]| {
        let mut command = Command::new(binaries.join(program));
        command.args(arguments).current_dir(&folder).stdin(Stdio::null()).stdout(Stdio::null());
        if let Some(id) = owner {
            command.uid(id).gid(id);
        }
        assert!(command.status().expect("it starts").success(), "{program} fails");
    };
    let data = folder.join("data").display().to_string();
    run("initdb", &["-D", &data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"]);
    // The shell holds our end of a pipe: when the tests end, however they end, the server does too.
    let script = format!(
        "'{}/postgres' -D '{data}' -k '{}' -c listen_addresses= -c fsync=off -c full_page_writes=off \
         -c max_connections=200 -c shared_buffers=64MB -c autovacuum=off >'{}/log' 2>&1 & server=$!; cat >/dev/null; \
         kill -INT $server; wait $server; rm -rf '{}'",
        binaries.display(),
        folder.display(),
        folder.display(),
        folder.display(),
    );
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", &script]).current_dir(&folder).stdin(Stdio::piped()).stdout(Stdio::null());
    if let Some(id) = owner {
        shell.uid(id).gid(id);
    }
    let child = shell.spawn().expect("a shell");
    std::mem::forget(child);
    let url = address(&folder, "postgres");
    let mut patience = 200;
    let mut admin = loop {
        match sqlx::PgConnection::connect(&url).await {
            Ok(connection) => break connection,
            Err(error) => {
                patience -= 1;
                assert!(patience > 0, "PostgreSQL does not start: {error}");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    };
    let roles = "create role mentorship_owner login; create role mentorship_app login;
        create role mentorship_member login in role mentorship_owner; create role mentorship_dumper login bypassrls";
    admin.execute(roles).await.expect("roles");
    admin.execute("create database migrated owner mentorship_owner").await.expect("a template");
    let url = as_role(&address(&folder, "migrated"), OWNER);
    let template = Db::open(&url, 1, Durability::Relaxed, Ring::of_one()).await.expect("it opens");
    template.migrate().await.expect("the migrations run");
    template.close().await;
    Some(folder)
}

fn address(folder: &Path, database: &str) -> String {
    format!("postgres://postgres@localhost/{database}?host={}", folder.display())
}
#[expect(clippy::disallowed_methods, reason = "where the machine keeps its programs")]
fn find_binaries() -> Option<PathBuf> {
    let mut versions: Vec<_> = std::fs::read_dir("/usr/lib/postgresql")
        .ok()
        .into_iter()
        .flatten()
        .flatten()
        .map(|v| v.path().join("bin"))
        .collect();
    versions.sort();
    let path = std::env::var("PATH").unwrap_or_default();
    let everywhere = versions.into_iter().rev().chain(path.split(':').map(PathBuf::from));
    everywhere.into_iter().find(|folder| folder.join("initdb").exists() && folder.join("postgres").exists())
}

/// PostgreSQL refuses to run as root; then the folder goes to `nobody`.
fn owner_for(folder: &Path) -> Option<u32> {
    const NOBODY: u32 = 65_534;
    chown(folder, Some(NOBODY), Some(NOBODY)).is_ok().then_some(NOBODY)
}
