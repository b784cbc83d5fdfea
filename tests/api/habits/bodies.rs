//! Bodies that cannot be read, or hold what nobody asked for.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, Client, TestApp};

async fn post(client: &Client, kind: Option<&str>, body: impl Into<Vec<u8>>) -> Answer {
    let request = client.request(Method::POST, "/v1/pairs").body(body.into());
    client
        .send(match kind {
            Some(kind) => request.header("content-type", kind),
            None => request,
        })
        .await
}

/// What is not JSON is said to be none.
#[apply(on_both_engines!)]
async fn broken_json_is_400(app: TestApp) {
    let admin = app.as_with(app.person().await, &["admin"]);
    let deep = "[".repeat(100_000);
    let broken: [&[u8]; 27] = [
        b"{",
        b"}",
        b"nul",
        b"{'a':1}",
        b"{\"a\":}",
        b"{\"a\":1,}",
        b"{}x",
        b"{} {}",
        b"{}\0",
        b"\0",
        b"// x\n{}",
        b"{\"a\":NaN}",
        b"{\"a\":Infinity}",
        b"{\"a\":01}",
        b"{\"a\":+1}",
        b"{\"a\":.5}",
        b"{\"a\":0x10}",
        b"\xef\xbb\xbf{}",
        b"{\"a\":\"\xff\"}",
        b"{\"goals_focus\":\"\xc0\x80\"}",
        b"{\"goals_focus\":\"\\ud800\"}",
        b"{\"goals_focus\":\"\\udc00\\ud800\"}",
        b"{\"goals_focus\":\"\\u00\"}",
        b"{\"goals_focus\":\"\\x00\"}",
        b"{\"goals_focus\":\"a\x01b\"}",
        b"{\"goals_focus\":\"open",
        deep.as_bytes(),
    ];
    for body in broken {
        post(&admin, Some("application/json"), body).await.problem(400, "invalid_request");
    }
}

/// Another kind of value than asked for is pointed at.
#[apply(on_both_engines!)]
async fn wrong_types_are_pointed_at(app: TestApp) {
    let admin = app.as_with(app.person().await, &["admin"]);
    let (mentor, mentee) = (app.person().await, app.person().await);
    let base = json!({"mentor_id": mentor, "mentee_id": mentee});
    let cases = [
        ("mentor_id", json!(1)),
        ("mentor_id", json!(null)),
        ("mentor_id", json!([mentor])),
        ("mentor_id", json!({"id": mentor})),
        ("mentor_id", json!(true)),
        ("mentor_id", json!("")),
        ("mentor_id", json!("x")),
        ("mentor_id", json!(format!("{mentor}\u{0}"))),
        ("team_id", json!("1")),
        ("program_id", json!(0)),
        ("model", json!("soulmates")),
        ("model", json!("One_On_One")),
        ("model", json!(1)),
        ("model", json!({})),
        ("starts_on", json!("2026-13-01")),
        ("starts_on", json!("2026-02-30")),
        ("starts_on", json!("yesterday")),
        ("starts_on", json!(20_260_301)),
        ("starts_on", json!("2026-03-01T00:00:00Z")),
        ("starts_on", json!("+999999-01-01")),
        ("ends_on", json!("")),
        ("goals_focus", json!(1)),
        ("goals_focus", json!(["x"])),
        ("goals_focus", json!({"text": "x"})),
        ("goals_focus", json!("")),
        ("goals_focus", json!("   ")),
        ("cadence", json!("hourly")),
        ("override_reason", json!(false)),
        ("id", json!(mentor)),
        ("status", json!("active")),
        ("revision", json!(1)),
        ("created_at", json!("2026-03-01T00:00:00Z")),
        ("__proto__", json!({})),
        ("constructor", json!(1)),
        ("", json!(1)),
        ("a/b~c", json!(1)),
        ("mentor_Id", json!(mentor)),
    ];
    for (member, value) in cases {
        let mut body = base.clone();
        body[member] = value.clone();
        let pointer = format!("/{}", member.replace('~', "~0").replace('/', "~1"));
        let answer = admin.post("/v1/pairs", body).await;
        // Of the wrong shape, or of the right shape and broken by a rule of its type.
        let is_rule =
            value.is_string() && ["mentor_id", "team_id", "starts_on", "ends_on", "goals_focus"].contains(&member);
        let (status, code) = if is_rule { (422, "invalid_value") } else { (400, "invalid_request") };
        assert_eq!(answer.status, status, "{member} {value}: {}", answer.body);
        answer.problem(status, code).points_at(&pointer);
    }
    for whole in [json!([]), json!(1), json!("x"), json!(null), json!(true), json!([mentor, mentee])] {
        admin.post("/v1/pairs", whole).await.problem(400, "invalid_request");
    }
    for missing in ["mentor_id", "mentee_id"] {
        let mut body = base.clone();
        body.as_object_mut().expect("an object").remove(missing);
        admin.post("/v1/pairs", body).await.problem(400, "invalid_request").points_at(&format!("/{missing}"));
    }
    let twice = format!("{{\"mentor_id\":\"{mentor}\",\"mentee_id\":\"{mentee}\",\"mentee_id\":\"{mentor}\"}}");
    post(&admin, Some("application/json"), twice).await.problem(400, "invalid_request");
    assert!(admin.get("/v1/pairs").await.ok().items().is_empty());
}

/// Numbers beyond every range are refused, not rounded.
#[apply(on_both_engines!)]
async fn huge_numbers_are_refused(app: TestApp) {
    let admin = app.as_with(app.person().await, &["admin"]);
    for number in [
        "1e400",
        "-1e400",
        "9".repeat(5000).as_str(),
        "1e-400",
        "0.1e1",
        "-0",
        "18446744073709551616",
        "9007199254740993",
    ] {
        post(&admin, Some("application/json"), format!("{{\"mentor_id\":{number}}}"))
            .await
            .problem(400, "invalid_request");
    }
}

/// 32 levels and no more, whatever stands in them.
#[apply(on_both_engines!)]
async fn nesting_has_an_end(app: TestApp) {
    let admin = app.as_with(app.person().await, &["admin"]);
    let nested = |levels: usize| format!("{{\"x\":{}{}}}", "[".repeat(levels - 1), "]".repeat(levels - 1));
    let at_most = post(&admin, Some("application/json"), nested(32)).await.problem(400, "invalid_request");
    at_most.points_at("/x");
    for levels in [33, 34, 127, 128, 129, 5000] {
        let answer = post(&admin, Some("application/json"), nested(levels)).await.problem(400, "invalid_request");
        assert!(
            answer.body["detail"].as_str().is_some_and(|detail| detail.contains("deeper")),
            "{levels}: {}",
            answer.body
        );
    }
    // Brackets inside text are text.
    let text = json!({"mentor_id": "[".repeat(100)});
    admin.post("/v1/pairs", text).await.problem(422, "invalid_value").points_at("/mentor_id");
}

/// Bodies are JSON and say so.
#[apply(on_both_engines!)]
async fn other_media_are_415(app: TestApp) {
    let admin = app.as_with(app.person().await, &["admin"]);
    for kind in [
        None,
        Some("text/plain"),
        Some("application/jsonx"),
        Some("application/xml"),
        Some("multipart/form-data; boundary=x"),
        Some("application/x-www-form-urlencoded"),
        Some("json"),
        Some(""),
        Some("text/json"),
        Some("application/json, text/plain"),
    ] {
        post(&admin, kind, "{}").await.problem(415, "unsupported_media_type");
    }
    for kind in [
        "application/json",
        "application/json; charset=utf-8",
        "APPLICATION/JSON",
        "application/json;x=1",
        "application/merge-patch+json",
    ] {
        post(&admin, Some(kind), "{}").await.problem(400, "invalid_request").points_at("/mentor_id");
    }
    // Nothing needs no name.
    post(&admin, None, "").await.problem(400, "invalid_request").points_at("/mentor_id");
}

/// 256 kB and no more, announced or not.
#[apply(on_both_engines!)]
async fn large_bodies_are_413(app: TestApp) {
    let admin = app.as_with(app.person().await, &["admin"]);
    let sized = |bytes: usize| format!("{{\"goals_focus\":\"{}\"}}", "x".repeat(bytes - 18));
    assert_eq!(sized(1000).len(), 1000);
    post(&admin, Some("application/json"), sized(256 * 1024)).await.problem(422, "invalid_value");
    for bytes in [256 * 1024 + 1, 1_000_000] {
        post(&admin, Some("application/json"), sized(bytes)).await.problem(413, "too_large");
    }
    // The client is served again, on a connection of its own or the same.
    admin.get("/v1/pairs").await.ok();
}

/// A merge patch is an object; `null` is accepted only where something can be empty.
#[apply(on_both_engines!)]
async fn merge_patches_are_read_strictly(app: TestApp) {
    let pair = app.pair().await;
    let mentor = app.as_(pair.mentor);
    let entry = mentor.post(&format!("{}/notebook-entries", pair.path), json!({"text": "mine"})).await.created();
    let entry = entry.header("location").to_owned();
    for (patch, pointer) in [
        (json!({"text": null}), "/text"),
        (json!({"text": 1}), "/text"),
        (json!({"author_id": pair.mentee}), "/author_id"),
        (json!({"updated_at": null}), "/updated_at"),
    ] {
        mentor.patch(&entry, patch).await.problem(400, "invalid_request").points_at(pointer);
    }
    for whole in [json!([{"op": "replace", "path": "/text", "value": "x"}]), json!("x"), Value::Null] {
        mentor.patch(&entry, whole).await.problem(400, "invalid_request");
    }
    mentor.patch(&entry, json!({})).await.ok().has("/text", "mine");
    mentor.patch(&pair.path, json!({"goals_focus": "x"})).await.ok().has("/goals_focus", "x");
    mentor.patch(&pair.path, json!({"goals_focus": null})).await.ok().has("/goals_focus", Value::Null);
}
