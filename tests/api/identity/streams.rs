//! A stream ends with the token that opened it.

use std::time::Duration;

use chrono::TimeDelta;
use mentorship::auth::TokenSubject;
use mentorship::ids::PersonId;
use reqwest::{Method, Response};
use serde_json::json;
use tokio::time::timeout;

use super::{admin, none};
use crate::harness::TestApp;

/// Opens a stream with a token that is good for an hour.
async fn open(app: &TestApp, person: PersonId) -> (Response, String) {
    let token =
        app.key.sign(TokenSubject::Person(person, Vec::new()), app.clock.now(), TimeDelta::hours(1)).expect("it signs");
    let client = app.bearing(&token);
    let request = client.request(Method::GET, "/v1/notices/stream").header("accept", "text/event-stream");
    let mut stream = request.send().await.expect("it answers");
    assert_eq!(stream.status(), 200);
    assert!(stream.chunk().await.expect("a chunk").is_some());
    (stream, token)
}

/// Whether the stream ends once its token was looked at.
async fn has_ended(app: &TestApp, stream: &mut Response) -> bool {
    app.service.auth.end_streams().await.expect("it looks");
    loop {
        match timeout(Duration::from_millis(700), stream.chunk()).await {
            Ok(Ok(Some(_))) => {}
            Ok(Ok(None) | Err(_)) => return true,
            Err(_) => return false,
        }
    }
}

/// However somebody is shut out, their streams end, here and at the instance beside; those of others go on.
#[apply(on_both_engines!)]
async fn a_stream_ends_when_its_person_is_shut_out(app: TestApp) {
    let (hr, beside) = (admin(app).await, app.beside());
    for way in ["departed", "signed out", "by an admin", "revoked", "expired"] {
        app.clock.advance(TimeDelta::minutes(1));
        let (person, other) = (app.person().await, app.person().await);
        let (mut here, token) = open(app, person).await;
        let (mut there, same) = open(&beside, person).await;
        let (mut others, _) = open(app, other).await;
        assert!(!has_ended(app, &mut here).await && !has_ended(&beside, &mut there).await, "{way}: too early");
        match way {
            "departed" => {
                hr.patch(&format!("/v1/people/{person}"), json!({"status": "departed"})).await.ok();
            }
            "signed out" => drop(app.bearing(&token).post("/v1/me/sign-out", none()).await.is(204)),
            "by an admin" => drop(hr.post(&format!("/v1/people/{person}/sign-out"), none()).await.is(204)),
            "revoked" => {
                for token in [token, same] {
                    let nobody = app.nobody();
                    let request = nobody.request(Method::POST, "/oauth/revoke");
                    let request = request.header("content-type", "application/x-www-form-urlencoded");
                    nobody.send(request.body(format!("token={token}"))).await.ok();
                }
            }
            _ => app.clock.advance(TimeDelta::minutes(61)),
        }
        assert!(has_ended(app, &mut here).await && has_ended(&beside, &mut there).await, "{way}: it goes on");
        if way != "expired" {
            assert!(!has_ended(app, &mut others).await, "{way}: another's ended");
        }
    }
    beside.leave().await;
}
