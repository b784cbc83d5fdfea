//! Who has the disk, a backup, a dump or the log has nobody's private words.

use std::fmt::Write as _;

use mentorship::db::{Db, Engine, Sql};

use super::page::Page;
use crate::harness::{Log, Setup, TestApp};
use crate::matrix::house::{Canary, House};
use crate::matrix::personas::Reach;

fn cry(canary: &Canary) -> String {
    format!("canary.{}.{}", canary.reach.name(), canary.name)
}

/// Every sealed column: those that hold bytes, besides fingerprints, hashes and signatures.
const SEALED: Sql = Sql {
    sqlite: "select t.name, c.name from sqlite_master t join pragma_table_info(t.name) c
             where t.type = 'table' and lower(c.type) = 'bytea'
                and c.name not in ('fingerprint', 'hash', 'mac', 'previous', 'voucher', 'signature') order by 1, 2",
    postgres: "select table_name::text, column_name::text from information_schema.columns
               where table_schema = 'public' and data_type = 'bytea'
                   and column_name not in ('fingerprint', 'hash', 'mac', 'previous', 'voucher', 'signature')
                   and table_name not like '\\_sqlx%' order by 1, 2",
};

fn leaked(sql: String) -> &'static str {
    Box::leak(sql.into_boxed_str())
}

/// Everything that is stored, as bytes: on SQLite the files, on PostgreSQL all rows of all tables.
async fn everything(app: &TestApp) -> Vec<u8> {
    if let Db::Sqlite { .. } = app.db {
        let file = std::path::Path::new(app.url.trim_start_matches("sqlite://"));
        let files = std::fs::read_dir(file.parent().expect("a folder")).expect("a folder");
        let files: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
        let names: Vec<_> = files.iter().map(|file| file.file_name().expect("a name").to_string_lossy()).collect();
        for name in ["test.db", "test.db-wal", "test-keys.db"] {
            assert!(names.contains(&name.into()), "no {name} in {names:?}");
        }
        return files.into_iter().flat_map(|file| std::fs::read(file).expect("it reads")).collect();
    }
    let mut tx = app.db.read().await.expect("a snapshot");
    let tables: Vec<(String,)> = tx
        .query("select schemaname || '.' || tablename from pg_tables where schemaname in ('public', 'keys')")
        .all()
        .await
        .expect("tables");
    assert!(tables.contains(&("keys.data_keys".to_owned(),)));
    let mut all = Vec::new();
    for (table,) in tables {
        let rows: Vec<(String,)> =
            tx.query(leaked(format!("select t::text from {table} t"))).all().await.expect("rows");
        all.extend(rows.into_iter().flat_map(|(row,)| row.into_bytes()));
    }
    all
}

fn holds(all: &[u8], words: &str) -> bool {
    let hex = words.bytes().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    [words.as_bytes(), hex.as_bytes()].iter().any(|part| all.windows(part.len()).any(|window| window == *part))
}

fn logged() -> Setup {
    Setup { log: Some(Log::default()), ..Setup::default() }
}

/// A house full of secrets, and what is stored of it. What a manager may see, too, is there in
/// the open: so the search finds what there is.
#[apply(on_both_engines!)]
#[set_up_by(logged())]
async fn no_private_word_is_stored_in_the_open(app: TestApp) {
    let page = Page::open(&format!("50 canaries on {:?}", app.db.engine()));
    let log = app.log.clone().expect("the set-up keeps it");
    log.listen();
    let mut house = House::new(app, &cry).await;
    house.furnish().await;
    // What fails is logged most.
    for (who, path) in [("mentor", "/v1/notes/{mentee_note}"), ("colleague", "/v1/sessions/{session}")] {
        let body = serde_json::json!({"text": cry(&house.canaries[0]), "colour": "red"}).to_string();
        house.send(who, "patch", &house.fill(path), Some(body.as_bytes()), &[]).await;
    }
    let (all, logged) = (everything(app).await, log.bytes());
    assert!(holds(&logged, "/v1/notes/{id}"), "a log that says nothing");
    let (mut hidden, mut open) = (0, 0);
    for canary in &house.canaries {
        let is_open = holds(&all, &cry(canary));
        match canary.reach {
            Reach::Private | Reach::NeverShared => hidden += 1,
            _ => open += 1,
        }
        let is_private = matches!(canary.reach, Reach::Private | Reach::NeverShared);
        assert_eq!(is_open, !is_private, "{}", cry(canary));
        assert!(!holds(&logged, &cry(canary)), "the log says {}", cry(canary));
    }
    assert!(hidden > 40 && open > 10, "{hidden} hidden, {open} open");
    let place = match app.db.engine() {
        Engine::Sqlite => "the files of database, keys and both journals",
        Engine::Postgres => "all rows of all tables, the keys' among them",
    };
    page.say(&format!("{hidden} private words searched in {place} ({} kB): none found", all.len() / 1000));
    page.say(&format!("{open} words for managers searched there: all found, so the search finds what there is"));
    page.say(&format!(
        "{} words searched in {} kB of log at its finest: none found",
        hidden + open,
        logged.len() / 1000
    ));
}

/// In every column that is sealed there is something in that house, and all of it is sealed.
#[apply(on_both_engines!)]
async fn every_sealed_column_is_sealed(app: TestApp) {
    let mut house = House::new(app, &cry).await;
    house.furnish().await;
    let mut tx = app.db.read().await.expect("a snapshot");
    let columns: Vec<(String, String)> = tx.query(SEALED).all().await.expect("columns");
    assert!(columns.len() >= 25, "{columns:?}");
    for (table, column) in columns {
        let stored = leaked(format!("select {column} from {table} where {column} is not null"));
        let stored: Vec<(Vec<u8>,)> = tx.query(stored).all().await.expect("values");
        assert!(!stored.is_empty(), "nobody wrote {table}.{column}");
        for (envelope,) in stored {
            // Version, key, writing, nonce and tag, and the text in steps of 32 bytes.
            assert!(envelope[0] == 2 && envelope.len() > 73 && (envelope.len() - 73) % 32 == 0, "{table}.{column}");
        }
    }
}
