//! How a shown record becomes a response.

use actix_web::body::BoxBody;
use actix_web::http::Method;
use actix_web::http::header::{ETAG, IF_NONE_MATCH, LOCATION};
use actix_web::{HttpRequest, Responder};
use serde::Serialize;

use super::etag::{etag, lists_weakly};
use crate::policy::Shown;
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

#[expect(clippy::disallowed_types, reason = "the one place where what was shown is answered")]
impl<V: Serialize> Responder for Shown<V> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> actix_web::HttpResponse {
        let body = match serde_json::to_vec(self.view()) {
            Ok(body) => body,
            Err(error) => return actix_web::HttpResponse::from_error(Problem::internal(error)),
        };
        let tag = etag(&body);
        let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
        let known = request.headers().get_all(IF_NONE_MATCH).filter_map(|value| value.to_str().ok());
        if is_read && known.into_iter().any(|known| lists_weakly(known, &tag)) {
            return actix_web::HttpResponse::NotModified().insert_header((ETAG, tag)).finish();
        }
        let mut answer = match self.location() {
            Some(path) => {
                let mut created = actix_web::HttpResponse::Created();
                created.insert_header((LOCATION, path));
                created
            }
            None => actix_web::HttpResponse::Ok(),
        };
        answer.insert_header((ETAG, tag)).content_type("application/json").body(body)
    }
}
