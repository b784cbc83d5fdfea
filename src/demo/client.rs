//! HTTP clients of the demo: it fills the service through the API, as each of its people.

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::Value;

use crate::auth::{LocalKey, TokenSubject};
use crate::clock::Clock;
use crate::ids::{PersonId, ServiceAccountId};
use crate::policy::Scope;

/// Lifetime of tokens. Longer than the simulated time, which is most of a year.
const PLAY: TimeDelta = TimeDelta::days(400);

/// The service, and the key that signs tokens for every person in it.
pub struct Stage {
    address: String,
    http: Client,
    key: LocalKey,
    clock: Clock,
}

/// One person or account that sends requests.
pub struct Actor<'s> {
    stage: &'s Stage,
    token: String,
}

/// A request of the demo that the service refused, which is a fault of the demo.
pub type Refused = Box<dyn std::error::Error>;

impl Stage {
    /// The service at `address`, at the time of `clock`.
    pub fn new(address: String, key: LocalKey, clock: Clock) -> Result<Self, Refused> {
        Ok(Self { address, http: Client::builder().no_proxy().build()?, key, clock })
    }

    /// A person with these roles.
    pub fn person(&self, id: PersonId, roles: &[&str]) -> Result<Actor<'_>, Refused> {
        let roles = roles.iter().map(|role| (*role).to_owned()).collect();
        Ok(Actor { stage: self, token: self.token(TokenSubject::Person(id, roles), PLAY)? })
    }

    /// A service account with these scopes.
    pub fn service(&self, id: ServiceAccountId, scopes: &[Scope]) -> Result<Actor<'_>, Refused> {
        Ok(Actor { stage: self, token: self.token(TokenSubject::Service(id, scopes.to_vec()), PLAY)? })
    }

    /// A token that is valid for `ttl` from now.
    pub fn token(&self, mint: TokenSubject, ttl: TimeDelta) -> Result<String, Refused> {
        Ok(self.key.sign(mint, self.clock.now(), ttl)?)
    }

    /// Moves the simulated time.
    pub fn at(&self, moment: DateTime<Utc>, scene: u64) {
        self.clock.stop_at(moment, scene);
    }

    /// The simulated time.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }
}

impl Actor<'_> {
    /// Sends POST.
    pub async fn post(&self, path: &str, body: Value) -> Result<Value, Refused> {
        self.send(Method::POST, path, |request| request.json(&body)).await
    }

    /// Sends PUT.
    pub async fn put(&self, path: &str, body: Value) -> Result<Value, Refused> {
        self.send(Method::PUT, path, |request| request.json(&body)).await
    }

    /// Sends PATCH.
    pub async fn patch(&self, path: &str, body: Value) -> Result<Value, Refused> {
        self.send(Method::PATCH, path, |request| request.json(&body)).await
    }

    /// Sends PUT for a text that two people may edit, whatever its version is.
    pub async fn put_any(&self, path: &str, body: Value) -> Result<Value, Refused> {
        self.send(Method::PUT, path, |request| request.header("if-match", "*").json(&body)).await
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        shape: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> Result<Value, Refused> {
        let request = self.stage.http.request(method.clone(), format!("{}{path}", self.stage.address));
        let answer = shape(request.bearer_auth(&self.token)).send().await?;
        let status = answer.status();
        let body = answer.text().await?;
        if !status.is_success() {
            return Err(format!("the demo's {method} {path} was answered {status}: {body}").into());
        }
        if status == StatusCode::NO_CONTENT { Ok(Value::Null) } else { Ok(serde_json::from_str(&body)?) }
    }
}

/// Reads the id in an answer.
pub fn id<Id: serde::de::DeserializeOwned>(answer: &Value) -> Result<Id, Refused> {
    Ok(serde_json::from_value(answer["id"].clone())?)
}
