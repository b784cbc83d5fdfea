//! Who looked and who changed what: noted, written, chained, verified, and told to whom it concerns.

mod attacks;
mod chains;
mod live;
mod reads;
mod runs;

use mentorship::audit_log::{Signer, Verdict, verify};
use mentorship::db::Sql;
use mentorship::ids::PersonId;
use serde_json::{Value, json};

use crate::harness::{Pair, SIGNER, TestApp};

/// A session of the pair.
async fn session(app: &TestApp, pair: &Pair) -> String {
    let input = json!({"pair_id": pair.id, "starts_at": "2026-03-02T09:00:00Z"});
    app.as_(pair.mentor).post("/v1/sessions", input).await.created().id()
}

/// Writes a note and tells its id.
async fn note(app: &TestApp, session: &str, author: PersonId) -> String {
    app.as_(author).post(&format!("/v1/sessions/{session}/notes"), json!({"text": "Hush"})).await.created().id()
}

/// The log as an admin gets it, oldest first.
async fn log(app: &TestApp, filter: &str) -> Vec<Value> {
    let admin = app.as_with(app.person().await, &["admin"]);
    let mut events = admin.get(&format!("/v1/audit-events?limit=200{filter}")).await.ok().items().clone();
    events.reverse();
    events
}

/// Who else read what somebody wrote, newest first.
async fn accesses(app: &TestApp, author: PersonId) -> Vec<Value> {
    app.as_(author).get("/v1/me/access-log").await.ok().items().clone()
}

/// Does something to the database behind the service's back.
async fn alter(app: &TestApp, sql: impl Into<Sql>) {
    let mut tx = app.db.write().await.expect("a unit of work");
    tx.query(sql).run().await.expect("it is done");
    tx.commit().await.expect("it commits");
}

/// The same, with a text that the test makes up.
async fn alter_with(app: &TestApp, sqlite: String, postgres: String) {
    alter(app, Sql { sqlite: sqlite.leak(), postgres: postgres.leak() }).await;
}

/// What `audit verify` says.
async fn verdict(app: &TestApp) -> Verdict {
    let signer = Signer::new(&SIGNER).expect("a key");
    verify(&mut app.db.read().await.expect("a snapshot"), &signer, None).await.expect("it is read")
}

/// Chains and signs all that was done.
async fn sign(app: &TestApp) {
    app.state.audit_log().settle().await.expect("it is written");
    app.state.audit_log().sign_and_finish().await.expect("it is signed");
}

/// Waits until the service has written again what somebody took from its log. Until then it says that the log cannot be
/// written.
pub async fn put_right(app: &TestApp) {
    while app.state.audit_log().settle().await.is_err() {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

/// Ten links at least, signed to the last.
async fn chain(app: &TestApp) -> Pair {
    let pair = app.pair().await;
    let session = session(app, &pair).await;
    for _ in 0..4 {
        app.clock.advance(chrono::TimeDelta::seconds(1));
        let note = note(app, &session, pair.mentor).await;
        app.as_(pair.mentee).get(&format!("/v1/notes/{note}")).await.ok();
    }
    sign(app).await;
    pair
}
