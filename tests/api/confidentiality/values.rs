//! Values made of the document's schemas.

use chrono::{SecondsFormat, TimeDelta};
use serde_json::{Map, Value, json};

use super::asks::{Memory, Pool};
use super::dice::Dice;
use crate::matrix::table::Operation;

/// What values are made of.
pub struct Values<'s> {
    pub document: &'s Value,
    pub pool: &'s Pool<'s>,
    pub memory: &'s Memory,
}

impl Values<'_> {
    /// A path and a query of the operation.
    pub fn address(&self, dice: &mut Dice, operation: &Operation) -> String {
        let parameters = || operation.document["parameters"].as_array().into_iter().flatten();
        let text = |value: Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let mut path = operation.path.clone();
        for parameter in parameters().filter(|parameter| parameter["in"] == "path") {
            let name = parameter["name"].as_str().expect("a name");
            let value = text(self.value(dice, name, &parameter["schema"]));
            let value: String = form_urlencoded::byte_serialize(value.as_bytes()).collect();
            path = path.replace(&format!("{{{name}}}"), &value.replace('+', "%20"));
        }
        let mut query = form_urlencoded::Serializer::new(String::new());
        let in_query = |parameter: &&Value| {
            parameter["in"] == "query" && (parameter["name"] != "cursor" || !self.memory.cursors.is_empty())
        };
        let (pages, filters): (Vec<_>, Vec<_>) = parameters().filter(in_query).partition(|parameter| {
            parameter["name"].as_str().is_some_and(|name| ["limit", "cursor", "count"].contains(&name))
        });
        // Mostly one or none: all at once leave little to look at.
        let chance = *dice.pick(&[0, 0, 0, 30]);
        let mut wanted: Vec<_> = filters.iter().filter(|_| dice.percent(chance)).collect();
        if wanted.is_empty() && !filters.is_empty() && dice.percent(60) {
            wanted.push(dice.pick(&filters));
        }
        wanted.extend(pages.iter().filter(|_| dice.percent(20)));
        for parameter in wanted {
            let name = parameter["name"].as_str().expect("a name");
            query.append_pair(name, &text(self.value(dice, name, &parameter["schema"])));
        }
        let query = query.finish();
        if query.is_empty() { path } else { format!("{path}?{query}") }
    }

    /// A value that the schema allows, mostly.
    pub fn value(&self, dice: &mut Dice, name: &str, schema: &Value) -> Value {
        if let Some(reference) = schema["$ref"].as_str() {
            let named = reference.rsplit('/').next().unwrap_or_default();
            if let Some(kind) = named.strip_suffix("Id") {
                return json!(self.pool.id(dice, &collection(kind)));
            }
            let schema = self.document.pointer(reference.trim_start_matches('#'));
            return self.value(dice, name, schema.unwrap_or_else(|| panic!("no {reference}")));
        }
        for choice in ["oneOf", "anyOf", "allOf"] {
            if let Some(options) = schema[choice].as_array() {
                let (nulls, others): (Vec<_>, Vec<_>) = options.iter().partition(|option| option["type"] == "null");
                let is_null = !nulls.is_empty() && dice.percent(15);
                if is_null {
                    return Value::Null;
                }
                let option = dice.pick(&others);
                return self.value(dice, name, option);
            }
        }
        if let Some(words) = schema["enum"].as_array() {
            let heard: Vec<_> = words.iter().filter(|word| self.memory.has_heard(name, word)).collect();
            let is_again = !heard.is_empty() && dice.percent(60);
            return if is_again { (*dice.pick(&heard)).clone() } else { dice.pick(words).clone() };
        }
        match schema["type"].as_str() {
            Some("object") => self.object(dice, schema),
            Some("array") => self.array(dice, name, schema),
            Some("boolean") => json!(dice.percent(50)),
            Some("integer") => json!(whole(dice, schema)),
            Some("number") => json!(dice.below(100)),
            Some("string") => json!(self.text(dice, name, schema)),
            _ => Value::Null,
        }
    }

    fn object(&self, dice: &mut Dice, schema: &Value) -> Value {
        let is_required =
            |name: &String| schema["required"].as_array().is_some_and(|required| required.contains(&json!(name)));
        let mut members = Map::new();
        for (name, schema) in schema["properties"].as_object().into_iter().flatten() {
            if is_required(name) || dice.percent(35) {
                members.insert(name.clone(), self.value(dice, name, schema));
            }
        }
        Value::Object(members)
    }

    fn array(&self, dice: &mut Dice, name: &str, schema: &Value) -> Value {
        let of = |bound: &str| schema[bound].as_u64().and_then(|bound| usize::try_from(bound).ok());
        let least = of("minItems").unwrap_or(0);
        let most = of("maxItems").unwrap_or(2).min(least.max(2));
        (0..least + dice.below(most - least + 1)).map(|_| self.value(dice, name, &schema["items"])).collect()
    }

    fn text(&self, dice: &mut Dice, name: &str, schema: &Value) -> String {
        let one_of = |dice: &mut Dice, words: &[&str]| (*dice.pick(words)).to_owned();
        match (name, schema["format"].as_str()) {
            ("cursor", _) if !self.memory.cursors.is_empty() && dice.percent(80) => {
                dice.pick(&self.memory.cursors).clone()
            }
            ("q", _) => one_of(dice, &["t", "the m", "p", "rust", "secret", "plat"]),
            ("external_id", _) => one_of(dice, &["hr-mentee", "hr-mentor", "hr-colleague", "hr-new"]),
            (_, Some("uuid")) => self.pool.id(dice, "/v1/"),
            (_, Some("date-time")) if dice.percent(50) => {
                let seconds = i64::try_from(dice.below(16)).expect("a few") - 14;
                (self.pool.now + TimeDelta::seconds(seconds)).to_rfc3339_opts(SecondsFormat::Millis, true)
            }
            (_, Some("date-time")) => {
                format!("2026-03-0{}T09:0{}:0{}Z", 1 + dice.below(9), dice.below(10), dice.below(10))
            }
            (_, Some("date")) => format!("2026-0{}-1{}", 1 + dice.below(9), dice.below(10)),
            (_, Some("email")) => format!("new{}@example.com", dice.below(5)),
            (_, Some("uri")) => format!("https://video.example.com/{}", dice.below(5)),
            _ => match schema["examples"].as_array() {
                Some(examples) => dice.pick(examples).as_str().unwrap_or_default().to_owned(),
                None if schema["maxLength"].as_u64().is_some_and(|most| most <= 3) => "en".to_owned(),
                None => {
                    let most = schema["maxLength"].as_u64().and_then(|most| usize::try_from(most).ok());
                    dice.words().chars().take(most.unwrap_or(100)).collect::<String>().trim().to_owned()
                }
            },
        }
    }
}

/// A whole number in the schema's range, near its beginning.
fn whole(dice: &mut Dice, schema: &Value) -> u64 {
    let least = schema["minimum"].as_u64().unwrap_or(0);
    let most = schema["maximum"].as_u64().unwrap_or(200);
    least + dice.below(9) as u64 % (most - least + 1)
}

/// Where records of a kind stand: `LadderRole` under `/v1/ladder-roles/`.
pub fn collection(kind: &str) -> String {
    let mut words = String::new();
    for letter in kind.chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push('-');
        }
        words.extend(letter.to_lowercase());
    }
    let plural = match words.as_str() {
        "person" => "people".to_owned(),
        words => words.strip_suffix('y').map_or_else(|| format!("{words}s"), |stem| format!("{stem}ies")),
    };
    format!("/v1/{plural}/")
}
