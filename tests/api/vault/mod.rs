//! Private words at rest: what a thief of the disk finds, what a forger reaches, and how keys go.

mod binding;
mod commands;
mod erasure;
mod files;
mod forgery;
mod rotation;

use mentorship::ids::PersonId;
use serde_json::json;

use crate::harness::{Pair, TestApp};

/// A session of the pair.
async fn session(app: &TestApp, pair: &Pair) -> String {
    let input = json!({"pair_id": pair.id, "starts_at": "2026-03-02T09:00:00Z"});
    app.as_(pair.mentor).post("/v1/sessions", input).await.created().id()
}

/// Writes a note and tells its id.
async fn note(app: &TestApp, session: &str, author: PersonId, text: &str) -> String {
    app.as_(author).post(&format!("/v1/sessions/{session}/notes"), json!({"text": text})).await.created().id()
}

/// Does something to the database behind the service's back.
async fn alter(app: &TestApp, sql: &'static str) {
    let mut tx = app.db.write().await.expect("a unit of work");
    tx.query(sql).run().await.expect("it is done");
    tx.commit().await.expect("it commits");
}
