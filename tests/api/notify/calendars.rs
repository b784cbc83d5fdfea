//! Sessions in calendars: what the file says, and what parsers and a server that somebody else wrote
//! make of our mails (`tests/foreign/calendar`). Without them these tests say so and pass; with
//! `MENTORSHIP_TEST_FOREIGN=required`, as in CI, they fail.

use std::io::Write as _;
use std::process::{Command, Stdio};

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::mails::{Letter, kinds, take, to};
use crate::harness::{Pair, TestApp, is_required};

/// What a foreign program makes of these texts.
fn foreign(program: &str, script: &str, texts: &[String]) -> Option<Value> {
    let here = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/foreign/calendar/");
    let started = Command::new(program)
        .arg(format!("{here}{script}"))
        .env("NODE_PATH", concat!(env!("CARGO_MANIFEST_DIR"), "/target/ci/node/node_modules"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let answered = started.and_then(|mut child| {
        let mut input = child.stdin.take().expect("an input");
        input.write_all(json!(texts).to_string().as_bytes())?;
        drop(input);
        child.wait_with_output()
    });
    let why = match answered {
        Ok(output) if output.status.success() => return Some(serde_json::from_slice(&output.stdout).expect("JSON")),
        Ok(output) => String::from_utf8_lossy(&output.stderr).into_owned(),
        Err(error) => error.to_string(),
    };
    let is_absent = ["ModuleNotFoundError", "Cannot find module", "No such file"].iter().any(|sign| why.contains(sign));
    assert!(is_absent && !is_required("MENTORSHIP_TEST_FOREIGN"), "{program} {script}: {why}");
    eprintln!("NOT TESTED: calendars by {program} {script}: {why}");
    None
}

/// The same events by three parsers: for each calendar what `icalendar` found, once the others agree.
pub fn read(texts: &[String]) -> Option<Vec<Value>> {
    let by_python = foreign("python3", "read.py", texts)?;
    let by_python = by_python.as_array().expect("a list");
    let texts: Vec<_> = by_python.iter().map(|read| read["text"].as_str().expect("text").to_owned()).collect();
    let by_node = foreign("node", "read.cjs", &texts)?;
    let mut all = Vec::new();
    for (python, node) in by_python.iter().zip(by_node.as_array().expect("a list")) {
        let mut read = python["icalendar"].clone();
        assert_eq!(read["method"], node["method"]);
        assert_eq!(read["method"], python["vobject"]["method"]);
        for (nth, event) in read["events"].as_array_mut().expect("events").iter_mut().enumerate() {
            let (vobject, node) = (&python["vobject"]["events"][nth], &node["events"][nth]);
            for field in ["uid", "summary", "starts_at", "ends_at"] {
                assert_eq!((&event[field], &event[field]), (&vobject[field], &node[field]), "{field}: {python}");
            }
            for field in ["sequence", "recurrence_id"] {
                assert_eq!(event[field], node[field], "{field}: {python}");
            }
            assert_eq!(node["occurrences"], vobject["occurrences"], "{python}");
            event["occurrences"] = node["occurrences"].clone();
        }
        all.push(read);
    }
    Some(all)
}

pub async fn schedule(app: &TestApp, pair: &Pair, more: Value) -> String {
    let mut session = json!({"pair_id": pair.id, "starts_at": app.clock.now() + TimeDelta::days(2)});
    session.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    format!("/v1/sessions/{}", app.as_(pair.mentee).post("/v1/sessions", session).await.created().id())
}

pub async fn rename(app: &TestApp, person: mentorship::ids::PersonId, name: &str) {
    let mut tx = app.db.write().await.expect("a unit of work");
    tx.query("update people set name = $2 where id = $1").bind(person).bind(name).run().await.expect("a name");
    tx.commit().await.expect("it commits");
}

fn whole(letters: &[Letter], person: mentorship::ids::PersonId) -> String {
    to(letters, person).whole.clone()
}

/// The lines of a calendar, unfolded; none is too long.
pub fn lines(text: &str) -> Vec<String> {
    assert!(text.ends_with("\r\n") && text.split("\r\n").all(|line| line.len() <= 75), "{text}");
    text.replace("\r\n ", "").split("\r\n").map(str::to_owned).collect()
}

/// One of the two takes the file, with place and link; a manager gets neither, a colleague nothing at all.
#[apply(on_both_engines!)]
async fn a_session_is_a_file_for_a_calendar(app: TestApp) {
    let pair = app.pair().await;
    rename(app, pair.mentor, "Zoë, Ö; née \"Grün\" \\ and a name that is longer than any line may be").await;
    let session = schedule(app, &pair, json!({"time_zone": "Europe/Zurich", "place": "Room 5, left; or right", "link": "https://video.example.com/canary"})).await;
    let at = format!("{session}/calendar.ics");
    let file = app.as_(pair.mentor).get(&at).await.ok();
    assert_eq!(file.header("content-type"), "text/calendar; charset=utf-8");
    let text = String::from_utf8(file.bytes.clone()).expect("text");
    let read = lines(&text);
    let id = session.rsplit('/').next().expect("an id");
    for line in [
        "METHOD:PUBLISH".to_owned(),
        format!("UID:{id}"),
        "SEQUENCE:0".to_owned(),
        "DTSTART;TZID=Europe/Zurich:20260304T100000".to_owned(),
        "DTEND;TZID=Europe/Zurich:20260304T104500".to_owned(),
        "CLASS:PRIVATE".to_owned(),
        r"LOCATION:Room 5\, left\; or right".to_owned(),
        "URL:https://video.example.com/canary".to_owned(),
    ] {
        assert!(read.contains(&line), "{line}: {text}");
    }
    assert!(text.contains(r"SUMMARY:Mentoring: Zoë\, Ö\; née"), "{text}");
    assert!(!text.contains("ATTENDEE") && !text.contains("ORGANIZER"), "{text}");

    let request = app.as_(pair.mentor).request(reqwest::Method::GET, &at).header("if-none-match", file.header("etag"));
    app.as_(pair.mentor).send(request).await.is(304);
    let seen = app.as_(pair.manager).get(&at).await.ok();
    let seen = String::from_utf8(seen.bytes).expect("text");
    assert!(!seen.contains("LOCATION") && !seen.contains("canary") && seen.contains(id), "{seen}");
    app.as_(app.person().await).get(&at).await.problem(404, "not_found");

    // Moved, it is the same event, wherever one asks for it.
    let moved = app
        .as_(pair.mentee)
        .post(&format!("{session}/reschedule"), json!({"starts_at": app.clock.now() + TimeDelta::days(30)}))
        .await
        .created();
    for at in [at, format!("/v1/sessions/{}/calendar.ics", moved.id())] {
        let text = String::from_utf8(app.as_(pair.mentor).get(&at).await.ok().bytes).expect("text");
        // After clocks were put forward: it is the same time in UTC, and an hour later there.
        for line in
            [format!("UID:{id}"), "SEQUENCE:1".to_owned(), "DTSTART;TZID=Europe/Zurich:20260401T110000".to_owned()]
        {
            assert!(lines(&text).contains(&line), "{line}: {text}");
        }
    }
    app.as_(pair.mentee)
        .post(&format!("/v1/sessions/{}/cancel", moved.id()), json!({"reason": "canary two"}))
        .await
        .ok();
    let text =
        String::from_utf8(app.as_(pair.mentor).get(&format!("{session}/calendar.ics")).await.ok().bytes).expect("text");
    assert!(lines(&text).contains(&"STATUS:CANCELLED".to_owned()) && !text.contains("canary two"), "{text}");
}

/// Scheduled, moved and cancelled: three foreign parsers read one event in its versions, and a
/// foreign server has one, one and none.
#[apply(on_both_engines!)]
async fn foreign_calendars_take_our_invitations(app: TestApp) {
    let pair = app.pair().await;
    rename(app, pair.mentor, "Zoë \"Ö\" Grün; née Müller, a name that is longer than any line may be").await;
    let session = schedule(
        app,
        &pair,
        json!({"time_zone": "America/New_York", "place": "canary", "link": "https://example.com/canary"}),
    )
    .await;
    let mut mails = vec![whole(&take(app).await, pair.mentor)];
    app.as_(pair.mentee).patch(&session, json!({"length_minutes": 30})).await.ok();
    mails.push(whole(&take(app).await, pair.mentor));
    let to = json!({"starts_at": app.clock.now() + TimeDelta::days(9)});
    let moved = app.as_(pair.mentee).post(&format!("{session}/reschedule"), to).await.created();
    mails.push(whole(&take(app).await, pair.mentor));
    app.as_(pair.mentee).post(&format!("/v1/sessions/{}/cancel", moved.id()), json!({})).await.ok();
    mails.push(whole(&take(app).await, pair.mentor));

    let Some(read) = read(&mails) else { return };
    let versions: Vec<_> = read
        .iter()
        .map(|calendar| {
            let event = &calendar["events"][0];
            (
                calendar["method"].as_str(),
                event["sequence"].as_i64(),
                event["starts_at"].as_str(),
                event["status"].as_str(),
            )
        })
        .collect();
    assert_eq!(
        versions,
        [
            (Some("REQUEST"), Some(0), Some("2026-03-04T09:00:00Z"), Some("CONFIRMED")),
            (Some("REQUEST"), Some(1), Some("2026-03-04T09:00:00Z"), Some("CONFIRMED")),
            (Some("REQUEST"), Some(2), Some("2026-03-11T09:00:00Z"), Some("CONFIRMED")),
            (Some("CANCEL"), Some(3), Some("2026-03-11T09:00:00Z"), Some("CANCELLED")),
        ]
        .map(|(method, sequence, at, status)| (method, sequence, at, status))
    );
    for calendar in &read {
        let (events, event) = (calendar["events"].as_array().expect("events"), &calendar["events"][0]);
        assert_eq!((events.len(), event["uid"].as_str()), (1, session.rsplit('/').next()));
        assert_eq!(event["organizer"], "mailto:mentoring@example.com");
        assert_eq!(event["class"], "PRIVATE");
        assert_eq!(event["place"], Value::Null);
        assert!(
            event["summary"]
                .as_str()
                .is_some_and(|text| text.starts_with("Mentoring: Zoë \"Ö\" Grün; née Müller, a name")),
            "{event}"
        );
        let invited: Vec<_> = event["attendees"]
            .as_array()
            .expect("attendees")
            .iter()
            .map(|who| who[0].as_str().expect("an address").to_owned())
            .collect();
        assert_eq!(
            invited,
            [format!("mailto:{}@example.com", pair.mentor), format!("mailto:{}@example.com", pair.mentee)]
        );
        assert_eq!(event["attendees"][0][1], "Zoë 'Ö' Grün; née Müller, a name that is longer than any line may be");
        assert_eq!(event["attendees"][0][2], "TRUE");
    }
    assert!(!json!(read).to_string().contains("canary"));
    let Some(counts) = foreign("python3", "caldav.py", &mails) else { return };
    assert_eq!(counts, json!([1, 1, 1, 0]));
}

/// A pair ends: what was still to come is cancelled, and taken out of calendars; what was, stays.
#[apply(on_both_engines!)]
async fn the_sessions_of_a_pair_end_with_it(app: TestApp) {
    let pair = app.pair().await;
    let past = schedule(app, &pair, json!({"starts_at": app.clock.now() - TimeDelta::hours(1)})).await;
    let coming = schedule(app, &pair, json!({})).await;
    take(app).await;
    app.as_(pair.mentor).post(&format!("{}/end", pair.path), json!({"reason": "goals_met"})).await.ok();
    let letters = take(app).await;
    let mut told = kinds(&letters);
    told.sort_unstable();
    assert_eq!(
        told,
        [
            "A mentoring session is cancelled",
            "A mentoring session is cancelled",
            "Your mentoring pair has ended",
            "Your mentoring pair has ended"
        ]
    );
    app.as_(pair.mentor)
        .get(&coming)
        .await
        .ok()
        .has("/status", "cancelled")
        .has("/sequence", 1)
        .has("/closed_by_id", Value::Null);
    app.as_(pair.mentor).get(&past).await.ok().has("/status", "scheduled");
}
