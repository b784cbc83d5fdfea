//! One house full of people, pairs and secrets, built through the API itself.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use mentorship::auth::TokenSubject;
use mentorship::policy::Scope;
use reqwest::Method;
use serde_json::{Value, json};

use super::personas::{About, Reach, SERVICES};
use crate::harness::{Answer, Client, TestApp};

/// A secret that was planted, and who may learn of it.
#[derive(Clone, Debug)]
pub struct Canary {
    pub name: String,
    pub reach: Reach,
    pub about: About,
    pub author: &'static str,
}

/// What a canary says: the same for everybody, or for whoever must not see it something else.
pub type Words<'a> = &'a dyn Fn(&Canary) -> String;

/// Ids by the names they have in paths: `{session}`.
pub type Ids = BTreeMap<String, String>;

/// Puts ids where names stand in braces.
pub fn fill(text: &str, ids: &Ids) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').expect("a closing brace");
        filled.push_str(before);
        filled.push_str(ids.get(name).unwrap_or_else(|| panic!("nothing is called {name}")));
        rest = after;
    }
    filled + rest
}

/// The same in every string of a body.
pub fn fill_body(body: &Value, ids: &Ids) -> Value {
    match body {
        Value::String(text) => Value::String(fill(text, ids)),
        Value::Array(items) => items.iter().map(|item| fill_body(item, ids)).collect(),
        Value::Object(members) => {
            Value::Object(members.iter().map(|(name, value)| (name.clone(), fill_body(value, ids))).collect())
        }
        other => other.clone(),
    }
}

/// The house and the keys to it.
pub struct House<'a> {
    pub app: &'a TestApp,
    /// What everything is called.
    pub ids: Ids,
    pub canaries: Vec<Canary>,
    /// Where everything that was made stands: `/v1/notes/…`.
    pub places: Vec<String>,
    client: Client,
    tokens: BTreeMap<String, String>,
    words: Words<'a>,
    begin: DateTime<Utc>,
    steps: u32,
}

impl<'a> House<'a> {
    /// An empty house with nobody in it but the admin.
    pub async fn new(app: &'a TestApp, words: Words<'a>) -> Self {
        let begin = app.clock.now();
        app.clock.stop_at(begin, 1);
        let admin = app.person().await;
        let mut house = Self {
            app,
            ids: BTreeMap::new(),
            canaries: Vec::new(),
            places: Vec::new(),
            client: app.nobody(),
            tokens: BTreeMap::new(),
            words,
            begin,
            steps: 0,
        };
        house.ids.insert("admin".to_owned(), admin.to_string());
        house.give_token("admin", &["admin"]);
        house
    }

    /// Lets the person in, with roles.
    pub fn give_token(&mut self, who: &str, roles: &[&str]) {
        let roles = roles.iter().map(|role| (*role).to_owned()).collect();
        let id = self.ids[who].parse::<uuid::Uuid>().expect("an id");
        self.tokens.insert(who.to_owned(), self.app.token(TokenSubject::Person(id.into(), roles)));
    }

    async fn let_services_in(&mut self) {
        for (name, scopes) in SERVICES {
            // A service account has a scope at least; its token may still ask for none.
            let granted: &[Scope] = if scopes.is_empty() { &[Scope::PairsRead] } else { scopes };
            self.make(name, "admin", "/v1/service-accounts", json!({"name": name, "scopes": granted})).await;
            let id = self.ids[name].parse::<uuid::Uuid>().expect("an id");
            self.tokens.insert(name.to_owned(), self.app.token(TokenSubject::Service(id.into(), scopes.to_vec())));
        }
    }

    /// Whether the name is a person's.
    pub fn is_person(who: &str) -> bool {
        !SERVICES.iter().any(|(name, _)| *name == who)
    }

    /// Puts ids where names stand in braces.
    pub fn fill(&self, text: &str) -> String {
        fill(text, &self.ids)
    }

    /// The same in every string of a body.
    pub fn fill_body(&self, body: &Value) -> Value {
        fill_body(body, &self.ids)
    }

    /// The token of each persona. `nobody` has none.
    pub fn token(&self, who: &str) -> Option<&str> {
        self.tokens.get(who).map(String::as_str)
    }

    /// Stops the clock for the next request: seconds after the beginning, and a seed of its own.
    pub fn step(&mut self) {
        self.steps += 1;
        self.stop_at(f64::from(self.steps), u64::from(self.steps));
    }

    pub fn stop_at(&self, seconds: f64, seed: u64) {
        #[expect(clippy::cast_possible_truncation, reason = "a few weeks")]
        let after = TimeDelta::milliseconds((seconds * 1000.0).round() as i64);
        self.app.clock.stop_at(self.begin + after, seed);
    }

    /// How many steps were taken.
    pub const fn steps(&self) -> u32 {
        self.steps
    }

    /// Asks with everything filled in. Nobody has no token.
    pub async fn send(
        &self,
        who: &str,
        method: &str,
        path: &str,
        body: Option<&[u8]>,
        headers: &[(&str, String)],
    ) -> Answer {
        let method = Method::from_bytes(method.to_uppercase().as_bytes()).expect("a method");
        let mut request = self.client.request(method, path);
        if let Some(token) = self.tokens.get(who) {
            request = request.bearer_auth(token);
        } else {
            assert_eq!(who, "nobody", "{who} has no token");
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_vec());
        }
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        self.client.send(request).await
    }

    /// Asks at the next step of the clock.
    pub async fn ask(&mut self, who: &str, method: &str, path: &str, body: &Value) -> Answer {
        self.step();
        let body = (!body.is_null()).then(|| self.fill_body(body).to_string().into_bytes());
        self.send(who, method, &self.fill(path), body.as_deref(), &[]).await
    }

    /// Makes a record and remembers its id under `name`.
    pub async fn make(&mut self, name: &str, who: &str, path: &str, body: Value) -> Answer {
        let answer = self.ask(who, "post", path, &body).await.created();
        let id = answer.body["id"].as_str().map_or_else(|| answer.header("location").to_owned(), str::to_owned);
        self.ids.insert(name.to_owned(), id);
        self.places.push(answer.header("location").to_owned());
        answer
    }

    /// Does something that answers 200.
    pub async fn act(&mut self, who: &str, method: &str, path: &str, body: Value) -> Answer {
        let answer = self.ask(who, method, path, &body).await;
        assert!((200..300).contains(&answer.status), "{who} {}: {}", answer.told, answer.body);
        answer
    }

    /// The same with the `ETag` of what `who` read at `from`.
    pub async fn act_seen(&mut self, who: &str, method: &str, path: &str, from: &str, body: Value) -> Answer {
        let etag = self.ask(who, "get", from, &Value::Null).await.ok().header("etag").to_owned();
        self.step();
        let body = self.fill_body(&body).to_string().into_bytes();
        let headers = [("if-match", etag)];
        self.send(who, method, &self.fill(path), Some(&body), &headers).await.ok()
    }

    /// Words that only some may read.
    pub fn plant(&mut self, name: &str, reach: Reach, about: About, author: &'static str) -> String {
        let canary = Canary { name: format!("{name}-of-{author}"), reach, about, author };
        let words = (self.words)(&canary);
        self.canaries.push(canary);
        words
    }

    /// Lets everybody in.
    pub async fn people(&mut self) {
        self.make("department", "admin", "/v1/departments", json!({"name": "Engineering"})).await;
        let team = json!({"name": "Platform", "department_id": "{department}", "lead_id": "{admin}"});
        self.make("team", "admin", "/v1/teams", team).await;
        for skill in ["rust", "talks", "hiring"] {
            self.make(skill, "admin", "/v1/skills", json!({"name": skill})).await;
        }
        let ladder = json!({"name": "Engineers", "track": "individual"});
        self.make("ladder", "admin", "/v1/career-ladders", ladder).await;
        for (role, level) in [("senior", 5), ("junior", 3), ("dream", 7)] {
            self.make(role, "admin", "/v1/career-ladders/{ladder}/roles", json!({"name": role, "level": level})).await;
        }
        let people = [
            "manager",
            "mentor",
            "mentee",
            "lead",
            "other_lead",
            "colleague",
            "other_mentee",
            "guide",
            "elder",
            "novice",
            "gone",
        ];
        for who in people {
            let mut entry = json!({
                "name": format!("The {who}"), "email": format!("{who}@example.com"), "external_id": format!("hr-{who}"),
                "team_id": "{team}", "title": format!("{who} of things"), "hired_on": "2019-03-04",
            });
            if who == "mentee" {
                entry["manager_id"] = json!("{manager}");
            }
            if ["mentee", "other_mentee", "novice"].contains(&who) {
                entry["ladder_role_id"] = json!("{junior}");
            }
            if ["mentee", "other_mentee", "novice", "guide", "elder", "lead", "other_lead"].contains(&who) {
                entry["languages"] = json!(["en"]);
            }
            if ["guide", "elder", "lead", "other_lead"].contains(&who) {
                entry["ladder_role_id"] = json!("{senior}");
            }
            self.make(who, "admin", "/v1/people", entry).await;
            self.give_token(who, if who.ends_with("lead") { &["coordinator"] } else { &[] });
        }
        self.act("admin", "patch", "/v1/people/{gone}", json!({"status": "departed"})).await;
        self.let_services_in().await;
        for (program, lead) in [("program", "lead"), ("other_program", "other_lead")] {
            let body = json!({"name": program, "coordinator_ids": [format!("{{{lead}}}")]});
            self.make(program, "admin", "/v1/programs", body).await;
        }
        let club = json!({"name": "club", "enrolling": "by_approval", "coordinator_ids": ["{lead}"]});
        self.make("club", "admin", "/v1/programs", club).await;
        self.make("forum", "admin", "/v1/programs", json!({"name": "forum"})).await;
        let hook = json!({"url": "https://hooks.example.com/", "scopes": ["outcomes:read"]});
        self.make("webhook", "admin", "/v1/webhooks", hook).await;
    }
}
