//! The OpenAPI document: what is committed is what is served, and it says everything.

use std::collections::BTreeSet;

use mentorship::app;
use serde_json::Value;

use crate::harness::{TestApp, sources};

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

pub fn document() -> Value {
    serde_json::from_str(app::document().text()).expect("the document is JSON")
}

/// Every operation with its path and method.
pub fn operations() -> Vec<(String, String, Value)> {
    let document = document();
    let paths = document["paths"].as_object().expect("paths").clone();
    let mut all = Vec::new();
    for (path, item) in paths {
        for method in METHODS {
            if let Some(operation) = item.get(method) {
                all.push((path.clone(), method.to_owned(), operation.clone()));
            }
        }
    }
    all
}

#[test]
fn the_committed_document_is_the_one_we_serve() {
    let committed = include_str!("../../openapi/openapi.json");
    assert!(
        committed == app::document().text(),
        "openapi/openapi.json is out of date: cargo run -- openapi > openapi/openapi.json, and read the diff"
    );
}

/// What a client fetches is that document.
#[apply(on_both_engines!)]
async fn the_document_is_served(app: TestApp) {
    let served = app.nobody().get("/openapi.json").await.ok();
    assert_eq!(served.bytes, app::document().text().as_bytes());
    app.nobody().get("/docs/").await.ok();
}

#[test]
fn every_operation_is_named_and_described() {
    let mut names = BTreeSet::new();
    for (path, method, operation) in operations() {
        let at = format!("{method} {path}");
        let name = operation["operationId"].as_str().unwrap_or_else(|| panic!("{at} has no operationId"));
        assert!(names.insert(name.to_owned()), "{name} is there twice");
        assert!(operation["summary"].is_string(), "{at} has no summary");
        assert!(operation["description"].is_string(), "{at} has no description");
        assert_eq!(operation["tags"].as_array().map(Vec::len), Some(1), "{at} has not one tag");
    }
}

/// A view says `withheld`, and so its every property says how far it may travel.
#[test]
fn every_property_of_every_view_names_its_tier() {
    let document = document();
    let schemas = document["components"]["schemas"].as_object().expect("schemas");
    let mut seen = 0;
    for (name, schema) in schemas {
        let Some(properties) = schema["properties"].as_object().filter(|all| all.contains_key("withheld")) else {
            continue;
        };
        for (property, shape) in properties {
            let tier = shape["x-confidentiality"].as_str().unwrap_or_else(|| panic!("{name}.{property} names no tier"));
            assert!(
                ["public", "manager_visible", "private", "never_shared"].contains(&tier),
                "{name}.{property}: {tier}"
            );
            seen += 1;
        }
    }
    assert!(seen > 50, "only {seen} properties");
}

/// Whatever answers a record under /v1 answers it as a view, or as a page of views.
#[test]
fn every_answer_about_a_record_is_a_view() {
    let document = document();
    let schemas = &document["components"]["schemas"];
    let of = |reference: &str| &schemas[reference.rsplit('/').next().unwrap_or_default()];
    let has_tiers = |schema: &Value| {
        let item = schema["properties"]["items"]["items"]["$ref"].as_str().and_then(|item| item.rsplit('/').next());
        let view = item.map_or(schema, |item| &schemas[item]);
        view["properties"].as_object().is_some_and(|properties| properties.contains_key("withheld"))
    };
    for (path, method, operation) in operations().into_iter().filter(|(path, ..)| path.starts_with("/v1/")) {
        for status in ["200", "201"] {
            let Some(response) = operation["responses"].get(status) else { continue };
            // Text to the document, and made of what lists and records show.
            if ["text/calendar", "text/event-stream"].iter().any(|kind| response["content"].get(kind).is_some()) {
                continue;
            }
            let reference = response["content"]["application/json"]["schema"]["$ref"].as_str().unwrap_or_default();
            let schema = of(reference);
            let one_of = schema["oneOf"].as_array().into_iter().flatten();
            let views: Vec<_> = one_of.map(|one| of(one["$ref"].as_str().unwrap_or_default())).collect();
            let are_views = !views.is_empty() && views.into_iter().all(has_tiers);
            assert!(are_views || has_tiers(schema), "{method} {path} answers {reference:?}, which is no view");
        }
    }
}

/// Preconditions are documented where a handler reads them, and nowhere else.
#[test]
fn preconditions_are_documented_where_they_are_read() {
    let mut reading = BTreeSet::new();
    let mut handlers = BTreeSet::new();
    for file in sources() {
        let text = std::fs::read_to_string(file).expect("a source");
        for handler in text.split("#[utoipa::path(").skip(1) {
            let (_, from_name) = handler.split_once("async fn ").expect("a handler");
            let (name, from_input) = from_name.split_once('(').expect("a name");
            let (input, _) = from_input.split_once(") ->").expect("what it takes");
            handlers.insert(name.to_owned());
            if input.contains(": Preconditions") {
                reading.insert(name.to_owned());
            }
        }
    }
    for (path, method, operation) in operations() {
        let name = operation["operationId"].as_str().expect("a name");
        assert!(handlers.contains(name), "no handler is called {name}");
        for parameter in ["IfMatch", "IfNoneMatchOfChange"] {
            let reference = format!("#/components/parameters/{parameter}");
            let is_told = operation["parameters"].as_array().into_iter().flatten().any(|one| one["$ref"] == reference);
            assert_eq!(is_told, reading.contains(name), "{method} {path} and {parameter}");
        }
    }
}

/// Every body that is asked for has an example, and the example holds nothing else than the schema.
#[test]
fn every_request_body_has_an_example_of_its_schema() {
    let document = document();
    for (path, method, operation) in operations() {
        let Some(body) = operation.get("requestBody") else { continue };
        let content = body["content"].as_object().and_then(|kinds| kinds.values().next()).unwrap_or(&Value::Null);
        let reference = content["schema"]["$ref"].as_str().unwrap_or_default();
        let schema = document.pointer(reference.trim_start_matches('#')).unwrap_or(&Value::Null);
        let examples: Vec<_> =
            schema["examples"].as_array().into_iter().flatten().chain(schema.get("example")).collect();
        assert!(!examples.is_empty(), "{method} {path}: {reference} has no example");
        for example in examples {
            let strange = strangers(&document, schema, example);
            assert!(strange.is_empty(), "{method} {path}: the example of {reference} holds {strange:?}");
        }
    }
}

/// The members of an example that its schema does not know, at any depth, and those it lacks.
fn strangers(document: &Value, schema: &Value, example: &Value) -> Vec<String> {
    if let Some(reference) = schema["$ref"].as_str() {
        let schema = document.pointer(reference.trim_start_matches('#')).unwrap_or_else(|| panic!("no {reference}"));
        return strangers(document, schema, example);
    }
    if let Some(something) = schema["oneOf"].as_array().and_then(|all| all.iter().find(|one| one["type"] != "null")) {
        return strangers(document, something, example);
    }
    match example {
        Value::Array(items) => items.iter().flat_map(|item| strangers(document, &schema["items"], item)).collect(),
        Value::Object(members) => {
            let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let lacking = required.filter(|name| !members.contains_key(*name)).map(|name| format!("no {name}"));
            let inner = members.iter().flat_map(|(name, value)| match schema["properties"].get(name) {
                Some(property) => strangers(document, property, value),
                None => vec![name.clone()],
            });
            lacking.chain(inner).collect()
        }
        _ => Vec::new(),
    }
}
