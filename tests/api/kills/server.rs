//! The binary as an operator starts it, in a folder of its own.

use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::harness::{Client, Served};

/// Where the service keeps what it must not lose.
pub struct Home {
    folder: TempDir,
    /// `None`: a SQLite file in the folder.
    database: Option<String>,
    /// Besides what every service here gets.
    more: Vec<&'static str>,
    /// A file of certificates that it trusts, in place of the machine's.
    trusted: Option<PathBuf>,
}

/// The database of a home, beside the service.
pub enum Pool {
    Sqlite(sqlx::SqlitePool),
    Postgres(sqlx::PgPool),
}

impl Pool {
    /// What a query of one number comes to.
    pub async fn count(&self, sql: &'static str) -> i64 {
        match self {
            Self::Sqlite(pool) => sqlx::query_scalar(sql).fetch_one(pool).await,
            Self::Postgres(pool) => sqlx::query_scalar(sql).fetch_one(pool).await,
        }
        .expect("a count")
    }

    pub async fn run(&self, sql: &'static str) {
        match self {
            Self::Sqlite(pool) => sqlx::query(sql).execute(pool).await.map(drop),
            Self::Postgres(pool) => sqlx::query(sql).execute(pool).await.map(drop),
        }
        .expect("it runs");
    }
}

/// A running service.
pub struct Server(Served);

impl Home {
    pub fn new(database: Option<String>) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self { folder, database, more: Vec::new(), trusted: None }
    }

    /// Lets it call webhooks on this machine.
    pub fn calling_near(mut self) -> Self {
        self.more.push("--webhook-allow-private");
        self
    }

    pub fn trusting(self, certificates: PathBuf) -> Self {
        Self { trusted: Some(certificates), ..self }
    }

    /// Another connection to the same database.
    pub async fn pool(&self) -> Pool {
        if let Some(url) = &self.database {
            return Pool::Postgres(sqlx::PgPool::connect(url).await.expect("a connection"));
        }
        let file = format!("sqlite://{}", self.folder.path().join("mentorship.db").display());
        Pool::Sqlite(sqlx::SqlitePool::connect(&file).await.expect("a connection"))
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mentorship"));
        command.args(arguments).args(["--database-connections", "8", "--rate-limit", "0"]);
        command
            .args(["--log", "warn,mentorship=info,mentorship::http=warn"])
            .env("MENTORSHIP_DATA", self.folder.path());
        if let Some(certificates) = &self.trusted {
            command.env("SSL_CERT_FILE", certificates);
        }
        match &self.database {
            Some(url) => command.env("DATABASE_URL", url),
            None => command.env_remove("DATABASE_URL"),
        };
        command.stdin(Stdio::null());
        command
    }

    pub fn start(&self) -> Server {
        let command = self.command(&[&["serve", "--address", "127.0.0.1:0"], &self.more[..]].concat());
        // Whatever else it says is for who looks into a failure.
        Server(Served::start(command, |line| eprintln!("{line}")))
    }

    /// A bearer token from the command line.
    pub fn token(&self, arguments: &[&str]) -> String {
        let output = self.command(&[&["token", "person"], arguments].concat()).output().expect("it runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text").trim().to_owned()
    }
}

impl Home {
    /// Whatever happened to the service, nobody tampered with its audit log.
    pub fn verify(&self) {
        let output = self.command(&["audit", "verify"]).output().expect("it runs");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    }
}

impl Server {
    pub fn client(&self, token: &str) -> Client {
        Client::new(&self.0.address, Some(token.to_owned()))
    }

    pub fn id(&self) -> u32 {
        self.0.child.id()
    }

    /// How it ended.
    pub async fn wait(&mut self) -> ExitStatus {
        let asked = Instant::now();
        loop {
            if let Some(status) = self.0.child.try_wait().expect("it is a child") {
                return status;
            }
            assert!(asked.elapsed() < Duration::from_secs(20), "it does not end");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

/// Sends a signal to one process.
pub fn signal(name: &str, process: u32) {
    let sent = Command::new("kill").args([name, &process.to_string()]).status();
    assert!(sent.expect("kill runs").success());
}
