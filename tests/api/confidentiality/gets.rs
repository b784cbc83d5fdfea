//! Every `GET` of the document as the directed pass asks it: plain, of each record; with each filter, with `count=exact`,
//! and page by page with `limit=1`.

use std::collections::BTreeSet;

use serde_json::Value;

use super::asks::Request;
use super::values::collection;
use crate::matrix::house::{House, Ids};
use crate::matrix::table::{Operation, documented, rows};

/// Not asked here, each with the reason.
const LEFT_OUT: [(&str, &str); 3] = [
    ("list_audit_events", "it tells an admin that something was done; declared"),
    ("list_accesses", "compared by what is new in it: the log is not taken back"),
    ("read_calendar", "compared with what background jobs bring about"),
];
/// So many records of one collection are asked for.
const OF_ONE_COLLECTION: usize = 7;
/// So many where the address goes on after the id.
const BELOW_A_RECORD: usize = 3;
/// So many values of one filter.
const OF_A_FILTER: usize = 3;
/// All requests of the pass are sent at this second of a side, after all that happens on it.
pub const ASKED_AT: u32 = 90;

/// What is asked.
pub struct Gets {
    /// Of each record, and each list as a whole.
    pub plain: Vec<Request>,
    /// With a filter or a count.
    pub filtered: Vec<Request>,
    /// Lists, to be read page by page.
    pub paged: Vec<Request>,
}

impl Gets {
    pub fn new(house: &House<'_>, document: &Value) -> Self {
        let mut gets = Self { plain: Vec::new(), filtered: Vec::new(), paged: Vec::new() };
        let operations = documented();
        let asked = |name: &String| !LEFT_OUT.iter().any(|(left_out, _)| left_out == name);
        for (name, operation) in operations.iter().filter(|(name, operation)| operation.method == "get" && asked(name))
        {
            let paths = paths(house, name, operation);
            assert!(!paths.is_empty(), "{name} names no record of the house");
            let parameters = operation.document["parameters"].as_array().cloned().unwrap_or_default();
            let in_query = |parameter: &&Value| parameter["in"] == "query";
            let (pages, filters): (Vec<_>, Vec<_>) = parameters
                .iter()
                .filter(in_query)
                .partition(|parameter| ["limit", "cursor", "count"].iter().any(|name| parameter["name"] == *name));
            for path in paths {
                gets.plain.push(request(name, &path));
                if pages.is_empty() && filters.is_empty() {
                    continue;
                }
                // What a filter leaves is counted as well.
                let count = if pages.is_empty() { "" } else { "&count=exact" };
                for filter in &filters {
                    let name_of_filter = filter["name"].as_str().expect("a name");
                    let values = values(document, &house.ids, name_of_filter, &filter["schema"]);
                    for value in values.iter().take(OF_A_FILTER.max(values.len() / 8)) {
                        let value: String = form_urlencoded::byte_serialize(value.as_bytes()).collect();
                        gets.filtered.push(request(name, &format!("{path}?{name_of_filter}={value}{count}")));
                    }
                }
                if !pages.is_empty() {
                    gets.filtered.push(request(name, &format!("{path}?count=exact")));
                    gets.paged.push(request(name, &format!("{path}?limit=1")));
                }
            }
        }
        gets
    }
}

fn request(operation: &str, path: &str) -> Request {
    let headers =
        if operation == "stream_notices" { vec![("last-event-id", uuid::Uuid::nil().to_string())] } else { Vec::new() };
    let (operation, path) = (operation.to_owned(), path.to_owned());
    Request { number: ASKED_AT, operation, method: "get".to_owned(), path, body: None, headers }
}

/// The addresses of an operation: what the matrix asks for first, then other records of the same collection.
fn paths(house: &House<'_>, name: &str, operation: &Operation) -> BTreeSet<String> {
    let Some((before, rest)) = operation.path.split_once('{') else { return [operation.path.clone()].into() };
    let after = rest.split_once('}').map_or("", |(_, after)| after);
    let id_of = |target: &str| house.ids.get(target).cloned().unwrap_or_else(|| target.to_owned());
    let of_rows = rows().filter(|row| row.0 == name && row.1 != "fresh").map(|row| id_of(row.1));
    let of_house = house.places.iter().filter_map(|place| place.strip_prefix(before)).map(str::to_owned);
    let of_people = ["mentee", "mentor", "manager", "guide", "novice"].map(id_of);
    let most = if after.is_empty() { OF_ONE_COLLECTION } else { BELOW_A_RECORD };
    let mut ids: Vec<String> = Vec::new();
    let people = if before.ends_with("/blocks/") { of_people.to_vec() } else { Vec::new() };
    for id in of_rows.chain(people).chain(of_house) {
        if ids.len() < most && !ids.contains(&id) && !id.contains('/') {
            ids.push(id);
        }
    }
    ids.into_iter().map(|id| format!("{before}{id}{after}")).collect()
}

/// Values of a filter.
fn values(document: &Value, ids: &Ids, name: &str, schema: &Value) -> Vec<String> {
    let named = |names: &[&str]| names.iter().filter_map(|name| ids.get(*name).cloned()).collect::<Vec<_>>();
    if let Some(reference) = schema["$ref"].as_str() {
        let kind = reference.rsplit('/').next().unwrap_or_default();
        return match kind.strip_suffix("Id").map(collection).as_deref() {
            Some("/v1/people/") => named(&["mentee", "mentor", "guide"]),
            Some("/v1/pairs/") => named(&["pair", "other_pair"]),
            Some("/v1/programs/") => named(&["program", "club"]),
            Some("/v1/skills/") => named(&["rust"]),
            Some("/v1/teams/") => named(&["team"]),
            Some("/v1/departments/") => named(&["department"]),
            Some(other) => panic!("no record of {other} is named for the filter {name}"),
            None => values(document, ids, name, document.pointer(reference.trim_start_matches('#')).expect("a schema")),
        };
    }
    for choice in ["oneOf", "anyOf", "allOf"] {
        if let Some(options) = schema[choice].as_array() {
            let option = options.iter().find(|option| option["type"] != "null").expect("an option");
            return values(document, ids, name, option);
        }
    }
    if let Some(words) = schema["enum"].as_array() {
        return words.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().find(|kind| **kind != "null").and_then(Value::as_str),
        kind => kind.as_str(),
    };
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    match (name, kind, schema["format"].as_str()) {
        (_, Some("boolean"), _) => texts(&["true", "false"]),
        (_, Some("integer"), _) => texts(&["1"]),
        (_, _, Some("uuid")) => named(&["mentee", "mentor", "other_mentee"]),
        // Before all of the house, and after it: then only what happened since is listed.
        (_, _, Some("date-time")) => texts(&["2026-03-02T09:00:00Z", "2026-03-02T09:30:00Z", "2026-03-04T00:00:00Z"]),
        ("q", ..) => texts(&["the m", "t"]),
        _ => schema["examples"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect(),
    }
}
