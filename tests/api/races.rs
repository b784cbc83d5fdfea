//! Many requests at the same moment: one of them wins, and nothing begins under what just ended.

use std::collections::BTreeMap;
use std::time::Duration;

use mentorship::ids::{NoteId, PairId, PersonId};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::harness::{Answer, Client, Person, TestApp};

/// One request, ready to be sent.
type Shot = (Client, &'static str, String, Value);

fn post(client: &Client, path: impl Into<String>, body: Value) -> Shot {
    (client.clone(), "post", path.into(), body)
}

/// Sends all of them at once.
async fn volley(shots: impl IntoIterator<Item = Shot>) -> Vec<Answer> {
    let mut flying = begin(shots);
    let mut answers = Vec::new();
    while let Some(answer) = flying.join_next().await {
        answers.push(answer.expect("no panic"));
    }
    answers
}

fn begin(shots: impl IntoIterator<Item = Shot>) -> JoinSet<Answer> {
    let mut flying = JoinSet::new();
    for (client, method, path, body) in shots {
        flying.spawn(async move {
            match method {
                "post" => client.post(&path, body).await,
                "put" => client.put(&path, body).await,
                "delete" => client.delete(&path).await,
                _ => {
                    let request = client.request(reqwest::Method::PATCH, &path).header("if-match", "*");
                    client.send(request.json(&body)).await
                }
            }
        });
    }
    flying
}

/// How many answers there are of each status; what lost must say so with 409.
#[track_caller]
fn tally(answers: &[Answer]) -> BTreeMap<u16, usize> {
    let mut tally = BTreeMap::new();
    for answer in answers {
        assert!([200, 201, 204, 409].contains(&answer.status), "{}: {}", answer.told, answer.body);
        *tally.entry(answer.status).or_default() += 1;
    }
    tally
}

async fn count(app: &TestApp, sql: &'static str) -> i64 {
    let mut tx = app.db.read_one().await.expect("a look");
    tx.query(sql).one::<(i64,)>().await.expect("a number").0
}

/// Does `sql` to `id` in a unit of work that holds `held`, and only commits it when the requests
/// are under way: each of them must have waited, and refuse.
async fn refused_after(app: &TestApp, (held, sql, id): (uuid::Uuid, &'static str, uuid::Uuid), shots: Vec<Shot>) {
    let mut tx = app.db.write().await.expect("a unit of work");
    tx.lock(held).await.expect("it is held");
    tx.query(sql).bind(id).bind(app.clock.now()).run().await.expect("it is done");
    let mut flying = begin(shots);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(flying.try_join_next().is_none(), "somebody did not wait");
    tx.commit().await.expect("it commits");
    while let Some(answer) = flying.join_next().await {
        answer.expect("no panic").problem(409, "wrong_state");
    }
}

/// Fifty times yes: the pair begins once.
#[apply(on_both_engines!)]
async fn a_pair_is_accepted_once(app: TestApp) {
    let (mentor, mentee) = (app.person().await, app.person().await);
    let pair = app.as_(mentee).post("/v1/pairs", json!({"mentor_id": mentor, "mentee_id": mentee})).await.created();
    let yes = format!("/v1/pairs/{}/accept", pair.id());
    let answers = volley((0..50).map(|_| post(&app.as_(mentor), &yes, json!({})))).await;
    assert_eq!(tally(&answers), BTreeMap::from([(200, 1), (409, 49)]));
    assert_eq!(count(app, "select count(*) from events where kind = 'pair.started'").await, 1);
    assert_eq!(count(app, "select count(*) from events").await, 2);
    app.as_(mentor).get(&format!("/v1/people/{mentor}")).await.ok().has("/mentoring/active", 1);
}

/// Yes and no at once: one of them holds.
#[apply(on_both_engines!)]
async fn a_pair_is_answered_once(app: TestApp) {
    for _ in 0..5 {
        let (mentor, mentee) = (app.person().await, app.person().await);
        let pair = app.as_(mentee).post("/v1/pairs", json!({"mentor_id": mentor, "mentee_id": mentee})).await.created();
        let answer = |word: &str| post(&app.as_(mentor), format!("/v1/pairs/{}/{word}", pair.id()), json!({}));
        let answers = volley((0..5).flat_map(|_| [answer("accept"), answer("decline")])).await;
        assert_eq!(tally(&answers), BTreeMap::from([(200, 1), (409, 9)]));
    }
    assert_eq!(count(app, "select count(*) from events where kind in ('pair.started', 'pair.declined')").await, 5);
}

/// A mentor takes no more than they offered, however many ask at once.
#[apply(on_both_engines!)]
async fn capacity_holds(app: TestApp) {
    let mentor = app.person_with(Person { capacity: 3, ..Person::default() }).await;
    let admin = app.as_with(app.person().await, &["admin"]);
    let mut shots = Vec::new();
    for place in 0..30 {
        let mentee = app.person().await;
        let body = json!({"mentor_id": mentor, "mentee_id": mentee});
        if place % 2 == 0 {
            shots.push(post(&admin, "/v1/pairs", body));
        } else {
            let pair = app.as_(mentee).post("/v1/pairs", body).await.created();
            shots.push(post(&app.as_(mentor), format!("/v1/pairs/{}/accept", pair.id()), json!({})));
        }
    }
    let answers = volley(shots).await;
    assert_eq!(answers.iter().filter(|answer| answer.status < 300).count(), 3);
    assert!(answers.iter().all(|answer| answer.status < 300 || answer.body["code"] == "mentor_at_capacity"));
    app.as_(mentor).get(&format!("/v1/people/{mentor}")).await.ok().has("/mentoring/active", 3);
    assert_eq!(count(app, "select count(*) from pairs where status = 'active'").await, 3);
}

/// Fifty ends: one.
#[apply(on_both_engines!)]
async fn a_pair_ends_once(app: TestApp) {
    let pair = app.pair().await;
    let end = |who: PersonId| {
        post(&app.as_(who), format!("{}/end", pair.path), json!({"reason": "goals_met", "end_note": "Thank you"}))
    };
    let answers = volley((0..25).flat_map(|_| [end(pair.mentor), end(pair.mentee)])).await;
    assert_eq!(tally(&answers), BTreeMap::from([(200, 1), (409, 49)]));
    assert_eq!(count(app, "select count(*) from events").await, 1);
    assert_eq!(count(app, "select count(*) from pair_notes").await, 1, "who lost left a note");
    app.as_(pair.mentor).get(&format!("/v1/people/{}", pair.mentor)).await.ok().has("/mentoring/active", 0);
}

/// Changes of a pair wait for whatever else happens to it, and never in a ring.
#[apply(on_both_engines!)]
async fn changes_of_a_pair_take_turns(app: TestApp) {
    let pair = app.pair().await;
    let (mentor, mentee) = (app.as_(pair.mentor), app.as_(pair.mentee));
    for round in 0..5 {
        let change = |number: usize| -> Shot {
            (mentee.clone(), "patch", pair.path.clone(), json!({"goals_focus": format!("{round} {number}")}))
        };
        let live = |word: &str| post(&mentor, format!("{}/{word}", pair.path), json!({}));
        let shots = (0..8).flat_map(|number| [change(number), live(if number % 2 == 0 { "pause" } else { "resume" })]);
        let answers = volley(shots).await;
        tally(&answers);
        let changes: Vec<_> = answers.iter().filter(|answer| answer.told.starts_with("PATCH")).collect();
        assert_eq!(changes.len(), 8);
        assert!(changes.iter().all(|answer| answer.status == 200), "round {round}");
    }
    assert_eq!(count(app, "select count(*) from events where kind = 'pair.changed'").await, 40);
}

/// Fifty say that it took place: once.
#[apply(on_both_engines!)]
async fn a_session_is_completed_once(app: TestApp) {
    let pair = app.pair().await;
    let body = json!({"pair_id": pair.id, "starts_at": "2026-03-02T09:30:00Z"});
    let session = app.as_(pair.mentor).post("/v1/sessions", body).await.created().id();
    let done = |who: PersonId| post(&app.as_(who), format!("/v1/sessions/{session}/complete"), json!({"outcome": "x"}));
    let answers = volley((0..25).flat_map(|_| [done(pair.mentor), done(pair.mentee)])).await;
    assert_eq!(tally(&answers), BTreeMap::from([(200, 1), (409, 49)]));
    assert_eq!(count(app, "select count(*) from events where kind = 'session.completed'").await, 1);
}

/// Moved, cancelled and completed at once: one of the three, and at most one successor.
#[apply(on_both_engines!)]
async fn a_session_ends_one_way(app: TestApp) {
    let pair = app.pair().await;
    let mentor = app.as_(pair.mentor);
    for round in 0..5 {
        let body = json!({"pair_id": pair.id, "starts_at": "2026-03-02T09:30:00Z"});
        let session = mentor.post("/v1/sessions", body).await.created().id();
        let act = |word: &str, body: Value| post(&mentor, format!("/v1/sessions/{session}/{word}"), body);
        let to = json!({"starts_at": "2026-03-03T09:30:00Z"});
        let answers = volley(
            (0..4).flat_map(|_| [act("complete", json!({})), act("cancel", json!({})), act("reschedule", to.clone())]),
        )
        .await;
        assert_eq!(tally(&answers)[&409], 11, "round {round}");
    }
    assert_eq!(count(app, "select count(*) from events where kind <> 'session.scheduled'").await, 5);
    assert_eq!(
        count(app, "select count(*) from sessions where predecessor_id is not null").await,
        count(app, "select count(*) from sessions where status = 'rescheduled'").await
    );
}

/// Fifty sessions are scheduled while the pair ends: none is there that was not acknowledged,
/// and none comes after.
#[apply(on_both_engines!)]
async fn nothing_is_scheduled_after_the_end(app: TestApp) {
    let pair = app.pair().await;
    let schedule = |number: usize| {
        let who = if number.is_multiple_of(2) { pair.mentor } else { pair.mentee };
        post(&app.as_(who), "/v1/sessions", json!({"pair_id": pair.id, "starts_at": "2026-03-05T09:00:00Z"}))
    };
    let end = post(&app.as_(pair.mentor), format!("{}/end", pair.path), json!({"reason": "other"}));
    let answers = volley((0..25).map(schedule).chain([end]).chain((25..50).map(schedule))).await;
    let made = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(tally(&answers).get(&200), Some(&1));
    assert_eq!(count(app, "select count(*) from sessions").await, i64::try_from(made).expect("fifty at most"));
    for answer in volley((0..4).map(schedule)).await {
        answer.problem(409, "wrong_state");
    }
}

/// Whatever would begin or change in a pair waits for its end, and is refused.
#[apply(on_both_engines!)]
async fn nothing_begins_in_a_pair_that_ends(app: TestApp) {
    let pair = app.pair().await;
    let (mentor, mentee) = (app.as_(pair.mentor), app.as_(pair.mentee));
    let session = mentor
        .post("/v1/sessions", json!({"pair_id": pair.id, "starts_at": "2026-03-05T09:00:00Z"}))
        .await
        .created()
        .id();
    let goal = mentee
        .post(
            "/v1/goals",
            json!({"pair_id": pair.id, "title": "Talk", "measurable": "Once", "target_on": "2026-09-01"}),
        )
        .await
        .created()
        .id();
    mentee.post(&format!("/v1/goals/{goal}/activate"), json!({})).await.ok();
    let draft = mentee
        .post(
            "/v1/goals",
            json!({"pair_id": pair.id, "title": "Walk", "measurable": "Once", "target_on": "2026-09-01"}),
        )
        .await
        .created()
        .id();
    let goal = format!("/v1/goals/{goal}");
    let step = mentee
        .post(&format!("{goal}/plan-steps"), json!({"text": "Ask"}))
        .await
        .created()
        .header("location")
        .to_owned();
    let blockers = [
        mentee.post(&format!("{goal}/blockers"), json!({"text": "Time"})).await.created().header("location").to_owned(),
        mentee
            .post(&format!("{goal}/blockers"), json!({"text": "Money"}))
            .await
            .created()
            .header("location")
            .to_owned(),
    ];
    let patch = |path: &str, body: Value| (mentee.clone(), "patch", path.to_owned(), body);
    let shots = vec![
        post(&mentor, "/v1/sessions", json!({"pair_id": pair.id, "starts_at": "2026-03-05T09:00:00Z"})),
        post(&mentor, format!("/v1/sessions/{session}/reschedule"), json!({"starts_at": "2026-03-06T09:00:00Z"})),
        post(&mentee, "/v1/goals", json!({"pair_id": pair.id, "title": "Listen"})),
        post(&mentee, format!("/v1/goals/{draft}/activate"), json!({})),
        post(&mentee, format!("{goal}/achieve"), json!({})),
        post(&mentee, format!("{goal}/check-ins"), json!({"confidence": "on_track", "progress": 5})),
        post(&mentee, format!("{goal}/key-results"), json!({"title": "x", "kind": "yes_no"})),
        post(&mentee, format!("{goal}/plan-steps"), json!({"text": "Ask again"})),
        post(&mentee, format!("{goal}/blockers"), json!({"text": "Fear"})),
        post(&mentee, format!("{}/resolve", blockers[0]), json!({})),
        patch(&blockers[1], json!({"text": "More money"})),
        patch(&step, json!({"is_done": true})),
        patch(&goal, json!({"title": "Talk twice"})),
        post(&mentee, format!("{}/pause", pair.path), json!({})),
        post(&mentee, format!("{}/end", pair.path), json!({"reason": "other"})),
    ];
    let end = "update pairs set status = 'ended', updated_at = $2, revision = revision + 1 where id = $1";
    refused_after(app, (pair.id.into(), end, pair.id.into()), shots).await;
}

/// Whatever would be added to a session waits for its cancellation, and is refused.
#[apply(on_both_engines!)]
async fn nothing_is_added_to_a_session_that_is_cancelled(app: TestApp) {
    let pair = app.pair().await;
    let mentor = app.as_(pair.mentor);
    let session = mentor
        .post("/v1/sessions", json!({"pair_id": pair.id, "starts_at": "2026-03-02T08:30:00Z"}))
        .await
        .created()
        .id();
    let at = format!("/v1/sessions/{session}");
    let item = json!({"topic": "other", "text": "x"});
    let items = [
        mentor.post(&format!("{at}/agenda-items"), item.clone()).await.created().header("location").to_owned(),
        mentor.post(&format!("{at}/agenda-items"), item.clone()).await.created().header("location").to_owned(),
    ];
    let shots = vec![
        post(&mentor, format!("{at}/agenda-items"), item),
        post(&mentor, format!("{at}/notes"), json!({"text": "x"})),
        post(&mentor, format!("{at}/action-items"), json!({"text": "x"})),
        (mentor.clone(), "put", format!("{at}/reflection"), json!({"energy": 3})),
        (mentor.clone(), "patch", items[0].clone(), json!({"text": "y"})),
        (mentor.clone(), "delete", items[1].clone(), Value::Null),
        post(&mentor, format!("{at}/complete"), json!({})),
        post(&mentor, format!("{at}/cancel"), json!({})),
        post(&mentor, format!("{at}/reschedule"), json!({"starts_at": "2026-03-06T09:00:00Z"})),
    ];
    let cancel = "update sessions set status = 'cancelled', closed_at = $2, updated_at = $2, revision = revision + 1 where id = $1";
    refused_after(app, (pair.id.into(), cancel, session.parse().expect("an id")), shots).await;
}

/// A session has a hundred notes at most, however many are written at once.
#[apply(on_both_engines!)]
async fn a_full_session_takes_no_more(app: TestApp) {
    let pair = app.pair().await;
    let mentor = app.as_(pair.mentor);
    let session = mentor
        .post("/v1/sessions", json!({"pair_id": pair.id, "starts_at": "2026-03-05T09:00:00Z"}))
        .await
        .created()
        .id();
    let mut tx = app.db.write().await.expect("a unit of work");
    for _ in 0..97 {
        let note = tx.query(
            "insert into notes (id, session_id, pair_id, author_id, text, created_at, updated_at, revision)
             values ($1, $2, $3, $4, 'x', $5, $5, 1)",
        );
        note.bind(NoteId::new(&app.clock))
            .bind(session.parse::<uuid::Uuid>().expect("an id"))
            .bind(pair.id)
            .bind(pair.mentor)
            .bind(app.clock.now())
            .run()
            .await
            .expect("a note");
    }
    tx.commit().await.expect("it commits");
    let answers =
        volley((0..20).map(|_| post(&mentor, format!("/v1/sessions/{session}/notes"), json!({"text": "x"})))).await;
    assert_eq!(tally(&answers), BTreeMap::from([(201, 3), (409, 17)]));
}

/// Nobody forms a pair with somebody who just leaves.
#[apply(on_both_engines!)]
async fn nobody_is_paired_while_they_leave(app: TestApp) {
    let (mentor, mentee) = (app.person().await, app.person().await);
    let admin = app.as_with(app.person().await, &["admin"]);
    for _ in 0..5 {
        let leaver = app.person().await;
        let leave = (admin.clone(), "patch", format!("/v1/people/{leaver}"), json!({"status": "departed"}));
        let ask = |mentor: PersonId, mentee: PersonId| {
            post(&admin, "/v1/pairs", json!({"mentor_id": mentor, "mentee_id": mentee}))
        };
        let answers = volley([ask(mentor, leaver), leave, ask(leaver, mentee)]).await;
        assert_eq!(answers.iter().filter(|answer| answer.told.starts_with("PATCH") && answer.status == 200).count(), 1);
        tally(&answers);
    }
    let leaver = app.person().await;
    let mut tx = app.db.write().await.expect("a unit of work");
    tx.lock(leaver.into()).await.expect("it is held");
    tx.query("update people set status = 'departed' where id = $1").bind(leaver).run().await.expect("they leave");
    let mut flying = begin([post(&admin, "/v1/pairs", json!({"mentor_id": mentor, "mentee_id": leaver}))]);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(flying.try_join_next().is_none(), "it did not wait");
    tx.commit().await.expect("it commits");
    flying.join_next().await.expect("an answer").expect("no panic").problem(409, "person_not_active");
}

/// Two pairs that begin and end in opposite order do not wait for each other for ever.
#[apply(on_both_engines!)]
async fn nobody_waits_for_ever(app: TestApp) {
    let admin = app.as_with(app.person().await, &["admin"]);
    let people = [app.person().await, app.person().await, app.person().await];
    let ask = |one: usize, other: usize| {
        post(&admin, "/v1/pairs", json!({"mentor_id": people[one], "mentee_id": people[other]}))
    };
    for _ in 0..5 {
        let answers = volley([ask(0, 1), ask(1, 2), ask(2, 0), ask(1, 0), ask(2, 1), ask(0, 2)]).await;
        assert_eq!(tally(&answers), BTreeMap::from([(201, 3), (409, 3)]));
        let ends = answers.iter().filter(|answer| answer.status == 201).map(|answer| {
            let id: PairId = answer.id().parse::<uuid::Uuid>().expect("an id").into();
            post(&admin, format!("/v1/pairs/{id}/end"), json!({"reason": "other"}))
        });
        assert_eq!(tally(&volley(ends.collect::<Vec<_>>()).await), BTreeMap::from([(200, 3)]));
    }
    assert_eq!(count(app, "select cast(sum(mentor_load) as bigint) from people").await, 0);
}
