//! What is dumped: the organisation of the matrix, with a row in as many tables as possible.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::dump::{Dump, key_files};
use super::installation::Installation;
use crate::harness::TestApp;
use crate::matrix::house::{Canary, House};
use crate::matrix::personas::PEOPLE;
use crate::matrix::table::{documented, renew, rows};

/// Reads whose answers change with the time, because of background jobs or with every request.
const TIME_DEPENDENT: &[&str] = &[
    "list_accesses",
    "list_audit_events",
    "list_deliveries",
    "list_mentor_invitations",
    "list_mentor_requests",
    "list_notices",
    "list_pair_health",
    "list_retention_rules",
    "list_suggestions",
    "read_fairness_report",
    "read_mentor_invitation",
    "read_mentor_request",
    "read_pair_health",
    "read_suggestion_request",
    "stream_matching_round",
    "stream_notices",
];

/// Members of answers that do so.
const TIME_DEPENDENT_MEMBERS: [&str; 4] = ["exported_at", "index", "next_updated_after", "notices"];

/// Builds the organisation in an empty service and dumps it.
pub async fn dump(app: &TestApp) -> Dump {
    let mut house = House::new(app, &|canary: &Canary| canary.name.clone()).await;
    house.furnish().await;
    use_the_rest(&mut house).await;
    let reads = reads(&mut house).await;
    app.state.audit_log().settle().await.expect("it is written");
    app.state.audit_log().sign_and_finish().await.expect("it is signed");
    // The first command makes the database an installation, with the fingerprints of its keys.
    let installation = Installation::new(&key_files(), app.url.clone());
    installation.run(&["token", "person", "first@example.com", "--create", "First Admin"]).expect("a first person");
    installation.run(&["audit", "verify"]).expect("a sound audit log");
    let viewer = |who: &str| viewer(&house, who);
    let world = json!({
        "about": "Written by tests/upgrade/dump.sh. The keys are for this test alone and protect nothing.",
        "keys": key_files(),
        "viewers": {"admin": viewer("admin"), "mentor": viewer("mentor"), "mentee": viewer("mentee")},
        "pair": house.ids["pair"],
        "reads": reads,
    });
    Dump::of(app, world).await
}

fn viewer(house: &House<'_>, who: &str) -> Value {
    let roles: &[&str] = match who {
        "admin" => &["admin"],
        "lead" | "other_lead" => &["coordinator"],
        _ => &[],
    };
    json!({"id": house.ids[who], "roles": roles})
}

/// What the matrix leaves out, and the background jobs.
async fn use_the_rest(house: &mut House<'_>) {
    // Nothing here may call another machine.
    house.act("admin", "patch", "/v1/webhooks/{webhook}", json!({"is_enabled": false})).await;
    house.act("mentor", "patch", "/v1/me/notice-preferences", json!({"mail_off": ["goals"]})).await;
    let repeat = json!({"cadence": "biweekly", "times": 3});
    let series = json!({"pair_id": "{other_pair}", "starts_at": "2026-03-09T14:00:00Z", "repeat": repeat});
    house.make("series", "mentor", "/v1/sessions", series).await;
    let neighbours = json!({"related_ids": ["{talks}"], "synonyms": ["Ferris"]});
    house.act("admin", "patch", "/v1/skills/{rust}", neighbours).await;
    let weights = json!({
        "skill_coverage": 5000, "level_gap": 5000, "aspiration": 0, "mutual_interest": 0, "experience_gap": 0,
        "team_distance": 0, "availability": 0, "workload": 0, "format": 0, "personal_fit": 0,
    });
    let path = "/v1/programs/{other_program}/weights";
    house.act_seen("other_lead", "put", path, path, json!({"weights": weights})).await;
    house.act("lead", "post", "/v1/matching-drafts/{matching_draft}/refuse", json!({})).await;
    house.act("admin", "post", "/v1/match-models", json!({})).await;
    renew(house, "confirm_identity_rebind", "colleague").await;
    let confirm = json!({"confirm": "gone@example.com"});
    house.act("admin", "post", "/v1/people/{gone}/erase", confirm).await;
    house.act("novice", "post", "/v1/me/sign-out", json!({})).await;
    // A day before a session, which people are then reminded of.
    house.app.clock.advance(TimeDelta::hours(25));
    let service = &house.app.service;
    service.renew_index().await.expect("it renews the index");
    service.send_reminders().await.expect("it reminds");
    service.pass_on_requests().await.expect("it passes mentor requests on");
    service.learn().await.expect("it learns");
    service.delete_expired().await.expect("it deletes what has expired");
    service.deliver().await.expect("it delivers");
    let key = [("idempotency-key", "0190a0c0-0000-7000-8000-000000000001".to_owned())];
    let team = json!({"name": "Made once"}).to_string();
    house.send("admin", "post", "/v1/teams", Some(team.as_bytes()), &key).await.created();
}

/// The answer of each operation that reads, for the first person of the matrix who may ask.
async fn reads(house: &mut House<'_>) -> Vec<Value> {
    let operations = documented();
    let mut reads = Vec::new();
    for row in rows().filter(|row| row.1 != "fresh" && !TIME_DEPENDENT.contains(&row.0)) {
        let operation = &operations[row.0];
        let viewers = PEOPLE.iter().enumerate().filter(|(column, _)| row.expected(*column) == 'k');
        let Some((_, who)) = viewers.map(|(column, who)| (column, *who)).next() else { continue };
        if operation.method != "get" {
            continue;
        }
        let (path, _) = row.request(&house.ids, operation, who);
        let mut answer = house.send(who, "get", &path, None, &[]).await.ok();
        let Some(body) = answer.body.as_object_mut() else { continue };
        body.retain(|name, _| !TIME_DEPENDENT_MEMBERS.contains(&name.as_str()));
        reads.push(json!({"viewer": viewer(house, who), "path": path, "body": body}));
    }
    reads
}
