//! How a shown record becomes a response.

use actix_web::body::BoxBody;
use actix_web::http::Method;
use actix_web::http::header::{ETAG, IF_NONE_MATCH, LOCATION};
use actix_web::{HttpRequest, Responder};
use serde::Serialize;

use super::etag::{etag, lists_weakly};
use crate::policy::{Shown, View};
use crate::problem::Problem;

/// Done, and there is nothing to show: 204.
#[derive(Clone, Copy, Debug)]
pub struct Done;

#[expect(clippy::disallowed_types, reason = "there is no body")]
impl Responder for Done {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> actix_web::HttpResponse {
        actix_web::HttpResponse::NoContent().finish()
    }
}

impl<V: Serialize> Responder for Shown<V> {
    type Body = BoxBody;

    #[expect(clippy::disallowed_types, reason = "what cannot be written is answered as a problem")]
    fn respond_to(self, request: &HttpRequest) -> actix_web::HttpResponse {
        match serde_json::to_vec(self.view()) {
            Ok(body) => answer(request, self.location(), "application/json", body),
            Err(error) => actix_web::HttpResponse::from_error(Problem::internal(error)),
        }
    }
}

/// What was shown, in a form of its own: a calendar, say.
#[derive(Debug)]
pub struct Rendered {
    content_type: &'static str,
    body: String,
}

impl Rendered {
    /// `write` gets what was shown, and knows of nothing else: it is a function, not a closure.
    pub fn new<V: View>(content_type: &'static str, shown: &[V], write: fn(&[V]) -> String) -> Self {
        Self { content_type, body: write(shown) }
    }

    /// Adds a line that tells of something hidden.
    #[cfg(feature = "planted-leaks")]
    #[must_use]
    pub fn leaking(mut self, hidden: i64) -> Self {
        self.body.push_str(&format!("X-HIDDEN:{hidden}\r\n"));
        self
    }
}

#[expect(clippy::disallowed_types, reason = "it was shown")]
impl Responder for Rendered {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> actix_web::HttpResponse {
        answer(request, None, self.content_type, self.body.into_bytes())
    }
}

/// The body with its ETag, or 304 if the client has it already.
#[expect(clippy::disallowed_types, reason = "the one place where what was shown is answered")]
fn answer(
    request: &HttpRequest,
    created_at: Option<&str>,
    content_type: &'static str,
    body: Vec<u8>,
) -> actix_web::HttpResponse {
    let tag = etag(&body);
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let known = request.headers().get_all(IF_NONE_MATCH).filter_map(|value| value.to_str().ok());
    if is_read && known.into_iter().any(|known| lists_weakly(known, &tag)) {
        return actix_web::HttpResponse::NotModified().insert_header((ETAG, tag)).finish();
    }
    let mut answer = match created_at {
        Some(path) => {
            let mut created = actix_web::HttpResponse::Created();
            created.insert_header((LOCATION, path));
            created
        }
        None => actix_web::HttpResponse::Ok(),
    };
    answer.insert_header((ETAG, tag)).content_type(content_type).body(body)
}
