//! A record is an object and a word is a text, at every level of every body.

use reqwest::Method;
use serde_json::{Value, json};

use crate::document::{document, operations};
use crate::harness::TestApp;

/// The schema that a reference, or the one of several that is not `null`, stands for.
fn resolved<'d>(document: &'d Value, schema: &'d Value) -> &'d Value {
    if let Some(reference) = schema["$ref"].as_str() {
        return resolved(document, document.pointer(reference.trim_start_matches('#')).expect("it is there"));
    }
    let something = schema["oneOf"].as_array().and_then(|all| all.iter().find(|one| one["type"] != "null"));
    something.map_or(schema, |something| resolved(document, something))
}

fn is(schema: &Value, kind: &str) -> bool {
    schema["type"] == kind || schema["type"].as_array().is_some_and(|kinds| kinds.iter().any(|one| one == kind))
}

/// What stands in a body of this schema in a shape that it does not have: where, and what.
fn misshapen(document: &Value, schema: &Value, depth: usize) -> Vec<(String, Value)> {
    let schema = resolved(document, schema);
    let mut found = Vec::new();
    if let Some(words) = schema["enum"].as_array() {
        found.push((String::new(), json!({words[0].as_str().unwrap_or_default(): null})));
        found.push((String::new(), json!([words[0]])));
    }
    if let (true, Some(properties)) = (is(schema, "object"), schema["properties"].as_object()) {
        let example = schema["examples"][0].as_object();
        let in_order: Vec<_> =
            properties.keys().map(|name| example.and_then(|all| all.get(name)).cloned().unwrap_or_default()).collect();
        found.push((String::new(), json!([])));
        found.push((String::new(), json!(vec![Value::Null; properties.len()])));
        found.push((String::new(), json!(in_order)));
        for (name, property) in properties.iter().filter(|_| depth < 4) {
            for (pointer, value) in misshapen(document, property, depth + 1) {
                found.push((format!("/{name}{pointer}"), json!({ name.clone(): value })));
            }
        }
    }
    if is(schema, "array") {
        for (pointer, value) in misshapen(document, &schema["items"], depth + 1) {
            found.push((format!("/0{pointer}"), json!([value])));
        }
    }
    found
}

/// No array passes for an object and no object for a word: not the body, and nothing in it.
#[apply(on_both_engines!)]
async fn no_body_is_read_by_position(app: TestApp) {
    let admin = app.as_with(app.person().await, &["admin"]);
    let document = document();
    let (mut bodies, mut nested) = (0, 0);
    for (path, method, operation) in operations() {
        let Some(body) = operation.get("requestBody") else { continue };
        let schema = &body["content"]["application/json"]["schema"];
        let path = path
            .replace("{version}", "1")
            .replace("{external_id}", "E-1")
            .replace("{attribute}", "age")
            .replace("{id}", "01900000-0000-7000-8000-000000000000")
            .replace("{person_id}", "01900000-0000-7000-8000-000000000000");
        assert!(!path.contains('{'), "{path}");
        bodies += 1;
        for (pointer, wrong) in misshapen(&document, schema, 0) {
            nested += usize::from(!pointer.is_empty());
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).expect("a method");
            let answer = admin.send(admin.request(method, &path).json(&wrong)).await;
            assert_eq!(answer.status, 400, "{} takes {wrong}: {}", answer.told, answer.body);
            answer.problem(400, "invalid_request").points_at(&pointer);
        }
    }
    assert!(bodies > 80 && nested > 100, "{bodies} bodies, {nested} places in them");
    assert!(admin.get("/v1/teams").await.ok().items().is_empty());
    assert_eq!(admin.get("/v1/people").await.ok().items().len(), 1);
}
