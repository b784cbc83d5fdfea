//! Why a token is refused. The client always gets the same answer; the log has the reason.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use uuid::Uuid;

use crate::problem::{Code, Problem};

macro_rules! refusals {
    ($($(#[doc = $doc:literal])+ $refusal:ident = $name:literal;)+) => {
        /// Reason for refusing a token; `docs/identity.md` says what to do about each.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Refusal { $($(#[doc = $doc])+ $refusal),+ }

        impl Refusal {
            /// Every reason.
            pub const ALL: &[Self] = &[$(Self::$refusal),+];

            /// Stable name of the reason, in the log and in the metrics.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$refusal => $name),+ }
            }
        }
    };
}

refusals! {
    /// The request has no bearer token, or more than one.
    NoToken = "no_token";
    /// The token is longer than 8 kB.
    TooLong = "too_long";
    /// The token is not a signed JWT, or a claim occurs twice.
    Malformed = "malformed";
    /// The header has a member that would choose the key or the rules, such as `jku` or `crit`.
    HeaderNotAllowed = "header_not_allowed";
    /// The header's `typ` is not `JWT`, `at+jwt` or `application/at+jwt`.
    WrongType = "wrong_type";
    /// The algorithm is not accepted, or differs from the algorithm of the key.
    WrongAlgorithm = "wrong_algorithm";
    /// No key of the provider has this id and algorithm.
    UnknownKey = "unknown_key";
    /// The token has no key id, and not exactly one key fits.
    NoSingleKey = "no_single_key";
    /// The provider's keys could not be fetched: 503, not 401.
    KeysUnavailable = "keys_unavailable";
    /// Too many requests wait for the provider's keys: 503, not 401.
    TooManyWaiting = "too_many_waiting";
    /// The signature is wrong.
    BadSignature = "bad_signature";
    /// `iss` is not the configured issuer.
    WrongIssuer = "wrong_issuer";
    /// `aud` does not contain the configured audience.
    WrongAudience = "wrong_audience";
    /// `exp` is missing or not a whole number.
    NoExpiry = "no_expiry";
    /// The token has expired.
    Expired = "expired";
    /// The token is not valid yet, or `nbf` is not a whole number.
    NotYetValid = "not_yet_valid";
    /// `sub` is missing, empty or too long, or has control characters.
    NoSubject = "no_subject";
    /// The claim that identifies the person is missing or has an unexpected form.
    NoPersonClaim = "no_person_claim";
    /// `email_verified` is not true.
    EmailNotVerified = "email_not_verified";
    /// A token of a service account gives roles.
    RolesOnService = "roles_on_service";
    /// No person has this id, address or external id.
    UnknownPerson = "unknown_person";
    /// The person has left.
    Departed = "departed";
    /// Another subject of this provider is bound to the person already.
    BoundToAnother = "bound_to_another";
    /// The period for the first sign-in has ended.
    FirstSignInOver = "first_sign_in_over";
    /// This sign-in was replaced or rejected.
    BindingEnded = "binding_ended";
    /// The token was issued before the last sign-out or departure.
    SignedOut = "signed_out";
    /// The token was revoked.
    Revoked = "revoked";
    /// No service account has this id, or it is disabled.
    UnknownService = "unknown_service";
    /// Too many refused requests came from this address: 429, not 401.
    TooManyFromAddress = "too_many_from_address";
}

impl Refusal {
    /// The problem that the client gets.
    pub(super) fn problem(self) -> Problem {
        match self {
            Self::KeysUnavailable | Self::TooManyWaiting => Problem::new(
                Code::SignInUnavailable,
                "The keys of the identity provider cannot be fetched at the moment. Wait for the number of seconds in \
                 Retry-After, then try again.",
            ),
            Self::TooManyFromAddress => Problem::new(
                Code::TooManyRequests,
                "Your address has sent too many requests without a valid token. Wait for the number of seconds in \
                     Retry-After, then send a valid token.",
            ),
            _ => Problem::unauthenticated(),
        }
    }
}

/// Largest number of refusals in the log per second; the metrics count every refusal.
const LOGGED_A_SECOND: u32 = 20;

/// Writes refusals to the log, and counts them.
#[derive(Debug, Default)]
pub(super) struct Refusals(Mutex<Second>);

#[derive(Debug, Default)]
struct Second {
    began: Option<Instant>,
    logged: u32,
    left_out: u32,
}

impl Refusals {
    pub(super) fn note(&self, refusal: Refusal, request_id: Uuid) {
        let reason = refusal.name();
        metrics::counter!("sign_in_refusals_total", "reason" => reason).increment(1);
        let Some(left_out) = self.take() else { return };
        tracing::warn!(
            event = "sign_in.refused", reason, %request_id, left_out,
            "sign-in: a token was refused; the client gets no reason; look up `reason` in docs/identity.md"
        );
    }

    /// Number of lines that were left out before this line. `None`: this line is left out, too.
    fn take(&self) -> Option<u32> {
        let mut second = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if second.began.is_none_or(|began| began.elapsed() >= Duration::from_secs(1)) {
            *second = Second { began: Some(Instant::now()), logged: 0, left_out: second.left_out };
        }
        if second.logged >= LOGGED_A_SECOND {
            second.left_out = second.left_out.saturating_add(1);
            return None;
        }
        second.logged += 1;
        Some(std::mem::take(&mut second.left_out))
    }
}
