//! Preferences: of what one is told, by which way, and when.

use chrono::TimeDelta;
use mentorship::notify::mail::Mail;
use mentorship::policy::Scope;
use serde_json::{Value, json};

use super::mails::{Letter, kinds, schedule, set, take, to};
use crate::harness::{Pair, Setup, TestApp};

const AT: &str = "/v1/me/notice-preferences";

async fn choose(app: &TestApp, person: mentorship::ids::PersonId, body: Value) {
    app.as_(person).patch(AT, body).await.ok();
}

async fn told(app: &TestApp, person: mentorship::ids::PersonId) -> usize {
    app.as_(person).get("/v1/notices").await.ok().items().len()
}

/// The pair comes to its end, which can wait; its session to come is cancelled, which cannot.
async fn end(app: &TestApp, pair: &Pair) {
    app.as_(pair.mentor).post(&format!("{}/end", pair.path), json!({"reason": "other"})).await.ok();
}

/// What this person gets.
fn to_all(letters: &[Letter], person: mentorship::ids::PersonId) -> Vec<&str> {
    let theirs = letters.iter().filter(|letter| letter.header("To").contains(&person.to_string()));
    theirs.map(|letter| letter.header("Subject")).collect()
}

/// Everything, at once, until one says otherwise.
#[apply(on_both_engines!)]
async fn everybody_chooses_for_themselves(app: TestApp) {
    let pair = app.pair().await;
    set(app, "update people set time_zone = $2 where id = $1", pair.mentor, "Asia/Tokyo").await;
    let mentor = app.as_(pair.mentor);
    let usual = mentor.get(AT).await.ok().has("/mail_off", json!([])).has("/in_app_off", json!([]));
    usual
        .has("/quiet_hours", Value::Null)
        .has("/digest_at", Value::Null)
        .has("/time_zone", "Asia/Tokyo")
        .has("/withheld", json!([]));
    let chosen = json!({"mail_off": ["goals", "pairs", "goals"], "in_app_off": ["suggestions"], "quiet_hours": {"from": "18:00", "to": "08:00"}, "digest_at": "08:30"});
    let seen = mentor.patch(AT, chosen).await.ok().has("/mail_off", json!(["pairs", "goals"]));
    mentor
        .patch_seen(AT, &seen, json!({"digest_at": null}))
        .await
        .ok()
        .has("/digest_at", Value::Null)
        .has("/quiet_hours/to", "08:00");
    mentor.patch_seen(AT, &seen, json!({"quiet_hours": null})).await.problem(412, "stale_record");
    let kept = mentor.patch(AT, json!({})).await.ok().has("/in_app_off", json!(["suggestions"]));
    mentor.patch(AT, json!({"quiet_hours": null})).await.ok().has("/quiet_hours", Value::Null);
    assert_eq!(kept.body["mail_off"], json!(["pairs", "goals"]));
    for (wrong, status, at) in [
        (json!({"mail_off": ["tea"]}), 400, "/mail_off/0"),
        (json!({"mail_off": null}), 400, "/mail_off"),
        (json!({"quiet_hours": {"from": "08:00", "to": "08:00"}}), 422, "/quiet_hours/to"),
        (json!({"quiet_hours": {"from": "8:00", "to": "09:00"}}), 422, "/quiet_hours/from"),
        (json!({"quiet_hours": {"from": "08:00"}}), 400, "/quiet_hours/to"),
        (json!({"digest_at": "24:00"}), 422, "/digest_at"),
        (json!({"time_zone": "UTC"}), 400, "/time_zone"),
    ] {
        let problem = mentor.patch(AT, wrong).await;
        assert_eq!(problem.status, status, "{}", problem.body);
        problem.points_at(at);
    }
    app.as_(pair.mentee).get(AT).await.ok().has("/mail_off", json!([]));
    let service = app.service_account(&Scope::ALL).await;
    let service = app.as_service(service, &Scope::ALL);
    service.get(AT).await.problem(404, "not_found");
    service.patch(AT, json!({"mail_off": []})).await.problem(404, "not_found");
}

/// What one switched off does not come that way, and comes the other; the partner is told as ever.
#[apply(on_both_engines!)]
async fn what_is_switched_off_does_not_come(app: TestApp) {
    let pair = app.pair().await;
    choose(app, pair.mentor, json!({"mail_off": ["sessions"]})).await;
    choose(app, pair.mentee, json!({"in_app_off": ["sessions"]})).await;
    schedule(app, &pair).await;
    let letters = take(app).await;
    assert_eq!(letters.len(), 1);
    to(&letters, pair.mentee);
    assert_eq!((told(app, pair.mentor).await, told(app, pair.mentee).await), (1, 0));
    end(app, &pair).await;
    assert_eq!(take(app).await.len(), 3, "both hear of the end, and the mentee of the session");
    assert_eq!((told(app, pair.mentor).await, told(app, pair.mentee).await), (3, 1));
}

/// Mail waits for the end of quiet hours, by each one's own clock, and keeps its order; notices are there at once.
#[apply(on_both_engines!)]
async fn mail_waits_for_the_end_of_quiet_hours(app: TestApp) {
    let pair = app.pair().await;
    set(app, "update people set time_zone = $2 where id = $1", pair.mentee, "America/New_York").await;
    for person in [pair.mentor, pair.mentee] {
        choose(app, person, json!({"quiet_hours": {"from": "20:00", "to": "07:30"}})).await;
    }
    schedule(app, &pair).await;
    let letters = take(app).await;
    assert_eq!(letters.len(), 1, "in New York it is four in the morning");
    to(&letters, pair.mentor);
    assert_eq!(told(app, pair.mentee).await, 1);
    let admin = app.as_with(app.person().await, &["admin"]);
    let waiting = admin.get("/v1/deliveries?status=pending").await.ok();
    waiting.has("/items/0/next_at", "2026-03-02T12:30:00Z").has("/items/0/recipient_id", json!(pair.mentee));
    end(app, &pair).await;
    app.clock.advance(TimeDelta::minutes(209));
    let over = ["Your mentoring pair has ended", "A mentoring session is cancelled"];
    assert_eq!(kinds(&take(app).await), over, "to the mentor");
    app.clock.advance(TimeDelta::minutes(1));
    let letters = take(app).await;
    assert_eq!(kinds(&letters), over, "that it was scheduled is no news any more");
    assert!(letters.iter().all(|letter| letter.header("To").contains(&pair.mentee.to_string())));
    assert!(take(app).await.is_empty());
}

/// What can wait comes in one mail at the hour one chose; what says when to meet, at once.
#[apply(on_both_engines!)]
async fn a_digest_tells_of_the_day(app: TestApp) {
    let pair = app.pair().await;
    let other = app.person().await;
    choose(app, pair.mentee, json!({"digest_at": "17:30"})).await;
    let body = json!({"mentor_id": other, "mentee_id": pair.mentee, "model": "one_on_one"});
    let proposed = app.as_(other).post("/v1/pairs", body).await.created();
    schedule(app, &pair).await;
    let letters = take(app).await;
    assert_eq!(
        letters.iter().filter(|letter| letter.header("To").contains(&pair.mentee.to_string())).count(),
        2,
        "what asks for an answer, and when to meet"
    );
    app.as_(pair.mentee).post(&format!("/v1/pairs/{}/accept", proposed.id()), json!({})).await.ok();
    end(app, &pair).await;
    let letters = take(app).await;
    assert_eq!(letters.len(), 4);
    to(&letters, other);
    for person in [pair.mentor, pair.mentee] {
        assert!(to_all(&letters, person).contains(&"A mentoring session is cancelled"));
    }
    assert_eq!(to_all(&letters, pair.mentee).len(), 1, "the rest waits");
    let admin = app.as_with(app.person().await, &["admin"]);
    admin
        .get("/v1/deliveries?status=collected&count=exact")
        .await
        .ok()
        .has("/total", 2)
        .has("/items/0/next_at", "2026-03-02T17:30:00Z");
    app.clock.advance(TimeDelta::minutes(509));
    assert!(take(app).await.is_empty());
    app.clock.advance(TimeDelta::minutes(1));
    let letters = take(app).await;
    assert_eq!(kinds(&letters), ["Your mentoring news of the day"]);
    let letter = to(&letters, pair.mentee);
    assert!(
        letter.whole.contains("you are now a mentoring pair") && letter.whole.contains(" has ended."),
        "{}",
        letter.whole
    );
    assert_eq!(told(app, pair.mentee).await, 5, "and all of it was in the app at once");
    app.clock.advance(TimeDelta::days(1));
    assert!(take(app).await.is_empty(), "no news, no mail");
    admin.get("/v1/deliveries?status=collected&count=exact").await.ok().has("/total", 0);
    assert_eq!(kinds(&letters).len(), 1);
}

/// What is no longer so when the hour comes is not told; nothing left, no mail.
#[apply(on_both_engines!)]
async fn a_digest_tells_of_things_as_they_are(app: TestApp) {
    let (mentor, mentee) = (app.person().await, app.person().await);
    choose(app, mentee, json!({"digest_at": "17:30"})).await;
    let body = json!({"mentor_id": mentor, "mentee_id": mentee, "model": "one_on_one"});
    let pair = format!("/v1/pairs/{}", app.as_(mentee).post("/v1/pairs", body).await.created().id());
    app.as_(mentor).post(&format!("{pair}/accept"), json!({})).await.ok();
    take(app).await;
    app.as_(mentor).post(&format!("{pair}/end"), json!({"reason": "other"})).await.ok();
    take(app).await;
    app.clock.advance(TimeDelta::hours(9));
    let letters = take(app).await;
    let letter = to(&letters, mentee);
    assert!(
        !letter.whole.contains("you are now a mentoring pair") && letter.whole.contains(" has ended."),
        "{}",
        letter.whole
    );
    let admin = app.as_with(app.person().await, &["admin"]);
    admin.patch(&format!("/v1/people/{mentee}"), json!({"status": "departed"})).await.ok();
    app.clock.advance(TimeDelta::days(1));
    assert!(take(app).await.is_empty());
}

/// Mail programs are told where one chooses, if the operator has such a place.
#[apply(on_both_engines!)]
#[set_up_by(Setup { unsubscribe: Some("https://mentoring.example.com/mails"), ..Setup::default() })]
async fn mail_programs_are_told_where_one_chooses(app: TestApp) {
    let pair = app.pair().await;
    schedule(app, &pair).await;
    let letters = take(app).await;
    assert_eq!(to(&letters, pair.mentee).header("List-Unsubscribe"), "<https://mentoring.example.com/mails>");
    for wrong in ["http://example.com", "mentoring@example.com", "javascript:alert(1)", ""] {
        assert!(Mail::unsubscribe_address(wrong).is_err(), "{wrong}");
    }
    assert!(Mail::unsubscribe_address("mailto:mentoring@example.com?subject=no%20mail").is_ok());
}
