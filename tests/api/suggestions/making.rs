//! Whom the service suggests, and why.

use chrono::TimeDelta;
use mentorship::ids::TeamId;
use serde_json::{Value, json};
use sqlx::types::Json;

use super::world::{AGREE, BLOCK, World, alter, ask, finds, relate};
use crate::harness::{Person, TestApp};

/// The score is the sum of its reasons, and each reason says what it stands on.
#[apply(on_both_engines!)]
async fn the_reasons_add_up_to_the_score(app: TestApp) {
    let world = World::new(app).await;
    let (mentee, good, fair) =
        (world.mentee(app).await, world.mentor(app).await, world.at(app, 3, Person::default()).await);
    world.teach(app, fair, world.sql).await;
    alter(app, mentee, "update people set hired_on = '2024-01-15' where id = $1").await;
    alter(app, good, "update people set hired_on = '2018-01-15' where id = $1").await;
    let made = app.as_(mentee).post("/v1/suggestions", json!({})).await.created();
    let made = made.has("/mentee/id", mentee.to_string()).has("/program", json!(null)).has("/withheld", json!([]));
    let suggestions = made.body["suggestions"].as_array().unwrap();
    assert_eq!(suggestions.len(), 2, "{}", made.body);
    for suggestion in suggestions {
        let reasons = suggestion["reasons"].as_array().unwrap();
        let sum = |what: &str| reasons.iter().map(|reason| reason[what].as_i64().unwrap()).sum::<i64>();
        assert_eq!((sum("contribution"), sum("weight")), (suggestion["score"].as_i64().unwrap(), 10_000));
        assert!(reasons.iter().all(|reason| reason["sentence"].as_str().unwrap().ends_with('.')));
        assert_eq!(reasons.last().unwrap()["factor"], "personal_fit");
        assert_eq!(reasons.last().unwrap()["evidence"], json!({}));
        assert_eq!(suggestion["mentor_capacity"], json!({"active": 0, "capacity": 3, "free_places": 3}));
        assert_eq!(
            (suggestion["status"].as_str(), suggestion["model_version"].as_str()),
            (Some("open"), Some("prior-1"))
        );
    }
    let first = &suggestions[0];
    assert_eq!(first["mentor"]["id"], good.to_string());
    assert_eq!(first["growth_areas"][0]["name"], "Rust");
    assert_eq!(
        (first["growth_areas"][0]["covered"].as_i64(), first["growth_areas"][1]["covered"].as_i64()),
        (Some(10_000), Some(0))
    );
    let reason =
        |factor: &str| first["reasons"].as_array().unwrap().iter().find(|one| one["factor"] == factor).unwrap().clone();
    assert_eq!(reason("skill_coverage")["sentence"], "Covers 1 of your 2 growth areas: Rust.");
    assert_eq!(reason("level_gap")["evidence"], json!({"levels_above": 2}));
    assert_eq!(reason("experience_gap")["evidence"], json!({"years_longer": 6}));
    assert_eq!(first["strengths"].as_array().unwrap().len(), 3);
    assert_eq!(suggestions[1]["growth_areas"][0]["covered"], 5_000, "a related skill counts half");
    let read = app.as_(mentee).get(made.header("location")).await.ok();
    assert_eq!(read.body, made.body);
}

/// Whoever cannot be a mentor to this mentee is left out, and counted under the reason.
#[apply(on_both_engines!)]
async fn who_may_not_is_left_out_and_counted(app: TestApp) {
    let world = World::new(app).await;
    let top = world.at(app, 6, Person::default()).await;
    let middle = world.at(app, 4, Person { manager: Some(top), ..Person::default() }).await;
    let mentee = world.mentee(app).await;
    relate(app, mentee, middle, "update people set manager_id = $2 where id = $1").await;
    let fine = world.mentor(app).await;
    let full = world.at(app, 4, Person { capacity: 1, ..Person::default() }).await;
    alter(app, full, "update people set mentor_load = 1 where id = $1").await;
    let paused = world.mentor(app).await;
    alter(app, paused, "update people set is_paused = true where id = $1").await;
    let willing_not = world.mentor(app).await;
    alter(app, willing_not, "update people set offers_mentoring = false where id = $1").await;
    world.at(app, 4, Person { status: "on_leave", ..Person::default() }).await;
    world.at(app, 4, Person { status: "departed", ..Person::default() }).await;
    world.at(app, 7, Person::default()).await;
    app.person().await;
    let foreign = world.mentor(app).await;
    let mut tx = app.db.write().await.unwrap();
    tx.query("update people set languages = $2 where id = $1").bind(foreign).bind(Json(["fr"])).run().await.unwrap();
    let (lead, team) = (world.mentor(app), TeamId::new(&app.clock));
    tx.commit().await.unwrap();
    let lead = lead.await;
    let mut tx = app.db.write().await.unwrap();
    tx.query("insert into teams (id, name, name_folded, lead_id, created_at, updated_at, revision) values ($1, 'a', 'a', $2, $3, $3, 1)")
        .bind(team).bind(lead).bind(app.clock.now()).run().await.unwrap();
    tx.query("update people set team_id = $2 where id = $1").bind(mentee).bind(team).run().await.unwrap();
    tx.commit().await.unwrap();
    let taken = world.mentor(app).await;
    app.as_(mentee).post("/v1/pairs", json!({"mentor_id": taken, "mentee_id": mentee})).await.created();

    let (mentors, answer) = ask(app, mentee).await;
    assert_eq!(mentors, [fine.to_string()]);
    assert_eq!(
        answer["excluded"],
        json!({
            "not_active": 1, "not_opted_in": 1, "at_capacity": 1, "level_outside_window": 1, "level_unknown": 1,
            "reporting_line": 3, "no_shared_language": 1, "live_pair": 1,
        }),
        "{top} {middle} {lead}"
    );
}

/// A block keeps two people apart whoever made it, and nobody can count it.
#[apply(on_both_engines!)]
async fn a_block_leaves_no_trace(app: TestApp) {
    let world = World::new(app).await;
    let (mentee, mentor, other) = (world.mentee(app).await, world.mentor(app).await, world.mentor(app).await);
    let (before, counted) = ask(app, mentee).await;
    assert_eq!(before.len(), 2);
    relate(app, mentor, mentee, BLOCK).await;
    let (after, recounted) = ask(app, mentee).await;
    assert_eq!(after, [other.to_string()]);
    assert_eq!(counted["excluded"], recounted["excluded"]);
    relate(app, mentee, other, BLOCK).await;
    let (after, recounted) = ask(app, mentee).await;
    assert!(after.is_empty());
    assert_eq!(counted["excluded"], recounted["excluded"]);
}

/// A pair of the two that did not fit counts for two years, and how it ended is told to nobody.
#[apply(on_both_engines!)]
async fn what_went_wrong_is_not_repeated_for_two_years(app: TestApp) {
    let world = World::new(app).await;
    let (mentee, mentor) = (world.mentee(app).await, world.mentor(app).await);
    let (_, counted) = ask(app, mentee).await;
    let pair =
        app.as_(mentee).post("/v1/pairs", json!({"mentor_id": mentor, "mentee_id": mentee})).await.created().id();
    app.as_(mentor).post(&format!("/v1/pairs/{pair}/accept"), json!({})).await.ok();
    app.as_(mentor).post(&format!("/v1/pairs/{pair}/end"), json!({"reason": "poor_chemistry"})).await.ok();
    let (mentors, recounted) = ask(app, mentee).await;
    assert!(mentors.is_empty());
    assert_eq!(counted["excluded"], recounted["excluded"]);
    app.clock.advance(TimeDelta::days(732));
    assert!(finds(app, mentee, mentor).await);
}

/// Private answers count for those who agreed, as one number without a word.
#[apply(on_both_engines!)]
async fn personal_fit_needs_the_consent_of_both(app: TestApp) {
    let world = World::new(app).await;
    let (mentee, mentor) = (world.mentee(app).await, world.mentor(app).await);
    let (_, silent) = ask(app, mentee).await;
    for person in [mentee, mentor] {
        let answers = json!({"style_answers": [2, 3, 4, 5]});
        app.as_(person).patch(&format!("/v1/people/{person}/profile"), answers).await.ok();
    }
    let told = |answer: &Value| {
        let one = &answer["suggestions"][0];
        json!([one["reasons"], one["score"], one["strengths"], one["cautions"]])
    };
    alter(app, mentor, AGREE).await;
    assert_eq!(told(&silent), told(&ask(app, mentee).await.1), "one has not agreed");
    alter(app, mentee, AGREE).await;
    let (_, open) = ask(app, mentee).await;
    let fit = open["suggestions"][0]["reasons"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&fit["factor"], &fit["value"], &fit["evidence"]), (&json!("personal_fit"), &json!(10_000), &json!({})));
    assert_eq!(fit["sentence"], silent["suggestions"][0]["reasons"].as_array().unwrap().last().unwrap()["sentence"]);
}

/// The model decides who is senior.
#[apply(on_both_engines!)]
async fn a_model_has_its_own_window(app: TestApp) {
    let world = World::new(app).await;
    let (senior, junior) = (world.at(app, 5, Person::default()).await, world.at(app, 2, Person::default()).await);
    let me = app.as_(senior);
    let normal = me.post("/v1/suggestions", json!({})).await.created();
    assert_eq!(normal.body["suggestions"], json!([]));
    let reverse = me.post("/v1/suggestions", json!({"model": "reverse"})).await.created();
    reverse.has("/suggestions/0/mentor/id", junior.to_string()).has("/model", "reverse");
}
