//! A request before it is known who sends it.

use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;

use super::claims::Header;
use super::refusal::Refusal;
use super::strangers::Charge;
use crate::problem::Problem;

/// What is seen of a request without any work.
#[derive(Debug)]
pub struct Arrival {
    /// What its token asks for, or why it is refused already.
    pub(super) header: Result<Header, Refusal>,
    /// What its address was charged.
    pub(super) charge: Option<Charge>,
    /// When its address may try again.
    pub(super) wait: Option<Duration>,
}

impl Arrival {
    /// When the address may try again, if it has failed too often.
    pub const fn wait(&self) -> Option<Wait> {
        match self.wait {
            Some(wait) => Some(Wait(wait)),
            None => None,
        }
    }
}

/// After how long to try again: for the answer's `Retry-After`.
#[derive(Clone, Copy, Debug)]
pub struct Wait(pub Duration);

/// A request that goes on for nobody, if at all.
#[derive(Debug)]
pub enum Stopped {
    /// It is answered with this at once.
    AtOnce(Problem),
    /// It goes on where no viewer is needed. The charge is given back if it comes to something.
    AsNobody(Option<Charge>),
}

/// The token of the one `Authorization: Bearer …` header.
pub(super) fn bearer(request: &HttpRequest) -> Option<&str> {
    let mut headers = request.headers().get_all(AUTHORIZATION);
    let (Some(header), None) = (headers.next(), headers.next()) else { return None };
    let (scheme, token) = header.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}
