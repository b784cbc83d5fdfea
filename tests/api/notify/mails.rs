//! Mails: to the two and nobody else, with what each of them may see.

use chrono::TimeDelta;
use serde_json::json;

use crate::harness::{Pair, TestApp};

/// A mail as it lies in the folder: its headers, unfolded, and all of it.
pub struct Letter {
    headers: Vec<String>,
    pub whole: String,
}

impl Letter {
    pub fn header(&self, name: &str) -> &str {
        let mut found =
            self.headers.iter().filter_map(|line| line.split_once(": ").filter(|(known, _)| *known == name));
        let (Some((_, value)), None) = (found.next(), found.next()) else { panic!("not one {name}: {}", self.whole) };
        value
    }
}

/// The mails since the last time.
pub async fn take(app: &TestApp) -> Vec<Letter> {
    app.service.deliver().await.expect("it delivers");
    let folder = app.mails.path();
    let mut names: Vec<_> =
        std::fs::read_dir(folder).expect("a folder").map(|file| file.expect("a file").path()).collect();
    names.sort();
    let letters = names.into_iter().map(|file| {
        assert_eq!(file.extension().and_then(|end| end.to_str()), Some("eml"));
        let whole = std::fs::read_to_string(&file).expect("text");
        std::fs::remove_file(&file).expect("it goes");
        let (head, _) = whole.split_once("\r\n\r\n").expect("headers and a body");
        let headers = head.replace("\r\n ", " ").split("\r\n").map(str::to_owned).collect();
        Letter { headers, whole }
    });
    letters.collect()
}

pub fn to(letters: &[Letter], person: impl std::fmt::Display) -> &Letter {
    let address = format!("{person}@example.com");
    letters
        .iter()
        .find(|letter| letter.header("To").contains(&address))
        .unwrap_or_else(|| panic!("nothing for {address}"))
}

pub fn kinds(letters: &[Letter]) -> Vec<&str> {
    letters.iter().map(|letter| letter.header("Subject")).collect()
}

pub async fn schedule(app: &TestApp, pair: &Pair) -> String {
    let at = app.clock.now() + TimeDelta::days(2);
    let session =
        app.as_(pair.mentee).post("/v1/sessions", json!({"pair_id": pair.id, "starts_at": at})).await.created();
    format!("/v1/sessions/{}", session.id())
}

pub async fn set(app: &TestApp, sql: &'static str, person: mentorship::ids::PersonId, value: &str) {
    let mut tx = app.db.write().await.expect("a unit of work");
    tx.query(sql).bind(person).bind(value).run().await.expect("it is set");
    tx.commit().await.expect("it commits");
}

/// Who has to answer hears of a proposal; both hear that it began, and that it ended.
#[apply(on_both_engines!)]
async fn a_pair_is_told_of_its_life(app: TestApp) {
    let (mentor, mentee) = (app.person().await, app.person().await);
    let body =
        json!({"mentor_id": mentor, "mentee_id": mentee, "model": "one_on_one", "goals_focus": "Growing <b>roses</b>"});
    let pair = format!("/v1/pairs/{}", app.as_(mentee).post("/v1/pairs", body).await.created().id());
    let letters = take(app).await;
    assert_eq!(kinds(&letters), ["You are proposed for a mentoring pair"], "the mentee said yes by proposing");
    let letter = to(&letters, mentor);
    assert!(letter.whole.contains("Focus: Growing <b>roses</b>"), "{}", letter.whole);
    assert!(letter.whole.contains("Growing &lt;b&gt;roses&lt;"), "{}", letter.whole);
    assert!(letter.whole.contains("by 2026-03-16"), "{}", letter.whole);
    assert_eq!(letter.header("From"), "Mentoring <mentoring@example.com>");
    assert_eq!(letter.header("Auto-Submitted"), "auto-generated");
    assert_eq!(letter.header("Date"), "Mon, 02 Mar 2026 09:00:00 +0000");
    assert!(letter.header("Content-Type").starts_with("multipart/alternative;"));
    let admin = app.as_with(app.person().await, &["admin"]);
    let listed = admin.get("/v1/deliveries?kind=pair.proposed").await.ok();
    let ids: Vec<_> = listed.items().iter().filter_map(|item| item["id"].as_str()).collect();
    assert!(ids.iter().any(|id| letter.header("Message-ID") == format!("<{id}@example.com>")), "{ids:?}");

    app.as_(mentor).post(&format!("{pair}/accept"), json!({})).await.ok();
    let letters = take(app).await;
    assert_eq!(kinds(&letters), ["Your mentoring pair starts"; 2]);
    assert!(to(&letters, mentor).whole.contains("schedule your first session"));
    to(&letters, mentee);

    app.as_(mentor)
        .post(
            &format!("{pair}/end"),
            json!({"reason": "poor_chemistry", "outcome_summary": "canary", "end_note": "canary"}),
        )
        .await
        .ok();
    let letters = take(app).await;
    assert_eq!(kinds(&letters), ["Your mentoring pair has ended"; 2]);
    assert!(letters.iter().all(|letter| !letter.whole.contains("canary") && !letter.whole.contains("chemistry")));
    assert!(take(app).await.is_empty(), "nobody hears it twice");
}

/// Both hear of their session, each by their own clock; the place is not in the mail, nor is the reason of
/// a cancellation, and nothing at all is in a subject.
#[apply(on_both_engines!)]
async fn the_two_are_told_of_their_sessions(app: TestApp) {
    let pair = app.pair().await;
    set(app, "update people set time_zone = $2 where id = $1", pair.mentor, "Europe/Zurich").await;
    let session = schedule(app, &pair).await;
    app.as_(pair.mentee).patch(&session, json!({"place": "The blue room"})).await.ok();
    app.as_(pair.mentee).post(&format!("{session}/notes"), json!({"text": "canary"})).await.created();
    let letters = take(app).await;
    assert_eq!(kinds(&letters), ["A mentoring session is scheduled"; 2]);
    assert!(
        to(&letters, pair.mentor).whole.contains("Wednesday, 4 March 2026, 10:00 (Europe/Zurich), 45 minutes\r\n"),
        "{}",
        to(&letters, pair.mentor).whole
    );
    assert!(letters.iter().all(|letter| !letter.whole.contains("blue room") && !letter.whole.contains("canary")));
    assert!(to(&letters, pair.mentee).whole.contains("09:00 (UTC)"));

    app.as_(pair.mentor).patch(&session, json!({"length_minutes": 30})).await.ok();
    let letters = take(app).await;
    assert_eq!(kinds(&letters), ["A mentoring session has changed"; 2]);
    assert!(letters.iter().all(|letter| letter.whole.contains("30 minutes")));

    let later = app.clock.now() + TimeDelta::days(3);
    let moved =
        app.as_(pair.mentor).post(&format!("{session}/reschedule"), json!({"starts_at": later})).await.created();
    let letters = take(app).await;
    assert_eq!(kinds(&letters), ["A mentoring session was moved"; 2]);
    assert!(to(&letters, pair.mentee).whole.contains("Thursday, 5 March 2026, 09:00 (UTC)"));

    app.as_(pair.mentor).post(&format!("/v1/sessions/{}/cancel", moved.id()), json!({"reason": "canary"})).await.ok();
    let letters = take(app).await;
    assert_eq!(kinds(&letters), ["A mentoring session is cancelled"; 2]);
    assert!(letters.iter().all(|letter| !letter.whole.contains("canary")));
}

/// What is no longer so is told to nobody: only the last of it counts.
#[apply(on_both_engines!)]
async fn what_is_no_longer_so_is_not_told(app: TestApp) {
    let pair = app.pair().await;
    let session = schedule(app, &pair).await;
    app.as_(pair.mentor).post(&format!("{session}/cancel"), json!({})).await.ok();
    assert_eq!(kinds(&take(app).await), ["A mentoring session is cancelled"; 2]);
}

/// Who left gets no mail, and neither do manager, lead and colleague.
#[apply(on_both_engines!)]
async fn nobody_else_gets_mail(app: TestApp) {
    let pair = app.pair().await;
    let admin = app.as_with(app.person().await, &["admin"]);
    admin.patch(&format!("/v1/people/{}", pair.mentee), json!({"status": "departed"})).await.ok();
    let letters = take(app).await;
    assert_eq!(kinds(&letters), ["Your mentoring pair has ended"]);
    to(&letters, pair.mentor);
}

/// Names that got line breaks past every check make no header.
#[apply(on_both_engines!)]
async fn names_with_line_breaks_make_no_header(app: TestApp) {
    let pair = app.pair().await;
    set(app, "update people set name = $2 where id = $1", pair.mentor, "Ada\r\nBcc: eve@example.com\r\n\r\nHello")
        .await;
    schedule(app, &pair).await;
    let letters = take(app).await;
    assert_eq!(letters.len(), 2);
    for letter in &letters {
        assert!(letter.headers.iter().all(|line| !line.to_lowercase().starts_with("bcc")), "{}", letter.whole);
        assert!(letter.whole.contains("\r\nSubject: A mentoring session is scheduled\r\n"), "{}", letter.whole);
    }
}

/// An address that is none is given up, and says so without quoting it.
#[apply(on_both_engines!)]
async fn an_address_that_is_none_is_given_up(app: TestApp) {
    let pair = app.pair().await;
    set(app, "update people set email = $2 where id = $1", pair.mentor, "a b\r\nc@example.com").await;
    schedule(app, &pair).await;
    assert_eq!(take(app).await.len(), 1);
    let admin = app.as_with(app.person().await, &["admin"]);
    admin
        .get("/v1/deliveries?status=dead")
        .await
        .ok()
        .has("/items/0/last_error", "the recipient's address is not a valid mail address")
        .has("/items/0/recipient_id", json!(pair.mentor));
}
