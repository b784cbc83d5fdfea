//! The health of a pair: what is found, from when on, and who sees it.

use chrono::TimeDelta;
use mentorship::ids::PersonId;
use mentorship::policy::Scope;
use serde_json::{Value, json};

use crate::harness::{Client, Pair, TestApp};

async fn health(client: &Client, pair: &Pair) -> Value {
    client.get(&format!("{}/health", pair.path)).await.ok().body
}

/// What was found, in one list of the answer.
fn kinds(health: &Value, list: &str) -> Vec<String> {
    let found = health[list].as_array().unwrap_or_else(|| panic!("no {list}: {health}"));
    found.iter().map(|finding| finding["kind"].as_str().expect("a kind").to_owned()).collect()
}

/// A session of the pair that took place just now.
async fn meet(app: &TestApp, pair: &Pair) -> String {
    let body = json!({"pair_id": pair.id, "starts_at": app.clock.now()});
    let id = app.as_(pair.mentee).post("/v1/sessions", body).await.created().id();
    app.as_(pair.mentee).post(&format!("/v1/sessions/{id}/complete"), json!({})).await.ok();
    id
}

/// A session of the pair that was to be tomorrow and is called off by `by`.
async fn call_off(app: &TestApp, pair: &Pair, by: PersonId) {
    let body = json!({"pair_id": pair.id, "starts_at": app.clock.now() + TimeDelta::days(1)});
    let id = app.as_(by).post("/v1/sessions", body).await.created().id();
    app.as_(by).post(&format!("/v1/sessions/{id}/cancel"), json!({})).await.ok();
    app.clock.advance(TimeDelta::hours(1));
}

async fn set_goal(app: &TestApp, pair: &Pair) -> String {
    let goal = app.as_(pair.mentee).post("/v1/goals", json!({"pair_id": pair.id, "title": "Lead a review", "measurable": "It took place", "target_on": "2027-06-30"})).await;
    let id = goal.created().id();
    app.as_(pair.mentee).post(&format!("/v1/goals/{id}/activate"), json!({})).await.ok();
    id
}

async fn reminders(app: &TestApp, person: PersonId) -> usize {
    app.service.send_reminders().await.expect("it reminds");
    app.service.deliver().await.expect("it tells");
    let listed = app.as_(person).get("/v1/notices?limit=200").await.ok();
    listed.items().iter().filter(|notice| notice["kind"] == "pair.needs_attention").count()
}

/// At first nothing can be said; then it goes well, as long as they meet and work towards something.
#[apply(on_both_engines!)]
async fn a_pair_is_judged_by_what_it_does(app: TestApp) {
    let pair = app.pair().await;
    for who in [pair.mentor, pair.mentee, pair.manager] {
        assert_eq!(health(&app.as_(who), &pair).await["state"], "too_early");
    }
    let goal = set_goal(app, &pair).await;
    for _ in 0..3 {
        app.clock.advance(TimeDelta::days(20));
        meet(app, &pair).await;
        app.as_(pair.mentee)
            .post(&format!("/v1/goals/{goal}/check-ins"), json!({"confidence": "on_track", "progress": 30}))
            .await
            .created();
    }
    let seen = health(&app.as_(pair.mentee), &pair).await;
    assert_eq!((&seen["state"], &seen["withheld"]), (&json!("on_track"), &json!([])), "{seen}");
    assert_eq!(reminders(app, pair.mentee).await, 0);
}

/// The two hear of it at once, by one notice each; who leads them a week later, if nothing was done.
#[apply(on_both_engines!)]
async fn the_two_hear_of_it_first(app: TestApp) {
    let (pair, lazy) = (app.pair().await, app.pair().await);
    for pair in [&pair, &lazy] {
        meet(app, pair).await;
        meet(app, pair).await;
    }
    let lead = app.as_with(pair.coordinator, &["coordinator"]);
    let (mentor, manager) = (app.as_(pair.mentor), app.as_(pair.manager));
    assert_eq!([reminders(app, pair.mentor).await, reminders(app, pair.mentee).await], [1, 1]);
    assert_eq!([reminders(app, pair.mentor).await, reminders(app, pair.mentee).await], [1, 1], "nobody is nagged");
    assert_eq!(kinds(&health(&mentor, &pair).await, "private_findings"), ["no_goal"]);
    for other in [&lead, &manager] {
        let seen = health(other, &pair).await;
        assert_eq!((&seen["state"], &seen["findings"]), (&json!("too_early"), &json!([])), "{seen}");
        assert_eq!(seen["withheld"], json!(["private_findings", "own_findings"]));
    }
    // No mail goes out: admins see which do.
    let admin = app.as_with(app.person().await, &["admin"]);
    assert!(!admin.get("/v1/deliveries?limit=200").await.ok().body.to_string().contains("needs_attention"));
    set_goal(app, &pair).await;
    app.clock.advance(TimeDelta::days(7));
    assert_eq!(kinds(&health(&manager, &pair).await, "findings"), [""; 0]);
    let late = health(&app.as_(lazy.manager), &lazy).await;
    assert_eq!((&late["state"], kinds(&late, "findings")), (&json!("needs_attention"), vec!["no_goal".to_owned()]));
    assert_eq!((&late["findings"][0]["count"], late["findings"][0]["since"].is_string()), (&json!(2), true));
    let own = health(&app.as_(lazy.mentee), &lazy).await;
    assert_eq!((kinds(&own, "findings"), kinds(&own, "private_findings")), (vec!["no_goal".to_owned()], vec![]));
}

/// After two months for everybody; after two rounds of the rhythm they chose, for the two.
#[apply(on_both_engines!)]
async fn a_pair_falls_silent(app: TestApp) {
    let pair = app.pair().await;
    set_goal(app, &pair).await;
    app.as_(pair.mentee).patch(&pair.path, json!({"cadence": "biweekly"})).await.ok();
    meet(app, &pair).await;
    let (mentee, manager) = (app.as_(pair.mentee), app.as_(pair.manager));
    app.clock.advance(TimeDelta::days(27));
    assert_eq!(health(&mentee, &pair).await["state"], "too_early");
    app.clock.advance(TimeDelta::days(1));
    let seen = health(&mentee, &pair).await;
    assert_eq!(
        (&seen["state"], kinds(&seen, "private_findings")),
        (&json!("needs_attention"), vec!["no_session".to_owned()])
    );
    assert_eq!(seen["private_findings"][0]["count"], 28);
    let canonical = manager.get(&format!("{}/health", pair.path)).await.ok();
    assert_eq!(canonical.body["state"], "on_track");
    mentee.patch(&pair.path, json!({"cadence": "monthly"})).await.ok();
    assert_eq!(
        manager.get(&format!("{}/health", pair.path)).await.ok().bytes,
        canonical.bytes,
        "what is private shows"
    );
    assert_eq!(health(&mentee, &pair).await["state"], "on_track");
    app.clock.advance(TimeDelta::days(62 - 28));
    assert_eq!(
        kinds(&health(&mentee, &pair).await, "private_findings"),
        ["no_session", "standstill"].map(str::to_owned)
    );
    app.clock.advance(TimeDelta::days(7));
    assert_eq!(kinds(&health(&manager, &pair).await, "findings"), ["no_session", "standstill"].map(str::to_owned));
    // A session that is planned is not silence.
    let body = json!({"pair_id": pair.id, "starts_at": app.clock.now() + TimeDelta::days(3)});
    mentee.post("/v1/sessions", body).await.created();
    assert_eq!(kinds(&health(&manager, &pair).await, "findings"), ["standstill"]);
}

/// As long as a session is planned it is no silence; called off, the two hear of it first.
#[apply(on_both_engines!)]
async fn a_planned_session_is_called_off(app: TestApp) {
    let pair = app.pair().await;
    set_goal(app, &pair).await;
    let body = json!({"pair_id": pair.id, "starts_at": app.clock.now() + TimeDelta::days(100)});
    let id = app.as_(pair.mentee).post("/v1/sessions", body).await.created().id();
    app.clock.advance(TimeDelta::days(90));
    let (mentee, manager) = (app.as_(pair.mentee), app.as_(pair.manager));
    let silent = async |client: &Client, list: &str| {
        kinds(&health(client, &pair).await, list).contains(&"no_session".to_owned())
    };
    assert!(!silent(&mentee, "private_findings").await && !silent(&manager, "findings").await);
    mentee.post(&format!("/v1/sessions/{id}/cancel"), json!({})).await.ok();
    assert!(silent(&mentee, "private_findings").await && !silent(&manager, "findings").await);
    let admin = app.as_with(app.person().await, &["admin"]);
    assert_eq!(reminders(app, pair.mentee).await, 1);
    let silent_of_lead = async || {
        let listed = admin.get("/v1/pair-health?state=needs_attention").await.ok();
        listed.body.to_string().contains("no_session")
    };
    assert!(!silent_of_lead().await);
    app.clock.advance(TimeDelta::days(7));
    assert!(silent(&manager, "findings").await && silent_of_lead().await);
}

/// A pair that goes on after a rest starts afresh.
#[apply(on_both_engines!)]
async fn a_rest_is_no_silence(app: TestApp) {
    let pair = app.pair().await;
    let mentee = app.as_(pair.mentee);
    mentee.post(&format!("{}/pause", pair.path), json!({})).await.ok();
    mentee.get(&format!("{}/health", pair.path)).await.problem(404, "not_found");
    app.clock.advance(TimeDelta::days(200));
    mentee.post(&format!("{}/resume", pair.path), json!({})).await.ok();
    assert_eq!(health(&mentee, &pair).await["state"], "too_early");
    app.clock.advance(TimeDelta::days(61));
    assert_eq!(health(&mentee, &pair).await["state"], "on_track");
    app.clock.advance(TimeDelta::days(1));
    assert_eq!(health(&mentee, &pair).await["state"], "needs_attention");
}

/// Who cancels, only the two know; that they do, everybody who sees sessions.
#[apply(on_both_engines!)]
async fn sessions_are_called_off(app: TestApp) {
    let pair = app.pair().await;
    let (mentee, manager) = (app.as_(pair.mentee), app.as_(pair.manager));
    call_off(app, &pair, pair.mentee).await;
    call_off(app, &pair, pair.mentor).await;
    assert_eq!(kinds(&health(&mentee, &pair).await, "private_findings"), [""; 0]);
    call_off(app, &pair, pair.mentee).await;
    let seen = health(&mentee, &pair).await;
    assert_eq!(kinds(&seen, "private_findings"), ["cancellations", "cancelled_by_mentee"].map(str::to_owned));
    assert_eq!([&seen["private_findings"][0]["count"], &seen["private_findings"][1]["count"]], [&json!(3), &json!(2)]);
    app.clock.advance(TimeDelta::days(7));
    assert_eq!(kinds(&health(&manager, &pair).await, "findings"), ["cancellations"]);
    // A series that goes at once is one cancellation.
    let other = app.pair().await;
    let body = json!({"pair_id": other.id, "starts_at": app.clock.now() + TimeDelta::days(1), "repeat": {"cadence": "weekly", "times": 8}});
    let id = app.as_(other.mentee).post("/v1/sessions", body).await.created().id();
    app.as_(other.mentee).post(&format!("/v1/sessions/{id}/cancel"), json!({"and_following": true})).await.ok();
    assert_eq!(kinds(&health(&app.as_(other.mentee), &other).await, "private_findings"), [""; 0]);
}

/// What is left lying is between the two.
#[apply(on_both_engines!)]
async fn items_are_never_done(app: TestApp) {
    let pair = app.pair().await;
    let session = meet(app, &pair).await;
    set_goal(app, &pair).await;
    let due_on = app.clock.now().date_naive() + TimeDelta::days(5);
    for n in 0..3 {
        let day = if n == 0 { Value::Null } else { json!(due_on) };
        let item = json!({"text": "x", "owner": "mentee", "due_on": day});
        app.as_(pair.mentor).post(&format!("/v1/sessions/{session}/action-items"), item).await.created();
    }
    app.clock.advance(TimeDelta::days(59));
    let (mentor, manager) = (app.as_(pair.mentor), app.as_(pair.manager));
    let before = manager.get(&format!("{}/health", pair.path)).await.ok();
    assert_eq!(kinds(&health(&mentor, &pair).await, "private_findings"), [""; 0]);
    app.clock.advance(TimeDelta::days(2));
    let seen = health(&mentor, &pair).await;
    let left = seen["private_findings"].as_array().expect("a list").iter().find(|one| one["kind"] == "items_left");
    assert_eq!(left.expect("it is found")["count"], 3, "{seen}");
    assert_eq!(before.body, manager.get(&format!("{}/health", pair.path)).await.ok().body);
}

/// What somebody says of their own talk is told to them and to nobody else.
#[apply(on_both_engines!)]
async fn talk_goes_one_way(app: TestApp) {
    let pair = app.pair().await;
    set_goal(app, &pair).await;
    for n in 0..3 {
        let session = meet(app, &pair).await;
        app.clock.advance(TimeDelta::hours(1));
        let path = format!("/v1/sessions/{session}/reflection");
        app.as_(pair.mentor).put(&path, json!({"talk_share": if n == 2 { 4 } else { 5 }})).await.ok();
        app.as_(pair.mentee).put(&path, json!({"talk_share": 3})).await.ok();
    }
    let seen = health(&app.as_(pair.mentor), &pair).await;
    assert_eq!(
        (&seen["state"], kinds(&seen, "own_findings")),
        (&json!("needs_attention"), vec!["one_way_talk".to_owned()])
    );
    let other = health(&app.as_(pair.mentee), &pair).await;
    assert_eq!((&other["state"], kinds(&other, "own_findings")), (&json!("too_early"), vec![]));
    assert!(!health(&app.as_(pair.manager), &pair).await.to_string().contains("one_way"));
}

/// What was found long ago of what the two did since is told to them first, too.
#[apply(on_both_engines!)]
async fn old_facts_are_news_to_the_two(app: TestApp) {
    let (late, drafted, rested) = (app.pair().await, app.pair().await, app.pair().await);
    let mut held = Vec::new();
    for _ in 0..2 {
        let body = json!({"pair_id": late.id, "starts_at": app.clock.now()});
        held.push(app.as_(late.mentee).post("/v1/sessions", body).await.created().id());
    }
    let goal = json!({"pair_id": drafted.id, "title": "Lead a review", "measurable": "It took place", "target_on": "2027-06-30"});
    let goal = app.as_(drafted.mentee).post("/v1/goals", goal).await.created().id();
    for _ in 0..3 {
        call_off(app, &rested, rested.mentor).await;
    }
    app.clock.advance(TimeDelta::days(60));
    for id in held {
        app.as_(late.mentor).post(&format!("/v1/sessions/{id}/complete"), json!({})).await.ok();
    }
    app.as_(drafted.mentee).post(&format!("/v1/goals/{goal}/activate"), json!({})).await.ok();
    for way in ["pause", "resume"] {
        app.as_(rested.mentee).post(&format!("{}/{way}", rested.path), json!({})).await.ok();
    }
    assert_eq!(kinds(&health(&app.as_(late.mentee), &late).await, "private_findings"), ["no_goal"]);
    assert_eq!(reminders(app, late.mentee).await, 1);
    for pair in [&late, &drafted, &rested] {
        assert_eq!(kinds(&health(&app.as_(pair.manager), pair).await, "findings"), [""; 0]);
    }
    assert_eq!(health(&app.as_(rested.mentee), &rested).await["state"], "too_early");
}

/// What is found does not come and go with the oldest of three.
#[apply(on_both_engines!)]
async fn cancellations_stay_found(app: TestApp) {
    let pair = app.pair().await;
    set_goal(app, &pair).await;
    for days in [39, 40, 8, 2] {
        call_off(app, &pair, pair.mentor).await;
        app.clock.advance(TimeDelta::days(days));
    }
    let admin = app.as_with(app.person().await, &["admin"]);
    for day in 0..9 {
        let found = kinds(&health(&app.as_(pair.manager), &pair).await, "findings");
        assert!(found.contains(&"cancellations".to_owned()), "after {day} days: {found:?}");
        let listed = admin.get("/v1/pair-health?state=needs_attention").await.ok().body.to_string();
        assert!(listed.contains("cancellations"), "after {day} days");
        app.clock.advance(TimeDelta::days(1));
    }
}

/// Leads list what they lead, narrowed by what it comes to; the list agrees with each pair.
#[apply(on_both_engines!)]
async fn leads_list_the_pairs_to_look_after(app: TestApp) {
    let (pair, silent, young) = (app.pair().await, app.pair().await, app.pair().await);
    app.clock.advance(TimeDelta::days(40));
    for pair in [&pair, &silent] {
        meet(app, pair).await;
    }
    app.clock.advance(TimeDelta::days(50));
    meet(app, &pair).await;
    set_goal(app, &pair).await;
    app.as_(young.mentee).post(&format!("{}/pause", young.path), json!({})).await.ok();
    app.as_(young.mentee).post(&format!("{}/resume", young.path), json!({})).await.ok();
    app.clock.advance(TimeDelta::days(20));
    let admin = app.as_with(app.person().await, &["admin"]);
    let states = async |client: &Client, query: &str| {
        let listed = client.get(&format!("/v1/pair-health{query}")).await.ok();
        let one = |item: &Value| {
            (item["pair_id"].as_str().expect("an id").to_owned(), item["state"].as_str().expect("a state").to_owned())
        };
        listed.items().iter().map(one).collect::<Vec<_>>()
    };
    let of = |pair: &Pair, state: &str| (pair.id.to_string(), state.to_owned());
    let all = [of(&pair, "on_track"), of(&silent, "needs_attention"), of(&young, "too_early")];
    assert_eq!(states(&admin, "").await, all);
    for (id, state) in &all {
        assert_eq!(states(&admin, &format!("?state={state}&count=exact")).await, [(id.clone(), state.clone())]);
        assert_eq!(admin.get(&format!("/v1/pairs/{id}/health")).await.ok().body["state"], *state);
    }
    assert_eq!(states(&admin, &format!("?program_id={}", young.program)).await, all[2..]);
    let lead = app.as_with(silent.coordinator, &["coordinator"]);
    assert_eq!(states(&lead, "").await, all[1..2]);
    assert_eq!(states(&lead, &format!("?program_id={}", pair.program)).await, []);
    let service = app.service_account(&[Scope::OutcomesRead]).await;
    assert_eq!(states(&app.as_service(service, &[Scope::OutcomesRead]), "").await, all);
    for other in [silent.coordinator, silent.mentor, silent.mentee, silent.manager] {
        assert_eq!(states(&app.as_(other), "").await, [], "without the role nobody leads");
    }
    admin.get("/v1/pair-health?state=fine").await.problem(400, "invalid_request");
    // Page by page they are the same.
    let first = admin.get("/v1/pair-health?limit=2").await.ok();
    let cursor = first.body["next_cursor"].as_str().expect("there is more").to_owned();
    assert_eq!(states(&admin, &format!("?limit=2&cursor={cursor}")).await, all[2..]);
}

/// More than three pairs are too many for one mentor; that is for leads to see to, and nobody is reminded.
#[apply(on_both_engines!)]
async fn a_mentor_has_many_pairs(app: TestApp) {
    let pair = app.pair().await;
    let admin = app.as_with(app.person().await, &["admin"]);
    for _ in 0..3 {
        let mentee = app.person().await;
        let body = json!({"mentor_id": pair.mentor, "mentee_id": mentee, "model": "one_on_one", "override_reason": "There is nobody else."});
        admin.post("/v1/pairs", body).await.created();
    }
    let seen = health(&app.as_(pair.mentor), &pair).await;
    assert_eq!(
        (kinds(&seen, "findings"), kinds(&seen, "private_findings")),
        (vec!["mentor_overloaded".to_owned()], vec![])
    );
    assert_eq!(seen["findings"][0]["count"], 4);
    let listed = admin.get("/v1/pair-health?state=needs_attention&count=exact").await.ok().has("/total", 4);
    assert_eq!(kinds(&listed.items()[0], "findings"), ["mentor_overloaded"]);
    // With one more it stays so.
    app.clock.advance(TimeDelta::days(30));
    let body = json!({"mentor_id": pair.mentor, "mentee_id": app.person().await, "model": "one_on_one", "override_reason": "x"});
    admin.post("/v1/pairs", body).await.created();
    assert_eq!(
        health(&admin, &pair).await["findings"],
        json!([{"count": 5, "kind": "mentor_overloaded", "message": seen["findings"][0]["message"], "since": seen["findings"][0]["since"]}])
    );
    assert_eq!(reminders(app, pair.mentor).await, 0);
}
