//! Everything by a person and about them, and nothing that is not theirs.

use serde_json::{Value, json};

use crate::harness::{Setup, TestApp, Texts};
use crate::matrix::house::{Canary, House};
use crate::matrix::personas::{About, may_learn};

fn cry(canary: &Canary) -> String {
    format!("canary.{}.{}", canary.reach.name(), canary.name)
}

/// Whether it is about the person or said in a pair of theirs.
fn is_theirs(who: &str, canary: &Canary) -> bool {
    match &canary.about {
        About::Pair("main") | About::Opened(_) => ["mentor", "mentee"].contains(&who),
        About::Pair("other") => ["mentor", "other_mentee"].contains(&who),
        About::Person(person) => *person == who,
        About::Suggestion => who == "mentee",
        About::Asked => ["mentee", "lead"].contains(&who),
        About::Enrolment(person) => who == *person,
        about => panic!("who would {about:?} be about?"),
    }
}

/// A canary is in a person's export exactly when it is theirs and they may read it.
#[apply(on_both_engines!)]
async fn an_export_is_whole_and_holds_nothing_else(app: TestApp) {
    let mut house = House::new(app, &cry).await;
    house.furnish().await;
    let mut found = 0;
    for who in ["mentor", "mentee", "other_mentee", "colleague", "novice", "manager", "lead", "admin"] {
        let export = house.ask(who, "get", "/v1/me/export", &Value::Null).await.ok();
        let text = export.body.to_string();
        for canary in &house.canaries {
            let expected = is_theirs(who, canary) && may_learn(who, canary.reach, &canary.about, Some(canary.author));
            assert_eq!(text.contains(&cry(canary)), expected, "{who} and {}", cry(canary));
            found += usize::from(expected);
        }
        for section in export.body["index"].as_array().expect("an index") {
            let name = section["name"].as_str().expect("a name");
            assert_eq!(
                export.body[name].as_array().map(Vec::len),
                section["count"].as_u64().map(|n| usize::try_from(n).expect("few")),
                "{name}"
            );
            assert!(
                section["is_complete"] == true && section["means"].as_str().is_some_and(|text| text.ends_with('.'))
            );
            let is_filled = section["count"] != 0;
            let is_of_mentees =
                ["suggestion_requests", "enrolments", "mentor_requests", "mentor_invitations"].contains(&name);
            assert!(is_filled || who != "mentor" || is_of_mentees, "{who} has no {name}");
        }
    }
    assert!(found > 100, "only {found}");
}

/// A service has no life of its own.
#[apply(on_both_engines!)]
async fn only_people_have_an_export(app: TestApp) {
    let service = app.service_account(&mentorship::policy::Scope::ALL).await;
    app.as_service(service, &mentorship::policy::Scope::ALL).get("/v1/me/export").await.problem(404, "not_found");
    let export = app.as_(app.person().await).get("/v1/me/export").await.ok();
    export.has("/withheld", json!([])).has("/notes", json!([])).has("/profile/0/needs", json!([]));
}

/// As many statements for much as for little.
#[apply(on_both_engines!)]
#[set_up_by(Setup { texts: Some(Texts::default()), ..Setup::default() })]
async fn an_export_asks_a_constant_number_of_questions(app: TestApp) {
    let mut house = House::new(app, &cry).await;
    house.furnish().await;
    let texts = app.texts.as_ref().expect("the set-up asks for them");
    let before = texts.count();
    house.ask("mentor", "get", "/v1/me/export", &Value::Null).await.ok();
    let once = texts.count() - before;
    for _ in 0..5 {
        let session = json!({"pair_id": "{pair}", "starts_at": "2026-04-01T09:00:00Z"});
        house.make("more", "mentor", "/v1/sessions", session).await;
        house.make("note", "mentor", "/v1/sessions/{more}/notes", json!({"text": "x"})).await;
    }
    let before = texts.count();
    house.ask("mentor", "get", "/v1/me/export", &Value::Null).await.ok();
    assert_eq!(texts.count() - before, once, "statements");
    assert!(once < 40, "{once} statements");
}
