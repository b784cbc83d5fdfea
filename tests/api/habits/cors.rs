//! Other origins in a browser: none unless listed, and then only those.

use reqwest::Method;
use serde_json::json;

use crate::harness::{Answer, Client, Setup, TestApp};

const OURS: &str = "https://mentoring.example.com";

fn listed() -> Setup {
    Setup { origins: vec![OURS.to_owned()], ..Setup::default() }
}

async fn asks(client: &Client, origin: &str, method: &str, headers: &str) -> Answer {
    let request = client
        .request(Method::OPTIONS, "/v1/pairs")
        .header("origin", origin)
        .header("access-control-request-method", method);
    client.send(request.header("access-control-request-headers", headers)).await
}

fn says_nothing(answer: &Answer) {
    assert!(
        !answer.headers.keys().any(|name| name.as_str().starts_with("access-control-allow")),
        "{}: {:?}",
        answer.told,
        answer.headers
    );
}

/// Unless set up, no page of another origin reads anything.
#[apply(on_both_engines!)]
async fn no_origin_is_allowed_by_default(app: TestApp) {
    let person = app.as_(app.person().await);
    for origin in [OURS, "null", "http://localhost:3000", app.address.as_str()] {
        let answer = person.send(person.request(Method::GET, "/v1/pairs").header("origin", origin)).await.ok();
        says_nothing(&answer);
        says_nothing(&asks(&person, origin, "GET", "authorization").await.problem(405, "method_not_allowed"));
    }
}

/// A listed origin may read answers and their headers, problems too.
#[apply(on_both_engines!)]
#[set_up_by(listed())]
async fn a_listed_origin_is_allowed(app: TestApp) {
    let person = app.as_(app.person().await);
    for (path, status) in [("/v1/pairs", 200), ("/v1/nothing", 404), ("/v1/pairs?limit=0", 422)] {
        let answer = person.send(person.request(Method::GET, path).header("origin", OURS)).await.is(status);
        assert_eq!(answer.header("access-control-allow-origin"), OURS);
        assert!(!answer.headers.contains_key("access-control-allow-credentials"), "tokens travel by header only");
        let exposed = answer.header("access-control-expose-headers").to_lowercase();
        for name in ["etag", "link", "location", "ratelimit", "retry-after", "x-request-id"] {
            assert!(exposed.contains(name), "{name} is not in {exposed}");
        }
        let varies: Vec<_> = answer.headers.get_all("vary").iter().filter_map(|value| value.to_str().ok()).collect();
        let varies = varies.join(",").to_lowercase();
        assert!(varies.contains("origin") && varies.contains("authorization"), "{varies}");
    }
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"] {
        let answer = asks(&person, OURS, method, "authorization, content-type, if-match, idempotency-key").await.ok();
        assert_eq!(answer.header("access-control-allow-origin"), OURS);
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("x-request-id").len(), 36);
    }
}

/// Origins that look like it are not it.
#[apply(on_both_engines!)]
#[set_up_by(listed())]
async fn other_origins_are_not(app: TestApp) {
    let person = app.as_(app.person().await);
    let others = [
        "https://evil.example.com",
        "http://mentoring.example.com",
        "https://mentoring.example.com:8443",
        "https://mentoring.example.com.evil.example",
        "https://evil.example/https://mentoring.example.com",
        "https://MENTORING.example.com",
        "https://mentoring.example.com/",
        "null",
        "*",
        "",
    ];
    for origin in others {
        says_nothing(&person.send(person.request(Method::GET, "/v1/pairs").header("origin", origin)).await.ok());
        let answer = asks(&person, origin, "GET", "authorization").await.problem(403, "not_allowed");
        says_nothing(&answer);
        assert_eq!(answer.body["instance"], answer.header("x-request-id"));
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
    }
    for (method, headers) in [("TRACE", "authorization"), ("GET", "x-forwarded-for")] {
        says_nothing(&asks(&person, OURS, method, headers).await.problem(403, "not_allowed"));
    }
}

/// What comes without an origin is no browser's business.
#[apply(on_both_engines!)]
#[set_up_by(listed())]
async fn requests_without_origin_are_as_ever(app: TestApp) {
    let person = app.as_(app.person().await);
    says_nothing(&person.get("/v1/pairs").await.ok());
    person.send(person.request(Method::OPTIONS, "/v1/pairs")).await.problem(405, "method_not_allowed");
    person.post("/v1/pairs", json!({})).await.problem(400, "invalid_request");
}
