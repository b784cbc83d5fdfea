//! What the report finds, and what cannot be found through it.

use mentorship::policy::Scope;
use serde_json::{Value, json};

use super::{Planted, REPORT, load, told};
use crate::harness::TestApp;

/// Whoever finds no mentor because of where they stand is seen, group by group; chance is not.
#[apply(on_both_engines!)]
async fn a_planted_disadvantage_is_flagged_and_an_even_spread_is_not(app: TestApp) {
    let planted = Planted::new(app).await;
    let reach = planted.mentees().enumerate().map(|(place, who)| (who, if place < 50 { "near" } else { "far" }));
    load(&planted.admin, "reach", reach).await.ok().has("/people", 80).has("/groups", json!(["far", "near"]));
    let coin = planted.mentees().enumerate().map(|(place, who)| (who, if place % 2 == 0 { "heads" } else { "tails" }));
    load(&planted.admin, "coin", coin).await.ok();

    let reach = planted.told_of("reach").await;
    let suggested = &reach["findings"][0];
    assert_eq!((&suggested["stage"], &suggested["is_flagged"]), (&json!("suggested"), &json!(true)));
    assert_eq!(told(suggested), [("far", Some(30)), ("near", Some(50))]);
    let rates: Vec<_> = suggested["groups"].as_array().unwrap().iter().map(|group| &group["selection_rate"]).collect();
    assert_eq!((rates, &suggested["selection_ratio"]), (vec![&json!(0.0), &json!(1.0)], &json!(0.0)));
    assert!(suggested["next_step"].is_string() && suggested["means"].is_string());
    let matched = &reach["findings"][1];
    assert_eq!((&matched["selection_ratio"], &matched["is_flagged"]), (&Value::Null, &json!(false)), "nobody was");

    let coin = planted.told_of("coin").await;
    let suggested = &coin["findings"][0];
    assert_eq!((&suggested["is_flagged"], &suggested["next_step"]), (&json!(false), &Value::Null));
    assert!(suggested["selection_ratio"].as_f64().unwrap() >= 0.8, "{suggested}");
    assert_eq!(told(suggested), [("heads", Some(40)), ("tails", Some(40))]);
    assert_eq!(coin["proxies"], json!([]));

    // Who looks for mentors sees some of those who offer, and none of those who stand where they stand themselves.
    let seat =
        planted.mentors.iter().map(|who| (*who, "senior")).chain(planted.near[..25].iter().map(|who| (*who, "junior")));
    load(&planted.admin, "seat", seat).await.ok();
    let shown = planted.told_of("seat").await["findings"][2].clone();
    assert_eq!((&shown["stage"], &shown["is_flagged"]), (&json!("shown"), &json!(true)));
    assert_eq!(told(&shown), [("junior", Some(25)), ("senior", Some(25))]);
    let rates: Vec<_> = shown["groups"].as_array().unwrap().iter().map(|group| &group["selection_rate"]).collect();
    assert_eq!(rates, [&json!(0.0), &json!(0.4)], "ten places in each list, and the same ten");
    assert_eq!(shown["groups"][1]["mean_level"], Value::Null, "of the level of ten nothing is told");

    // What the engine looks at may stand in for a group that it does not know.
    let place =
        planted.near.iter().enumerate().map(|(place, who)| (*who, if place < 25 { "here" } else { "overseas" }));
    load(&planted.admin, "place", place).await.ok();
    let place = planted.told_of("place").await;
    let proxies = place["proxies"].as_array().unwrap();
    assert!(proxies.len() == 2 && proxies.iter().all(|proxy| proxy["factor"] == "availability"), "{place}");
    assert_eq!((&proxies[0]["correlation"], &proxies[1]["correlation"]), (&json!(1.0), &json!(-1.0)));

    let all = planted.admin.get(REPORT).await.ok();
    assert_eq!(all.body["attributes"].as_array().unwrap().len(), 4);
    let all = all.has("/quarter", "2026-Q1").has("/unmatched/0/reason", "waiting").has("/unmatched/0/people", 50);
    let all = all.has("/unmatched/1/reason", "none_suggested").has("/unmatched/1/people", 30);
    assert!(all.body["exposure"]["gini"].as_f64().is_some_and(|gini| (0.5..1.0).contains(&gini)), "ten of a hundred");
    assert!(all.body["exposure"]["share_never_shown"].as_f64().is_some_and(|share| share > 0.8));
    planted.admin.get(&format!("{REPORT}?quarter=2025-Q4")).await.ok().has("/unmatched", json!([]));
}

/// Nineteen are too few, and cannot be reckoned from what is told of the others.
#[apply(on_both_engines!)]
async fn a_small_group_is_not_told_of_nor_found_through_others(app: TestApp) {
    let planted = Planted::new(app).await;
    let sized = |sizes: [usize; 3]| {
        let groups = ["a", "b", "c"].into_iter().zip(sizes).flat_map(|(name, size)| vec![name; size]);
        planted.mentees().zip(groups).collect::<Vec<_>>()
    };
    load(&planted.admin, "size", sized([19, 61, 0])).await.ok();
    for finding in planted.told_of("size").await["findings"].as_array().unwrap() {
        assert!(told(finding).iter().all(|(_, people)| people.is_none()), "{finding}");
        assert_eq!((&finding["selection_ratio"], &finding["is_flagged"]), (&Value::Null, &json!(false)));
    }
    load(&planted.admin, "size", sized([19, 25, 36])).await.ok();
    let size = planted.told_of("size").await;
    let told = told(&size["findings"][0]);
    assert!(matches!(told[..], [("a", None), ("b", None), ("c", Some(35 | 40))]), "{told:?}");
    let hidden = size["findings"][0]["groups"][1].as_object().unwrap();
    for figure in ["people", "selected", "selection_rate", "mean_level"] {
        assert_eq!(hidden[figure], Value::Null, "{figure}");
    }
    load(&planted.admin, "size", sized([25, 25, 30])).await.ok();
    assert_eq!(told_people(&planted.told_of("size").await), [Some(25), Some(25), Some(30)]);
    load(&planted.admin, "size", sized([19, 0, 0])).await.ok().has("/people", Value::Null);

    // Numbers are whole fives, the same as long as the same people are counted.
    let mut draws = std::collections::BTreeSet::new();
    for missing in 0..8 {
        let members = planted.mentees().enumerate().filter(|(place, _)| *place != missing);
        let members = members.map(|(place, who)| (who, if place < 27 { "a" } else { "b" }));
        load(&planted.admin, "draw", members).await.ok();
        let first = planted.admin.get(&format!("{REPORT}?attribute=draw")).await.ok();
        let again = planted.admin.get(&format!("{REPORT}?attribute=draw")).await.ok();
        assert_eq!((&first.bytes, first.header("etag")), (&again.bytes, again.header("etag")));
        let people = told_people(&first.body["attributes"][0]);
        assert!(people.iter().all(|people| people.is_some_and(|people| people % 5 == 0)), "{people:?}");
        draws.insert(people);
    }
    assert!(draws.len() > 1, "26 and 53 are told alike whoever is missing: {draws:?}");
}

/// Everybody else is refused, and the log tells who looked and who loaded.
#[apply(on_both_engines!)]
async fn admins_alone_load_and_look(app: TestApp) {
    let pair = app.pair().await;
    let account = app.service_account(&Scope::ALL).await;
    let others = [
        app.as_(pair.mentee),
        app.as_(pair.mentor),
        app.as_(pair.manager),
        app.as_with(pair.coordinator, &["coordinator"]),
        app.as_service(account, &Scope::ALL),
    ];
    let path = "/v1/fairness/attributes/hand";
    for other in others {
        other.get(REPORT).await.problem(403, "not_allowed");
        other.get(&format!("{REPORT}?program_id={}", pair.program)).await.problem(403, "not_allowed");
        other.get("/v1/fairness/attributes").await.problem(403, "not_allowed");
        let members = json!({"members": [{"person_id": pair.mentee, "group": "left"}]});
        other.put(path, members).await.problem(403, "not_allowed");
        other.delete(path).await.problem(403, "not_allowed");
    }
    app.nobody().get(REPORT).await.problem(401, "unauthenticated");
    let own = app.person().await;
    let admin = app.as_with(own, &["admin"]);
    load(&admin, "hand", [(pair.mentee, "left")]).await.ok();
    let group = json!({
        "group": "left", "is_suppressed": true, "people": null, "selected": null, "selection_rate": null,
        "mean_level": null
    });
    let report = admin.get(&format!("{REPORT}?program_id={}", pair.program)).await.ok();
    report.has("/attributes/0/findings/0/groups/0", group);
    admin.delete(path).await.is(204);
    let log = admin.get("/v1/audit-events").await.ok();
    let acts: Vec<_> = log.items().iter().map(|event| (event["act"].as_str(), event["actor_id"].as_str())).collect();
    for (act, times) in [("load_fairness", 2), ("read_fairness", 1)] {
        let done = acts.iter().filter(|one| **one == (Some(act), Some(own.to_string().as_str()))).count();
        assert_eq!(done, times, "{act} in {acts:?}");
    }
    assert!(!log.body.to_string().contains("left"));
}

/// Where people enrol, those who did are the mentors, and nobody else.
#[apply(on_both_engines!)]
async fn the_mentors_of_a_program_are_those_who_enrolled(app: TestApp) {
    let (admin, coordinator) = (app.as_with(app.person().await, &["admin"]), app.person().await);
    let program = app.program(coordinator).await;
    for _ in 0..20 {
        app.person().await;
    }
    let report = format!("{REPORT}?program_id={program}");
    admin.get(&report).await.ok().has("/exposure/share_never_shown", 1.0);
    let lead = app.as_with(coordinator, &["coordinator"]);
    for enrolling in ["by_approval", "open", "closed"] {
        lead.patch(&format!("/v1/programs/{program}"), json!({ "enrolling": enrolling })).await.ok();
        admin.get(&report).await.ok().has("/exposure/share_never_shown", Value::Null);
    }
}

/// What cannot be is refused where it stands.
#[apply(on_both_engines!)]
async fn a_report_is_about_what_is_there_and_over(app: TestApp) {
    let admin = app.as_with(app.person().await, &["admin"]);
    admin
        .get(REPORT)
        .await
        .ok()
        .has("/quarter", "2025-Q4")
        .has("/attributes", json!([]))
        .has("/exposure/gini", Value::Null);
    for quarter in ["2026-Q1", "2031-Q2"] {
        admin.get(&format!("{REPORT}?quarter={quarter}")).await.problem(422, "invalid_value").points_at("?quarter");
    }
    for quarter in ["2025", "2025-Q5", "2025-10", "20250-Q1", "1969-Q4"] {
        admin.get(&format!("{REPORT}?quarter={quarter}")).await.points_at("?quarter");
    }
    admin.get(&format!("{REPORT}?attribute=hand")).await.problem(422, "invalid_value").points_at("?attribute");
    let nobody = app.person().await;
    admin.get(&format!("{REPORT}?program_id={nobody}")).await.problem(422, "invalid_value").points_at("?program_id");
    admin.get(&format!("{REPORT}?since=2025-10-01")).await.problem(400, "invalid_request").points_at("?since");
    admin.get(&format!("{REPORT}?model_version=none")).await.ok().has("/model_version", "none");
}

fn told_people(attribute: &Value) -> Vec<Option<u64>> {
    told(&attribute["findings"][0]).into_iter().map(|(_, people)| people).collect()
}
