//! A mentee asks for a mentor: the first choice has some days to answer, then the next, and none learns of another.

mod limits;

use chrono::{DateTime, TimeDelta, Utc};
use mentorship::ids::{PersonId, ProgramId};
use mentorship::policy::Scope;
use serde_json::{Value, json};

use crate::harness::{Answer, TestApp};
use crate::suggestions::world::{self, World, relate};

const REQUESTS: &str = "/v1/mentor-requests";
const ASKS: &str = "/v1/mentor-invitations";

/// A mentee and mentors who were suggested to them.
struct Choice {
    mentee: PersonId,
    mentors: Vec<PersonId>,
    suggestions: Vec<String>,
}

impl Choice {
    async fn of(app: &TestApp, world: &World, mentors: usize) -> Self {
        let mentee = world.mentee(app).await;
        let mut all = Vec::new();
        for _ in 0..mentors {
            all.push(world.mentor(app).await);
        }
        Self::among(app, mentee, all).await
    }

    async fn among(app: &TestApp, mentee: PersonId, mentors: Vec<PersonId>) -> Self {
        let made = world::ask(app, mentee).await.1;
        let suggestions = mentors.iter().map(|mentor| suggestion_of(&made, *mentor)).collect();
        Self { mentee, mentors, suggestions }
    }

    /// The mentee asks for all, in this order.
    async fn ask(&self, app: &TestApp) -> Answer {
        app.as_(self.mentee).post(REQUESTS, json!({"choices": self.suggestions, "message": "Help me talk"})).await
    }
}

fn suggestion_of(made: &Value, mentor: PersonId) -> String {
    let all = made["suggestions"].as_array().expect("a list");
    let one = all.iter().find(|one| one["mentor"]["id"] == mentor.to_string()).expect("the mentor is suggested");
    one["id"].as_str().expect("an id").to_owned()
}

fn statuses(request: &Answer) -> Vec<&str> {
    let choices = request.body["choices"].as_array().expect("a list");
    choices.iter().map(|choice| choice["status"].as_str().expect("a status")).collect()
}

/// Where the mentee finds a request again.
fn place(made: &Answer) -> String {
    format!("{REQUESTS}/{}", made.id())
}

/// The only thing somebody is asked; none, if it is nothing.
async fn asked(app: &TestApp, mentor: PersonId) -> Option<Value> {
    let listed = app.as_(mentor).get(ASKS).await.ok();
    assert!(listed.items().len() < 2, "{}", listed.body);
    listed.items().first().cloned()
}

async fn ask_of(app: &TestApp, mentor: PersonId) -> String {
    let ask = asked(app, mentor).await.unwrap_or_else(|| panic!("{mentor} is not asked"));
    format!("{ASKS}/{}", ask["id"].as_str().expect("an id"))
}

async fn notices(app: &TestApp, person: PersonId) -> Vec<String> {
    app.service.deliver().await.expect("it delivers");
    let listed = app.as_(person).get("/v1/notices").await.ok();
    listed.items().iter().map(|notice| notice["kind"].as_str().expect("a kind").to_owned()).collect()
}

async fn depart(app: &TestApp, person: PersonId) {
    let admin = app.as_with(app.person().await, &["admin"]);
    admin.patch(&format!("/v1/people/{person}"), json!({"status": "departed"})).await.ok();
    app.service.deliver().await.expect("it delivers");
}

async fn suggested_in(app: &TestApp, mentee: PersonId, program: ProgramId) -> Value {
    app.as_(mentee).post("/v1/suggestions", json!({"program_id": program, "limit": 10})).await.created().body
}

/// The first says no, the second nothing, the third yes: a pair begins.
#[apply(on_both_engines!)]
async fn the_turn_goes_from_one_to_the_next(app: TestApp) {
    let world = World::new(app).await;
    let choice = Choice::of(app, &world, 3).await;
    let (me, [first, second, third]) = (app.as_(choice.mentee), [0, 1, 2].map(|n| choice.mentors[n]));
    let made =
        choice.ask(app).await.created().has("/status", "open").has("/days_to_answer", 5).has("/program", Value::Null);
    let made =
        made.has("/choices/0/rank", 1).has("/choices/0/mentor/id", first.to_string()).has("/message", "Help me talk");
    let made =
        made.has("/choices/0/asked_at", "2026-03-02T09:00:00Z").has("/choices/0/answer_by", "2026-03-07T09:00:00Z");
    assert_eq!(statuses(&made), ["asked", "waiting", "waiting"]);
    assert_eq!(made.header("location"), place(&made));
    let at = place(&made);
    let ask = app.as_(first).get(&ask_of(app, first).await).await.ok().has("/mentee/id", choice.mentee.to_string());
    let ask = ask.has("/message", "Help me talk").has("/model", "one_on_one").has("/answer_by", "2026-03-07T09:00:00Z");
    let learns: Vec<_> = ask.body["growth_areas"].as_array().unwrap().iter().map(|area| area["name"].clone()).collect();
    assert_eq!(learns, ["Rust", "Negotiation"]);
    ask.has("/growth_areas/0/current_level", 1).has("/growth_areas/0/target_level", 3);
    assert_eq!((asked(app, second).await, asked(app, third).await), (None, None));
    assert_eq!(notices(app, first).await, ["mentor_invitation.made"]);
    assert_eq!(notices(app, second).await, [""; 0]);

    app.clock.advance(TimeDelta::days(1));
    let refused = ask_of(app, first).await;
    app.as_(first).post(&format!("{refused}/decline"), json!({})).await.is(204);
    app.as_(first).get(&refused).await.problem(404, "not_found");
    app.as_(first).post(&format!("{refused}/accept"), json!({})).await.problem(404, "not_found");
    let now = me.get(&at).await.ok().has("/choices/1/answer_by", "2026-03-08T09:00:00Z");
    assert_eq!(statuses(&now), ["declined", "asked", "waiting"]);
    me.get(&format!("/v1/suggestions/{}", choice.suggestions[0])).await.ok().has("/status", "stale");

    // Another instance finds that the second did not answer; two of them, once.
    let late = ask_of(app, second).await;
    app.clock.advance(TimeDelta::days(5));
    app.as_(second).get(&late).await.problem(404, "not_found");
    app.as_(second).post(&format!("{late}/accept"), json!({})).await.problem(404, "not_found");
    let other = app.apart(app.db.keys().ring().clone()).await;
    let (one, two) = tokio::join!(other.service.pass_on_requests(), app.service.pass_on_requests());
    one.and(two).expect("they pass on");
    assert_eq!(statuses(&other.as_(choice.mentee).get(&at).await.ok()), ["declined", "lapsed", "asked"]);
    other.stop().await;
    assert_eq!(notices(app, third).await, ["mentor_invitation.made"]);
    assert_eq!(notices(app, choice.mentee).await.iter().filter(|kind| *kind == "mentor_request.passed_on").count(), 2);

    let ask = ask_of(app, third).await;
    let pair = app.as_(third).post(&format!("{ask}/accept"), json!({"cadence": "weekly"})).await.created();
    let pair = pair
        .has("/status", "active")
        .has("/mentor_accepted", true)
        .has("/mentee_accepted", true)
        .has("/cadence", "weekly");
    assert_eq!(pair.header("location"), format!("/v1/pairs/{}", pair.id()));
    let now = me.get(&at).await.ok().has("/status", "matched").has("/pair_id", pair.id());
    assert_eq!(statuses(&now), ["declined", "lapsed", "accepted"]);
    me.get(&format!("/v1/suggestions/{}", choice.suggestions[2]))
        .await
        .ok()
        .has("/status", "accepted")
        .has("/pair_id", pair.id());
    assert_eq!(asked(app, third).await, None);
    app.as_(third).get(&format!("/v1/people/{third}")).await.ok().has("/mentoring/active", 1);
    assert_eq!(notices(app, third).await, ["pair.started", "mentor_invitation.made"]);
    // Who did not say yes is in no list of pairs.
    app.as_(second).get("/v1/pairs?count=exact").await.ok().has("/total", 1);
    app.clock.advance(TimeDelta::days(30));
    app.service.pass_on_requests().await.expect("it passes on");
    me.get(&at).await.ok().has("/status", "matched");
    // Who said no is not suggested again, who only missed it is.
    let again = world::ask(app, choice.mentee).await.0;
    assert_eq!(again, [second.to_string()]);
}

/// When nobody is left the mentee is told, and may ask again.
#[apply(on_both_engines!)]
async fn a_request_can_be_used_up(app: TestApp) {
    let world = World::new(app).await;
    let choice = Choice::of(app, &world, 2).await;
    let at = place(&choice.ask(app).await.created());
    for mentor in &choice.mentors {
        let ask = ask_of(app, *mentor).await;
        app.as_(*mentor).post(&format!("{ask}/decline"), json!({})).await.is(204);
    }
    let over = app.as_(choice.mentee).get(&at).await.ok().has("/status", "exhausted").has("/pair_id", Value::Null);
    assert_eq!(statuses(&over), ["declined", "declined"]);
    assert_eq!(notices(app, choice.mentee).await[0], "mentor_request.exhausted");
    app.as_(choice.mentee).post(&format!("{at}/withdraw"), json!({})).await.problem(409, "wrong_state");
    let third = world.mentor(app).await;
    Choice::among(app, choice.mentee, vec![third]).await.ask(app).await.created().has("/choices/0/status", "asked");
}

/// Whoever is asked sees what concerns them, at no other time; nobody else sees anything.
#[apply(on_both_engines!)]
async fn everybody_sees_what_is_theirs(app: TestApp) {
    let world = World::new(app).await;
    let coordinator = app.person().await;
    let program = app.program(coordinator).await;
    let (manager, mentee) = (app.person().await, world.mentee(app).await);
    relate(app, mentee, manager, world::MOVE).await;
    let (first, second) = (world.mentor(app).await, world.mentor(app).await);
    let made = suggested_in(app, mentee, program).await;
    let choices = [first, second].map(|mentor| suggestion_of(&made, mentor));
    let made = app.as_(mentee).post(REQUESTS, json!({"choices": choices, "message": "hush"})).await.created();
    let (at, ask) = (place(&made), ask_of(app, first).await);
    let made_at: DateTime<Utc> = app.clock.now();
    for lead in [app.as_with(coordinator, &["coordinator"]), app.as_with(app.person().await, &["admin"])] {
        let read = lead.get(&at).await.ok().has("/message", "hush").has("/program/id", program.to_string());
        assert_eq!(statuses(&read), ["asked", "waiting"]);
        lead.get(&format!("{REQUESTS}?program_id={program}&status=open&count=exact")).await.ok().has("/total", 1);
        lead.get(&ask).await.problem(404, "not_found");
        lead.post(&format!("{ask}/accept"), json!({})).await.problem(404, "not_found");
        lead.post(&format!("{at}/withdraw"), json!({})).await.problem(403, "not_allowed");
    }
    let elsewhere = app.person().await;
    app.program(elsewhere).await;
    let service = app.as_service(app.service_account(&Scope::ALL).await, &Scope::ALL);
    for (who, client) in [
        ("first", app.as_(first)),
        ("second", app.as_(second)),
        ("manager", app.as_(manager)),
        ("coordinator without the role", app.as_(coordinator)),
        ("another coordinator", app.as_with(elsewhere, &["coordinator"])),
        ("colleague", app.as_(app.person().await)),
        ("service", service.clone()),
    ] {
        client.get(&at).await.problem(404, "not_found");
        client.post(&format!("{at}/withdraw"), json!({})).await.problem(404, "not_found");
        if who == "service" {
            client.get(REQUESTS).await.problem(403, "not_allowed");
            client.get(ASKS).await.problem(403, "not_allowed");
            client.post(REQUESTS, json!({"choices": choices})).await.problem(403, "not_allowed");
        } else {
            for filter in [
                format!("?mentee_id={mentee}"),
                format!("?program_id={program}"),
                "?status=open".to_owned(),
                String::new(),
            ] {
                let join = if filter.is_empty() { '?' } else { '&' };
                client.get(&format!("{REQUESTS}{filter}{join}count=exact")).await.ok().has("/total", 0);
            }
            client.get(&format!("{ASKS}?count=exact")).await.ok().has("/total", i64::from(who == "first"));
            client
                .post(REQUESTS, json!({"choices": choices}))
                .await
                .problem(422, "invalid_value")
                .points_at("/choices/0");
        }
        if who != "first" {
            client.get(&ask).await.problem(404, "not_found");
            client.post(&format!("{ask}/decline"), json!({})).await.problem(404, "not_found");
        }
    }
    app.as_(mentee).get(&ask).await.problem(404, "not_found");
    // The second learns nothing of the time before: not of the first, the request, or that they were not the first.
    app.clock.advance(TimeDelta::days(3));
    app.as_(first).post(&format!("{ask}/decline"), json!({})).await.is(204);
    let told = asked(app, second).await.expect("it is their turn");
    let members: Vec<_> = told.as_object().unwrap().keys().map(String::as_str).collect();
    let mut known =
        ["answer_by", "asked_at", "growth_areas", "id", "mentee", "message", "model", "program", "withheld"];
    known.sort_unstable();
    assert_eq!(members.len(), known.len(), "{members:?}");
    assert!(members.iter().all(|member| known.contains(member)), "{members:?}");
    for secret in
        [first.to_string(), made.id(), choices[0].clone(), choices[1].clone(), made_at.format("%Y-%m-%d").to_string()]
    {
        assert!(!told.to_string().contains(&secret), "{secret} in {told}");
    }
    let id: uuid::Uuid = told["id"].as_str().unwrap().parse().unwrap();
    let (seconds, _) = id.get_timestamp().expect("a time").to_unix();
    assert!(
        i64::try_from(seconds).unwrap() >= (made_at + TimeDelta::days(3)).timestamp(),
        "its id is as old as the request"
    );
    let seen = app.as_(second).get("/v1/notices").await.ok();
    assert!(seen.items().is_empty());
    assert_eq!(notices(app, second).await, ["mentor_invitation.made"]);
    app.as_(second).get("/v1/pairs?count=exact").await.ok().has("/total", 0);
    assert_eq!(asked(app, first).await, None);
}
