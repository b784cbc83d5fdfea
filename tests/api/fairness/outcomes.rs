//! What counts as a pair, and matching rounds.

use std::collections::BTreeSet;

use mentorship::ids::PersonId;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Planted, REPORT, load};
use crate::harness::{Client, Person, TestApp};
use crate::matching_rounds::club::{Club, mentor_of};
use crate::suggestions::world::alter;

/// Has the mentee propose a pair to the one of these mentors whose turn it is; tells the pair and its mentor.
async fn propose(app: &TestApp, mentee: PersonId, turn: usize) -> (String, Client) {
    let client = app.as_(mentee);
    let all = client.get("/v1/suggestions?limit=50").await.ok();
    let mut open: Vec<_> = all.items().iter().filter(|one| one["status"] == "open").collect();
    open.sort_by_key(|one| one["mentor"]["id"].to_string());
    let one = open[turn % open.len()];
    let path = format!("/v1/suggestions/{}/create-pair", one["id"].as_str().expect("an id"));
    let made = client.post(&path, json!({})).await.created();
    let mentor: Uuid = one["mentor"]["id"].as_str().expect("an id").parse().expect("an id");
    (made.header("location").to_owned(), app.as_(mentor))
}

/// Who has no pair, by why.
fn unmatched(report: &Value) -> Vec<(&str, Option<u64>)> {
    let reasons = report["unmatched"].as_array().expect("reasons");
    reasons.iter().map(|one| (one["reason"].as_str().expect("a reason"), one["people"].as_u64())).collect()
}

/// A pair that is proposed is not one yet, and one that was declined never was.
#[apply(on_both_engines!)]
async fn a_pair_counts_once_it_began(app: TestApp) {
    let planted = Planted::new(app).await;
    load(&planted.admin, "all", planted.mentees().map(|who| (who, "all"))).await.ok();
    let report = async || planted.admin.get(REPORT).await.ok().body;
    let selected = |report: &Value| report["attributes"][0]["findings"][1]["groups"][0]["selected"].as_u64();

    let mut proposed = Vec::new();
    for (turn, mentee) in planted.near[..25].iter().enumerate() {
        proposed.push(propose(app, *mentee, turn).await);
        alter(app, *mentee, "update suggestions set status = 'stale' where mentee_id = $1 and status = 'open'").await;
    }
    let told = report().await;
    assert_eq!(unmatched(&told), [("waiting", Some(50)), ("none_suggested", Some(30))]);
    assert_eq!(selected(&told), Some(0));

    for (pair, mentor) in proposed {
        mentor.post(&format!("{pair}/decline"), json!({})).await.ok();
    }
    let told = report().await;
    assert_eq!(unmatched(&told), [("waiting", Some(25)), ("declined", Some(25)), ("none_suggested", Some(30))]);
    assert_eq!(selected(&told), Some(0));

    for (turn, mentee) in planted.near[25..].iter().enumerate() {
        let (pair, mentor) = propose(app, *mentee, turn).await;
        mentor.post(&format!("{pair}/accept"), json!({})).await.ok();
    }
    let told = report().await;
    assert_eq!(unmatched(&told), [("declined", Some(25)), ("none_suggested", Some(30))]);
    assert_eq!(selected(&told), Some(25));
}

/// Who is in a published matching round asked, and was shown the mentor of the plan.
#[apply(on_both_engines!)]
async fn a_matching_round_counts_once_it_is_published(app: TestApp) {
    let club = Club::new(app, 25, 30).await;
    let admin = app.as_with(app.person().await, &["admin"]);
    let mut far = Vec::new();
    for _ in 0..30 {
        let mentee = club.world.at(app, 7, Person::default()).await;
        club.enrol(mentee, "mentee").await;
        far.push((mentee, "far"));
    }
    load(&admin, "reach", club.mentees.iter().map(|who| (*who, "near")).chain(far)).await.ok();
    load(&admin, "all", club.mentees.iter().map(|who| (*who, "all"))).await.ok();
    let path = club.round(json!({})).await;
    app.clock.advance(chrono::TimeDelta::days(60));
    let about = format!("{REPORT}?program_id={}", club.id);
    admin.get(&about).await.ok().has("/unmatched", json!([])).has("/exposure/share_never_shown", 1.0);

    club.done(&path, "publish", json!({})).await.has("/drafts/published", 30).has("/drafts/unmatched", 30);
    let drafts = club.drafts(&path).await;
    let given: BTreeSet<_> = drafts.iter().filter_map(mentor_of).collect();
    let report = admin.get(&about).await.ok().body;
    assert_eq!(unmatched(&report), [("none_planned", Some(30))]);
    for stage in [0, 1] {
        let groups = &report["attributes"][0]["findings"][stage]["groups"];
        let told = |place: usize| (groups[place]["people"].as_u64(), groups[place]["selected"].as_u64());
        assert_eq!((told(0), told(1)), ((Some(30), Some(0)), (Some(30), Some(30))), "{groups}");
    }
    assert_eq!(
        (&report["attributes"][0]["attribute"], &report["attributes"][0]["proxies"]),
        (&json!("reach"), &json!([]))
    );
    let levels: BTreeSet<_> = drafts.iter().filter_map(|draft| draft["score"].as_i64()).map(level).collect();
    assert_eq!(levels.len(), 1, "all are alike");
    let all = &report["attributes"][1]["findings"][1]["groups"][0];
    assert_eq!(all["mean_level"].as_f64().map(|level| format!("{level:.0}")), levels.first().map(i64::to_string));
    let never = f64::from(u32::try_from(25 - given.len()).expect("few")) / 25.0;
    assert_eq!(report["exposure"]["share_never_shown"], json!(never));

    // By the model, and the program, and the quarter in which it was begun.
    let round = club.lead.get(&path).await.ok().body;
    let version = round["model_version"].as_str().expect("a version");
    let with = |version: &str| format!("{about}&model_version={version}");
    assert_eq!(unmatched(&admin.get(&with(version)).await.ok().body), [("none_planned", Some(30))]);
    admin.get(&with("another")).await.ok().has("/unmatched", json!([]));
    let other = app.program(club.coordinator).await;
    admin.get(&format!("{REPORT}?program_id={other}")).await.ok().has("/unmatched", json!([]));
    admin.get(&format!("{about}&quarter=2025-Q4")).await.ok().has("/unmatched", json!([]));

    club.done(&path, "undo", json!({})).await.has("/drafts/drafted", 30);
    admin.get(&about).await.ok().has("/unmatched", json!([]));
}

/// 1 low, 2 medium, 3 high, by the curve of the first model.
fn level(score: i64) -> i64 {
    match score {
        7_310.. => 3,
        5_676.. => 2,
        _ => 1,
    }
}
