//! A database as text: what is stored, the keys that open it, and what people read of it.

use std::fs;
use std::path::Path;
use std::process::Command;

use mentorship::db::{Db, Engine};
use mentorship::secret;
use mentorship::vault::Ring;
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection, SqliteConnection};

use crate::harness::{SIGNER, TestApp};

/// Wraps the data keys of every dump. It is public, as the other keys of the dumps are: they protect nothing but the dumps.
const KEYRING: &str = "dump:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8";

/// A dump, as it is stored in the folder of a release.
pub struct Dump {
    pub engine: Engine,
    /// The database. On PostgreSQL with the schema of the keys.
    pub database: String,
    /// The file of the keys, on SQLite.
    pub file_of_keys: Option<String>,
    /// Key files by name, people by name, and answers to requests.
    world: Value,
}

/// The key ring of every dump.
pub fn ring() -> Ring {
    Ring::parse(KEYRING).expect("a ring")
}

/// The files of keys that the service needs beside the database.
pub fn key_files() -> Value {
    let token: Vec<u8> = (0..64).collect();
    json!({"keyring": KEYRING, "audit.key": secret::encode(&SIGNER), "token.key": secret::encode(&token)})
}

fn name(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "sqlite",
        Engine::Postgres => "postgres",
    }
}

impl Dump {
    /// The database of this service as it is now.
    pub async fn of(app: &TestApp, world: Value) -> Self {
        if matches!(app.db, Db::Postgres { .. }) {
            let database = dump_postgres(&app.url).await;
            return Self { engine: Engine::Postgres, database, file_of_keys: None, world };
        }
        let database = dump_sqlite(&app.url).await;
        let file_of_keys = Some(dump_sqlite(&app.url.replace("test.db", "test-keys.db")).await);
        Self { engine: Engine::Sqlite, database, file_of_keys, world }
    }

    pub fn write(&self, folder: &Path) {
        let write = |end: &str, text: &str| {
            fs::create_dir_all(folder).expect("a folder");
            fs::write(folder.join(format!("{}{end}", name(self.engine))), text).expect("it is written");
        };
        write(".sql", &self.database);
        if let Some(keys) = &self.file_of_keys {
            write("-keys.sql", keys);
        }
        write(".json", &self.world_text());
    }

    /// JSON with a line for each answer.
    fn world_text(&self) -> String {
        let reads: Vec<_> = self.reads().iter().map(Value::to_string).collect();
        let mut rest = self.world.clone();
        rest["reads"] = Value::Null;
        format!("{rest:#}\n").replace("\"reads\": null", &format!("\"reads\": [\n{}\n  ]", reads.join(",\n")))
    }

    pub fn read(engine: Engine, folder: &Path) -> Self {
        let read = |end: &str| {
            let file = folder.join(format!("{}{end}", name(engine)));
            fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
        };
        let file_of_keys = (engine == Engine::Sqlite).then(|| read("-keys.sql"));
        let world = serde_json::from_str(&read(".json")).expect("JSON");
        Self { engine, database: read(".sql"), file_of_keys, world }
    }

    /// The answers that people got: viewer, path and body.
    pub fn reads(&self) -> &[Value] {
        self.world["reads"].as_array().expect("a list")
    }

    /// Id and roles of a person.
    pub fn viewer(&self, name: &str) -> &Value {
        &self.world["viewers"][name]
    }

    /// An active pair of the mentor and the mentee.
    pub fn pair(&self) -> &str {
        self.world["pair"].as_str().expect("an id")
    }

    /// The key files, by name.
    pub fn keys(&self) -> &Value {
        &self.world["keys"]
    }

    /// Tables that it creates and has no row for.
    pub fn empty_tables(&self) -> Vec<String> {
        let mut empty = Vec::new();
        for text in [Some(&self.database), self.file_of_keys.as_ref()].into_iter().flatten() {
            let names =
                text.lines().filter_map(|line| line.to_lowercase().strip_prefix("create table ").map(str::to_owned));
            let names = names.filter_map(|line| line.split([' ', '(']).next().map(|name| name.replace('"', "")));
            empty.extend(names.filter(|name| {
                !text.contains(&format!("INSERT INTO {name} ")) && !text.contains(&format!("insert into \"{name}\" "))
            }));
        }
        let mut empty: Vec<_> = empty.iter().map(|name| name.trim_start_matches("public.").to_owned()).collect();
        empty.sort();
        empty
    }
}

/// The tables with their rows, then what refers to them: indexes and triggers.
async fn dump_sqlite(url: &str) -> String {
    let mut db = SqliteConnection::connect(url).await.expect("it opens");
    let schema = "select type, name, sql from sqlite_schema where sql is not null and name not like 'sqlite_%'
                  order by type <> 'table', rowid";
    let schema: Vec<(String, String, String)> = sqlx::query_as(schema).fetch_all(&mut db).await.expect("a schema");
    let mut text = String::new();
    for (kind, name, sql) in schema {
        text.extend([sql.as_str(), ";\n"]);
        if kind != "table" {
            continue;
        }
        let columns: Vec<String> = sqlx::query_scalar("select 'quote(\"' || name || '\")' from pragma_table_info($1)")
            .bind(&name)
            .fetch_all(&mut db)
            .await
            .expect("columns");
        let rows: &'static str = format!("select {} from \"{name}\"", columns.join(" || ', ' || ")).leak();
        let rows: Vec<String> = sqlx::query_scalar(rows).fetch_all(&mut db).await.expect("rows");
        text.extend(rows.into_iter().map(|row| format!("insert into \"{name}\" values ({row});\n")));
    }
    db.close().await.expect("it closes");
    text
}

/// What the server's own `pg_dump` writes, without what differs between its versions.
async fn dump_postgres(url: &str) -> String {
    let mut db = PgConnection::connect(url).await.expect("it opens");
    let programs = "select setting from pg_config where name = 'BINDIR'";
    let (programs,): (String,) = sqlx::query_as(programs).fetch_one(&mut db).await.expect("a folder");
    db.close().await.expect("it closes");
    let mut command = Command::new(Path::new(&programs).join("pg_dump"));
    command.args(["--no-owner", "--no-privileges", "--inserts", "--rows-per-insert=100", "--dbname", url]);
    let output = command.output().expect("pg_dump comes with PostgreSQL");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("text");
    let is_kept = |line: &&str| {
        !["\\restrict", "\\unrestrict", "SET transaction_timeout", "--"].iter().any(|start| line.starts_with(start))
    };
    text.lines().filter(is_kept).flat_map(|line| [line, "\n"]).collect()
}
