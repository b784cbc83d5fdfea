//! Times and numbers from outside: what one engine could not hold, both refuse, by name.

use serde_json::json;

use crate::harness::TestApp;

/// Moments at the calendar's ends are answered alike by both engines, and never by a fault.
#[apply(on_both_engines!)]
async fn moments_have_bounds(app: TestApp) {
    let admin = app.as_with(app.person().await, &["admin"]);
    let lists = [
        ("pairs", "updated_after"),
        ("goals", "updated_after"),
        ("programs", "updated_after"),
        ("people", "updated_after"),
        ("sessions", "updated_after"),
        ("sessions", "from"),
        ("sessions", "to"),
    ];
    for (list, name) in lists {
        for time in [
            "-0001-01-01T00:00:00Z",
            "%2B262142-01-01T00:00:00Z",
            "%2B10000-01-01T00:00:00Z",
            "0000-12-31T23:59:59Z",
            "0001-01-01T00:00:00%2B00:01",
            "9999-12-31T23:59:59-00:01",
            "2026-05-01%2009:30:00Z",
            "2026-05-01T09:30:00",
            "2026-05-01",
            "2026-05-01T24:00:00Z",
            "",
        ] {
            let answer = admin.get(&format!("/v1/{list}?{name}={time}")).await;
            answer.problem(422, "invalid_value").points_at(&format!("?{name}"));
        }
        for time in [
            "0001-01-01T00:00:00Z",
            "9999-12-31T23:59:59.999999999Z",
            "2026-06-30T23:59:60Z",
            "2026-05-01t09:30:00z",
            "2026-05-01T09:30:00-23:59",
        ] {
            admin.get(&format!("/v1/{list}?{name}={time}")).await.ok();
        }
    }
}

/// Days are written in full and of a century that people plan in.
#[apply(on_both_engines!)]
async fn days_have_bounds(app: TestApp) {
    let admin = app.as_with(app.person().await, &["admin"]);
    let post =
        async |day: &str| admin.post("/v1/programs", json!({"name": format!("Leaders {day}"), "starts_on": day})).await;
    for day in [
        "1899-12-31",
        "2200-01-01",
        "0000-01-01",
        "9999-12-31",
        "2026-5-1",
        " 2026-05-01",
        "+2026-05-01",
        "2026-02-29",
        "20260501",
        "",
    ] {
        post(day).await.problem(422, "invalid_value").points_at("/starts_on");
    }
    for day in ["1900-01-01", "2199-12-31"] {
        let made = post(day).await.created().has("/starts_on", day);
        admin.get(made.header("location")).await.ok().has("/starts_on", day);
    }
}

/// A whole number may be written with a point, as some languages do.
#[apply(on_both_engines!)]
async fn whole_numbers_are_whole(app: TestApp) {
    let person = app.person().await;
    let (client, path) = (app.as_(person), format!("/v1/people/{person}/profile"));
    client.patch(&path, json!({"mentor_capacity": 2.0, "style_answers": [1.0, 2, 3, 5.0]})).await.ok();
    client.get(&format!("/v1/people/{person}")).await.ok().has("/mentoring/capacity", 2);
    for (odd, status, code) in [
        (json!(2.5), 400, "invalid_request"),
        (json!("2"), 400, "invalid_request"),
        (json!(1e30), 422, "invalid_value"),
        (json!(-1.0), 422, "invalid_value"),
    ] {
        client.patch(&path, json!({"mentor_capacity": odd})).await.problem(status, code).points_at("/mentor_capacity");
    }
}
