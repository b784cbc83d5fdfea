//! From a plan to pairs and back.

use std::collections::HashMap;

use chrono::TimeDelta;
use mentorship::privacy::retention::model::Retention;
use reqwest::Method;
use serde_json::{Value, json};

use super::club::{Club, mentor_of, path_of};
use crate::harness::{Client, Person, Setup, TestApp};

async fn notices(app: &TestApp, client: &Client) -> Vec<String> {
    app.service.deliver().await.expect("it delivers");
    let listed = client.get("/v1/notices").await.ok();
    listed.items().iter().map(|notice| notice["kind"].as_str().expect("a kind").to_owned()).collect()
}

/// Everybody who takes part and has no mentor gets a draft, with reasons that add up, proven to be the best plan; and
/// nothing is paired before a lead says so.
#[apply(on_both_engines!)]
async fn a_program_is_matched_at_once(app: TestApp) {
    let club = Club::new(app, 2, 5).await;
    let made = club.lead.post(&format!("/v1/programs/{}/matching-rounds", club.id), json!({})).await.created();
    let made = made.has("/status", "planning").has("/objective", "total").has("/withheld", json!([]));
    let path = made.header("location").to_owned();
    let round = club.rest(&path).await.has("/status", "drafted").has("/mentees", 5).has("/capacity", 6);
    let round = round.has("/drafts/drafted", 5).has("/drafts/unmatched", 0).has("/certificate/gap", 0);
    let drafts = club.drafts(&path).await;
    let mut load: HashMap<&str, usize> = HashMap::new();
    let mut sum = 0;
    for draft in &drafts {
        *load.entry(mentor_of(draft).expect("a mentor")).or_default() += 1;
        sum += draft["score"].as_i64().expect("a score");
        let told = &draft["assessment"];
        let parts = told["reasons"]
            .as_array()
            .expect("reasons")
            .iter()
            .map(|part| part["contribution"].as_i64().expect("points"));
        assert_eq!(
            (parts.sum::<i64>(), told["score"].as_i64()),
            (draft["score"].as_i64().expect("a score"), draft["score"].as_i64())
        );
        assert_eq!(told["reasons"].as_array().map(Vec::len), Some(10));
        assert!(told["growth_areas"].as_array().is_some_and(|areas| areas.len() == 2), "{told}");
    }
    assert!(load.values().all(|pairs| *pairs <= 3), "{load:?}");
    round.has("/certificate/value", sum).has("/certificate/upper_bound", sum);
    assert_eq!(club.pairs().await, []);
    assert_eq!(notices(app, &club.lead).await.first().map(String::as_str), Some("matching_round.drafted"));
    assert_eq!(notices(app, &app.as_(club.mentees[0])).await, ["enrolment.accepted"]);

    let published = club.done(&path, "publish", json!({"ends_on": "2027-01-04"})).await;
    let published = published.has("/status", "published").has("/drafts/published", 5).has("/drafts/drafted", 0);
    assert!(published.body["published_at"].is_string() && published.body["ends_on"] == "2027-01-04");
    let pairs: HashMap<_, _> = club.pairs().await.into_iter().collect();
    for draft in club.drafts(&path).await {
        let mentee = draft["mentee"]["id"].as_str().expect("an id");
        assert_eq!(pairs.get(mentee).map(String::as_str), mentor_of(&draft));
        let pair = club.lead.get(&format!("/v1/pairs/{}", draft["pair_id"].as_str().expect("a pair"))).await.ok();
        pair.has("/status", "active").has("/program/id", club.id.clone()).has("/ends_on", "2027-01-04");
    }
    let loads = async || {
        let mut sum = 0;
        for mentor in &club.mentors {
            sum += club.lead.get(&format!("/v1/people/{mentor}")).await.ok().body["mentoring"]["active"]
                .as_i64()
                .expect("a load");
        }
        sum
    };
    assert_eq!(loads().await, 5);
    assert!(notices(app, &app.as_(club.mentees[0])).await.contains(&"pair.started".to_owned()));
    club.lead.post(&format!("{path}/publish"), json!({})).await.problem(409, "wrong_state");
    club.lead.post(&format!("{path}/plan"), json!({})).await.problem(409, "wrong_state");
    // Nobody is left to match.
    let next = club.round(json!({})).await;
    club.lead.get(&next).await.ok().has("/mentees", 0).has("/capacity", 1).has("/certificate/value", 0);

    let undone = club.done(&path, "undo", json!({})).await;
    undone.has("/status", "drafted").has("/drafts/drafted", 5).has("/published_at", Value::Null);
    assert_eq!((club.pairs().await.len(), loads().await), (0, 0));
    club.lead.post(&format!("{path}/undo"), json!({})).await.problem(409, "wrong_state");
    let ended = notices(app, &app.as_(club.mentors[0])).await;
    assert!(ended.contains(&"pair.ended".to_owned()), "{ended:?}");
    club.done(&path, "publish", json!({})).await.has("/drafts/published", 5);
    assert_eq!(club.pairs().await.len(), 5);
}

/// Peers are each other's best, but two make one pair: nobody is planned both ways, and nobody is left over for it.
#[apply(on_both_engines!)]
async fn two_peers_are_one_pair(app: TestApp) {
    let club = Club::new(app, 0, 3).await;
    club.lead.patch(&format!("/v1/programs/{}", club.id), json!({"model": "peer"})).await.ok();
    for peer in &club.mentees {
        club.world.teach(app, *peer, club.world.rust).await;
        club.enrol(*peer, "mentor").await;
    }
    let path = club.round(json!({})).await;
    club.lead.get(&path).await.ok().has("/drafts/drafted", 3).has("/certificate/gap", 0);
    club.done(&path, "publish", json!({})).await.has("/drafts/published", 3).has("/drafts/failed", 0);
    let pairs = club.pairs().await;
    assert!(
        pairs.len() == 3 && pairs.iter().all(|(one, other)| !pairs.contains(&(other.clone(), one.clone()))),
        "{pairs:?}"
    );
}

/// What the two have begun is theirs: such a pair stays when the others are taken back.
#[apply(on_both_engines!)]
async fn what_has_begun_stays(app: TestApp) {
    let club = Club::new(app, 1, 2).await;
    let path = club.round(json!({})).await;
    club.done(&path, "publish", json!({})).await.has("/drafts/published", 2);
    let draft = club.draft_of(&path, club.mentees[0]).await;
    let pair = draft["pair_id"].as_str().expect("a pair").to_owned();
    let session = json!({"pair_id": pair, "starts_at": "2026-03-10T10:00:00Z"});
    app.as_(club.mentees[0]).post("/v1/sessions", session).await.created();
    club.done(&path, "undo", json!({}))
        .await
        .has("/status", "drafted")
        .has("/drafts/published", 1)
        .has("/drafts/drafted", 1);
    assert_eq!(club.pairs().await.len(), 1);
    club.lead.post(&format!("{}/refuse", path_of(&draft)), json!({})).await.problem(409, "wrong_state");
    // Planning again leaves the pair alone, and its mentor has a place less.
    let again = club.done(&path, "plan", json!({})).await.has("/mentees", 1).has("/capacity", 2);
    again.has("/drafts/published", 1).has("/drafts/drafted", 1);
    assert_eq!(club.draft_of(&path, club.mentees[0]).await["pair_id"], pair.as_str());
}

/// Where the program asks both for their yes, the pairs are proposals, and taking them back declines them.
#[apply(on_both_engines!)]
async fn a_program_may_ask_for_acceptance(app: TestApp) {
    let club = Club::new(app, 1, 2).await;
    club.lead.patch(&format!("/v1/programs/{}", club.id), json!({"requires_acceptance": true})).await.ok();
    let path = club.round(json!({})).await;
    club.done(&path, "publish", json!({})).await.has("/status", "published");
    let draft = club.draft_of(&path, club.mentees[0]).await;
    let pair = format!("/v1/pairs/{}", draft["pair_id"].as_str().expect("a pair"));
    club.lead.get(&pair).await.ok().has("/status", "proposed");
    // A proposal takes up a place.
    let next = club.round(json!({})).await;
    club.lead.get(&next).await.ok().has("/mentees", 0).has("/capacity", 1);
    app.as_(club.mentors[0]).post(&format!("{pair}/decline"), json!({})).await.ok();
    club.done(&path, "undo", json!({})).await.has("/drafts/drafted", 1).has("/drafts/published", 1);
    club.lead.get(&pair).await.ok().has("/status", "declined");
    // Who was declined is matched again.
    club.done(&path, "plan", json!({})).await.has("/mentees", 2).has("/drafts/drafted", 2);
}

/// Each objective makes the plan that it is about.
#[apply(on_both_engines!)]
async fn each_objective_is_heeded(app: TestApp) {
    let world_club = Club::new(app, 0, 0).await;
    let world = &world_club.world;
    // One mentor is better for both; the other one does for one of them alone.
    let best = world.mentor(app).await;
    let other = world.at(app, 4, Person::default()).await;
    let (first, second) = (world.mentee(app).await, world.mentee(app).await);
    for (person, role) in [(best, "mentor"), (other, "mentor"), (first, "mentee"), (second, "mentee")] {
        world_club.enrol(person, role).await;
    }
    let plan = async |how: Value| {
        let path = world_club.round(how).await;
        let of = async |mentee| mentor_of(&world_club.draft_of(&path, mentee).await).map(str::to_owned);
        [of(first).await, of(second).await]
    };
    let both = [Some(best.to_string()), Some(best.to_string())];
    for objective in ["total", "coverage_first", "nash"] {
        assert_eq!(plan(json!({"objective": objective})).await, both, "{objective}");
    }
    let spread = plan(json!({"objective": "balance", "penalty": 10_000})).await;
    assert!(spread.contains(&Some(best.to_string())) && spread != both, "{spread:?}");
    // Who wishes for somebody gets them, where both sides do.
    let mine = format!("/v1/enrolments?person_id={first}");
    let id = world_club.lead.get(&mine).await.ok().items()[0]["id"].as_str().expect("an id").to_owned();
    app.as_(first)
        .patch(&format!("/v1/enrolments/{id}"), json!({"wishes": [other]}))
        .await
        .ok()
        .has("/wishes", json!([other]));
    assert_eq!(plan(json!({"objective": "total"})).await, both);
    let stable = plan(json!({"objective": "stable"})).await;
    assert_eq!(stable, [Some(other.to_string()), Some(best.to_string())]);
}

/// The same people and seed make the same plan; a matching round streams what becomes of it until it rests.
#[apply(on_both_engines!)]
async fn a_plan_can_be_followed_and_repeated(app: TestApp) {
    let club = Club::new(app, 3, 6).await;
    let shape = async |path: &str| {
        let mut all: Vec<_> = club
            .drafts(path)
            .await
            .iter()
            .map(|draft| (draft["mentee"]["id"].to_string(), draft["mentor"]["id"].to_string()))
            .collect();
        all.sort();
        all
    };
    let (one, other) = (club.round(json!({"seed": 5})).await, club.round(json!({"seed": 5})).await);
    assert_eq!(shape(&one).await, shape(&other).await);
    let answer = club
        .lead
        .send(club.lead.request(Method::GET, &format!("{one}/stream")).header("accept", "text/event-stream"))
        .await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "text/event-stream"));
    let text = String::from_utf8(answer.bytes).expect("text");
    let data = text.lines().find_map(|line| line.strip_prefix("data: ")).expect("an event");
    let told: Value = serde_json::from_str(data).expect("JSON");
    assert_eq!((&told["status"], &told["drafts"]["drafted"]), (&json!("drafted"), &json!(6)));
    let made = club.lead.post(&format!("/v1/programs/{}/matching-rounds", club.id), json!({})).await.created();
    let path = made.header("location").to_owned();
    let text = String::from_utf8(club.lead.get(&format!("{path}/stream")).await.bytes).expect("text");
    let last = text.lines().filter_map(|line| line.strip_prefix("data: ")).next_back().expect("an event").to_owned();
    assert_eq!(serde_json::from_str::<Value>(&last).expect("JSON")["status"], "drafted");
}

fn forgetful() -> Setup {
    let retention = Retention { closed_suggestions_days: Some(60), ..Retention::default() };
    Setup { retention, ..Setup::default() }
}

/// A matching round that nobody touches goes with its drafts and refusals; what it made stays, and one that is worked with, too.
#[apply(on_both_engines!)]
#[set_up_by(forgetful())]
async fn what_nobody_works_with_goes(app: TestApp) {
    let club = Club::new(app, 2, 2).await;
    let over = club.round(json!({})).await;
    let draft = club.draft_of(&over, club.mentees[0]).await;
    club.lead.post(&format!("{}/refuse", path_of(&draft)), json!({})).await.ok();
    club.done(&over, "publish", json!({})).await.has("/drafts/published", 1);
    let live = club.round(json!({})).await;
    app.clock.advance(TimeDelta::days(59));
    app.service.delete_expired().await.expect("it tidies");
    club.lead.get(&over).await.ok();
    club.done(&live, "plan", json!({})).await.has("/status", "drafted");
    app.clock.advance(TimeDelta::days(2));
    app.service.delete_expired().await.expect("it tidies");
    club.lead.get(&over).await.problem(404, "not_found");
    club.lead.get(&path_of(&draft)).await.problem(404, "not_found");
    club.lead.get(&live).await.ok().has("/drafts/drafted", 1);
    assert_eq!(club.pairs().await.len(), 1);
}
