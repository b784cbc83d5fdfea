//! Sessions that repeat: one invitation, and then each lives by itself.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::calendars::{read, schedule};
use super::mails::{take, to};
use crate::harness::{Pair, TestApp};

/// The sessions of the pair: when they begin, and where they are in their lives.
async fn sessions(app: &TestApp, pair: &Pair) -> Vec<Value> {
    app.as_(pair.mentee).get(&format!("/v1/sessions?pair_id={}", pair.id)).await.ok().items().clone()
}

fn starts(sessions: &[Value]) -> Vec<&str> {
    sessions.iter().filter_map(|session| session["starts_at"].as_str()).collect()
}

async fn mail(app: &TestApp, pair: &Pair) -> String {
    let letters = take(app).await;
    assert_eq!(letters.len(), 2, "one mail to each of the two");
    to(&letters, pair.mentor).whole.clone()
}

/// The clock shows the same time each week, though it is put forward in between; and one mail invites
/// to all, which foreign parsers read the same way.
#[apply(on_both_engines!)]
async fn a_series_keeps_its_time_on_the_clock(app: TestApp) {
    let pair = app.pair().await;
    // Monday 9 March, 15:00 in Zurich; on 29 March clocks are put forward.
    let more = json!({"starts_at": "2026-03-09T14:00:00Z", "time_zone": "Europe/Zurich", "place": "Room 5", "repeat": {"cadence": "biweekly", "times": 3}});
    let first = schedule(app, &pair, more).await;
    let id = first.rsplit('/').next().expect("an id");
    let all = sessions(app, &pair).await;
    let expected = ["2026-03-09T14:00:00Z", "2026-03-23T14:00:00Z", "2026-04-06T13:00:00Z"];
    assert_eq!(starts(&all), expected);
    for session in &all {
        assert_eq!(
            (&session["series_id"], &session["occurrence_at"], &session["place"]),
            (&json!(id), &session["starts_at"], &json!("Room 5"))
        );
    }
    let invited = mail(app, &pair).await;
    assert!(invited.contains("It repeats every 2 weeks, 3 times."), "{invited}");
    let Some(read) = read(&[invited]) else { return };
    assert_eq!(read[0]["events"].as_array().map(Vec::len), Some(1));
    assert_eq!(
        (&read[0]["method"], &read[0]["events"][0]["uid"], &read[0]["events"][0]["occurrences"]),
        (&json!("REQUEST"), &json!(id), &json!(expected))
    );
}

/// One session of a series moves, another one is cancelled: the calendar hears of that one alone. Then the
/// rest goes in one mail.
#[apply(on_both_engines!)]
async fn each_session_of_a_series_lives_by_itself(app: TestApp) {
    let pair = app.pair().await;
    let more = json!({"starts_at": "2026-03-09T14:00:00Z", "time_zone": "Europe/Zurich", "repeat": {"cadence": "weekly", "times": 5}});
    let first = schedule(app, &pair, more).await;
    let id = json!(first.rsplit('/').next().expect("an id"));
    let all = sessions(app, &pair).await;
    let at = |nth: usize| format!("/v1/sessions/{}", all[nth]["id"].as_str().expect("an id"));
    take(app).await;

    let moved = app
        .as_(pair.mentee)
        .post(&format!("{}/reschedule", at(1)), json!({"starts_at": "2026-03-17T08:00:00Z"}))
        .await
        .created();
    moved.has("/series_id", id.clone()).has("/occurrence_at", "2026-03-16T14:00:00Z");
    let by_itself = mail(app, &pair).await;
    app.as_(pair.mentee).post(&format!("{}/cancel", at(2)), json!({})).await.ok();
    let cancelled = mail(app, &pair).await;
    app.clock.advance(TimeDelta::seconds(1));
    app.as_(pair.mentee)
        .post(&format!("{}/cancel", at(3)), json!({"and_following": true, "reason": "canary"}))
        .await
        .ok();
    let rest = mail(app, &pair).await;
    assert!(rest.contains("One more session of its series is cancelled too."), "{rest}");
    let states: Vec<_> =
        sessions(app, &pair).await.iter().filter_map(|session| session["status"].as_str().map(str::to_owned)).collect();
    assert_eq!(states, ["scheduled", "rescheduled", "scheduled", "cancelled", "cancelled", "cancelled"]);

    let Some(read) = read(&[by_itself, cancelled, rest]) else { return };
    let told: Vec<Vec<_>> = read
        .iter()
        .map(|calendar| {
            calendar["events"]
                .as_array()
                .expect("events")
                .iter()
                .map(|event| {
                    (&calendar["method"], &event["uid"], event["recurrence_id"].as_str(), event["starts_at"].as_str())
                })
                .collect()
        })
        .collect();
    let (request, cancel) = (json!("REQUEST"), json!("CANCEL"));
    assert_eq!(
        told,
        [
            vec![(&request, &id, Some("2026-03-16T14:00:00Z"), Some("2026-03-17T08:00:00Z"))],
            vec![(&cancel, &id, Some("2026-03-23T14:00:00Z"), Some("2026-03-23T14:00:00Z"))],
            vec![
                (&cancel, &id, Some("2026-03-30T13:00:00Z"), Some("2026-03-30T13:00:00Z")),
                (&cancel, &id, Some("2026-04-06T13:00:00Z"), Some("2026-04-06T13:00:00Z"))
            ],
        ]
    );
    assert!(!json!(read).to_string().contains("canary"));
}

/// The whole series goes with its pair, in one mail that takes all of it away.
#[apply(on_both_engines!)]
async fn a_series_ends_with_its_pair(app: TestApp) {
    let pair = app.pair().await;
    let first = schedule(app, &pair, json!({"repeat": {"cadence": "monthly", "times": 6}})).await;
    assert!(mail(app, &pair).await.contains("It repeats every month, 6 times."));
    app.as_(pair.mentor).post(&format!("{}/end", pair.path), json!({"reason": "goals_met"})).await.ok();
    let letters = take(app).await;
    let told: Vec<_> = letters
        .iter()
        .filter(|letter| letter.header("Subject") == "A mentoring session is cancelled")
        .map(|letter| letter.whole.clone())
        .collect();
    assert_eq!((told.len(), letters.len()), (2, 4));
    assert!(told[0].contains("5 more sessions of its series are cancelled too."), "{}", told[0]);
    let Some(read) = read(&told[..1]) else { return };
    let event = &read[0]["events"][0];
    assert_eq!(
        (&read[0]["method"], event["uid"].as_str(), &event["recurrence_id"]),
        (&json!("CANCEL"), first.rsplit('/').next(), &Value::Null)
    );
    assert_eq!(event["occurrences"].as_array().map(Vec::len), Some(6));
}

/// What cannot repeat changes nothing.
#[apply(on_both_engines!)]
async fn what_cannot_repeat_is_refused(app: TestApp) {
    let pair = app.pair().await;
    let at = app.clock.now() + TimeDelta::days(2);
    let ask = async |repeat: Value| {
        app.as_(pair.mentee).post("/v1/sessions", json!({"pair_id": pair.id, "starts_at": at, "repeat": repeat})).await
    };
    ask(json!({"cadence": "as_needed", "times": 3})).await.problem(422, "invalid_value").points_at("/repeat/cadence");
    ask(json!({"cadence": "monthly", "times": 30})).await.problem(422, "invalid_value").points_at("/repeat/times");
    ask(json!({"cadence": "weekly", "times": 1})).await.problem(422, "invalid_value").points_at("/repeat/times");
    ask(json!({"cadence": "weekly", "times": 53})).await.problem(422, "invalid_value").points_at("/repeat/times");
    ask(json!({"cadence": "weekly"})).await.is(400);
    assert!(sessions(app, &pair).await.is_empty());
}
