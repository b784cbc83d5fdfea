//! A request before its viewer is known.

use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;

use super::address_limits::Charge;
use super::claims::Header;
use super::refusal::Refusal;
use crate::problem::Problem;

/// What a request says in its headers, before any work is done for it.
#[derive(Debug)]
pub struct Arrival {
    /// The header of its token, or why the token is refused.
    pub(super) header: Result<Header, Refusal>,
    /// The charge to its address.
    pub(super) charge: Option<Charge>,
    /// How long its address has to wait.
    pub(super) wait: Option<Duration>,
}

impl Arrival {
    /// How long the address has to wait. `None`: it has not failed too often.
    pub const fn wait(&self) -> Option<Wait> {
        match self.wait {
            Some(wait) => Some(Wait(wait)),
            None => None,
        }
    }
}

/// How long the client has to wait; for the header `Retry-After`.
#[derive(Clone, Copy, Debug)]
pub struct Wait(pub Duration);

/// A request without a viewer.
#[derive(Debug)]
pub enum Stopped {
    /// The request is answered with this problem at once.
    AtOnce(Problem),
    /// The request may use operations that need no viewer. The charge is given back if such an operation answers.
    Anonymous(Option<Charge>),
}

/// The token of the one `Authorization: Bearer …` header.
pub(super) fn bearer(request: &HttpRequest) -> Option<&str> {
    let mut headers = request.headers().get_all(AUTHORIZATION);
    let (Some(header), None) = (headers.next(), headers.next()) else { return None };
    let (scheme, token) = header.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}
