//! Notices: to whom they are told, once each, and how one hears of them as they come.

use std::time::Duration;

use chrono::TimeDelta;
use mentorship::ids::PersonId;
use mentorship::policy::Scope;
use reqwest::{Method, Response};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::harness::{Client, Pair, TestApp};
use crate::matrix::house::House;

/// A stream as a client reads it.
struct Stream {
    answer: Response,
    text: String,
}

impl Stream {
    async fn open(client: &Client, last: Option<&str>) -> Self {
        let mut request = client.request(Method::GET, "/v1/notices/stream").header("accept", "text/event-stream");
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let answer = request.send().await.expect("it answers");
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        let mut stream = Self { answer, text: String::new() };
        assert_eq!(stream.next().await.as_deref(), Some("retry: 3000"));
        stream
    }

    /// The next event or comment; `None` at the end.
    async fn next(&mut self) -> Option<String> {
        loop {
            if let Some((first, rest)) = self.text.split_once("\n\n") {
                let (first, rest) = (first.to_owned(), rest.to_owned());
                self.text = rest;
                return Some(first);
            }
            let more =
                timeout(Duration::from_secs(20), self.answer.chunk()).await.expect("in time").expect("a chunk")?;
            self.text.push_str(std::str::from_utf8(&more).expect("text"));
        }
    }

    /// The next notice: its id, and its data.
    async fn notice(&mut self) -> (String, Value) {
        let event = self.next().await.expect("an event");
        let mut lines = event.lines();
        assert_eq!(lines.next(), Some("event: notice"), "{event}");
        let id = lines.next().and_then(|line| line.strip_prefix("id: ")).expect("an id").to_owned();
        let data = lines.next().and_then(|line| line.strip_prefix("data: ")).expect("data");
        (id, serde_json::from_str(data).expect("JSON"))
    }
}

const OPEN: Option<&str> = Some(": here");

async fn schedule(app: &TestApp, pair: &Pair) -> String {
    let at = app.clock.now() + TimeDelta::days(2);
    app.as_(pair.mentee).post("/v1/sessions", json!({"pair_id": pair.id, "starts_at": at})).await.created().id()
}

/// Whatever happened is told, and bells are rung.
async fn tell(app: &TestApp) {
    app.service.deliver().await.expect("it delivers");
    wake(app).await;
}

async fn wake(app: &TestApp) {
    app.service.listeners().wake(&app.state).await.expect("it rings");
}

async fn kinds(app: &TestApp, person: PersonId) -> Vec<String> {
    let listed = app.as_(person).get("/v1/notices").await.ok();
    listed.items().iter().map(|item| item["kind"].as_str().expect("a kind").to_owned()).collect()
}

/// What happens in a pair is told to the two, once each, and to nobody else: newest first.
#[apply(on_both_engines!)]
async fn the_two_are_told_what_happens(app: TestApp) {
    let pair = app.pair().await;
    let session = schedule(app, &pair).await;
    let path = format!("/v1/sessions/{session}");
    app.as_(pair.mentor).patch(&path, json!({"place": "canary"})).await.ok();
    let item =
        app.as_(pair.mentor).post(&format!("{path}/action-items"), json!({"text": "canary"})).await.created().id();
    let goal = app
        .as_(pair.mentee)
        .post("/v1/goals", json!({"pair_id": pair.id, "title": "canary talks this year"}))
        .await
        .created()
        .id();
    tell(app).await;
    tell(app).await;
    let expected = ["goal.set", "action_item.added", "session.place_changed", "session.scheduled"];
    for person in [pair.mentor, pair.mentee] {
        assert_eq!(kinds(app, person).await, expected);
    }
    let listed = app.as_(pair.mentee).get("/v1/notices?count=exact").await.ok().has("/total", 4);
    let listed =
        listed.has("/items/0/record_id", goal).has("/items/1/record_id", item).has("/items/3/record_id", session);
    let listed = listed.has("/items/3/pair_id", json!(pair.id)).has("/items/3/read_at", Value::Null);
    assert!(!listed.body.to_string().contains("canary"), "{}", listed.body);
    let service = app.service_account(&Scope::ALL).await;
    for other in [
        app.as_(pair.manager),
        app.as_with(pair.coordinator, &["coordinator"]),
        app.as_(app.person().await),
        app.as_with(app.person().await, &["admin"]),
        app.as_service(service, &Scope::ALL),
    ] {
        other.get("/v1/notices?count=exact").await.ok().has("/total", 0).has("/items", json!([]));
    }
}

/// The mentee hears of suggestions, whoever asked for them; who is suggested does not.
#[apply(on_both_engines!)]
async fn the_mentee_is_told_of_suggestions(app: TestApp) {
    let mut house = House::new(app, &|canary| canary.name.clone()).await;
    house.furnish().await;
    for (who, is_told) in [("mentee", true), ("mentor", false), ("admin", false), ("other_lead", false)] {
        let told = house.ask(who, "get", "/v1/notices?limit=200", &Value::Null).await.ok();
        assert_eq!(told.items().iter().any(|item| item["kind"] == "suggestions.made"), is_told, "{who}");
    }
}

/// Who left is told nothing any more, and of what is long ago nobody is told.
#[apply(on_both_engines!)]
async fn who_left_is_told_nothing(app: TestApp) {
    let pair = app.pair().await;
    schedule(app, &pair).await;
    app.clock.advance(TimeDelta::days(15));
    tell(app).await;
    assert_eq!(kinds(app, pair.mentor).await, [""; 0]);
    let admin = app.as_with(app.person().await, &["admin"]);
    admin.patch(&format!("/v1/people/{}", pair.mentee), json!({"status": "departed"})).await.ok();
    tell(app).await;
    assert_eq!(kinds(app, pair.mentor).await, ["pair.ended"]);
    let mut tx = app.db.read_one().await.expect("a look");
    let told: (i64,) = tx.query("select count(*) from notices").one().await.expect("a count");
    assert_eq!(told.0, 1);
}

/// One by one, or all up to one of them; done twice it stays; another's are not there.
#[apply(on_both_engines!)]
async fn notices_are_marked_as_read(app: TestApp) {
    let pair = app.pair().await;
    for _ in 0..3 {
        schedule(app, &pair).await;
    }
    tell(app).await;
    let (mentee, mentor) = (app.as_(pair.mentee), app.as_(pair.mentor));
    let unread = "/v1/notices?unread=true&count=exact&limit=1";
    let listed = mentee.get("/v1/notices").await.ok();
    let ids: Vec<_> = listed.items().iter().map(|item| item["id"].as_str().expect("an id").to_owned()).collect();
    let newest = format!("/v1/notices/{}/read", ids[0]);
    mentee.post(&newest, json!({})).await.ok().has("/read_at", "2026-03-02T09:00:00Z");
    app.clock.advance(TimeDelta::minutes(1));
    mentee.post(&newest, json!({})).await.ok().has("/read_at", "2026-03-02T09:00:00Z");
    mentee.get(unread).await.ok().has("/total", 2).has("/items/0/id", ids[1].clone());
    mentor.get(unread).await.ok().has("/total", 3);
    mentor.post(&newest, json!({})).await.problem(404, "not_found");
    mentor.post("/v1/notices/read-all", json!({"up_to_id": ids[0]})).await.problem(404, "not_found");
    mentee.post("/v1/notices/read-all", json!({"up_to_id": ids[2]})).await.ok().has("/read_at", "2026-03-02T09:01:00Z");
    mentee.get(unread).await.ok().has("/total", 1).has("/items/0/id", ids[1].clone());
    mentee.post("/v1/notices/read-all", json!({"up_to_id": ids[0]})).await.ok().has("/read_at", "2026-03-02T09:00:00Z");
    mentee.get(unread).await.ok().has("/total", 0);
    mentee.get("/v1/notices?unread=false&count=exact").await.ok().has("/total", 3);
    mentor.get(unread).await.ok().has("/total", 3);
}

/// Ids grow in the order in which one is told, though a clock goes back.
#[apply(on_both_engines!)]
async fn ids_grow_though_clocks_go_back(app: TestApp) {
    let pair = app.pair().await;
    schedule(app, &pair).await;
    tell(app).await;
    let before = app.as_(pair.mentee).get("/v1/notices").await.ok().items()[0]["id"].clone();
    app.clock.advance(TimeDelta::seconds(-30));
    schedule(app, &pair).await;
    tell(app).await;
    let listed = app.as_(pair.mentee).get("/v1/notices").await.ok().has("/items/1/id", before.clone());
    assert!(listed.items()[0]["id"].as_str() > before.as_str());
}

/// They go after 90 days, read or not; and at once with whoever is erased.
#[apply(on_both_engines!)]
async fn notices_go(app: TestApp) {
    let pair = app.pair().await;
    schedule(app, &pair).await;
    tell(app).await;
    app.clock.advance(TimeDelta::days(90));
    app.service.delete_expired().await.expect("it tidies");
    assert_eq!(kinds(app, pair.mentor).await.len(), 1);
    let admin = app.as_with(app.person().await, &["admin"]);
    admin.patch(&format!("/v1/people/{}", pair.mentee), json!({"status": "departed"})).await.ok();
    let erase = json!({"confirm": format!("{}@example.com", pair.mentee)});
    admin.post(&format!("/v1/people/{}/erase", pair.mentee), erase).await.ok();
    let mut tx = app.db.read_one().await.expect("a look");
    let left: (i64,) = tx
        .query("select count(*) from notices where recipient_id = $1")
        .bind(pair.mentee)
        .one()
        .await
        .expect("a count");
    assert_eq!(left.0, 0);
    drop(tx);
    app.clock.advance(TimeDelta::days(1));
    app.service.delete_expired().await.expect("it tidies");
    assert_eq!(kinds(app, pair.mentor).await.len(), 0);
}

/// Who listens hears what the list shows, and after a break nothing twice and nothing not.
#[apply(on_both_engines!)]
async fn who_listens_hears_what_comes(app: TestApp) {
    let pair = app.pair().await;
    schedule(app, &pair).await;
    tell(app).await;
    let mentee = app.as_(pair.mentee);
    let mut stream = Stream::open(&mentee, None).await;
    assert_eq!(stream.next().await.as_deref(), OPEN, "what was before is in the list");
    schedule(app, &pair).await;
    tell(app).await;
    let (first, data) = stream.notice().await;
    mentee.get("/v1/notices").await.ok().has("/items/0", data).has("/items/0/id", first.clone());
    schedule(app, &pair).await;
    tell(app).await;
    let (second, _) = stream.notice().await;
    drop(stream);
    schedule(app, &pair).await;
    tell(app).await;
    let mut stream = Stream::open(&mentee, Some(&first)).await;
    assert_eq!(stream.notice().await.0, second);
    let (third, _) = stream.notice().await;
    app.as_(pair.mentor).get("/v1/notices").await.ok();
    app.service.listeners().wake_all();
    assert_eq!(stream.next().await.as_deref(), OPEN, "a sign of life");
    mentee.get("/v1/notices").await.ok().has("/items/0/id", third);
}

/// Who does not say that they stay gets an answer that ends; what is no id is refused.
#[apply(on_both_engines!)]
async fn an_answer_ends_for_who_does_not_stay(app: TestApp) {
    let pair = app.pair().await;
    for _ in 0..2 {
        schedule(app, &pair).await;
    }
    tell(app).await;
    let mentor = app.as_(pair.mentor);
    let all = mentor.get("/v1/notices").await.ok();
    let ask = |last: &str| mentor.request(Method::GET, "/v1/notices/stream").header("last-event-id", last.to_owned());
    assert_eq!(mentor.get("/v1/notices/stream").await.ok().bytes, b"retry: 3000\n\n");
    let answer = mentor.send(ask(all.items()[1]["id"].as_str().expect("an id"))).await.ok();
    let text = String::from_utf8(answer.bytes).expect("text");
    assert_eq!(text.matches("event: notice").count(), 1, "{text}");
    assert!(text.contains(all.items()[0]["id"].as_str().expect("an id")), "{text}");
    mentor.send(ask("x")).await.problem(400, "invalid_request");
    let service = app.service_account(&Scope::ALL).await;
    app.as_service(service, &Scope::ALL).get("/v1/notices/stream").await.problem(403, "not_allowed");
    app.nobody().get("/v1/notices/stream").await.problem(401, "unauthenticated");
}

/// A stream ends after five minutes, when its person leaves, and when the service stops.
#[apply(on_both_engines!)]
async fn streams_end(app: TestApp) {
    let pair = app.pair().await;
    let (mut old, mut left) =
        (Stream::open(&app.as_(pair.mentor), None).await, Stream::open(&app.as_(pair.mentee), None).await);
    assert_eq!((old.next().await.as_deref(), left.next().await.as_deref()), (OPEN, OPEN));
    let admin = app.as_with(app.person().await, &["admin"]);
    admin.patch(&format!("/v1/people/{}", pair.mentee), json!({"status": "departed"})).await.ok();
    app.service.listeners().wake_all();
    assert_eq!((old.next().await.as_deref(), left.next().await.as_deref()), (OPEN, None));
    app.clock.advance(TimeDelta::minutes(5));
    app.service.listeners().wake_all();
    assert_eq!(old.next().await, None);
    let mut last = Stream::open(&app.as_(pair.mentor), None).await;
    assert_eq!(last.next().await.as_deref(), OPEN);
    let calling = app.service.clone();
    let calling = actix_web::rt::spawn(async move { mentorship::background::watch_notices(&calling).await });
    app.state.stop();
    while last.next().await.is_some() {}
    calling.await.expect("it stops");
}

/// Eight streams a person: one more, and the first makes room.
#[apply(on_both_engines!)]
async fn nobody_opens_streams_without_end(app: TestApp) {
    let person = app.as_(app.person().await);
    let mut streams = Vec::new();
    for _ in 0..8 {
        let mut stream = Stream::open(&person, None).await;
        assert_eq!(stream.next().await.as_deref(), OPEN);
        streams.push(stream);
    }
    Stream::open(&app.as_(app.person().await), None).await;
    app.service.listeners().wake_all();
    assert_eq!(streams[0].next().await.as_deref(), OPEN, "another person takes no place of theirs");
    let mut ninth = Stream::open(&person, None).await;
    assert_eq!(streams[0].next().await, None);
    assert_eq!((streams[1].next().await.as_deref(), ninth.next().await.as_deref()), (OPEN, OPEN));
}

/// What one instance plans is heard at another.
#[apply(on_both_engines!)]
async fn whoever_listens_elsewhere_hears_it_too(app: TestApp) {
    let pair = app.pair().await;
    let other = app.beside();
    let mut stream = Stream::open(&other.as_(pair.mentor), None).await;
    assert_eq!(stream.next().await.as_deref(), OPEN);
    wake(&other).await;
    assert_eq!(stream.next().await.as_deref(), OPEN, "the first look rings for everybody");
    let session = schedule(app, &pair).await;
    app.service.deliver().await.expect("it delivers");
    wake(&other).await;
    assert_eq!(stream.notice().await.1["record_id"], json!(session));
    drop(stream);
    other.leave().await;
}
