//! Erased people do not come back with a roster that still lists them.

use mentorship::privacy::erasure::repeat::repeat_erasures;
use mentorship::vault::Ring;
use serde_json::{Value, json};

use super::{events, names};
use crate::harness::{Client, Setup, TestApp};

async fn people(hr: &Client) -> usize {
    let everybody = hr.get("/v1/people?limit=200").await.ok().items().len();
    everybody + hr.get("/v1/people?status=departed&limit=200").await.ok().items().len()
}

async fn erased(hr: &Client, external_id: &str, email: &str) -> String {
    let id =
        hr.put(&format!("/v1/roster/{external_id}"), json!({"name": "Nora Gone", "email": email})).await.created().id();
    hr.put(&format!("/v1/roster/{external_id}"), json!({"status": "departed"})).await.ok();
    hr.post(&format!("/v1/people/{id}/erase"), json!({})).await.ok().has("/name", "Erased person");
    id
}

fn departed(email: &str) -> Value {
    json!({"name": "Nora Gone", "email": email, "status": "departed"})
}

/// How often the log has it that a name of an erased person is in use again.
async fn reuses(hr: &Client) -> usize {
    let all = hr.get("/v1/audit-events?limit=200").await.ok();
    all.items().iter().filter(|event| event["act"] == "reuse_erased_name").count()
}

/// However the entry spells them: it is answered, and nobody is there again.
#[apply(on_both_engines!)]
async fn a_departed_entry_brings_nobody_back(app: TestApp) {
    let hr = app.as_with(app.person().await, &["admin"]);
    erased(&hr, "E-9", "nora@example.com").await;
    erased(&hr, "J\u{f6}rg-1", "jorg@example.com").await;
    let before = people(&hr).await;
    for (external_id, email) in [
        ("E-9", "nora@example.com"),
        ("E-9", "other@example.com"),
        ("E-77", "nora@example.com"),
        ("e-9", "NORA@example.com"),
        ("E-78", "Nora@Example.COM"),
        ("%20E-9%20", "x@example.com"),
        ("Jo%CC%88rg-1", "x@example.com"),
    ] {
        let path = format!("/v1/roster/{external_id}");
        hr.put(&path, departed(email)).await.ok().has("/outcome", "erased").lacks("/name");
        let mut odd = departed(email);
        odd["title"] = json!("");
        let answer = hr.put(&path, odd).await.ok().has("/outcome", "erased");
        assert!(answer.body["ignored"].as_array().expect("a list").iter().any(|one| one["pointer"] == "/title"));
    }
    hr.put("/v1/roster/E-9", json!({"status": "departed"})).await.ok().has("/outcome", "erased");
    hr.put("/v1/roster/E-9", json!({"email": "?", "status": "departed"})).await.ok().has("/outcome", "erased");
    // Nor anybody who was never here.
    hr.put("/v1/roster/E-500", departed("never@example.com")).await.ok().has("/outcome", "unknown");
    hr.post("/v1/people", departed("never@example.com")).await.problem(422, "invalid_value").points_at("/status");
    hr.post("/v1/people", departed("nora@example.com")).await.problem(422, "invalid_value").points_at("/status");
    assert_eq!(people(&hr).await, before);
    assert_eq!(reuses(&hr).await, 0);
    assert!(
        hr.get("/v1/audit-events?limit=200")
            .await
            .ok()
            .items()
            .iter()
            .all(|event| event["record_ids"].as_array().is_some_and(|ids| !ids.is_empty()))
    );
}

/// Who is hired again is a new person, and the log has it.
#[apply(on_both_engines!)]
async fn whoever_is_active_again_is_somebody_new(app: TestApp) {
    let hr = app.as_with(app.person().await, &["admin"]);
    let old = erased(&hr, "E-9", "nora@example.com").await;
    let new = hr.put("/v1/roster/E-9", json!({"name": "Nora Back", "email": "nora@example.com"})).await.created().id();
    assert_ne!(old, new);
    assert_eq!(reuses(&hr).await, 1);
    // The nightly run after that is about the new one.
    hr.put("/v1/roster/E-9", departed("nora@example.com"))
        .await
        .ok()
        .has("/status", "departed")
        .has("/id", new.clone());
    assert_eq!(events(app, "person.departed", &new).await, 1);
    // Somebody else gets the address, or the id.
    erased(&hr, "E-10", "nina@example.com").await;
    let other = hr.post("/v1/people", json!({"name": "Nina Two", "email": "two@example.com"})).await.created().id();
    assert_eq!(reuses(&hr).await, 1);
    hr.patch(&format!("/v1/people/{other}"), json!({"email": "nina@example.com"})).await.ok();
    assert_eq!(reuses(&hr).await, 2);
    hr.patch(&format!("/v1/people/{other}"), json!({"external_id": "e-10"})).await.ok();
    assert_eq!(reuses(&hr).await, 3);
    hr.patch(&format!("/v1/people/{other}"), json!({"title": "Engineer"})).await.ok();
    assert_eq!(reuses(&hr).await, 3);
}

/// Earlier addresses and ids of the erased are theirs, too; those of the living are nobody's business.
#[apply(on_both_engines!)]
async fn earlier_names_do_not_bring_them_back(app: TestApp) {
    let hr = app.as_with(app.person().await, &["admin"]);
    let id = hr.put("/v1/roster/E-1", json!({"name": "Ada", "email": "maiden@example.com"})).await.created().id();
    hr.put("/v1/roster/E-1", json!({"name": "Ada", "email": "married@example.com"})).await.ok();
    hr.patch(&format!("/v1/people/{id}"), json!({"external_id": "E-2"})).await.ok();
    let unknown = async |outcome: &str| {
        hr.put("/v1/roster/E-1", json!({"status": "departed"})).await.ok().has("/outcome", outcome);
        hr.put("/v1/roster/E-3", departed("maiden@example.com")).await.ok().has("/outcome", outcome);
    };
    unknown("unknown").await;
    hr.post(&format!("/v1/people/{id}/erase"), json!({"confirm": "married@example.com"})).await.ok();
    unknown("erased").await;
    hr.put("/v1/roster/E-2", json!({"status": "departed"})).await.ok().has("/outcome", "erased");
    hr.put("/v1/roster/E-3", departed("married@example.com")).await.ok().has("/outcome", "erased");
}

/// The command line adds somebody new as well, and another process knows whom not to bring back.
#[apply(on_both_engines!)]
async fn another_process_does_not_forget(app: TestApp) {
    let hr = app.as_with(app.person().await, &["admin"]);
    erased(&hr, "E-9", "nora@example.com").await;
    mentorship::token::add_person(&app.state, "nora@example.com", "Nora Back").await.expect("it adds");
    assert_eq!(reuses(&hr).await, 1);
    assert!(names(hr.get("/v1/people?limit=200").await.ok().items()).contains(&"Nora Back"));
    let other = app.beside();
    other
        .as_with(app.person().await, &["admin"])
        .put("/v1/roster/E-9", json!({"status": "departed"}))
        .await
        .ok()
        .has("/outcome", "erased");
    other.leave().await;
    assert_eq!(repeat_erasures(&app.db, &app.clock).await.expect("it is in line"), 0);
}

/// Another key of the ring opens the same data key, and with it the hashes are the same.
#[actix_web::test]
async fn a_rotated_ring_knows_whom_not_to_bring_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("keyring");
    let ring = Ring::read_or_make(&file).expect("a ring");
    let app = TestApp::on_sqlite_with(Setup { ring: Some(ring.clone()), ..Setup::default() }).await;
    let hr = app.as_with(app.person().await, &["admin"]);
    erased(&hr, "E-9", "nora@example.com").await;
    ring.rotate().expect("it rotates");
    while app.db.keys().rewrap().await.expect("it is wrapped anew") > 0 {}
    let newest = std::fs::read_to_string(&file).expect("it reads");
    let newest = Ring::parse(newest.lines().next().expect("a line")).expect("a ring");
    let rotated = app.apart(newest).await;
    let again = rotated.as_with(app.person().await, &["admin"]);
    again.put("/v1/roster/E-9", json!({"status": "departed"})).await.ok().has("/outcome", "erased");
    rotated.stop().await;
    app.stop().await;
}
