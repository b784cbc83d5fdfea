//! Bodies of requests: JSON of bounded size and depth. Errors point at the wrong place.

use std::future::Future;
use std::ops::Deref;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{Bytes, Data};
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::error::Category;
use serde_path_to_error::Segment;
use utoipa::ToSchema;

use super::limits::Limits;
use super::strict::Strict;
use crate::problem::{Code, Problem};

/// Maximum size of a body, in bytes.
const LARGEST_BODY: usize = 256 * 1024;
/// Maximum depth of nesting.
const DEEPEST: usize = 32;

/// A JSON body.
#[derive(Debug)]
pub struct Json<T>(pub T);

/// The body of a `POST` that needs no values. Send no body, or `{}`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({})))]
pub struct EmptyBody {}

/// The raw body, kept for the fingerprint of an idempotent request.
pub(super) struct Raw(pub Bytes);

impl<T> Json<T> {
    /// The parsed body.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for Json<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for Json<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let received = receive(request, payload);
        Box::pin(async move { parse(&received.await?).map(Self) })
    }
}

/// A form body: `application/x-www-form-urlencoded`.
#[derive(Debug)]
pub struct Form<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Form<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let body = Bytes::from_request(&request, payload);
        Box::pin(async move {
            let body = read(&request, body).await?;
            if kind_of(&request) != "application/x-www-form-urlencoded" {
                let detail = "The content type is wrong. Send `Content-Type: application/x-www-form-urlencoded`.";
                return Err(Problem::new(Code::UnsupportedMediaType, detail));
            }
            let form = serde_urlencoded::Deserializer::new(form_urlencoded::parse(&body));
            serde_path_to_error::deserialize(form).map(Self).map_err(|error| {
                let problem = Problem::new(Code::InvalidRequest, "The form is not accepted. See `errors`.");
                problem.at("", error.inner().to_string())
            })
        })
    }
}

/// The JSON text of the body, of bounded size and depth. An empty body counts as `{}`.
pub(super) fn receive(
    request: &HttpRequest,
    payload: &mut Payload,
) -> impl Future<Output = Result<Bytes, Problem>> + use<> {
    let request = request.clone();
    let body = Bytes::from_request(&request, payload);
    async move {
        let body = read(&request, body).await?;
        let is_merge_patch = request.method() == actix_web::http::Method::PATCH;
        if !body.is_empty() || is_merge_patch {
            check_type(&request)?;
        }
        request.extensions_mut().insert(Raw(body.clone()));
        let text = if body.is_empty() { Bytes::from_static(b"{}") } else { body };
        check_depth(&text)?;
        Ok(text)
    }
}

/// Parses JSON as strictly as the OpenAPI document describes it.
pub(super) fn parse<T: DeserializeOwned>(text: &[u8]) -> Result<T, Problem> {
    let mut reader = serde_json::Deserializer::from_slice(text);
    let value = serde_path_to_error::deserialize(Strict(&mut reader)).map_err(|error| {
        let pointer = pointer(error.path());
        wrong(pointer, error.inner(), text)
    })?;
    reader.end().map_err(|error| wrong(String::new(), &error, text))?;
    Ok(value)
}

/// The limit on the size of bodies, for the configuration of the server.
pub fn payload_limit() -> actix_web::web::PayloadConfig {
    actix_web::web::PayloadConfig::new(LARGEST_BODY)
}

/// Waits for the body. The request does not count as in flight meanwhile.
async fn read(
    request: &HttpRequest,
    body: impl Future<Output = Result<Bytes, actix_web::Error>>,
) -> Result<Bytes, Problem> {
    let body = match request.app_data::<Data<Limits>>() {
        Some(limits) => limits.aside(body).await?,
        None => body.await,
    };
    body.map_err(|error| unreadable(&error))
}

fn unreadable(error: &actix_web::Error) -> Problem {
    match error.as_response_error().status_code().as_u16() {
        413 => Problem::new(Code::TooLarge, "The body is larger than 256 kB. Send a smaller one."),
        _ => Problem::new(Code::InvalidRequest, "The body ended early or does not match its headers."),
    }
}

fn kind_of(request: &HttpRequest) -> String {
    let stated = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    stated.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn check_type(request: &HttpRequest) -> Result<(), Problem> {
    match kind_of(request).as_str() {
        "application/json" | "application/merge-patch+json" => Ok(()),
        _ => Err(Problem::new(
            Code::UnsupportedMediaType,
            "The content type is wrong. Send `Content-Type: application/json`.",
        )),
    }
}

fn check_depth(json: &[u8]) -> Result<(), Problem> {
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'{' | b'[' if !in_text => depth += 1,
            b'}' | b']' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEEPEST {
            let detail = format!("The JSON of the body is nested deeper than {DEEPEST} levels.");
            return Err(Problem::new(Code::InvalidRequest, detail));
        }
    }
    Ok(())
}

fn wrong(pointer: String, error: &serde_json::Error, body: &[u8]) -> Problem {
    let text = error.to_string();
    // Without the position in the text, because the pointer is clearer.
    let detail = text.split(" at line ").next().unwrap_or_default();
    if let Some(name) = detail.strip_prefix("missing field `").and_then(|rest| rest.split('`').next()) {
        let problem = Problem::new(Code::InvalidRequest, format!("The field `{name}` is missing."));
        return problem.at(format!("{pointer}/{name}"), "is required");
    }
    let is_json = || serde_json::from_slice::<IgnoredAny>(body).is_ok();
    let (code, detail) = match error.classify() {
        Category::Data => (code_of(detail), detail),
        // `serde_json` reports bad syntax for `null` in place of an enum value.
        _ if detail == "expected value" && is_json() => (Code::InvalidRequest, "must be one of the documented values"),
        _ if is_json() => (Code::InvalidRequest, detail),
        _ => return Problem::new(Code::InvalidRequest, format!("The body is not valid JSON: {text}.")),
    };
    Problem::new(code, "The body is not accepted. See `errors`.").at(pointer, detail)
}

/// The code for an error of deserialization: wrong form (400), or right form and refused by a rule of the type (422).
pub(super) fn code_of(detail: &str) -> Code {
    const SHAPE: [&str; 6] =
        ["invalid type", "invalid length", "unknown field", "unknown variant", "missing field", "duplicate field"];
    if SHAPE.iter().any(|shape| detail.starts_with(shape)) { Code::InvalidRequest } else { Code::InvalidValue }
}

/// The path as a JSON Pointer (RFC 6901).
pub(super) fn pointer(path: &serde_path_to_error::Path) -> String {
    let mut pointer = String::new();
    for segment in path {
        pointer.push('/');
        match segment {
            Segment::Seq { index } => pointer.push_str(&index.to_string()),
            Segment::Map { key } => pointer.push_str(&key.replace('~', "~0").replace('/', "~1")),
            Segment::Enum { variant } => pointer.push_str(variant),
            Segment::Unknown => {}
        }
    }
    pointer
}
