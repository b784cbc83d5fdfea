//! What may go wrong: two leads at once, an instance that stops, nonsense.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::club::Club;
use crate::harness::TestApp;
use crate::suggestions::world::alter;

/// However many matching rounds are published at once, and whoever makes pairs beside them, nobody gets more than they have
/// places; and one matching round is published once.
#[apply(on_both_engines!)]
async fn two_at_once_overbook_nobody(app: TestApp) {
    // There are more places than mentees: only the mentees' own second pairs could be too many.
    let club = Club::new(app, 3, 6).await;
    let admin = app.as_with(app.person().await, &["admin"]);
    let (one, other) = (club.round(json!({})).await, club.round(json!({"seed": 1})).await);
    let (first, second) = (format!("{one}/publish"), format!("{other}/publish"));
    let (a, b, c) =
        tokio::join!(club.lead.post(&first, json!({})), admin.post(&second, json!({})), admin.post(&first, json!({})),);
    b.ok();
    let mut both = [a.status, c.status];
    both.sort_unstable();
    assert_eq!(both, [200, 409], "one matching round was published twice");
    let (one, other) = (club.rest(&one).await.ok(), club.rest(&other).await.ok());
    let made = |round: &Value, how: &str| round["drafts"][how].as_i64().expect("a count");
    assert_eq!(made(&one.body, "published") + made(&other.body, "published"), 6);
    assert_eq!(made(&one.body, "failed") + made(&other.body, "failed"), 6);
    let pairs = club.pairs().await;
    let mut load: HashMap<String, usize> = HashMap::new();
    for (_, mentor) in &pairs {
        *load.entry(mentor.clone()).or_default() += 1;
    }
    assert!(pairs.len() == 6 && load.values().all(|pairs| *pairs <= 3), "{load:?}");
    let mentees: std::collections::HashSet<_> = pairs.iter().map(|(mentee, _)| mentee).collect();
    assert_eq!(mentees.len(), 6, "somebody has two mentors");
}

/// Where an instance stops, another one goes on: with planning from the beginning, with publishing where it was.
#[apply(on_both_engines!)]
async fn work_goes_on_after_a_stop(app: TestApp) {
    let club = Club::new(app, 1, 3).await;
    let path = club.round(json!({})).await;
    let id: mentorship::ids::MatchingRoundId =
        path.rsplit('/').next().expect("an id").parse::<uuid::Uuid>().expect("an id").into();
    let stop = async |status: &'static str| {
        let mut tx = app.db.write().await.unwrap();
        let stopped = tx.query(
            "update matching_rounds set status = $2, claims = claims + 1, claimed_until = '2020-01-01T00:00:00Z'
             where id = $1",
        );
        assert_eq!(stopped.bind(id).bind(status).run().await.unwrap(), 1);
        tx.commit().await.unwrap();
    };
    stop("planning").await;
    app.service.resume_rounds().await.unwrap();
    club.lead.get(&path).await.ok().has("/status", "drafted").has("/drafts/drafted", 3);
    // One pair was made before the stop.
    club.done(&path, "publish", json!({})).await.has("/drafts/published", 3);
    let undone = club.draft_of(&path, club.mentees[1]).await;
    let pair = format!("/v1/pairs/{}", undone["pair_id"].as_str().expect("a pair"));
    club.lead.post(&format!("{pair}/end"), json!({"reason": "other"})).await.ok();
    alter(app, club.mentees[1], "update matching_drafts set status = 'drafted', pair_id = null where mentee_id = $1")
        .await;
    stop("publishing").await;
    app.service.resume_rounds().await.unwrap();
    club.lead.get(&path).await.ok().has("/status", "published").has("/drafts/published", 3);
    assert_eq!(club.pairs().await.len(), 3);
    stop("undoing").await;
    app.service.resume_rounds().await.unwrap();
    club.lead.get(&path).await.ok().has("/status", "drafted").has("/drafts/drafted", 3);
    // Who still works on it is left alone.
    let mut tx = app.db.write().await.unwrap();
    let held = tx
        .query("update matching_rounds set status = 'planning', claimed_until = '2100-01-01T00:00:00Z' where id = $1");
    held.bind(id).run().await.unwrap();
    tx.commit().await.unwrap();
    app.service.resume_rounds().await.unwrap();
    club.lead.get(&path).await.ok().has("/status", "planning");
    club.lead.post(&format!("{path}/publish"), json!({})).await.problem(409, "wrong_state");
    // What goes wrong again and again is given up.
    let mut tx = app.db.write().await.unwrap();
    tx.query("update matching_rounds set attempts = 5, claimed_until = null where id = $1")
        .bind(id)
        .run()
        .await
        .unwrap();
    tx.commit().await.unwrap();
    app.service.resume_rounds().await.unwrap();
    // The plan before stays, without its certificate, and can be published.
    let given_up = club.lead.get(&path).await.ok().has("/status", "drafted").has("/failure_reason", "gave_up");
    given_up.has("/certificate", Value::Null).has("/drafts/drafted", 3);
    let again = club.done(&path, "plan", json!({})).await.has("/status", "drafted").has("/failure_reason", Value::Null);
    assert!(again.body["certificate"].is_object());
}

/// Nonsense is told where it is, and changes nothing.
#[apply(on_both_engines!)]
async fn nonsense_is_told_where_it_is(app: TestApp) {
    let club = Club::new(app, 0, 1).await;
    let matching_rounds = format!("/v1/programs/{}/matching-rounds", club.id);
    for (body, pointer) in [
        (json!({"objective": "best"}), "/objective"),
        (json!({"seconds": 0}), "/seconds"),
        (json!({"seconds": 61}), "/seconds"),
        (json!({"seed": -1}), "/seed"),
        (json!({"objective": "balance", "penalty": 0}), "/penalty"),
        (json!({"quickly": true}), "/quickly"),
    ] {
        let answer = club.lead.post(&matching_rounds, body).await;
        assert!([400, 422].contains(&answer.status), "{}", answer.body);
        answer.points_at(pointer);
    }
    club.lead.post(&matching_rounds, json!({"penalty": 5})).await.problem(422, "invalid_value").points_at("/penalty");
    club.lead.get("/v1/matching-rounds?count=exact").await.ok().has("/total", 0);
    let plain = app.program(club.coordinator).await;
    app.as_with(club.coordinator, &["coordinator"])
        .post(&format!("/v1/programs/{plain}/matching-rounds"), json!({}))
        .await
        .problem(409, "wrong_state");
    // A program without mentors has a plan, too: nobody is matched.
    let path = club.round(json!({})).await;
    club.lead.get(&path).await.ok().has("/drafts/unmatched", 1).has("/capacity", 0);
    club.lead
        .post(&format!("{path}/publish"), json!({"starts_on": "2026-03-02", "ends_on": "2026-03-01"}))
        .await
        .problem(422, "invalid_value")
        .points_at("/ends_on");
    let published = club.done(&path, "publish", json!({})).await;
    published.has("/status", "published").has("/drafts/published", 0);
}
