//! What the viewer asks: whatever the document offers, with ids and values of every kind.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::declared::{Known, is_way};
use super::dice::Dice;
use super::ground::{Step, World};
use super::values::{Values, collection};
use crate::document::document;
use crate::harness::Heard;
use crate::matrix::house::Ids;
use crate::matrix::personas::columns;
use crate::matrix::table::{Operation, Row, documented, rows};

/// One request, the same on both sides.
#[derive(Clone, Debug)]
pub struct Request {
    /// Its place in the world, and the second in which it is sent.
    pub number: u32,
    pub operation: String,
    pub method: String,
    pub path: String,
    pub body: Option<Vec<u8>>,
    pub headers: Vec<(&'static str, String)>,
}

/// What the viewer saw so far and may use again.
#[derive(Default)]
pub struct Memory {
    pub etags: Vec<String>,
    pub cursors: Vec<String>,
    /// The words that stood under each name.
    words: BTreeMap<String, BTreeSet<String>>,
}

impl Memory {
    pub fn keep(&mut self, answer: &Heard) {
        self.etags.extend(answer.header("etag").map(str::to_owned));
        let body = answer.json();
        self.cursors.extend(body["next_cursor"].as_str().map(str::to_owned));
        self.hear(&body);
    }

    fn hear(&mut self, part: &Value) {
        for (name, member) in part.as_object().into_iter().flatten() {
            match member.as_str() {
                Some(word) => drop(self.words.entry(name.clone()).or_default().insert(word.to_owned())),
                None => self.hear(member),
            }
        }
        part.as_array().into_iter().flatten().for_each(|item| self.hear(item));
    }

    /// Whether this word stood under this name.
    pub fn has_heard(&self, name: &str, word: &Value) -> bool {
        word.as_str().is_some_and(|word| self.words.get(name).is_some_and(|words| words.contains(word)))
    }
}

/// What the viewer could guess to exist, hidden or not.
pub struct Pool<'s> {
    pub ids: &'s Ids,
    pub places: &'s [String],
    /// Where something hidden happened.
    pub touched: &'s BTreeSet<String>,
    /// The viewer's own id.
    pub own: Option<&'s str>,
    pub now: DateTime<Utc>,
}

impl Pool<'_> {
    /// An id of what was asked for, of something else, or of nothing.
    pub fn id(&self, dice: &mut Dice, collection: &str) -> String {
        let within = |place: &&String| place.starts_with(collection);
        let touched: Vec<_> = self.touched.iter().filter(within).collect();
        let fitting: Vec<_> = self.places.iter().filter(within).collect();
        let place = match (dice.below(100), self.own) {
            (0..15, Some(own)) if collection == "/v1/people/" => return own.to_owned(),
            (0..60, _) if !touched.is_empty() => *dice.pick(&touched),
            (0..85, _) if !fitting.is_empty() => *dice.pick(&fitting),
            (0..94, _) => dice.pick(self.places),
            _ => return dice.uuid(),
        };
        place.rsplit('/').next().unwrap_or_default().to_owned()
    }
}

/// What is told only to who asked for it, and is drawn anew each time: a secret that nobody could guess.
const BY_CHANCE: [&str; 3] = ["create_webhook", "rotate_webhook_secret", "create_calendar_feed"];

/// The operations, and the requests that can be made of them.
pub struct Asks {
    document: Value,
    /// With the collections that each can name a record of.
    operations: Vec<(String, Operation, BTreeSet<String>)>,
    rows: Vec<&'static Row>,
}

impl Asks {
    pub fn new() -> Self {
        let rows = rows().filter(|row| row.1 != "fresh" && !BY_CHANCE.contains(&row.0)).collect();
        let document = document();
        let documented = documented().into_iter().filter(|(name, _)| !BY_CHANCE.contains(&name.as_str()));
        let operations = documented.map(|(name, operation)| {
            let mut named = BTreeSet::from([format!("{}/", operation.path)]);
            collections(&document, &operation.document["parameters"], &mut named);
            collections(&document, &operation.document["requestBody"], &mut named);
            (name, operation, named)
        });
        Self { operations: operations.collect(), document, rows }
    }

    pub fn request(
        &self,
        dice: &mut Dice,
        pool: &Pool<'_>,
        (world, known): (&World, &Known),
        memory: &Memory,
        number: u32,
    ) -> Request {
        let values = Values { document: &self.document, pool, memory };
        let reads = |operation: &Operation| operation.method == "get";
        let lists = |operation: &Operation| operation.document["parameters"].to_string().contains("\"limit\"");
        let may = |operation: &Operation| !reads(operation) && self.may(&world.viewer, operation);
        let mut request = match dice.below(100) {
            0..30 => self.drawn(dice, &values, reads),
            30..62 => self.drawn(dice, &values, lists),
            62..78 if self.operations.iter().any(|(_, operation, _)| may(operation)) => self.drawn(dice, &values, may),
            62..86 => self.drawn(dice, &values, |operation| !reads(operation)),
            86..95 => self.of_a_row(dice, &values, &world.viewer),
            _ => self.nonsense(dice, &values),
        };
        let hidden = world.steps.iter().filter_map(|step| match step {
            Step::Hidden(happening) => Some(&happening.act),
            Step::Asked(_) | Step::Worked(_) => None,
        });
        let hidden: Vec<_> = hidden.collect();
        while hidden.iter().any(|act| is_way(known, &world.viewer, &request, act)) {
            request = self.drawn(dice, &values, reads);
        }
        Self::add_headers(dice, &mut request, memory);
        Request { number, ..request }
    }

    /// Whether the matrix lets this viewer through somewhere.
    fn may(&self, viewer: &str, operation: &Operation) -> bool {
        let column = columns().position(|who| who == viewer).unwrap_or(0);
        let mut rows = self.rows.iter().filter(|row| operation.document["operationId"] == row.0);
        rows.any(|row| row.expected(column) == 'k')
    }

    /// An operation of the document: of four, one that can name what was touched.
    fn drawn(&self, dice: &mut Dice, values: &Values<'_>, is_wanted: impl Fn(&Operation) -> bool) -> Request {
        let wanted: Vec<_> = self.operations.iter().filter(|(_, operation, _)| is_wanted(operation)).collect();
        let four = [(); 4].map(|()| *dice.pick(&wanted));
        let is_near = |(_, _, named): &&&(String, Operation, BTreeSet<String>)| {
            let touched = &mut values.pool.touched.iter();
            touched.any(|place| named.iter().any(|collection| place.starts_with(collection)))
        };
        let (name, operation, _) = four.iter().find(is_near).unwrap_or(&four[0]);
        let (path, method) = (values.address(dice, operation), operation.method.clone());
        let schema = &operation.document["requestBody"]["content"]["application/json"]["schema"];
        let body = (!schema.is_null()).then(|| {
            let body = values.value(dice, "", schema);
            if dice.percent(12) { spoilt(dice, body) } else { body }.to_string().into_bytes()
        });
        Request { number: 0, operation: name.clone(), method, path, body, headers: Vec::new() }
    }

    /// A row of the matrix, which fits the house: as it stands, or with another id in its path.
    fn of_a_row(&self, dice: &mut Dice, values: &Values<'_>, viewer: &str) -> Request {
        let row = dice.pick(&self.rows);
        let (name, operation, _) = self.operations.iter().find(|(name, ..)| name == row.0).expect("every row has one");
        let who = format!("{viewer}{}", dice.below(5));
        let (mut path, body) = row.request(values.pool.ids, operation, &who);
        if dice.percent(40) {
            path = values.address(dice, operation);
        }
        let method = operation.method.clone();
        Request { number: 0, operation: name.clone(), method, path, body, headers: Vec::new() }
    }

    /// What nobody understands.
    fn nonsense(&self, dice: &mut Dice, values: &Values<'_>) -> Request {
        let mut request = self.drawn(dice, values, |operation| operation.method == "get");
        let bare = request.path.split('?').next().unwrap_or_default().to_owned();
        match dice.below(4) {
            0 => request.path = format!("{bare}?colour=red"),
            1 => request.path = format!("{bare}?cursor=IjEi"),
            2 => (*dice.pick(&["delete", "patch", "put"])).clone_into(&mut request.method),
            _ => {
                "patch".clone_into(&mut request.method);
                request.body = Some(dice.pick(&[&b"{"[..], b"[]", b"{\"colour\": 1}", b"{}", b"null"]).to_vec());
            }
        }
        request
    }

    fn add_headers(dice: &mut Dice, request: &mut Request, memory: &Memory) {
        let etag = |dice: &mut Dice, any: usize| match dice.below(100) {
            chance if chance < any => Some("*".to_owned()),
            chance if chance < any + 10 => Some("\"0\"".to_owned()),
            chance if chance < any + 30 && !memory.etags.is_empty() => Some(dice.pick(&memory.etags).clone()),
            _ => None,
        };
        if request.method == "get" {
            request.headers.extend(etag(dice, 2).map(|etag| ("if-none-match", etag)));
            if dice.percent(6) {
                "head".clone_into(&mut request.method);
            }
        } else {
            request.headers.extend(etag(dice, 50).map(|etag| ("if-match", etag)));
        }
        if request.method == "post" && dice.percent(30) {
            request.headers.push(("idempotency-key", dice.key()));
        }
    }
}

/// The collections of all ids in a part of the document.
fn collections(document: &Value, part: &Value, found: &mut BTreeSet<String>) {
    if let Some(reference) = part["$ref"].as_str() {
        if let Some(kind) = reference.rsplit('/').next().and_then(|named| named.strip_suffix("Id")) {
            found.insert(collection(kind));
        } else if let Some(schema) = document.pointer(reference.trim_start_matches('#')) {
            collections(document, schema, found);
        }
    }
    let inner = part.as_array().into_iter().flatten().chain(part.as_object().into_iter().flat_map(Map::values));
    inner.for_each(|inner| collections(document, inner, found));
}

/// A body with something wrong in it.
fn spoilt(dice: &mut Dice, body: Value) -> Value {
    let Value::Object(mut members) = body else { return body };
    let names: Vec<_> = members.keys().cloned().collect();
    match dice.below(3) {
        0 => drop(members.insert("colour".to_owned(), json!("red"))),
        1 if !names.is_empty() => drop(members.remove(dice.pick(&names))),
        _ if !names.is_empty() => drop(members.insert(dice.pick(&names).clone(), json!([1]))),
        _ => members = Map::new(),
    }
    Value::Object(members)
}
