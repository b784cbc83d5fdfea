//! A new first sign-in: opened by an admin, told to the person, and opening sealed words only with their yes or in time.

use chrono::TimeDelta;
use mentorship::auth::PersonClaim;
use serde_json::json;

use super::{account, admin, hire, mails, none, who, write_notebook};
use crate::auth::forge::Signer;
use crate::auth::keys::Reply;
use crate::auth::provider::on_both;
use crate::harness::{Client, TestApp};

/// A person with an old sign-in and words, for whom an admin opened a new one that somebody used.
struct Scene<'a> {
    app: &'a TestApp,
    signer: &'a Signer,
    hr: Client,
    person: String,
    pair: String,
    secret: String,
    old: Client,
    new: Client,
}

impl Scene<'_> {
    /// The accounts a while later, with fresh tokens.
    fn later(&self, days: i64) -> (Client, Client) {
        self.app.clock.advance(TimeDelta::days(days));
        let of = |sub| account(self.app, self.signer, sub, "new@example.com");
        (of("s-old"), of("s-new"))
    }
}

async fn rebound(test: impl AsyncFn(Scene<'_>)) {
    let signer = Signer::new("one");
    on_both(
        PersonClaim::email(),
        || Reply::keys(&[&signer]),
        async |app, _| {
            let hr = admin(app).await;
            let person = hire(&hr, "E-1", "old@example.com").await;
            let old = account(app, &signer, "s-old", "old@example.com");
            assert_eq!(who(&old).await, Some(person.clone()));
            let (own, secret) = write_notebook(app, &person).await;
            let pair = own.get(&secret).await.ok().body["pair_id"].as_str().expect("a pair").to_owned();
            hr.patch(&format!("/v1/people/{person}"), json!({"email": "new@example.com"})).await.ok();
            let new = account(app, &signer, "s-new", "new@example.com");
            assert_eq!(who(&new).await, None);
            hr.post(&format!("/v1/people/{person}/rebind-identity"), none()).await.ok().has("/status", "open");
            old.get("/v1/me/identity-rebind").await.ok().has("/status", "open");
            old.post("/v1/me/identity-rebind/confirm", none()).await.problem(409, "wrong_state");
            assert_eq!(who(&new).await, Some(person.clone()));
            test(Scene { app, signer: &signer, hr, person, pair, secret, old, new }).await;
        },
    )
    .await;
}

/// Until the person confirms, the new sign-in reads and writes nothing private or never shared, by no route.
#[actix_web::test]
async fn an_unconfirmed_sign_in_reads_and_writes_no_sealed_words() {
    rebound(async |scene| {
        let (new, pair) = (&scene.new, format!("/v1/pairs/{}", scene.pair));
        new.get(&scene.secret).await.problem(404, "not_found");
        new.patch(&scene.secret, json!({"text": "x"})).await.is(404);
        new.delete(&scene.secret).await.is(404);
        for list in [
            format!("{pair}/notebook-entries"),
            "/v1/me/blocks".to_owned(),
            "/v1/me/access-log".to_owned(),
            "/v1/notices".to_owned(),
        ] {
            new.get(&format!("{list}?count=exact")).await.ok().has("/items", json!([])).has("/total", 0);
        }
        new.post(&format!("{pair}/notebook-entries"), json!({"text": "x"})).await.problem(403, "not_allowed");
        let own = format!("/v1/people/{}", scene.person);
        new.get(&own).await.ok().lacks("/learning_style").has("/career_goals", serde_json::Value::Null);
        new.get(&pair).await.ok().lacks("/agreement").has("/status", "active");
        let profile = new.patch(&format!("{own}/profile"), json!({"bio": "x"})).await;
        assert!([403, 404].contains(&profile.status), "{}", profile.body);
        for path in ["/v1/me/export", "/v1/me/calendar-feed"] {
            new.get(path).await.is(404);
        }
        for path in [
            "/v1/me/calendar-feed",
            "/v1/me/sign-out",
            "/v1/me/identity-rebind/confirm",
            "/v1/me/identity-rebind/reject",
        ] {
            let answer = new.post(path, none()).await;
            assert!([403, 404].contains(&answer.status), "{path}: {}", answer.body);
        }
        new.get("/v1/notices/stream").await.problem(403, "not_allowed");
        new.get("/v1/me/identity-rebind").await.ok().has("/status", "waiting");
        // The old one is as it was.
        scene.old.get(&scene.secret).await.ok().has("/text", "canary of the notebook");
        scene.old.get("/v1/me/identity-rebind").await.ok().has("/opens_at", "2026-03-09T09:00:00Z");
    })
    .await;
}

/// The person says yes: the new one opens, the old one ends at once.
#[actix_web::test]
async fn a_confirmed_sign_in_opens_and_the_old_one_ends() {
    rebound(async |scene| {
        scene.old.post("/v1/me/identity-rebind/confirm", none()).await.is(204);
        scene.new.get(&scene.secret).await.ok().has("/text", "canary of the notebook");
        assert_eq!(who(&scene.old).await, None);
        let (old, new) = scene.later(20);
        assert_eq!((who(&old).await, who(&new).await), (None, Some(scene.person.clone())));
        new.get("/v1/me/identity-rebind").await.problem(404, "not_found");
    })
    .await;
}

/// The person says no: the new one is refused for good, and the old one stays, also when the wait would be over.
#[actix_web::test]
async fn a_rejected_sign_in_is_refused_for_good() {
    rebound(async |scene| {
        scene.old.post("/v1/me/identity-rebind/reject", none()).await.is(204);
        assert_eq!(who(&scene.new).await, None);
        for days in [0, 8, 30] {
            let (old, new) = scene.later(days);
            assert_eq!((who(&old).await, who(&new).await), (Some(scene.person.clone()), None));
            old.get(&scene.secret).await.ok();
        }
    })
    .await;
}

/// Nobody answers: after a week the new one opens and the old one ends, with what it had made.
#[actix_web::test]
async fn an_unanswered_sign_in_opens_after_a_week() {
    rebound(async |scene| {
        let feed = scene.old.post("/v1/me/calendar-feed", none()).await.created();
        let feed = feed.body["path"].as_str().expect("a path").to_owned();
        scene.app.nobody().get(&feed).await.ok();
        scene.app.clock.advance(TimeDelta::seconds(7 * 86_400 - 1));
        scene.new.get(&scene.secret).await.problem(404, "not_found");
        scene.old.get(&scene.secret).await.ok();
        scene.app.clock.advance(TimeDelta::seconds(1));
        scene.new.get(&scene.secret).await.ok();
        assert_eq!(who(&scene.old).await, None);
        scene.app.nobody().get(&feed).await.problem(404, "not_found");
    })
    .await;
}

/// Opened twice, the latest account is the one to confirm; another that still waits gains nothing by it.
#[actix_web::test]
async fn a_second_opening_confirms_only_the_latest() {
    rebound(async |scene| {
        scene.hr.post(&format!("/v1/people/{}/rebind-identity", scene.person), none()).await.ok();
        let third = account(scene.app, scene.signer, "s-third", "new@example.com");
        assert_eq!(who(&third).await, Some(scene.person.clone()));
        third.get(&scene.secret).await.problem(404, "not_found");
        scene.old.post("/v1/me/identity-rebind/confirm", none()).await.is(204);
        third.get(&scene.secret).await.ok();
        assert_eq!((who(&scene.new).await, who(&scene.old).await), (None, None));
    })
    .await;
}

/// The person hears of it: a notice, a mail at both addresses, and a line in their access log. Nobody else does.
#[actix_web::test]
async fn the_person_hears_of_it() {
    rebound(async |scene| {
        let told = mails(scene.app).await;
        for subject in ["A new sign-in was opened for you", "Confirm your new sign-in"] {
            let letter = told.iter().find(|mail| mail.contains(subject)).expect("a mail");
            assert!(letter.contains("old@example.com") && letter.contains("new@example.com"), "{letter}");
        }
        let notices = scene.old.get("/v1/notices").await.ok();
        let kinds: Vec<_> = notices.items().iter().filter_map(|item| item["kind"].as_str()).collect();
        assert!(kinds.contains(&"identity.rebind_opened") && kinds.contains(&"identity.rebind_waiting"), "{kinds:?}");
        scene.app.state.audit_log().settle().await.expect("it settles");
        let log = scene.old.get("/v1/me/access-log").await.ok();
        let line = log.items().iter().find(|line| line["fields"] == json!(["identity"]));
        assert!(line.is_some(), "{}", log.body);
        let other = scene.app.as_(scene.app.person().await);
        other.post(&format!("/v1/people/{}/rebind-identity", scene.person), none()).await.problem(403, "not_allowed");
        let events = scene.hr.get("/v1/audit-events?kind=change&limit=200").await.ok();
        assert!(events.items().iter().any(|event| event["act"] == "rebind_identity"), "{}", events.body);
    })
    .await;
}

/// Nobody opens a sign-in for somebody who left, or for nobody.
#[actix_web::test]
async fn a_leaver_gets_no_new_sign_in() {
    rebound(async |scene| {
        scene.hr.patch(&format!("/v1/people/{}", scene.person), json!({"status": "departed"})).await.ok();
        let path = format!("/v1/people/{}/rebind-identity", scene.person);
        scene.hr.post(&path, none()).await.problem(409, "person_not_active");
        scene.hr.post("/v1/people/01900000-0000-7000-8000-000000000000/rebind-identity", none()).await.is(404);
    })
    .await;
}
