//! Addresses, methods and queries that are not ours, and the shape of every problem.

use std::collections::BTreeSet;

use mentorship::problem::Code;
use reqwest::Method;

use crate::harness::{Answer, Person, TestApp};

const ID: &str = "01900000-0000-7000-8000-000000000000";

/// Checks what every problem has: RFC 9457, its id, and a page that explains it.
async fn is_complete(app: &TestApp, answer: &Answer) {
    let (told, body) = (&answer.told, &answer.body);
    assert_eq!(answer.header("content-type"), "application/problem+json", "{told}");
    let members: BTreeSet<&str> = body.as_object().expect("an object").keys().map(String::as_str).collect();
    let known = ["type", "title", "status", "code", "detail", "instance", "errors"];
    assert!(members.iter().all(|name| known.contains(name)), "{told}: {body}");
    assert!(known[..6].iter().all(|name| members.contains(name)), "{told}: {body}");
    assert_eq!(body["status"], answer.status, "{told}");
    assert_eq!(body["instance"], answer.header("x-request-id"), "{told}");
    for name in ["title", "detail"] {
        assert!(body[name].as_str().is_some_and(|text| (1..=1000).contains(&text.len())), "{told}: {body}");
    }
    let page = app.nobody().get(body["type"].as_str().expect("an address")).await.ok();
    assert_eq!((&page.body["code"], &page.body["status"]), (&body["code"], &body["status"]), "{told}");
}

/// The paths of the document, with an id in each place, and their methods.
async fn operations(app: &TestApp) -> Vec<(String, BTreeSet<String>)> {
    let document = app.nobody().get("/openapi.json").await.ok().body;
    let paths = document["paths"].as_object().expect("paths").clone();
    let filled = |path: &str| {
        let parts = path.split('/').map(|part| match part.split_once('}') {
            Some((_, rest)) => format!("{ID}{rest}"),
            None => part.to_owned(),
        });
        parts.collect::<Vec<_>>().join("/")
    };
    paths
        .into_iter()
        .map(|(path, item)| {
            let methods = item.as_object().into_iter().flatten().map(|(method, _)| method.to_uppercase());
            (filled(&path), methods.filter(|method| method != "PARAMETERS").collect())
        })
        .collect()
}

/// Every address that the document does not name.
#[apply(on_both_engines!)]
async fn unknown_addresses_are_404(app: TestApp) {
    let person = app.as_(app.person().await);
    for path in [
        "/",
        "/v1",
        "/v1/",
        "/v1/pairs/",
        "//v1/pairs",
        "/V1/pairs",
        "/v1/Pairs",
        "/v2/pairs",
        "/v1/pairs/x/y/z",
        "/admin",
        "/.env",
        "/metrics/",
        "/health",
        "/problems",
        "/v1/pairs;x=1",
        "/v1/%70airs/../../etc",
    ] {
        for client in [app.nobody(), person.clone()] {
            let answer = client.get(path).await.problem(404, "not_found");
            is_complete(app, &answer).await;
        }
    }
}

/// Every address with every method that it has not: 405 with the ones it has.
#[apply(on_both_engines!)]
async fn unknown_methods_are_405(app: TestApp) {
    let person = app.as_(app.person().await);
    let operations = operations(app).await;
    assert!(operations.len() > 10);
    for (path, methods) in operations {
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW", "get"] {
            let is_known = methods.contains(method) || (method == "HEAD" && methods.contains("GET"));
            if is_known {
                continue;
            }
            let answer =
                person.send(person.request(Method::from_bytes(method.as_bytes()).expect("a token"), &path)).await;
            assert_eq!(answer.status, 405, "{method} {path}");
            let mut allowed = methods.clone();
            if methods.contains("GET") {
                allowed.insert("HEAD".to_owned());
            }
            let told: BTreeSet<String> = answer.header("allow").split(", ").map(str::to_owned).collect();
            assert_eq!(told, allowed, "{method} {path}");
            if method != "HEAD" {
                is_complete(app, &answer.problem(405, "method_not_allowed")).await;
            }
        }
    }
}

/// Every operation that needs a token says so before anything else, on every method.
#[apply(on_both_engines!)]
async fn every_operation_asks_for_a_token(app: TestApp) {
    let document = app.nobody().get("/openapi.json").await.ok().body;
    for (path, methods) in operations(app).await {
        for method in methods {
            let template = document["paths"].as_object().expect("paths").iter().find(|(known, _)| {
                known.split('/').count() == path.split('/').count()
                    && known
                        .split('/')
                        .zip(path.split('/'))
                        .all(|(left, right)| left == right || left.starts_with('{') && right.starts_with(ID))
            });
            let operation = &template.expect("a path").1[method.to_lowercase()];
            if operation["security"] == serde_json::json!([]) {
                continue;
            }
            let nobody = app.nobody();
            let verb = Method::from_bytes(method.as_bytes()).expect("a method");
            for request in [nobody.request(verb.clone(), &path), nobody.request(verb, &path).body("{not json")] {
                let answer = nobody.send(request).await.problem(401, "unauthenticated");
                assert_eq!(answer.header("www-authenticate"), "Bearer");
                is_complete(app, &answer).await;
            }
        }
    }
}

/// Whoever is not let in learns nothing of what else was wrong with their request.
#[apply(on_both_engines!)]
async fn the_door_comes_first(app: TestApp) {
    let gone = app.person_with(Person { status: "departed", ..Person::default() }).await;
    for client in [app.nobody(), app.bearing("x.y.z"), app.as_(gone)] {
        for path in ["/v1/pairs/x", "/v1/pairs?limit=0", "/v1/pairs?cursor=x"] {
            client.get(path).await.problem(401, "unauthenticated");
        }
        for (kind, body) in [
            ("application/json", "{"),
            ("text/plain", "x"),
            ("application/json", &"x".repeat(300_000)),
            ("application/json", &"[".repeat(50)),
        ] {
            let request = client
                .request(Method::POST, "/v1/pairs")
                .header("content-type", kind)
                .header("idempotency-key", "")
                .body(body.to_owned());
            client.send(request).await.problem(401, "unauthenticated");
        }
    }
}

/// Each code has a page, and the document names the same ones.
#[apply(on_both_engines!)]
async fn every_problem_is_explained(app: TestApp) {
    for code in Code::ALL {
        let page = app.nobody().get(&format!("/problems/{code}")).await.ok();
        assert_eq!(page.body["code"], code.to_string());
        assert_eq!(page.body["status"], code.status());
        assert_eq!(page.body["title"], code.title());
        assert!(page.body["meaning"].as_str().is_some_and(|text| text.len() > 10), "{code}");
    }
    for other in ["nonsense", "NotFound", "NOT_FOUND", "not_found%00", "%20"] {
        app.nobody().get(&format!("/problems/{other}")).await.problem(404, "not_found");
    }
    let document = app.nobody().get("/openapi.json").await.ok().body;
    let listed = document["components"]["schemas"]["Code"].to_string();
    for code in Code::ALL {
        assert!(listed.contains(&format!("\"{code}\"")), "{code} is not in the document");
    }
}

/// What is no id is said to be none, in whatever spelling.
#[apply(on_both_engines!)]
async fn paths_are_read_strictly(app: TestApp) {
    let person = app.as_(app.person().await);
    let long = "9".repeat(4000);
    for id in [
        "42",
        "x",
        "null",
        "%00",
        "%ff",
        "%F0%9F%8E%89",
        "..%2f..%2fetc",
        "'%20or%201=1",
        "01900000-0000-7000-8000-00000000000",
        "%7b%7d",
        &long,
    ] {
        let answer = person.get(&format!("/v1/pairs/{id}")).await.problem(400, "invalid_request").points_at("{id}");
        is_complete(app, &answer).await;
    }
    // An id is an id in any letters.
    let pair = app.pair().await;
    person.get(&format!("/v1/pairs/{}", pair.id.to_string().to_uppercase())).await.ok();
}

/// Queries say by name what is wrong with them.
#[apply(on_both_engines!)]
async fn queries_are_read_strictly(app: TestApp) {
    let person = app.as_(app.person().await);
    let long = format!("cursor={}", "A".repeat(6000));
    let cases = [
        ("limit=0", "?limit"),
        ("limit=201", "?limit"),
        ("limit=-1", "?limit"),
        ("limit=1.5", "?limit"),
        ("limit=", "?limit"),
        ("limit=99999999999999999999", "?limit"),
        ("limit=abc", "?limit"),
        ("limit=%00", "?limit"),
        ("limit=1e1", "?limit"),
        ("limit=%EF%BC%91", "?limit"),
        ("colour=red", "?colour"),
        ("Limit=1", "?Limit"),
        ("limit[]=1", "?limit[]"),
        ("person_id=42", "?person_id"),
        ("person_id=", "?person_id"),
        ("status=dead", "?status"),
        ("status=Active", "?status"),
        ("updated_after=yesterday", "?updated_after"),
        ("updated_after=2026-03-02", "?updated_after"),
        ("updated_after=2026-13-01T00:00:00Z", "?updated_after"),
        ("role=boss", "?role"),
        ("status=active%00", "?status"),
    ];
    for (query, pointer) in cases {
        // Names and words that nobody knows are the wrong shape; numbers and moments break a rule.
        let is_rule = ["?limit", "?updated_after", "?person_id"].contains(&pointer);
        let (status, code) = if is_rule { (422, "invalid_value") } else { (400, "invalid_request") };
        let answer = person.get(&format!("/v1/pairs?{query}")).await.problem(status, code).points_at(pointer);
        is_complete(app, &answer).await;
    }
    for cursor in [
        "cursor=",
        "cursor=x",
        "cursor=%00",
        "cursor=%ff",
        "cursor=bnVsbA",
        "cursor=MTIz",
        "cursor=W10",
        "cursor=IngiAA",
        "cursor=e30",
        &long,
    ] {
        person.get(&format!("/v1/pairs?{cursor}")).await.problem(422, "invalid_cursor");
    }
    for repeated in ["limit=1&limit=2", "limit=1&limit=1", "status=active&status=ended"] {
        person.get(&format!("/v1/pairs?{repeated}")).await.problem(400, "invalid_request");
    }
    for fine in [
        "",
        "limit=1",
        "limit=200",
        "limit=%31",
        "limit=1&",
        "&limit=1",
        "updated_after=2026-03-02T09:00:00%2B01:00",
        "updated_after=9999-12-31T23:59:59Z",
        "updated_after=0001-01-01T00:00:00Z",
    ] {
        person.get(&format!("/v1/pairs?{fine}")).await.ok();
    }
}
