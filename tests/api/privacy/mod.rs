//! What people may do with what the service knows of them.

mod disclosure;
mod erasure;
mod export;
mod mail_files;
mod retention;
pub mod tables;

use mentorship::ids::PersonId;
use serde_json::{Value, json};
use sqlx::Connection as _;

use crate::harness::{Answer, Pair, TestApp};

/// A session of the pair.
async fn session(app: &TestApp, pair: &Pair) -> String {
    let input = json!({"pair_id": pair.id, "starts_at": "2026-03-02T09:00:00Z"});
    app.as_(pair.mentor).post("/v1/sessions", input).await.created().id()
}

/// Writes something and tells its id.
async fn write(app: &TestApp, author: PersonId, path: &str, body: Value) -> String {
    app.as_(author).post(path, body).await.created().id()
}

/// Asks to open a value for an audience.
async fn disclose(app: &TestApp, who: PersonId, field: &str, record: &str, audience: &str) -> Answer {
    app.as_(who).post("/v1/disclosures", json!({"field": field, "record_id": record, "audience": audience})).await
}

/// Brings what SQLite has in its log into its file.
async fn checkpoint(app: &TestApp) {
    let file = app.url.trim_start_matches("sqlite://");
    let mut own = sqlx::SqliteConnection::connect(file).await.expect("it opens");
    sqlx::query("pragma wal_checkpoint(truncate)").execute(&mut own).await.expect("it is done");
    own.close().await.expect("it closes");
}
