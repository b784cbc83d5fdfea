//! What a stream needs to know about its token, so that it can end when the token ends.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::ids::PersonId;
use crate::problem::Problem;

/// Time after a sign-out during which tokens without an `iat` claim are refused.
const UNDATED_REFUSED: TimeDelta = TimeDelta::hours(24);

/// The data of a verified token that streams are checked by.
#[derive(Clone, Copy, Debug)]
pub struct Session {
    /// Id of the person. `None`: the token is of a service account.
    pub(super) person: Option<PersonId>,
    /// Id of the token in `revoked_tokens`.
    pub(super) token_id: Uuid,
    /// Id of the binding in `identity_bindings`. `None`: the service's own token.
    pub(super) binding: Option<Uuid>,
    pub(super) issued_at: Option<DateTime<Utc>>,
    pub(super) expires_at: DateTime<Utc>,
}

/// Whether a token was issued before a sign-out.
pub(super) fn is_signed_out(
    signed_out_at: Option<DateTime<Utc>>,
    issued_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> bool {
    signed_out_at.is_some_and(|at| issued_at.map_or(now < at + UNDATED_REFUSED, |issued_at| issued_at <= at))
}

impl FromRequest for Session {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(request.extensions().get::<Self>().copied().ok_or_else(Problem::unauthenticated))
    }
}
