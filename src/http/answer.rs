//! Responses from shown records.

use actix_web::body::BoxBody;
use actix_web::http::Method;
use actix_web::http::header::{ETAG, IF_NONE_MATCH, LOCATION};
use actix_web::{HttpRequest, Responder};
use serde::Serialize;

use super::etag::{etag, lists_weakly};
use crate::policy::{Shown, View};
use crate::problem::Problem;

/// The answer 204: the request is done and there is nothing to show.
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

    #[expect(clippy::disallowed_types, reason = "an error of serialization is answered as a problem")]
    fn respond_to(self, request: &HttpRequest) -> actix_web::HttpResponse {
        match serde_json::to_vec(self.view()) {
            Ok(body) => answer(request, self.location(), "application/json", &etag(&body), body),
            Err(error) => actix_web::HttpResponse::from_error(Problem::internal(error)),
        }
    }
}

/// A shown record with further members that are not part of it. The ETag is of the record alone.
#[derive(Debug)]
pub struct Beside<V, B> {
    /// The record.
    pub shown: Shown<V>,
    /// The further members. They appear beside the members of the record.
    pub beside: B,
}

impl<V: Serialize, B: Serialize> Responder for Beside<V, B> {
    type Body = BoxBody;

    #[expect(clippy::disallowed_types, reason = "an error of serialization is answered as a problem")]
    fn respond_to(self, request: &HttpRequest) -> actix_web::HttpResponse {
        #[derive(Serialize)]
        struct Both<'b, V, B> {
            #[serde(flatten)]
            record: &'b V,
            #[serde(flatten)]
            beside: &'b B,
        }
        let record = self.shown.view();
        let written = serde_json::to_vec(record)
            .and_then(|alone| Ok((etag(&alone), serde_json::to_vec(&Both { record, beside: &self.beside })?)));
        match written {
            Ok((tag, body)) => answer(request, self.shown.location(), "application/json", &tag, body),
            Err(error) => actix_web::HttpResponse::from_error(Problem::internal(error)),
        }
    }
}

/// Shown records in another format, such as a calendar.
#[derive(Debug)]
pub struct Rendered {
    content_type: &'static str,
    body: String,
}

impl Rendered {
    /// `write` is a function and not a closure, so that it gets only shown records.
    pub fn new<V: View>(content_type: &'static str, shown: &[V], write: fn(&[V]) -> String) -> Self {
        Self { content_type, body: write(shown) }
    }
}

#[expect(clippy::disallowed_types, reason = "it was shown")]
impl Responder for Rendered {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> actix_web::HttpResponse {
        let body = self.body.into_bytes();
        answer(request, None, self.content_type, &etag(&body), body)
    }
}

/// The body with its ETag, or 304 if the client already has it.
#[expect(clippy::disallowed_types, reason = "the one place that answers with shown records")]
fn answer(
    request: &HttpRequest,
    created_at: Option<&str>,
    content_type: &'static str,
    tag: &str,
    body: Vec<u8>,
) -> actix_web::HttpResponse {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let known = request.headers().get_all(IF_NONE_MATCH).filter_map(|value| value.to_str().ok());
    if is_read && known.into_iter().any(|known| lists_weakly(known, tag)) {
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
