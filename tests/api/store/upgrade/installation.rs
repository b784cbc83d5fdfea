//! A loaded dump, and the binary on it as an operator starts it.

use std::process::{Command, Stdio};

use chrono::TimeDelta;
use mentorship::auth::{LocalKey, TokenSubject};
use mentorship::clock::Clock;
use mentorship::secret;
use serde_json::Value;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection as _, PgConnection, SqliteConnection};

use super::dump::Dump;
use crate::harness::{Client, OWNER, Served, as_role, postgres_url};

/// A folder with the key files, and the database that goes with it.
pub struct Installation {
    folder: tempfile::TempDir,
    url: String,
}

impl Installation {
    /// The key files of a dump at a database.
    pub fn new(keys: &Value, url: String) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in keys.as_object().expect("files") {
            let text = format!("{}\n", text.as_str().expect("text"));
            secret::make(&folder.path().join(name), &text).expect("it is written");
        }
        Self { folder, url }
    }

    /// Loads a dump into an empty database. `None`: this machine has no such engine.
    pub async fn load(dump: &Dump) -> Option<Self> {
        let mut installation = Self::new(dump.keys(), String::new());
        installation.url = match &dump.file_of_keys {
            Some(keys) => {
                let file = |name: &str| format!("sqlite://{}", installation.folder.path().join(name).display());
                load_sqlite(&file("mentorship.db"), &dump.database).await;
                load_sqlite(&file("mentorship-keys.db"), keys).await;
                file("mentorship.db")
            }
            None => load_postgres(&dump.database).await?,
        };
        Some(installation)
    }

    /// Changes the database while no service runs.
    pub async fn change(&self, sql: &'static str) {
        if self.url.starts_with("sqlite") {
            let mut db = open_sqlite(&self.url).await;
            sqlx::raw_sql(sql).execute(&mut db).await.expect("it is changed");
            db.close().await.expect("it closes");
            return;
        }
        let mut db = PgConnection::connect(&self.url).await.expect("it opens");
        sqlx::raw_sql(sql).execute(&mut db).await.expect("it is changed");
        db.close().await.expect("it closes");
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mentorship"));
        command.args(words).arg("--data").arg(self.folder.path()).stdin(Stdio::null());
        command.env_remove("MENTORSHIP_KEYRING").env("DATABASE_URL", &self.url);
        command
    }

    /// What a command prints; as an error, if it fails.
    pub fn run(&self, words: &[&str]) -> Result<String, String> {
        let output = self.command(words).output().expect("it runs");
        let text = String::from_utf8([output.stdout, output.stderr].concat()).expect("text");
        if output.status.success() { Ok(text) } else { Err(text) }
    }

    pub fn serve(&self) -> Served {
        Served::start(self.command(&["serve", "--address", "127.0.0.1:0", "--rate-limit", "0"]), drop)
    }

    /// A person of the dump, by id and roles, at the running service.
    pub fn client(&self, served: &Served, viewer: &Value) -> Client {
        let id: uuid::Uuid = viewer["id"].as_str().expect("an id").parse().expect("an id");
        let roles = viewer["roles"].as_array().expect("roles").iter();
        let roles = roles.map(|role| role.as_str().expect("a role").to_owned()).collect();
        let key = LocalKey::read(&self.folder.path().join("token.key")).expect("a key");
        let token = key.sign(TokenSubject::Person(id.into(), roles), Clock::system().now(), TimeDelta::hours(1));
        Client::new(&served.address, Some(token.expect("it signs")))
    }
}

/// Without foreign keys: rows come before those that they refer to.
async fn open_sqlite(url: &str) -> SqliteConnection {
    let options: SqliteConnectOptions = url.parse().expect("an address");
    SqliteConnection::connect_with(&options.create_if_missing(true).foreign_keys(false)).await.expect("it opens")
}

async fn load_sqlite(url: &str, text: &str) {
    let mut db = open_sqlite(url).await;
    let text: &'static str = format!("begin;\n{text}\ncommit;").leak();
    sqlx::raw_sql(text).execute(&mut db).await.expect("it loads");
    let broken = sqlx::query("pragma foreign_key_check").fetch_all(&mut db).await.expect("an answer");
    assert!(broken.is_empty(), "{} rows refer to rows that are not there", broken.len());
    db.close().await.expect("it closes");
}

/// The owner of the tables loads the dump, and serves the database as well.
async fn load_postgres(text: &str) -> Option<String> {
    let url = postgres_url().await?;
    let mut server = PgConnection::connect(&url).await.expect("it answers");
    let (name,): (String,) =
        sqlx::query_as("select current_database()::text").fetch_one(&mut server).await.expect("a name");
    let create: &'static str = format!("create database {name}_loaded owner {OWNER} template template0").leak();
    sqlx::raw_sql(create).execute(&mut server).await.expect("an empty database");
    server.close().await.expect("it closes");
    let url = as_role(&url.replacen(&format!("/{name}?"), &format!("/{name}_loaded?"), 1), OWNER);
    let mut db = PgConnection::connect(&url).await.expect("it opens");
    let text: &'static str = text.to_owned().leak();
    sqlx::raw_sql(text).execute(&mut db).await.expect("it loads");
    db.close().await.expect("it closes");
    Some(url)
}
