//! Why a token is refused. The client gets one and the same answer; the operator gets the reason.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use uuid::Uuid;

use crate::problem::{Code, Problem};

macro_rules! refusals {
    ($($(#[doc = $doc:literal])+ $refusal:ident = $name:literal;)+) => {
        /// The fixed list of reasons; `docs/identity.md` says what to do about each.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Refusal { $($(#[doc = $doc])+ $refusal),+ }

        impl Refusal {
            /// Every reason.
            pub const ALL: &[Self] = &[$(Self::$refusal),+];

            /// Its stable name, in the log and in the figures.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$refusal => $name),+ }
            }
        }
    };
}

refusals! {
    /// No bearer token came, or more than one.
    NoToken = "no_token";
    /// The token is longer than 8 kB.
    TooLong = "too_long";
    /// The token is no signed JWT, or a claim is there twice.
    Malformed = "malformed";
    /// The header brings a key or a meaning of its own, such as `jku` or `crit`.
    HeaderNotAllowed = "header_not_allowed";
    /// The header's `typ` is none of `JWT`, `at+jwt`, `application/at+jwt`.
    WrongType = "wrong_type";
    /// The algorithm is not accepted, or not that of the key.
    WrongAlgorithm = "wrong_algorithm";
    /// No key of the provider has this id and algorithm.
    UnknownKey = "unknown_key";
    /// The token names no key, and not exactly one key fits.
    NoSingleKey = "no_single_key";
    /// The provider's keys could not be fetched: 503, not 401.
    KeysUnavailable = "keys_unavailable";
    /// Too many requests wait for the provider's keys: 503, not 401.
    TooManyWaiting = "too_many_waiting";
    /// The signature is wrong.
    BadSignature = "bad_signature";
    /// `iss` is not the issuer that is set.
    WrongIssuer = "wrong_issuer";
    /// `aud` does not hold the audience that is set.
    WrongAudience = "wrong_audience";
    /// `exp` is missing or no whole number.
    NoExpiry = "no_expiry";
    /// The token has expired.
    Expired = "expired";
    /// The token is not valid yet, or `nbf` is no whole number.
    NotYetValid = "not_yet_valid";
    /// `sub` is missing, empty, too long or holds control characters.
    NoSubject = "no_subject";
    /// The claim that names the person is missing or of another form.
    NoPersonClaim = "no_person_claim";
    /// `email_verified` is not true.
    EmailNotVerified = "email_not_verified";
    /// A token of a service account gives roles.
    RolesOnService = "roles_on_service";
    /// No person has this id, address or external id.
    UnknownPerson = "unknown_person";
    /// The person has left.
    Departed = "departed";
    /// Another subject of this provider is tied to the person already.
    BoundToAnother = "bound_to_another";
    /// The time for the first sign-in is over.
    FirstSignInOver = "first_sign_in_over";
    /// This sign-in was replaced or rejected.
    BindingEnded = "binding_ended";
    /// The token is from before the last sign-out or departure.
    SignedOut = "signed_out";
    /// The token was taken back.
    Revoked = "revoked";
    /// No service account has this id, or it is disabled.
    UnknownService = "unknown_service";
    /// Too many refused requests came from this address: 429, not 401.
    TooManyFromAddress = "too_many_from_address";
}

impl Refusal {
    /// What the client gets.
    pub(super) fn problem(self) -> Problem {
        match self {
            Self::KeysUnavailable | Self::TooManyWaiting => Problem::new(
                Code::SignInUnavailable,
                "The keys of the identity provider are out of reach; try again as Retry-After says.",
            ),
            Self::TooManyFromAddress => {
                Problem::new(Code::TooManyRequests, "Too many requests without a valid token came from this address.")
            }
            _ => Problem::unauthenticated(),
        }
    }
}

/// So many refusals are logged in a second; the figures count them all.
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
            "sign-in: a token was refused; the client gets no reason; see docs/identity.md"
        );
    }

    /// How many lines were left out before this one. `None`: this one is left out, too.
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
