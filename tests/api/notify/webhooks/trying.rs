//! How often a webhook is called, and when no more.

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::receiver::{Call, Receiver};
use super::{admin, deliver, hook, near, propose};
use crate::harness::TestApp;

/// Minutes from one attempt to the next, without chance.
const PAUSES: [f64; 9] = [1.0 / 12.0, 5.0, 30.0, 120.0, 300.0, 600.0, 840.0, 1200.0, 1440.0];

fn moment(value: &Value) -> DateTime<Utc> {
    value.as_str().expect("a moment").parse().expect("a moment")
}

/// What fails is tried again as Standard Webhooks advises, and then given up; and where nothing else
/// arrived either, the webhook is disabled.
#[apply(on_both_engines!)]
#[set_up_by(near())]
async fn what_fails_is_tried_for_three_days(app: TestApp) {
    let (receiver, admin) = (Receiver::start(), admin(app).await);
    let hook = hook(&admin, &receiver.url, &["pairs:read"]).await;
    propose(app, app.person().await, app.person().await).await;
    let mut ids = Vec::new();
    for (attempt, pause) in (1..).zip(PAUSES.map(Some).into_iter().chain([None])) {
        receiver.reply(if attempt % 2 == 0 { 503 } else { 400 });
        deliver(app).await;
        let calls = receiver.take();
        assert_eq!(calls.len(), 1, "attempt {attempt}");
        assert_eq!(calls[0].signed_by(&hook.secret), 1);
        ids.push(calls[0].id().to_owned());
        let delivery = &hook.deliveries(&admin).await[0];
        assert_eq!((&delivery["attempts"], &delivery["id"]), (&json!(attempt), &json!(ids[0])));
        let Some(pause) = pause else { break };
        assert_eq!(
            delivery["last_error"],
            if attempt % 2 == 0 { "the receiver answered 503" } else { "the receiver answered 400" }
        );
        let next_at = moment(&delivery["next_at"]);
        let minutes = (next_at - app.clock.now()).as_seconds_f64() / 60.0;
        assert!(minutes >= pause && minutes < pause * 1.1, "attempt {attempt}: {minutes} minutes");
        app.clock.advance(next_at - app.clock.now() - TimeDelta::milliseconds(1));
        deliver(app).await;
        assert!(receiver.take().is_empty(), "attempt {attempt} is early");
        app.clock.advance(TimeDelta::milliseconds(1));
    }
    ids.dedup();
    assert_eq!(ids.len(), 1, "the same delivery keeps its id");
    assert_eq!(hook.deliveries(&admin).await[0]["status"], "dead");
    admin.get(&hook.path).await.ok().has("/is_enabled", false).has("/disabled_reason", "given_up");
    admin.patch(&hook.path, json!({"is_enabled": true})).await.ok().has("/disabled_reason", Value::Null);
}

/// Who hears something is there, whatever else fails.
#[apply(on_both_engines!)]
#[set_up_by(near())]
async fn one_event_that_fails_disables_nobody(app: TestApp) {
    let (receiver, admin) = (Receiver::start(), admin(app).await);
    let hook = hook(&admin, &receiver.url, &["pairs:read"]).await;
    propose(app, app.person().await, app.person().await).await;
    receiver.refuse("pair.proposed");
    for _ in 0..10 {
        admin.post(&format!("{}/test", hook.path), json!({})).await.ok();
        deliver(app).await;
        app.clock.advance(TimeDelta::hours(30));
    }
    let dead: Vec<_> = hook.deliveries(&admin).await.into_iter().filter(|one| one["status"] == "dead").collect();
    assert_eq!(
        (dead.len(), &dead[0]["kind"], &dead[0]["last_error"]),
        (1, &json!("pair.proposed"), &json!("the receiver answered 500"))
    );
    admin.get(&hook.path).await.ok().has("/is_enabled", true);
}

/// The events of a pair wait for each other; those of others do not wait.
#[apply(on_both_engines!)]
#[set_up_by(near())]
async fn a_pair_keeps_its_order(app: TestApp) {
    let (receiver, admin) = (Receiver::start(), admin(app).await);
    let hook = hook(&admin, &receiver.url, &["pairs:read"]).await;
    let mentor = app.person().await;
    let first = propose(app, mentor, app.person().await).await;
    receiver.reply(500);
    deliver(app).await;
    app.as_(mentor).post(&format!("{first}/accept"), json!({})).await.ok();
    let second = propose(app, mentor, app.person().await).await;
    deliver(app).await;
    let told = |calls: Vec<Call>| {
        calls
            .iter()
            .map(|call| (call.kind().to_owned(), call.body["data"]["resource"].as_str().unwrap_or_default().to_owned()))
            .collect::<Vec<_>>()
    };
    let line = |kind: &str, pair: &String| (kind.to_owned(), pair.clone());
    assert_eq!(told(receiver.take()), [line("pair.proposed", &first), line("pair.proposed", &second)]);
    app.clock.advance(TimeDelta::seconds(6));
    deliver(app).await;
    assert_eq!(told(receiver.take()), [line("pair.proposed", &first), line("pair.started", &first)]);
    assert!(hook.deliveries(&admin).await.iter().all(|one| one["status"] == "delivered"));
}

/// Two instances may disagree about the time; what happened first is told first.
#[apply(on_both_engines!)]
#[set_up_by(near())]
async fn a_pair_keeps_its_order_though_clocks_differ(app: TestApp) {
    let (receiver, admin) = (Receiver::start(), admin(app).await);
    hook(&admin, &receiver.url, &["pairs:read"]).await;
    let mentor = app.person().await;
    app.clock.advance(TimeDelta::minutes(1));
    let pair = propose(app, mentor, app.person().await).await;
    app.clock.advance(-TimeDelta::seconds(5));
    app.as_(mentor).post(&format!("{pair}/accept"), json!({})).await.ok();
    deliver(app).await;
    deliver(app).await;
    assert_eq!(receiver.kinds(), ["pair.proposed", "pair.started"]);
}

/// Who says how long to wait is left alone for so long, within a day.
#[apply(on_both_engines!)]
#[set_up_by(near())]
async fn a_receiver_may_ask_for_a_pause(app: TestApp) {
    let (receiver, admin) = (Receiver::start(), admin(app).await);
    let hook = hook(&admin, &receiver.url, &["pairs:read"]).await;
    propose(app, app.person().await, app.person().await).await;
    for (asked, minutes) in [("900", 15), ("Mon, 02 Mar 2026 10:15:00 GMT", 60), ("99999999", 24 * 60)] {
        receiver.reply_with(429, "retry-after", asked);
        deliver(app).await;
        assert_eq!(receiver.take().len(), 1);
        let next_at = moment(&hook.deliveries(&admin).await[0]["next_at"]);
        assert_eq!(next_at - app.clock.now(), TimeDelta::minutes(minutes), "{asked}");
        app.clock.advance(next_at - app.clock.now());
    }
}

/// 410 is for good: it is disabled at once, with all that was on its way.
#[apply(on_both_engines!)]
#[set_up_by(near())]
async fn who_is_gone_is_called_no_more(app: TestApp) {
    let (receiver, admin) = (Receiver::start(), admin(app).await);
    let hook = hook(&admin, &receiver.url, &["pairs:read"]).await;
    let mentor = app.person().await;
    let pair = propose(app, mentor, app.person().await).await;
    app.as_(mentor).post(&format!("{pair}/accept"), json!({})).await.ok();
    receiver.reply(410);
    deliver(app).await;
    assert_eq!(receiver.kinds(), ["pair.proposed"]);
    admin.get(&hook.path).await.ok().has("/is_enabled", false).has("/disabled_reason", "gone");
    let dead = hook.deliveries(&admin).await;
    assert!(
        dead.len() == 2
            && dead.iter().all(|one| one["status"] == "dead"
                && one["last_error"] == "the webhook is disabled: the receiver answered 410 Gone"),
        "{dead:?}"
    );
    app.as_(mentor).post(&format!("{pair}/end"), json!({"reason": "other"})).await.ok();
    app.clock.advance(TimeDelta::days(2));
    deliver(app).await;
    assert!(receiver.take().is_empty());

    // Enabled again, it asks for what it missed.
    admin.patch(&hook.path, json!({"is_enabled": true})).await.ok().has("/disabled_reason", Value::Null);
    admin.post(&format!("{}/replay", hook.path), json!({"since": "2026-03-02T09:00:00Z"})).await.ok();
    deliver(app).await;
    assert_eq!(receiver.kinds(), ["pair.proposed", "pair.started"]);
}

/// Told again, an event has the id that it had; what is older stays as it is.
#[apply(on_both_engines!)]
#[set_up_by(near())]
async fn a_replay_has_the_same_ids(app: TestApp) {
    let (receiver, admin) = (Receiver::start(), admin(app).await);
    let hook = hook(&admin, &receiver.url, &["pairs:read"]).await;
    let mentor = app.person().await;
    let pair = propose(app, mentor, app.person().await).await;
    deliver(app).await;
    receiver.take();
    app.clock.advance(TimeDelta::days(1));
    let since = app.clock.now();
    app.as_(mentor).post(&format!("{pair}/accept"), json!({})).await.ok();
    app.as_(mentor).post(&format!("{pair}/pause"), json!({})).await.ok();
    deliver(app).await;
    let ids =
        |calls: Vec<Call>| calls.iter().map(|call| (call.kind().to_owned(), call.id().to_owned())).collect::<Vec<_>>();
    let first = ids(receiver.take());
    assert_eq!(first.len(), 2);
    app.clock.advance(TimeDelta::days(1));
    admin.post(&format!("{}/replay", hook.path), json!({"since": since})).await.ok();
    deliver(app).await;
    let calls = receiver.take();
    assert_eq!(calls[0].headers["webhook-timestamp"], app.clock.now().timestamp().to_string(), "sent now");
    assert_eq!(calls[0].body["timestamp"], "2026-03-03T09:00:00Z", "happened then");
    assert_eq!(ids(calls), first);
    assert_eq!(hook.deliveries(&admin).await.len(), 3);
}

/// A webhook that is gone takes what was on its way along; the log stays.
#[apply(on_both_engines!)]
#[set_up_by(near())]
async fn who_is_deleted_hears_nothing_more(app: TestApp) {
    let (receiver, admin) = (Receiver::start(), admin(app).await);
    let hook = hook(&admin, &receiver.url, &["pairs:read"]).await;
    let mentor = app.person().await;
    let pair = propose(app, mentor, app.person().await).await;
    receiver.reply(500);
    deliver(app).await;
    app.as_(mentor).post(&format!("{pair}/accept"), json!({})).await.ok();
    receiver.take();
    // Planned, and not yet told.
    app.clock.advance(TimeDelta::milliseconds(1));
    admin.delete(&hook.path).await.is(204);
    admin.get(&hook.path).await.problem(404, "not_found");
    app.clock.advance(TimeDelta::days(1));
    deliver(app).await;
    assert!(receiver.take().is_empty());
    let log = hook.deliveries(&admin).await;
    assert_eq!(
        (log.len(), &log[0]["status"], &log[0]["last_error"]),
        (1, &json!("dead"), &json!("the webhook was deleted"))
    );
}

/// Who does not answer is left alone for a minute, and keeps nobody waiting meanwhile.
#[apply(on_both_engines!)]
#[set_up_by(near())]
async fn who_does_not_answer_keeps_nobody_waiting(app: TestApp) {
    let (receiver, admin) = (Receiver::start(), admin(app).await);
    let away = hook(&admin, "http://127.0.0.1:1/hooks", &["people:read"]).await;
    hook(&admin, &receiver.url, &["people:read"]).await;
    for number in 0..15 {
        let person = json!({"name": "New", "email": format!("new-{number}@example.com")});
        admin.post("/v1/people", person).await.created();
    }
    let untried = async || away.deliveries(&admin).await.iter().filter(|one| one["attempts"] == 0).count();
    deliver(app).await;
    assert_eq!(receiver.take().len(), 15);
    let left = untried().await;
    assert!((5..15).contains(&left), "{left}");
    app.clock.advance(TimeDelta::minutes(1));
    deliver(app).await;
    assert!(untried().await < left);
}

/// Who is not there is told of in words of our own; an answer is never kept.
#[apply(on_both_engines!)]
#[set_up_by(near())]
async fn what_went_wrong_is_told_in_our_own_words(app: TestApp) {
    let (receiver, admin) = (Receiver::start(), admin(app).await);
    let away = hook(&admin, "http://127.0.0.1:1/hooks", &["pairs:read"]).await;
    let unknown = hook(&admin, "http://nobody.invalid/hooks", &["pairs:read"]).await;
    let here = hook(&admin, &receiver.url, &["pairs:read"]).await;
    propose(app, app.person().await, app.person().await).await;
    receiver.reply(500);
    deliver(app).await;
    assert_eq!(away.deliveries(&admin).await[0]["last_error"], "the receiver cannot be reached");
    assert_eq!(unknown.deliveries(&admin).await[0]["last_error"], "the receiver cannot be reached");
    assert_eq!(here.deliveries(&admin).await[0]["last_error"], "the receiver answered 500");
    assert!(!crate::privacy::tables::dump(app).await.contains("canary of the receiver"));
}

/// Who takes a call and says nothing is given up after 15 seconds; mails go out meanwhile.
#[actix_web::test]
async fn who_says_nothing_holds_up_no_mail() {
    let app = TestApp::on_sqlite_with(near()).await;
    let silent = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let admin = admin(&app).await;
    app.clock.release();
    let hook = hook(&admin, &format!("http://{}/", silent.local_addr().expect("an address")), &["pairs:read"]).await;
    propose(&app, app.person().await, app.person().await).await;
    let (service, begun) = (app.service.clone(), Instant::now());
    let working = actix_web::rt::spawn(async move { mentorship::background::deliver(&service).await });
    let has_mail = || std::fs::read_dir(app.mails.path()).expect("a folder").count() > 0;
    while !has_mail() {
        assert!(begun.elapsed() < Duration::from_secs(10), "no mail");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    while hook.deliveries(&admin).await.iter().all(|one| one["last_error"].is_null()) {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert!(begun.elapsed() >= Duration::from_secs(14) && begun.elapsed() < Duration::from_secs(30));
    assert_eq!(hook.deliveries(&admin).await[0]["last_error"], "the receiver did not answer in time");
    working.abort();
    app.stop().await;
}
