//! A client as a person would write it, and answers that say what is wrong with them.

use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder};
use serde_json::Value;

/// Asks as one viewer.
#[derive(Clone)]
pub struct Client {
    address: String,
    token: Option<String>,
    http: reqwest::Client,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub told: String,
    pub status: u16,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
    pub body: Value,
}

impl Client {
    pub fn new(address: &str, token: Option<String>) -> Self {
        Self {
            address: address.to_owned(),
            token,
            http: reqwest::Client::builder().no_proxy().build().expect("a client"),
        }
    }

    /// A request that the test still shapes; end it with [`Client::send`].
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.address));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    pub async fn send(&self, request: RequestBuilder) -> Answer {
        let request = request.build().expect("a request");
        let told = format!("{} {}", request.method(), request.url().path());
        let answer = self.http.execute(request).await.expect("the service answers");
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let bytes = answer.bytes().await.expect("a body").to_vec();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Answer { told, status, headers, bytes, body }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::POST, path).json(&body)).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::PUT, path).json(&body)).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::PATCH, path).json(&body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, path)).await
    }

    /// The same, sending the ETag that `answer` had as `If-Match`.
    pub async fn patch_seen(&self, path: &str, seen: &Answer, body: Value) -> Answer {
        self.send(self.request(Method::PATCH, path).header("if-match", seen.header("etag")).json(&body)).await
    }

    pub async fn put_seen(&self, path: &str, seen: &Answer, body: Value) -> Answer {
        self.send(self.request(Method::PUT, path).header("if-match", seen.header("etag")).json(&body)).await
    }
}

impl Answer {
    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}: {}", self.told, self.body);
        self
    }

    #[track_caller]
    pub fn ok(self) -> Self {
        self.is(200)
    }

    #[track_caller]
    pub fn created(self) -> Self {
        self.is(201)
    }

    /// A problem of this status and code.
    #[track_caller]
    pub fn problem(self, status: u16, code: &str) -> Self {
        let answer = self.is(status);
        assert_eq!(answer.header("content-type"), "application/problem+json", "{}", answer.told);
        assert_eq!(answer.body["code"], code, "{}: {}", answer.told, answer.body);
        answer
    }

    /// The problem points at this place of the request.
    #[track_caller]
    pub fn points_at(self, pointer: &str) -> Self {
        let found = self.body["errors"].as_array().into_iter().flatten().any(|fault| fault["pointer"] == pointer);
        assert!(found, "{} does not point at {pointer}: {}", self.told, self.body);
        self
    }

    #[track_caller]
    pub fn has(self, pointer: &str, value: impl Into<Value>) -> Self {
        assert_eq!(self.body.pointer(pointer), Some(&value.into()), "{} at {pointer}: {}", self.told, self.body);
        self
    }

    #[track_caller]
    pub fn lacks(self, pointer: &str) -> Self {
        assert_eq!(self.body.pointer(pointer), None, "{} at {pointer}", self.told);
        self
    }

    #[track_caller]
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).unwrap_or_else(|| panic!("{}: no header {name}", self.told));
        value.to_str().expect("text")
    }

    /// The id of the record.
    #[track_caller]
    pub fn id(&self) -> String {
        self.body["id"].as_str().unwrap_or_else(|| panic!("{}: no id in {}", self.told, self.body)).to_owned()
    }

    /// The items of a page.
    #[track_caller]
    pub fn items(&self) -> &Vec<Value> {
        self.body["items"].as_array().unwrap_or_else(|| panic!("{}: no items in {}", self.told, self.body))
    }
}
