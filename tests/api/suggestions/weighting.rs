//! How much each factor counts in a program, and what follows from it.

use serde_json::{Value, json};

use super::world::World;
use crate::harness::{Client, Person, TestApp};

/// All on one factor.
fn only(factor: &str) -> Value {
    let factors = [
        "skill_coverage",
        "level_gap",
        "aspiration",
        "mutual_interest",
        "experience_gap",
        "team_distance",
        "availability",
        "workload",
        "format",
        "personal_fit",
    ];
    factors
        .into_iter()
        .map(|known| (known.to_owned(), json!(if known == factor { 10_000 } else { 0 })))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

async fn suggested(lead: &Client, mentee: impl std::fmt::Display, program: Option<&str>) -> Vec<Value> {
    let asked = json!({"mentee_id": mentee.to_string(), "program_id": program, "limit": 10});
    let made = lead.post("/v1/suggestions", asked).await.created();
    made.body["suggestions"].as_array().expect("a list").clone()
}

/// The leads of a program say what counts in it; everybody may know, and other suggestions stay as they are.
#[apply(on_both_engines!)]
async fn a_program_has_weights_of_its_own(app: TestApp) {
    let world = World::new(app).await;
    let coordinator = app.person().await;
    let program = app.program(coordinator).await.to_string();
    let (path, lead) = (format!("/v1/programs/{program}/weights"), app.as_with(coordinator, &["coordinator"]));
    let admin = app.as_with(app.person().await, &["admin"]);
    // One is near in level and teaches nothing, the other teaches and is four levels above.
    let mentee = world.mentee(app).await;
    let near = world.at(app, 3, Person::default()).await;
    let far = world.at(app, 6, Person::default()).await;
    world.teach(app, far, world.rust).await;
    world.teach(app, far, world.talking).await;
    let first = lead.get(&path).await.ok().has("/weights", Value::Null).has("/model_version", "prior-1");
    let order = |all: &[Value]| {
        all.iter().map(|one| one["mentor"]["id"].as_str().expect("an id").to_owned()).collect::<Vec<_>>()
    };
    let before = suggested(&admin, mentee, None).await;
    assert_eq!(order(&before).first(), Some(&far.to_string()));
    let version = |changes: i64| format!("prior-1+program-{}-{changes}", &program[28..]);
    let told = lead.put_seen(&path, &first, json!({"weights": only("level_gap")})).await.ok();
    let told = told.has("/model_version", version(1)).has("/weights/level_gap", 10_000);
    let read = app.as_(app.person().await).get(&path).await.ok();
    assert_eq!(read.bytes, told.bytes);
    let within = suggested(&lead, mentee, Some(&program)).await;
    assert_eq!(order(&within).first(), Some(&near.to_string()));
    for one in &within {
        assert_eq!(one["model_version"], version(1));
        let reasons = one["reasons"].as_array().expect("a list");
        let sum = |what: &str| reasons.iter().map(|reason| reason[what].as_i64().expect("a number")).sum::<i64>();
        assert_eq!((sum("contribution"), sum("weight")), (one["score"].as_i64().expect("a score"), 10_000));
        let level = reasons.iter().find(|reason| reason["factor"] == "level_gap").expect("it is there");
        assert_eq!((&level["weight"], &level["contribution"]), (&json!(10_000), &one["score"]));
    }
    let after = suggested(&admin, mentee, None).await;
    assert_eq!(order(&after), order(&before));
    assert!(after.iter().all(|one| one["model_version"] == "prior-1"));
    lead.put_seen(&path, &first, json!({"weights": null})).await.problem(412, "stale_record");
    lead.put(&path, json!({"weights": only("level_gap")})).await.ok().has("/model_version", version(1));
    lead.put(&path, json!({"weights": null})).await.ok().has("/model_version", "prior-1");
    lead.put(&path, json!({"weights": null, "prefers_near_team": true})).await.ok().has("/model_version", version(3));
    assert_eq!(order(&suggested(&lead, mentee, Some(&program)).await).first(), Some(&far.to_string()));
}

/// Weights that are no whole are refused, and nobody else tells them.
#[apply(on_both_engines!)]
async fn weights_that_make_no_sense_are_refused(app: TestApp) {
    let coordinator = app.person().await;
    let path = format!("/v1/programs/{}/weights", app.program(coordinator).await);
    let lead = app.as_with(coordinator, &["coordinator"]);
    let mut more = only("format");
    more["workload"] = json!(1);
    lead.put(&path, json!({"weights": more})).await.problem(422, "invalid_value").points_at("/weights");
    let mut below = only("format");
    below["workload"] = json!(-1);
    lead.put(&path, json!({"weights": below})).await.problem(422, "invalid_value").points_at("/weights/workload");
    let mut fewer = only("format");
    fewer.as_object_mut().expect("an object").remove("workload");
    lead.put(&path, json!({"weights": fewer})).await.problem(400, "invalid_request");
    let mut other = only("format");
    other["age"] = json!(0);
    lead.put(&path, json!({"weights": other})).await.problem(400, "invalid_request").points_at("/weights/age");
    app.as_(coordinator).put(&path, json!({"weights": only("format")})).await.problem(403, "not_allowed");
    lead.get(&path).await.ok().has("/weights", Value::Null).has("/updated_at", Value::Null);
    lead.get("/v1/programs/01988b64-97e0-7d1e-a3b5-6d7e8f9a0b1c/weights").await.problem(404, "not_found");
}
