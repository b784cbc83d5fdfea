//! What is learnt, from what, and what is not.

use chrono::TimeDelta;
use mentorship::matching::engine::Factor;
use serde_json::{Value, json};

use super::ground::{Choice, Past, admin, learn, number};
use crate::harness::{Answer, TestApp};
use crate::suggestions::world::{AGREE, alter};

fn change<'v>(version: &'v Value, factor: &str) -> &'v Value {
    let mut changes = version["changes"].as_array().expect("a list").iter();
    changes.find(|one| one["factor"] == factor).expect("every factor is there")
}

/// Below a hundred outcomes nothing is learnt, and it says how many are missing, in whole tens; of fewer than twenty
/// no figure is told.
#[apply(on_both_engines!)]
async fn little_teaches_nothing(app: TestApp) {
    let (admin, past) = (admin(app).await, Past::new(app).await);
    let none = learn(app, &admin).await.has("/version", "learnt-1").has("/status", "kept");
    let none = none.has("/finding", "too_few_outcomes").has("/evidence/outcomes", Value::Null);
    none.has("/headline", "Nothing changes: fewer than 20 outcomes are known. The service needs 100 to learn.");
    past.of(app, 63, 1, &[Factor::Format]).await;
    let few = learn(app, &admin).await.has("/status", "kept").has("/evidence/outcomes", 60);
    let few =
        few.has("/headline", "Nothing changes: at most 40 more outcomes are needed before the service can learn.");
    let few = few.has("/weights", Value::Null).has("/changes", json!([])).has("/calibration", json!([]));
    few.has("/prediction", Value::Null).has("/shadow", Value::Null).has("/base", "prior-1");
    admin.post("/v1/match-models/learnt-2/promote", json!({})).await.problem(409, "wrong_state");
    past.of(app, 40, 2, &[]).await;
    let mut tx = app.db.write().await.unwrap();
    tx.query("update pairs set end_reason = 'goals_met' where end_reason = 'mismatch'").run().await.unwrap();
    tx.commit().await.unwrap();
    let good = learn(app, &admin).await.has("/finding", "too_few_bad").has("/evidence/outcomes", 100);
    good.has("/evidence/went_well", Value::Null).has("/evidence/went_badly", Value::Null);
    admin.get("/v1/match-models?count=exact").await.ok().has("/total", 4).has("/items/0/status", "in_use");
}

/// What happened since is what there is to learn: without anything new nothing is learnt, on whatever day.
#[apply(on_both_engines!)]
async fn the_same_outcomes_teach_nothing_twice(app: TestApp) {
    let (admin, past) = (admin(app).await, Past::new(app).await);
    past.of(app, 300, 3, &[Factor::Format]).await;
    let first = learn(app, &admin).await.has("/status", "shadow");
    app.clock.advance(TimeDelta::days(3));
    let second = learn(app, &admin).await.has("/status", "kept").has("/finding", "same_data");
    let second = second.has("/headline", "Nothing changes: the data has not changed since learnt-1 was learnt.");
    assert_eq!(first.body["data_hash"], second.body["data_hash"]);
    assert_eq!(first.body["data_hash"].as_str().map(str::len), Some(64));
    admin.get("/v1/match-models/learnt-1").await.ok().has("/status", "shadow");
    past.of(app, 20, 4, &[]).await;
    let third = learn(app, &admin).await.has("/status", "shadow");
    assert_ne!(first.body["data_hash"], third.body["data_hash"]);
    let replaced = admin.get("/v1/match-models/learnt-1").await.ok().has("/status", "retired");
    assert!(replaced.body["headline"].as_str().unwrap().ends_with("It was never used."));
}

/// Nobody learns how one pair went by learning before and after it ended: what was added is looked at by twenties, and
/// until then nothing is told of it.
#[apply(on_both_engines!)]
async fn a_few_outcomes_are_not_looked_at(app: TestApp) {
    let (admin, mut past) = (admin(app).await, Past::new(app).await);
    past.of(app, 300, 3, &[Factor::Format]).await;
    learn(app, &admin).await.has("/status", "shadow");
    let silent = async || {
        let few = learn(app, &admin).await.has("/status", "kept").has("/finding", "too_little_new");
        let few =
            few.has("/headline", "Nothing changes: fewer than 20 outcomes were added since the service last learnt.");
        let few = few.has("/evidence", Value::Null).has("/changes", json!([])).has("/prediction", Value::Null);
        few.has("/weights", Value::Null).has("/calibration", json!([])).has("/data_hash", Value::Null)
    };
    past.of(app, 1, 4, &[]).await;
    let one = silent().await;
    past.of(app, 18, 5, &[]).await;
    let nineteen = silent().await;
    // But for its name and its times it is the same, whatever happened.
    let told = |answer: &Answer| {
        let mut told = answer.body.clone();
        for name in ["version", "created_at", "decided_at"] {
            told[name] = Value::Null;
        }
        told
    };
    assert_eq!(told(&one), told(&nineteen));
    // Who agrees to what is no outcome: it cannot be watched either.
    for person in past.mentees.iter().chain(&past.mentors) {
        alter(app, *person, AGREE).await;
    }
    silent().await;
    // Who is gone is no reason to look at fewer new ones.
    let confirm = json!({"confirm": format!("{}@example.com", past.mentees[0])});
    admin.post(&format!("/v1/people/{}/erase", past.mentees[0]), confirm).await.ok();
    past.mentees[0] = past.mentees[1];
    silent().await;
    past.of(app, 19, 6, &[]).await;
    silent().await;
    past.of(app, 1, 7, &[]).await;
    learn(app, &admin).await.has("/status", "shadow").has("/version", "learnt-7");
    admin.get("/v1/match-models/learnt-1").await.ok().has("/status", "retired");
}

/// What is kept tells what it found in whole percents.
#[apply(on_both_engines!)]
async fn what_nobody_uses_is_told_roughly(app: TestApp) {
    let (admin, past) = (admin(app).await, Past::new(app).await);
    past.of(app, 160, 9, &[]).await;
    let kept = learn(app, &admin).await.has("/status", "kept");
    for change in kept.body["changes"].as_array().expect("a list") {
        assert_eq!(change["to"].as_i64().expect("a weight") % 100, 0, "{change}");
    }
}

/// What is sealed for one pair opens for no other: it is not learnt from, and nothing else suffers.
#[apply(on_both_engines!)]
async fn what_was_moved_is_not_learnt_from(app: TestApp) {
    let (admin, past) = (admin(app).await, Past::new(app).await);
    past.of(app, 130, 5, &[Factor::Format]).await;
    let mut tx = app.db.write().await.unwrap();
    let moved = "update match_cases set features = (select features from match_cases order by id limit 1)";
    tx.query(moved).run().await.unwrap();
    tx.commit().await.unwrap();
    learn(app, &admin)
        .await
        .has("/status", "kept")
        .has("/finding", "too_few_outcomes")
        .has("/evidence/outcomes", Value::Null);
}

/// Who is erased takes along what was noted of them, as a mentee and as a mentor.
#[apply(on_both_engines!)]
async fn an_erased_person_is_learnt_from_no_more(app: TestApp) {
    let (admin, past) = (admin(app).await, Past::new(app).await);
    past.of(app, 98, 6, &[Factor::Format]).await;
    let before = learn(app, &admin).await.has("/evidence/outcomes", 90);
    // Below a hundred no count but this one can be watched.
    let before = before.has("/evidence/went_well", Value::Null).has("/evidence/left_out", Value::Null);
    let erase = async |person| {
        let confirm = json!({"confirm": format!("{person}@example.com")});
        admin.post(&format!("/v1/people/{person}/erase"), confirm).await.ok();
    };
    erase(past.mentees[0]).await;
    assert_eq!(number(app, "select count(*) from match_cases").await, 88);
    erase(past.mentors[1]).await;
    assert_eq!(number(app, "select count(*) from match_cases").await, 63);
    let after = learn(app, &admin).await.has("/finding", "too_few_outcomes").has("/evidence/outcomes", 60);
    assert_ne!(before.body["data_hash"], after.body["data_hash"]);
}

/// How alike two people like to work is learnt from only while both agree, and no figure of it leaves.
#[apply(on_both_engines!)]
async fn what_was_told_in_confidence_needs_the_consent_of_both(app: TestApp) {
    let (admin, past) = (admin(app).await, Past::new(app).await);
    past.of(app, 300, 7, &[Factor::Style]).await;
    let silent = learn(app, &admin).await;
    // Nobody agreed: nothing of it is known, and nothing is learnt of it.
    assert_eq!(change(&silent.body, "personal_fit")["learnt_percent"], 0);
    let caveats = silent.body["caveats"].to_string();
    assert!(caveats.contains("Personal fit was left out"), "{caveats}");
    for person in past.mentees.iter().chain(&past.mentors) {
        alter(app, *person, AGREE).await;
    }
    past.of(app, 20, 8, &[Factor::Style]).await;
    let open = learn(app, &admin).await.has("/status", "shadow").has("/changes/0/factor", "personal_fit");
    assert!(open.body["changes"][0]["to"].as_i64() > Some(2_000), "{}", open.body["changes"]);
    assert_ne!(silent.body["data_hash"], open.body["data_hash"]);
    for mentor in &past.mentors {
        alter(app, *mentor, "update people set consents_to_personal_fit = false where id = $1").await;
    }
    past.of(app, 20, 9, &[Factor::Style]).await;
    let again = learn(app, &admin).await;
    assert_eq!(change(&again.body, "personal_fit")["learnt_percent"], 0, "who takes it back is asked no more");
    assert!(again.body["caveats"].to_string().contains("Personal fit was left out"));
}

/// What is noted follows a suggestion to its end.
#[apply(on_both_engines!)]
async fn suggestions_are_followed_to_their_end(app: TestApp) {
    let (admin, choice) = (admin(app).await, Choice::new(app).await);
    let suggested = choice.ask(app).await;
    assert_eq!(number(app, "select count(*) from match_cases where pair_id is null").await, 2);
    let [first, second] = [0, 1].map(|place| suggested[place]["id"].as_str().expect("an id").to_owned());
    let me = app.as_(choice.mentee);
    me.post(&format!("/v1/suggestions/{second}/dismiss"), json!({"reason": "not_relevant"})).await.ok();
    let hash = async || {
        app.clock.advance(TimeDelta::hours(1));
        learn(app, &admin).await.body["data_hash"].as_str().expect("a hash").to_owned()
    };
    let dismissed = hash().await;
    let accepted = me.post(&format!("/v1/suggestions/{first}/create-pair"), json!({})).await.created();
    assert_eq!(number(app, "select count(*) from match_cases where pair_id is not null").await, 1);
    let proposed = hash().await;
    let pair = format!("/v1/pairs/{}", accepted.body["pair_id"].as_str().expect("a pair"));
    app.as_(choice.teaches).post(&format!("{pair}/accept"), json!({})).await.ok();
    let began = hash().await;
    app.as_(choice.teaches).post(&format!("{pair}/end"), json!({"reason": "goals_met"})).await.ok();
    let ended = hash().await;
    let all = [&dismissed, &proposed, &began, &ended];
    let different: std::collections::BTreeSet<_> = all.into_iter().collect();
    assert_eq!(different.len(), 4, "each of them is something to learn from");
}

/// From a thousand outcomes on chances are steps, and suggestions take them.
#[apply(on_both_engines!)]
async fn many_outcomes_teach_what_a_score_means(app: TestApp) {
    let (admin, past, choice) = (admin(app).await, Past::new(app).await, Choice::new(app).await);
    past.of(app, 1_010, 8, &[Factor::Workload]).await;
    let learnt = learn(app, &admin).await.has("/status", "shadow").has("/evidence/outcomes", 1_010);
    assert_eq!(number(app, "select count(*) from match_models where cast(curve as text) like '%steps%'").await, 1);
    let table = learnt.body["calibration"].as_array().expect("a table").clone();
    let percents: Vec<_> = table.iter().map(|row| row["percent"].as_i64().expect("a number")).collect();
    assert!(percents.is_sorted() && percents.len() == 11, "{percents:?}");
    app.clock.advance(TimeDelta::days(7));
    admin.post("/v1/match-models/learnt-1/promote", json!({})).await.ok();
    let suggested = choice.ask(app).await;
    assert!(!suggested.is_empty());
    for one in &suggested {
        let (score, percent) = (one["score"].as_i64().expect("a score"), one["percent"].as_i64().expect("a number"));
        // The table has every thousandth score, and chances never fall.
        let row = usize::try_from(score / 1_000).expect("a row");
        let above = percents.get(row + 1).copied().unwrap_or(100);
        assert!((percents[row]..=above).contains(&percent), "{score} {percent} {percents:?}");
    }
}
