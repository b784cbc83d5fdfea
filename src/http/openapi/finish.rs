//! Completes the collected document: bounds on every schema, tiers on every property, and shared parameters, headers
//! and problems on every operation.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::common::{head, name_of, reference, shared_headers};

/// The largest whole number that all JSON parsers read exactly.
const LARGEST: i64 = (1 << 53) - 1;
/// Maximum length of lists inside records.
const LONGEST_LIST: u32 = 200;
/// Maximum length of texts without their own maximum, in characters.
const LONGEST_TEXT: u32 = 10_000;

pub(super) fn finish(mut document: Value) -> Value {
    head(&mut document);
    if let Some(schemas) = document["components"]["schemas"].as_object_mut() {
        schemas.values_mut().for_each(spread_tiers);
        join_views(schemas);
        refer_to_items(schemas);
    }
    let paths = document["paths"].as_object_mut();
    for (path, item) in paths.into_iter().flatten() {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            finish_operation(path, method, operation);
        }
    }
    bound(&mut document["paths"]);
    bound(&mut document["components"]["schemas"]);
    drop_unused(&mut document);
    document
}

/// Moves the tiers that a view declares to its properties. Public properties are required (an empty one is `null`). The
/// others are present only for viewers who may see them.
fn spread_tiers(schema: &mut Value) {
    let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else { return };
    let declared = properties.get_mut("withheld").and_then(|withheld| withheld["items"].as_object_mut());
    let Some(tiers) = declared.and_then(|items| items.remove("x-tiers")) else { return };
    let mut required = vec![json!("withheld")];
    properties["withheld"]["x-confidentiality"] = json!("public");
    for tier in tiers.as_array().into_iter().flatten() {
        if let Some(property) = tier[0].as_str().and_then(|name| properties.get_mut(name)) {
            property["x-confidentiality"] = tier[1].clone();
        }
        if tier[1] == "public" {
            required.push(tier[0].clone());
        }
    }
    schema["required"] = json!(required);
}

/// Joins a view and the members beside it to one object. These members are `public`.
fn join_views(schemas: &mut Map<String, Value>) {
    let joined = schemas.iter().filter_map(|(name, schema)| {
        let parts = schema.get("allOf")?.as_array()?;
        let mut whole = json!({ "type": "object", "properties": {}, "required": [] });
        for part in parts {
            let view = part["$ref"].as_str().and_then(|view| schemas.get(view.rsplit('/').next()?));
            let tier = view.is_none().then(|| json!("public"));
            let part = view.unwrap_or(part);
            for (member, shape) in part["properties"].as_object()? {
                let mut shape = shape.clone();
                if let Some(tier) = &tier {
                    shape["x-confidentiality"] = tier.clone();
                }
                whole["properties"][member] = shape;
            }
            let required = part["required"].as_array().into_iter().flatten().cloned();
            whole["required"].as_array_mut()?.extend(required);
        }
        whole["properties"].get("withheld")?;
        if let Some(description) = schema.get("description") {
            whole["description"] = description.clone();
        }
        Some((name.clone(), whole))
    });
    let joined: Vec<_> = joined.collect();
    schemas.extend(joined);
}

/// Makes a page refer to the view of its items instead of repeating it.
fn refer_to_items(schemas: &mut Map<String, Value>) {
    let names: Vec<_> = schemas.keys().cloned().collect();
    for (name, schema) in schemas {
        let item = name.strip_prefix("Page_").or_else(|| name.strip_prefix("MirroredPage_"));
        if let Some(item) = item.filter(|item| names.iter().any(|known| known == item)) {
            schema["properties"]["items"]["items"] = reference("schemas", item);
        }
    }
}

fn finish_operation(path: &str, method: &str, operation: &mut Value) {
    let is_open = operation["security"] == json!([]) || operation["security"] == json!([{}]);
    if is_open {
        operation["security"] = json!([]);
    }
    if operation.get("description").is_none() {
        operation["description"] = operation["summary"].clone();
    }
    for (status, response) in operation["responses"].as_object_mut().into_iter().flatten() {
        if response["description"].as_str().unwrap_or_default().is_empty() {
            response["description"] = json!(match (status.as_str(), method) {
                ("201", _) => "The new record.",
                (_, "get") if is_page(response) => "One page of the list.",
                (_, "get") => "The record.",
                _ => "The record after the change.",
            });
        }
    }
    let has_body = operation.get("requestBody").is_some();
    let body = operation.pointer("/requestBody/content/application~1json/schema/$ref");
    if body.is_some_and(|body| body == "#/components/schemas/EmptyBody") {
        operation["requestBody"]["required"] = json!(false);
    }
    // A handler declares 404 itself if its path and body do not show it.
    let has_path = path.contains('{') || operation["responses"].get("404").is_some();
    let mut statuses = BTreeSet::from([429, 500, 503]);
    if !is_open {
        statuses.extend([400, 401, 403]);
    }
    if has_path {
        statuses.insert(404);
    }
    if has_body {
        statuses.extend([400, 409, 413, 415, 422]);
    }
    let parameters = operation["parameters"].as_array().map_or(&[][..], Vec::as_slice);
    if !parameters.is_empty() {
        statuses.insert(400);
    }
    if parameters.iter().any(|parameter| parameter["in"] == "query") {
        statuses.insert(422);
    }
    let is_single = operation["responses"]["200"]["content"]["application/json"]["schema"]["$ref"]
        .as_str()
        .is_some_and(|name| !name.contains("Page_") && !is_open);
    let mut shared = Vec::new();
    match method {
        "get" if is_single => {
            shared.push("IfNoneMatch");
            operation["responses"]["304"] =
                json!({ "description": "The record has not changed since the ETag in `If-None-Match`." });
        }
        "post" if !is_open => {
            shared.push("IdempotencyKey");
            statuses.extend([400, 409, 422]);
            if !adds_a_record(path, operation) && !ends_access(path) {
                shared.extend(PRECONDITIONS);
                statuses.insert(412);
            }
        }
        "patch" | "put" | "delete" => {
            shared.extend(PRECONDITIONS);
            statuses.extend([400, 409, 412]);
            if method != "delete" {
                statuses.insert(422);
            }
            if operation["responses"].get("428").is_some() {
                statuses.insert(428);
            }
        }
        _ => {}
    }
    let parameters = operation.as_object_mut().map(|o| o.entry("parameters").or_insert_with(|| json!([])));
    if let Some(list) = parameters.and_then(Value::as_array_mut) {
        list.extend(shared.into_iter().map(|name| reference("parameters", name)));
        list.iter_mut().for_each(never_null);
        list.iter_mut().filter(|p| p["in"] == "path" && p.get("description").is_none()).for_each(|p| {
            p["description"] = json!("Id of the record.");
        });
    }
    add_headers(operation, is_single);
    for status in statuses {
        let responses = &mut operation["responses"];
        if responses[status.to_string()].get("content").is_none() {
            responses[status.to_string()] = reference("responses", &name_of(status));
        }
    }
}

/// The parameters for the preconditions of a change.
const PRECONDITIONS: [&str; 2] = ["IfMatch", "IfNoneMatchOfChange"];

/// Whether a `POST` adds a record to a collection. Then there is no record to compare with. A `POST` that does
/// something to a record may create another record, too; its address ends with the action.
fn adds_a_record(path: &str, operation: &Value) -> bool {
    let does = ["/accept", "/create-pair", "/reschedule"].iter().any(|act| path.ends_with(act));
    operation["responses"].get("201").is_some() && !does
}

/// Whether a `POST` ends tokens. They are not a record, so there is nothing to compare with.
fn ends_access(path: &str) -> bool {
    path.ends_with("/sign-out")
}

/// Removes `null` from the schema of a parameter: an optional parameter is absent, because an address or a header has
/// no `null`.
fn never_null(parameter: &mut Value) {
    let options = parameter["schema"]["oneOf"].as_array();
    let something = options.and_then(|all| all.iter().find(|one| one["type"] != "null")).cloned();
    if let Some(something) = something {
        parameter["schema"] = something;
    }
}

/// Whether the body of a response is a page of a list.
fn is_page(response: &Value) -> bool {
    let body = response["content"]["application/json"]["schema"]["$ref"].as_str();
    body.is_some_and(|name| name.contains("Page_"))
}

fn add_headers(operation: &mut Value, is_single: bool) {
    let responses = operation["responses"].as_object_mut();
    for (status, response) in responses.into_iter().flatten().filter(|(status, _)| status.starts_with('2')) {
        let mut headers = shared_headers();
        if is_page(response) {
            headers["Link"] = reference("headers", "Link");
        } else if is_single || status == "201" {
            headers["ETag"] = reference("headers", "ETag");
        }
        if status == "201" {
            headers["Location"] = reference("headers", "Location");
        }
        response["headers"] = headers;
    }
}

/// Adds the real bounds to every text, number and list.
fn bound(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(bound),
        Value::Object(object) => {
            bound_schema(object);
            // An example is data, not a schema.
            object
                .iter_mut()
                .filter(|(key, _)| !matches!(key.as_str(), "example" | "examples" | "default" | "enum"))
                .for_each(|(_, inner)| bound(inner));
        }
        _ => {}
    }
}

fn bound_schema(schema: &mut Map<String, Value>) {
    let is = |name: &str| match schema.get("type") {
        Some(Value::String(kind)) => kind == name,
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == name),
        _ => false,
    };
    let (is_text, is_integer, is_list) = (is("string"), is("integer"), is("array"));
    let is_fraction = is("number");
    let mut put = |key: &str, bound: Value| {
        schema.entry(key).or_insert(bound);
    };
    if is_integer {
        put("format", json!("int64"));
        put("minimum", json!(-LARGEST));
        put("maximum", json!(LARGEST));
    }
    if is_fraction {
        put("format", json!("double"));
    }
    if is_list {
        put("maxItems", json!(LONGEST_LIST));
    }
    if is_text && !schema.contains_key("enum") && !schema.contains_key("const") {
        let max = match schema.get("format").and_then(Value::as_str) {
            Some("uuid") => 36,
            Some("date") => 10,
            Some("date-time") => 35,
            _ => LONGEST_TEXT,
        };
        schema.entry("maxLength").or_insert(json!(max));
    }
}

/// Removes components without references.
fn drop_unused(document: &mut Value) {
    loop {
        let text = document.to_string();
        let mut dropped = false;
        for kind in ["schemas", "responses", "headers", "parameters"] {
            if let Some(components) = document["components"][kind].as_object_mut() {
                let before = components.len();
                components.retain(|name, _| text.contains(&format!("\"#/components/{kind}/{name}\"")));
                dropped |= components.len() < before;
            }
        }
        if !dropped {
            return;
        }
    }
}
