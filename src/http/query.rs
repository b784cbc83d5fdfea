//! Extractors for the path and the query of a request.

use std::future::{Ready, ready};
use std::ops::Deref;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use serde::de::DeserializeOwned;

use super::body::code_of;
use crate::problem::{Code, Problem};

/// The parts of the path.
#[derive(Debug)]
pub struct Path<T>(T);

/// The query parameters. Unknown, repeated and malformed parameters are refused; the error has their name.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T> Deref for Path<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> Deref for Query<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: DeserializeOwned> FromRequest for Path<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(request.match_info().load().map(Self).map_err(|error| {
            let problem = Problem::new(Code::InvalidRequest, "A part of the path is not accepted. See `errors`.");
            let part = request.match_info().iter().next().map_or("path", |(name, _)| name);
            problem.at(format!("{{{part}}}"), error.to_string())
        }))
    }
}

impl<T: DeserializeOwned> FromRequest for Query<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let parts = form_urlencoded::parse(request.query_string().as_bytes());
        let reader = serde_urlencoded::Deserializer::new(parts);
        ready(serde_path_to_error::deserialize(reader).map(Self).map_err(|error| {
            let (name, detail) = (error.path().to_string(), error.inner().to_string());
            if name == "cursor" {
                let detail = "The `cursor` does not come from this list. Start the list again without a cursor.";
                return Problem::new(Code::InvalidCursor, detail);
            }
            let problem = Problem::new(code_of(&detail), "A query parameter is not accepted. See `errors`.");
            problem.at(format!("?{name}"), detail)
        }))
    }
}
