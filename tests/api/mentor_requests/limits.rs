//! Whom nobody can ask, who cannot ask, and what is too much.

use chrono::TimeDelta;
use mentorship::ids::PersonId;
use mentorship::privacy::retention::model::Retention;
use reqwest::Method;
use serde_json::{Value, json};

use super::{ASKS, Choice, REQUESTS, ask_of, asked, depart, notices, place, statuses, suggested_in, suggestion_of};
use crate::harness::{Person, Setup, TestApp};
use crate::suggestions::world::{self, World, alter};

/// Who is full is not offered, not chosen, and passed over when their turn comes.
#[apply(on_both_engines!)]
async fn full_mentors_vanish(app: TestApp) {
    let world = World::new(app).await;
    let choice = Choice::of(app, &world, 3).await;
    let me = app.as_(choice.mentee);
    let open = async || {
        let listed = me.get("/v1/suggestions?status=open&count=exact").await.ok();
        let listed = listed.has("/next_cursor", Value::Null);
        listed.body["total"].as_i64().expect("a total")
    };
    assert_eq!(open().await, 3);
    for (change, undo) in [
        ("update people set mentor_load = 3 where id = $1", "update people set mentor_load = 0 where id = $1"),
        ("update people set is_paused = true where id = $1", "update people set is_paused = false where id = $1"),
        ("update people set status = 'on_leave' where id = $1", "update people set status = 'active' where id = $1"),
        (
            "update people set offers_mentoring = false where id = $1",
            "update people set offers_mentoring = true where id = $1",
        ),
    ] {
        alter(app, choice.mentors[1], change).await;
        assert_eq!(open().await, 2, "{change}");
        let refused = choice.ask(app).await.is(409).points_at("/choices/1");
        assert!(["mentor_at_capacity", "suggestion_stale"].contains(&refused.body["code"].as_str().unwrap()));
        alter(app, choice.mentors[1], undo).await;
    }
    let at = place(&choice.ask(app).await.created());
    alter(app, choice.mentors[1], "update people set mentor_load = 3 where id = $1").await;
    let ask = ask_of(app, choice.mentors[0]).await;
    app.as_(choice.mentors[0]).post(&format!("{ask}/decline"), json!({})).await.is(204);
    assert_eq!(statuses(&me.get(&at).await.ok()), ["declined", "unavailable", "asked"]);
    assert_eq!(asked(app, choice.mentors[1]).await, None);
    assert_eq!(notices(app, choice.mentors[1]).await, [""; 0]);
    // By the time of the answer the rules hold, too.
    let ask = ask_of(app, choice.mentors[2]).await;
    alter(app, choice.mentors[2], "update people set mentor_load = 3 where id = $1").await;
    app.as_(choice.mentors[2]).post(&format!("{ask}/accept"), json!({})).await.problem(409, "mentor_at_capacity");
    alter(app, choice.mentors[2], "update people set mentor_load = 2 where id = $1").await;
    app.as_(choice.mentors[2]).post(&format!("{ask}/accept"), json!({})).await.created();
}

/// One place left and many who want it at the same moment: one waits for the mentor, the others go on.
#[apply(on_both_engines!)]
async fn the_last_place_waits_for_one(app: TestApp) {
    let world = World::new(app).await;
    let wanted = world.at(app, 4, Person { capacity: 1, ..Person::default() }).await;
    world.teach(app, wanted, world.rust).await;
    let other = world.at(app, 4, Person { capacity: 9, ..Person::default() }).await;
    world.teach(app, other, world.rust).await;
    let mut choices = Vec::new();
    for _ in 0..6 {
        choices.push(Choice::among(app, world.mentee(app).await, vec![wanted, other]).await);
    }
    let made = futures_util::future::join_all(choices.iter().map(|choice| choice.ask(app))).await;
    let mut firsts: Vec<_> = made.iter().map(|answer| statuses(answer)[0].to_owned()).collect();
    firsts.sort();
    assert_eq!(firsts, ["asked", "unavailable", "unavailable", "unavailable", "unavailable", "unavailable"]);
    app.as_(wanted).get(&format!("{ASKS}?count=exact")).await.ok().has("/total", 1);
    app.as_(other).get(&format!("{ASKS}?count=exact")).await.ok().has("/total", 5);
    let page = app.as_(other).get(&format!("{ASKS}?limit=3")).await.ok();
    let cursor = page.body["next_cursor"].as_str().expect("more").to_owned();
    assert_eq!(app.as_(other).get(&format!("{ASKS}?limit=3&cursor={cursor}")).await.ok().items().len(), 2);
    // Yes and no at the same moment: one of them holds.
    let ask = ask_of(app, wanted).await;
    let client = app.as_(wanted);
    let (accept, decline) = (format!("{ask}/accept"), format!("{ask}/decline"));
    let (yes, no) = tokio::join!(client.post(&accept, json!({})), client.post(&decline, json!({})));
    let won = [yes.status, no.status];
    assert!(won == [201, 404] || won == [404, 204], "{won:?}");
}

/// In a program the rules of the program count: who takes part, and for how many.
#[apply(on_both_engines!)]
async fn a_program_has_its_own_places(app: TestApp) {
    let world = World::new(app).await;
    let coordinator = app.person().await;
    let program = app.program(coordinator).await;
    let lead = app.as_with(coordinator, &["coordinator"]);
    let (mentor, other) = (world.mentor(app).await, world.mentor(app).await);
    let (mentee, rival) = (world.mentee(app).await, world.mentee(app).await);
    lead.patch(&format!("/v1/programs/{program}"), json!({"enrolling": "closed"})).await.ok();
    let mut enrolments = Vec::new();
    for (person, role, places) in [
        (mentor, "mentor", json!(1)),
        (other, "mentor", Value::Null),
        (mentee, "mentee", Value::Null),
        (rival, "mentee", Value::Null),
    ] {
        let enrolled = json!({"role": role, "person_id": person, "capacity": places});
        enrolments.push(lead.post(&format!("/v1/programs/{program}/enrolments"), enrolled).await.created().id());
    }
    let request = async |mentee: PersonId| {
        let made = suggested_in(app, mentee, program).await;
        let choices = [mentor, other].map(|mentor| suggestion_of(&made, mentor));
        app.as_(mentee).post(REQUESTS, json!({"choices": choices, "days_to_answer": 2})).await
    };
    assert_eq!(statuses(&request(rival).await.created()), ["asked", "waiting"]);
    let made = request(mentee).await.created();
    assert_eq!(statuses(&made), ["unavailable", "asked"]);
    let ask = ask_of(app, other).await;
    lead.post(&format!("/v1/enrolments/{}/withdraw", enrolments[2]), json!({})).await.ok();
    app.as_(other).post(&format!("{ask}/accept"), json!({})).await.problem(409, "not_enrolled");
    app.clock.advance(TimeDelta::days(2));
    app.service.pass_on_requests().await.expect("it passes on");
    // Who takes no part any more asks nobody: whoever was asked is not kept waiting.
    let left = app.as_(mentee).get(&place(&made)).await.ok().has("/status", "withdrawn");
    assert_eq!(statuses(&left), ["unavailable", "dropped"]);
    let ask = ask_of(app, other).await;
    app.as_(other).post(&format!("{ask}/accept"), json!({})).await.created().has("/program/id", program.to_string());
}

/// Who leaves a program, or is taken out, asks nobody in it any more, within a minute; elsewhere they do.
#[apply(on_both_engines!)]
async fn who_leaves_a_program_asks_nobody_in_it(app: TestApp) {
    let world = World::new(app).await;
    let coordinator = app.person().await;
    let program = app.program(coordinator).await;
    let lead = app.as_with(coordinator, &["coordinator"]);
    let (mentor, other) = (world.mentor(app).await, world.mentor(app).await);
    let (mentee, loyal) = (world.mentee(app).await, world.mentee(app).await);
    lead.patch(&format!("/v1/programs/{program}"), json!({"enrolling": "closed"})).await.ok();
    let mut last = String::new();
    for (person, role) in [(mentor, "mentor"), (other, "mentor"), (loyal, "mentee"), (mentee, "mentee")] {
        let enrolled = json!({"role": role, "person_id": person});
        last = lead.post(&format!("/v1/programs/{program}/enrolments"), enrolled).await.created().id();
    }
    let mut made = Vec::new();
    for person in [mentee, loyal] {
        let suggested = suggested_in(app, person, program).await;
        let choices = [mentor, other].map(|mentor| suggestion_of(&suggested, mentor));
        made.push(app.as_(person).post(REQUESTS, json!({"choices": choices})).await.created());
    }
    let outside = suggestion_of(&world::ask(app, mentee).await.1, mentor);
    made.push(app.as_(mentee).post(REQUESTS, json!({"choices": [outside]})).await.created());
    app.as_(mentor).get(&format!("{ASKS}?count=exact")).await.ok().has("/total", 3);
    lead.post(&format!("/v1/enrolments/{last}/withdraw"), json!({})).await.ok();
    app.service.pass_on_requests().await.expect("it passes on");
    let left = app.as_(mentee).get(&place(&made[0])).await.ok().has("/status", "withdrawn");
    assert_eq!(statuses(&left), ["dropped", "dropped"]);
    app.as_(mentor).get(&format!("{ASKS}?count=exact")).await.ok().has("/total", 2);
    app.as_(loyal).get(&place(&made[1])).await.ok().has("/status", "open");
    app.as_(mentee).get(&place(&made[2])).await.ok().has("/status", "open");
}

/// Who has a mentor in a program by now gets no second one in it: the next is not asked, and who is asked is refused.
#[apply(on_both_engines!)]
async fn who_has_a_mentor_in_the_program_gets_no_second(app: TestApp) {
    let world = World::new(app).await;
    let coordinator = app.person().await;
    let program = app.program(coordinator).await;
    let lead = app.as_with(coordinator, &["coordinator"]);
    let [given, first, second] = [world.mentor(app).await, world.mentor(app).await, world.mentor(app).await];
    let mentee = world.mentee(app).await;
    let made = suggested_in(app, mentee, program).await;
    let choices = [first, second].map(|mentor| suggestion_of(&made, mentor));
    let request = place(&app.as_(mentee).post(REQUESTS, json!({"choices": choices})).await.created());
    let ask = ask_of(app, first).await;
    let pair = json!({"mentor_id": given, "mentee_id": mentee, "program_id": program});
    lead.post("/v1/pairs", pair).await.created().has("/status", "active");
    let refused = app.as_(first).post(&format!("{ask}/accept"), json!({})).await.problem(409, "wrong_state");
    refused.has("/detail", "The mentee already has another mentor in this program. You may decline the invitation.");
    app.as_(first).post(&format!("{ask}/decline"), json!({})).await.is(204);
    let over = app.as_(mentee).get(&request).await.ok().has("/status", "exhausted");
    assert_eq!(statuses(&over), ["declined", "unavailable"]);
    assert_eq!(asked(app, second).await, None);
    let made = suggested_in(app, mentee, program).await;
    let again = json!({"choices": [suggestion_of(&made, second)]});
    app.as_(mentee).post(REQUESTS, again).await.problem(409, "wrong_state");
    // Outside the program another mentor is nobody's affair.
    let outside = suggestion_of(&world::ask(app, mentee).await.1, second);
    app.as_(mentee).post(REQUESTS, json!({"choices": [outside]})).await.created();
}

/// What makes no sense is refused, and says where.
#[apply(on_both_engines!)]
async fn what_makes_no_sense_is_refused(app: TestApp) {
    let world = World::new(app).await;
    let choice = Choice::of(app, &world, 3).await;
    let [one, two, three] = [0, 1, 2].map(|n| choice.suggestions[n].clone());
    let me = app.as_(choice.mentee);
    let none = "01988b64-97e0-7d1e-a3b5-6d7e8f9a0b1c";
    for (choices, pointer) in [
        (json!([]), "/choices"),
        (json!([one, one]), "/choices/1"),
        (json!([one, none]), "/choices/1"),
        (json!([one, two, three, one, two, three]), "/choices"),
    ] {
        me.post(REQUESTS, json!({"choices": choices})).await.problem(422, "invalid_value").points_at(pointer);
    }
    for (body, pointer) in [
        (json!({}), "/choices"),
        (json!({"choices": "all"}), "/choices"),
        (json!({"choices": [one], "rank": 1}), "/rank"),
    ] {
        me.post(REQUESTS, body).await.problem(400, "invalid_request").points_at(pointer);
    }
    me.post(REQUESTS, json!({"choices": ["x"]})).await.problem(422, "invalid_value").points_at("/choices/0");
    for days in [1, 15] {
        me.post(REQUESTS, json!({"choices": [one], "days_to_answer": days}))
            .await
            .problem(422, "invalid_value")
            .points_at("/days_to_answer");
    }
    // Another program, another's suggestion, and one that was answered.
    let program = app.program(app.person().await).await;
    let elsewhere = suggestion_of(&suggested_in(app, choice.mentee, program).await, choice.mentors[1]);
    me.post(REQUESTS, json!({"choices": [one, elsewhere]})).await.problem(422, "invalid_value").points_at("/choices/1");
    let stranger = Choice::among(app, world.mentee(app).await, choice.mentors.clone()).await;
    me.post(REQUESTS, json!({"choices": [one, stranger.suggestions[0]]}))
        .await
        .problem(422, "invalid_value")
        .points_at("/choices/1");
    me.post(&format!("/v1/suggestions/{three}/dismiss"), json!({"reason": "other"})).await.ok();
    me.post(REQUESTS, json!({"choices": [one, three]})).await.problem(409, "wrong_state").points_at("/choices/1");
    // One at a time in each program and in none, and three in all.
    let made = me.post(REQUESTS, json!({"choices": [one]})).await.created();
    me.post(REQUESTS, json!({"choices": [two]})).await.problem(409, "already_exists");
    me.post(REQUESTS, json!({"choices": [elsewhere]})).await.created();
    let more = [app.program(app.person().await).await, app.program(app.person().await).await];
    let last = suggestion_of(&suggested_in(app, choice.mentee, more[0]).await, choice.mentors[0]);
    me.post(REQUESTS, json!({"choices": [last]})).await.created();
    let last = suggestion_of(&suggested_in(app, choice.mentee, more[1]).await, choice.mentors[0]);
    me.post(REQUESTS, json!({"choices": [last]})).await.problem(409, "wrong_state");
    // Whom one asks, the mentor answers.
    let asked = format!("/v1/suggestions/{one}");
    me.post(&format!("{asked}/dismiss"), json!({"reason": "other"})).await.problem(409, "wrong_state");
    me.post(&format!("{asked}/create-pair"), json!({})).await.problem(409, "wrong_state");
    world::ask(app, choice.mentee).await;
    me.get(&asked).await.ok().has("/status", "open");
    me.get(&format!("/v1/suggestions/{two}")).await.ok().has("/status", "stale");
    me.post(&format!("{}/withdraw", place(&made)), json!({}))
        .await
        .ok()
        .has("/status", "withdrawn")
        .has("/choices/0/status", "dropped");
    me.post(&format!("{asked}/dismiss"), json!({"reason": "other"})).await.ok();
    me.get(&format!("{REQUESTS}?status=withdrawn&count=exact")).await.ok().has("/total", 1);
}

/// Sent twice, it is one request; taken back, nobody is asked any more.
#[apply(on_both_engines!)]
async fn a_request_is_made_once_and_can_be_taken_back(app: TestApp) {
    let world = World::new(app).await;
    let choice = Choice::of(app, &world, 2).await;
    let client = app.as_(choice.mentee);
    let body = json!({"choices": choice.suggestions, "days_to_answer": 14});
    let post = || client.request(Method::POST, REQUESTS).header("idempotency-key", "k1").json(&body);
    let first = client.send(post()).await.created();
    let again = client.send(post()).await.created();
    assert_eq!(first.bytes, again.bytes);
    let mentor = app.as_(choice.mentors[0]);
    app.as_(choice.mentors[0]).get(&format!("{ASKS}?count=exact")).await.ok().has("/total", 1);
    let ask = ask_of(app, choice.mentors[0]).await;
    let stale = mentor.request(Method::POST, &format!("{ask}/decline")).header("if-match", "\"old\"").json(&json!({}));
    mentor.send(stale).await.problem(412, "stale_record");
    client.post(&format!("{}/withdraw", place(&first)), json!({})).await.ok().has("/status", "withdrawn");
    mentor.get(&ask).await.problem(404, "not_found");
    mentor.post(&format!("{ask}/accept"), json!({})).await.problem(404, "not_found");
    assert_eq!(asked(app, choice.mentors[1]).await, None);
    // It comes too late for the notice, so there is none.
    assert_eq!(notices(app, choice.mentors[0]).await, [""; 0]);
    client.post(REQUESTS, body.clone()).await.created();
    let ask = ask_of(app, choice.mentors[0]).await;
    let yes =
        || mentor.request(Method::POST, &format!("{ask}/accept")).header("idempotency-key", "k2").json(&json!({}));
    let pair = mentor.send(yes()).await.created();
    assert_eq!(pair.bytes, mentor.send(yes()).await.created().bytes);
}

/// Who leaves is asked no more and asks no more; who is erased, of them nothing is left.
#[apply(on_both_engines!)]
async fn who_leaves_neither_asks_nor_is_asked(app: TestApp) {
    let world = World::new(app).await;
    let choice = Choice::of(app, &world, 3).await;
    let at = place(&choice.ask(app).await.created());
    let me = app.as_(choice.mentee);
    depart(app, choice.mentors[0]).await;
    app.service.pass_on_requests().await.expect("it passes on");
    assert_eq!(statuses(&me.get(&at).await.ok()), ["unavailable", "asked", "waiting"]);
    depart(app, choice.mentors[2]).await;
    assert_eq!(statuses(&me.get(&at).await.ok()), ["unavailable", "asked", "unavailable"]);
    let admin = app.as_with(app.person().await, &["admin"]);
    for mentor in [choice.mentors[0], choice.mentors[1]] {
        let confirm = json!({"confirm": format!("{mentor}@example.com")});
        admin.post(&format!("/v1/people/{mentor}/erase"), confirm).await.ok();
    }
    app.service.pass_on_requests().await.expect("it passes on");
    let left = me.get(&at).await.ok().has("/status", "exhausted");
    assert_eq!(statuses(&left), ["unavailable"]);
    // The mentee leaves while somebody is asked.
    let third = world.mentor(app).await;
    let again = Choice::among(app, choice.mentee, vec![third]).await.ask(app).await.created();
    let ask = ask_of(app, third).await;
    depart(app, choice.mentee).await;
    app.as_(third).get(&ask).await.problem(404, "not_found");
    admin.get(&place(&again)).await.ok().has("/status", "withdrawn");
    let confirm = json!({"confirm": format!("{}@example.com", choice.mentee)});
    admin.post(&format!("/v1/people/{}/erase", choice.mentee), confirm).await.ok();
    admin.get(&place(&again)).await.problem(404, "not_found");
    admin.get(&format!("{REQUESTS}?count=exact")).await.ok().has("/total", 0);
}

fn forgetful() -> Setup {
    let retention = Retention { closed_suggestions_days: Some(60), ..Retention::default() };
    Setup { retention, ..Setup::default() }
}

/// What is over goes with the suggestions it names, and what is live stays.
#[apply(on_both_engines!)]
#[set_up_by(forgetful())]
async fn requests_that_are_over_go_with_their_suggestions(app: TestApp) {
    let world = World::new(app).await;
    let over = Choice::of(app, &world, 1).await;
    let live = Choice::among(app, world.mentee(app).await, over.mentors.clone()).await;
    let closed = place(&over.ask(app).await.created());
    let mentor = app.as_(over.mentors[0]);
    let ask = ask_of(app, over.mentors[0]).await;
    mentor.post(&format!("{ask}/decline"), json!({})).await.is(204);
    app.clock.advance(TimeDelta::days(59));
    app.service.delete_expired().await.expect("it tidies");
    app.as_(over.mentee).get(&closed).await.ok().has("/status", "exhausted");
    let open = place(&live.ask(app).await.created());
    app.clock.advance(TimeDelta::days(2));
    app.service.delete_expired().await.expect("it tidies");
    app.as_(over.mentee).get(&closed).await.problem(404, "not_found");
    app.as_(over.mentee).get(&format!("/v1/suggestions/{}", over.suggestions[0])).await.problem(404, "not_found");
    app.as_(live.mentee).get(&open).await.ok().has("/status", "open");
}
