//! What the viewer asks: anything the document offers, with ids and values of every kind.

use serde_json::{Value, json};

use super::dice::Dice;
use crate::matrix::house::House;
use crate::matrix::table::{Operation, Row, rows};

/// One request, the same in both worlds.
#[derive(Clone, Debug)]
pub struct Request {
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
}

/// Where the viewer could guess something to be, in either world.
pub struct Known<'a> {
    pub house: &'a House<'a>,
    pub places: Vec<String>,
    pub operations: Vec<&'a Operation>,
}

/// What no script asks, each with the reason.
const LEFT_OUT: &[(&str, &str)] = &[
    ("end_pair", "it would leave little to look at"),
    ("list_audit_events", "it tells an admin by whom hidden records were touched: a declared release"),
    ("request_suggestions", "blocks keep people apart and consented style counts: the declared ways of the hidden"),
];

fn is_left_out(operation: &str) -> bool {
    LEFT_OUT.iter().any(|(name, _)| *name == operation)
}

impl Known<'_> {
    pub fn request(&self, dice: &mut Dice, who: &str, memory: &Memory) -> Request {
        let mut request = match dice.below(100) {
            0..62 => self.read(dice, memory),
            62..84 => self.write(dice, who),
            84..95 => self.keep_profile(dice, who),
            _ => self.nonsense(dice, memory),
        };
        if !memory.etags.is_empty() && dice.percent(10) {
            let header = if request.method == "get" { "if-none-match" } else { "if-match" };
            request.headers.push((header, dice.pick(&memory.etags).clone()));
        }
        if request.method == "post" && dice.percent(30) {
            request.headers.push(("idempotency-key", format!("key {}", dice.below(3))));
        }
        request
    }

    /// An id: of what the path asks for, of something else, or of nothing.
    fn id(&self, dice: &mut Dice, collection: &str) -> String {
        let of = |place: &str| place.rsplit('/').next().unwrap_or_default().to_owned();
        let fitting: Vec<_> = self.places.iter().filter(|place| place.starts_with(collection)).collect();
        match dice.below(100) {
            0..80 if !fitting.is_empty() => of(dice.pick(&fitting).as_str()),
            0..95 => of(dice.pick(&self.places).as_str()),
            _ => dice.uuid(),
        }
    }

    fn filled(&self, dice: &mut Dice, path: &str) -> String {
        let Some((collection, rest)) = path.split_once('{') else { return path.to_owned() };
        let rest = rest.split_once('}').map_or("", |(_, rest)| rest);
        let collection = if collection.starts_with("/v1/me/") { "/v1/people/" } else { collection };
        let id = self.id(dice, collection);
        path.split_once('{').map_or(String::new(), |(before, _)| before.to_owned()) + &id + rest
    }

    fn read(&self, dice: &mut Dice, memory: &Memory) -> Request {
        let name = |operation: &Operation| operation.document["operationId"].as_str().unwrap_or_default().to_owned();
        let is_asked = |operation: &&&Operation| operation.method == "get" && !is_left_out(&name(operation));
        let gets: Vec<_> = self.operations.iter().filter(is_asked).collect();
        let operation = dice.pick(&gets);
        let mut path = self.filled(dice, &operation.path);
        let mut separator = '?';
        for parameter in operation.document["parameters"].as_array().into_iter().flatten() {
            if parameter["in"] == "query" && dice.percent(35) {
                let name = parameter["name"].as_str().expect("a name");
                let value = self.value(dice, memory, name, &parameter["schema"]);
                let pair: String = form_urlencoded::Serializer::new(String::new()).append_pair(name, &value).finish();
                path.push(separator);
                path.push_str(&pair);
                separator = '&';
            }
        }
        Request { method: "get".to_owned(), path, body: None, headers: Vec::new() }
    }

    fn value(&self, dice: &mut Dice, memory: &Memory, name: &str, schema: &Value) -> String {
        if let Some(option) = schema["oneOf"].as_array().and_then(|all| all.iter().find(|one| one["type"] != "null")) {
            return self.value(dice, memory, name, option);
        }
        if let Some(reference) = schema["$ref"].as_str() {
            let collection = match reference.rsplit('/').next().unwrap_or_default() {
                "PersonId" => "/v1/people/",
                "PairId" => "/v1/pairs/",
                "SkillId" => "/v1/skills/",
                _ => "/v1/",
            };
            return self.id(dice, collection);
        }
        if let Some(values) = schema["enum"].as_array() {
            return dice.pick(values).as_str().unwrap_or_default().to_owned();
        }
        match name {
            "cursor" if !memory.cursors.is_empty() && dice.percent(80) => dice.pick(&memory.cursors).clone(),
            "limit" => (*dice.pick(&["1", "2", "3", "7", "200", "0"])).to_owned(),
            "q" => (*dice.pick(&["t", "the m", "rust", "secret", "plat"])).to_owned(),
            _ if schema["format"] == "date-time" => {
                format!("2026-03-0{}T09:0{}:0{}Z", 1 + dice.below(5), dice.below(10), dice.below(10))
            }
            _ if schema["format"] == "uuid" => self.id(dice, "/v1/people/"),
            _ => (*dice.pick(&["true", "false", "1", "3"])).to_owned(),
        }
    }

    /// Any row of the matrix, or any operation with a body of another.
    fn write(&self, dice: &mut Dice, who: &str) -> Request {
        let rows: Vec<&Row> = rows().filter(|row| row.1 != "fresh" && !is_left_out(row.0)).collect();
        let row = dice.pick(&rows);
        let operation = self.operations.iter().find(|operation| operation.document["operationId"] == row.0);
        let operation = operation.expect("every row has one");
        let (mut path, body) = row.request(self.house, operation, &format!("{who}{}", dice.below(5)));
        if dice.percent(40) && operation.method != "get" {
            path = self.filled(dice, &operation.path);
        }
        let headers = if dice.percent(60) { vec![("if-match", "*".to_owned())] } else { Vec::new() };
        Request { method: operation.method.clone(), path, body, headers }
    }

    /// What everybody may do: their own profile, blocks and proposals. A service has none of these.
    fn keep_profile(&self, dice: &mut Dice, who: &str) -> Request {
        if !House::is_person(who) {
            return self.clear_catalogue(dice);
        }
        let place = |name: &str| self.house.fill(&format!("/v1/people/{{{name}}}"));
        let any = self.id(dice, "/v1/people/");
        let (method, path, body) = match dice.below(5) {
            0 => ("patch", place(who) + "/profile", json!({"bio": dice.words(), "is_paused": dice.percent(50)})),
            1 => ("patch", place(who) + "/profile", json!({"career_goals": dice.words(), "mentor_capacity": 10})),
            2 => ("put", format!("/v1/me/blocks/{any}"), Value::Null),
            3 => {
                let skill = self.id(dice, "/v1/skills/");
                let need = json!({"skill_id": skill, "priority": 2, "current_level": 1, "target_level": 3});
                ("put", place(who) + "/needs", json!({"needs": [need]}))
            }
            _ => {
                let mentee = &self.house.ids[who];
                ("post", "/v1/pairs".to_owned(), json!({"mentor_id": any, "mentee_id": mentee}))
            }
        };
        let body = (!body.is_null()).then(|| body.to_string().into_bytes());
        Request { method: method.to_owned(), path, body, headers: Vec::new() }
    }

    /// What an HRIS may do: whether somebody still uses it shows in the answer.
    fn clear_catalogue(&self, dice: &mut Dice) -> Request {
        let collection = dice.pick(&["/v1/skills/", "/v1/skills/", "/v1/ladder-roles/", "/v1/teams/"]);
        let path = format!("{collection}{}", self.id(dice, collection));
        Request { method: "delete".to_owned(), path, body: None, headers: Vec::new() }
    }

    /// What nobody understands.
    fn nonsense(&self, dice: &mut Dice, memory: &Memory) -> Request {
        let mut request = self.read(dice, memory);
        match dice.below(5) {
            0 => request.path = format!("{}?colour=red", request.path.split('?').next().unwrap_or_default()),
            1 => request.path = format!("{}?cursor=IjEi", request.path.split('?').next().unwrap_or_default()),
            2 => (*dice.pick(&["delete", "patch", "post", "put"])).clone_into(&mut request.method),
            3 => {
                "patch".clone_into(&mut request.method);
                request.body = Some(dice.pick(&[&b"{"[..], b"[]", b"{\"colour\": 1}", b"{}", b"null"]).to_vec());
            }
            _ => request.headers.push(("if-match", "\"0\"".to_owned())),
        }
        request
    }
}
