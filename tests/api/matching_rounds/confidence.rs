//! A plan is for the leads of its program alone.

use mentorship::policy::Scope;
use serde_json::json;

use super::club::{Club, path_of};
use crate::harness::TestApp;

/// For everybody else there is no matching round and no draft, whoever is in it; nor does anything else tell of it.
#[apply(on_both_engines!)]
async fn nobody_else_knows_of_a_plan(app: TestApp) {
    let club = Club::new(app, 1, 2).await;
    let mentee = app.as_(club.mentees[0]);
    let before = mentee.get("/v1/me/export").await;
    let path = club.round(json!({})).await;
    let draft = path_of(&club.draft_of(&path, club.mentees[0]).await);
    let other_lead = app.person().await;
    app.program(other_lead).await;
    for stranger in [
        mentee.clone(),
        app.as_(club.mentors[0]),
        app.as_(app.person().await),
        app.as_with(other_lead, &["coordinator"]),
        app.as_(club.coordinator),
        app.as_service(app.service_account(&Scope::ALL).await, &Scope::ALL),
    ] {
        for hidden in [path.clone(), format!("{path}/drafts"), format!("{path}/stream"), draft.clone()] {
            stranger.get(&hidden).await.problem(404, "not_found");
        }
        for act in ["plan", "publish", "undo"] {
            stranger.post(&format!("{path}/{act}"), json!({})).await.problem(404, "not_found");
        }
        stranger.patch(&draft, json!({"is_locked": true})).await.problem(404, "not_found");
        for act in ["refuse", "swap"] {
            let body = if act == "swap" {
                json!({"other_draft_id": "01988b64-97e0-7d1e-a3b5-6d7e8f9a0b1c"})
            } else {
                json!({})
            };
            stranger.post(&format!("{draft}/{act}"), body).await.problem(404, "not_found");
        }
        let listed = stranger.get(&format!("/v1/matching-rounds?program_id={}&count=exact", club.id)).await;
        assert!(listed.status == 403 || listed.body["total"] == 0, "{}", listed.body);
    }
    app.as_(club.mentees[0])
        .post(&format!("/v1/programs/{}/matching-rounds", club.id), json!({}))
        .await
        .problem(403, "not_allowed");
    let admin = app.as_with(app.person().await, &["admin"]);
    admin.get(&draft).await.ok().has("/withheld", json!([]));
    admin.get("/v1/matching-rounds?count=exact").await.ok().has("/total", 1);
    assert_eq!(mentee.get("/v1/me/export").await.status, before.status);
}
