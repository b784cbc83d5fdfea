//! What goes wrong, as RFC 9457 problem details. `code` is the contract; the comments here are
//! what `GET /problems/{code}` tells.

use std::borrow::Cow;
use std::fmt;

use actix_web::ResponseError;
use actix_web::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

macro_rules! problems {
    ($($(#[doc = $doc:literal])+ $code:ident = $status:literal, $title:literal;)+) => {
        /// A problem's stable name: clients match on it, so it is never renamed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum Code { $($(#[doc = $doc])+ $code),+ }

        impl Code {
            /// Every problem this service knows.
            pub const ALL: &[Self] = &[$(Self::$code),+];

            /// The HTTP status it is answered with.
            pub const fn status(self) -> u16 {
                match self { $(Self::$code => $status),+ }
            }

            /// Its one-line summary, the same every time.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$code => $title),+ }
            }

            /// What it means and what to do about it.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$code => concat!($($doc, "\n"),+)),+ }
            }
        }
    };
}

problems! {
    /// The request is not of the right shape: broken JSON, a value of the wrong type, a missing or
    /// unknown member, word or parameter. `errors` points at the place; nothing was changed.
    InvalidRequest = 400, "Request cannot be read";
    /// The cursor is not one that this list gave out. Start again without it.
    InvalidCursor = 422, "Unknown cursor";
    /// No valid bearer token came with the request. Send `Authorization: Bearer <token>`.
    Unauthenticated = 401, "Sign in first";
    /// The viewer sees the record and may not do this to it.
    NotAllowed = 403, "Not allowed";
    /// No such record or address, or none that the viewer may know of.
    NotFound = 404, "Not found";
    /// The address exists, but not with this method; `Allow` lists those it has.
    MethodNotAllowed = 405, "Method not allowed";
    /// The record's state does not allow the change; read it again.
    WrongState = 409, "State does not allow this";
    /// Another record already has this name, address or external id; `errors` points at the field.
    AlreadyExists = 409, "Already exists";
    /// The record is still used by others; `detail` says by which.
    StillInUse = 409, "Still in use";
    /// These two people already have a live pair.
    PairExists = 409, "The pair exists already";
    /// The mentor has as many live pairs as they offered to take. A lead may override this with
    /// `override_reason`.
    MentorAtCapacity = 409, "Mentor is at capacity";
    /// A person and their direct manager never form a pair, in either direction.
    DirectReport = 409, "Direct manager and report";
    /// One is above the other in the reporting line. A lead may override this with
    /// `override_reason`.
    ReportingLine = 409, "Same reporting line";
    /// One of the two does not take part in the program. A lead may override this with
    /// `override_reason`.
    NotEnrolled = 409, "Not enrolled in the program";
    /// Only active people can form a pair or be assigned.
    PersonNotActive = 409, "Person is not active";
    /// The person's manager, at any depth, would be the person.
    ReportingLoop = 409, "Reporting loop";
    /// The suggestion cannot become a pair any more; `detail` says why. Ask for new ones.
    SuggestionStale = 409, "Suggestion no longer holds";
    /// Another request changed the record at the same moment; read it again and repeat.
    ChangedMeanwhile = 409, "Record changed meanwhile";
    /// The record is no longer as in `If-Match`; read it again.
    StaleRecord = 412, "Record has changed";
    /// The body is larger than 256 kB.
    TooLarge = 413, "Body too large";
    /// Bodies are `application/json`.
    UnsupportedMediaType = 415, "Not JSON";
    /// The request is of the right shape, but a value in it breaks a rule of its type or of the
    /// record; `errors` points at it.
    InvalidValue = 422, "Value not accepted";
    /// The `Idempotency-Key` was used before with another request. Use a new key.
    IdempotencyKeyReused = 422, "Idempotency key reused";
    /// The text may be edited by two people: send `If-Match` with the ETag you last saw.
    PreconditionRequired = 428, "If-Match required";
    /// Too many requests; wait as `Retry-After` says.
    TooManyRequests = 429, "Too many requests";
    /// A fault of ours. The log has it under the same `instance`.
    Internal = 500, "Internal error";
    /// A private text of the record does not fit the record any more, so nothing of it is shown: the database was changed
    /// outside the service, or its data keys are missing. Repeating does not help; the operator finds the place in the
    /// log under the same `instance`.
    SealedTextRefused = 503, "Private text refused";
    /// The database cannot be written: the disk is full or fails, or the file was made read-only, replaced or deleted.
    /// Nothing was changed. Try again as `Retry-After` says; the operator has to look.
    StorageUnavailable = 503, "Storage unavailable";
    /// The service is at its limit or stopping; try again as `Retry-After` says.
    Overloaded = 503, "Overloaded";
    /// The keys of the identity provider are out of reach, so the token cannot be judged. It is not refused: try again as
    /// `Retry-After` says.
    SignInUnavailable = 503, "Sign-in is not available";
    /// The request took too long. Almost always it was undone; if it was just being made durable it
    /// was not, so repeat a POST with the same `Idempotency-Key`.
    TimedOut = 503, "Timed out";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// One place in the request that is wrong.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Fault {
    /// JSON Pointer into the body (RFC 6901), or `?name` for a query parameter, `{name}` for a
    /// part of the path.
    #[schema(examples("/mentee_id"), max_length = 500)]
    pub pointer: String,
    /// What is wrong there, for a person.
    #[schema(examples("must be one line without control or direction characters"), max_length = 2000)]
    pub detail: String,
}

/// What went wrong; thrown by every room, rendered in `http`.
#[derive(Debug)]
pub struct Problem {
    /// Its stable name.
    pub code: Code,
    /// This occurrence, for a person; never quotes the database.
    pub detail: Cow<'static, str>,
    /// Where in the request.
    pub errors: Vec<Fault>,
    /// What the log gets, and the client never does.
    pub cause: Option<String>,
}

impl Problem {
    /// This problem, told for this occurrence.
    pub fn new(code: Code, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { code, detail: detail.into(), errors: Vec::new(), cause: None }
    }

    /// The one answer for "absent" and "not yours to know of".
    pub fn not_found() -> Self {
        Self::new(Code::NotFound, "There is no such record.")
    }

    /// The one answer for every token that is not accepted, whatever is wrong with it.
    pub fn unauthenticated() -> Self {
        Self::new(Code::Unauthenticated, "A valid bearer token is needed.")
    }

    /// A value that can be read and is not accepted.
    pub fn invalid(pointer: impl Into<String>, detail: impl Into<Cow<'static, str>>) -> Self {
        let detail = detail.into();
        Self::new(Code::InvalidValue, detail.clone()).at(pointer, detail)
    }

    /// The record's state does not allow this.
    pub fn wrong_state(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::WrongState, detail)
    }

    /// Two requests changed one record at the same moment, and this one came second.
    pub fn changed_meanwhile() -> Self {
        Self::new(Code::ChangedMeanwhile, "Another request changed it at the same moment; read it again.")
    }

    /// What cannot be stored, with what the log needs.
    fn no_storage(cause: &dyn fmt::Display) -> Self {
        let problem = Self::new(Code::StorageUnavailable, "The database cannot be written; nothing was changed.");
        Self { cause: Some(cause.to_string()), ..problem }
    }

    /// A fault of ours, with what the log needs.
    pub fn internal(cause: impl fmt::Display) -> Self {
        let problem = Self::new(Code::Internal, "The request could not be completed.");
        Self { cause: Some(cause.to_string()), ..problem }
    }

    /// Adds a place in the request.
    #[must_use]
    pub fn at(mut self, pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        self.errors.push(Fault { pointer: pointer.into(), detail: detail.into() });
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.detail)
    }
}

impl std::error::Error for Problem {}

/// `http` renders the body, because only the request knows its `instance`.
impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

/// Writes that clash with a rule of the schema become the problem that the call site names.
pub trait OnClash<T> {
    /// The problem when a unique index refuses the row.
    fn on_unique(self, code: Code, detail: &'static str) -> Result<T, Problem>;
    /// The problem when a unique index refuses the row for what `pointer` names.
    fn on_taken(self, pointer: &'static str, detail: &'static str) -> Result<T, Problem>;
    /// The problem when a row refers to one that is not there, or is still referred to.
    fn on_missing(self, problem: impl FnOnce() -> Problem) -> Result<T, Problem>;
}

/// Whether a row refers to one that is not there, or is still referred to.
pub fn is_missing(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_foreign_key_violation)
}

impl<T> OnClash<T> for sqlx::Result<T> {
    fn on_unique(self, code: Code, detail: &'static str) -> Result<T, Problem> {
        self.map_err(|error| match error.as_database_error().map(sqlx::error::DatabaseError::kind) {
            Some(sqlx::error::ErrorKind::UniqueViolation) => Problem::new(code, detail),
            _ => error.into(),
        })
    }

    fn on_taken(self, pointer: &'static str, detail: &'static str) -> Result<T, Problem> {
        self.on_unique(Code::AlreadyExists, detail).map_err(|problem| match problem.code {
            Code::AlreadyExists => problem.at(pointer, "is taken"),
            _ => problem,
        })
    }

    fn on_missing(self, problem: impl FnOnce() -> Problem) -> Result<T, Problem> {
        self.map_err(|error| if is_missing(&error) { problem() } else { error.into() })
    }
}

fn is_storage(kind: std::io::ErrorKind) -> bool {
    use std::io::ErrorKind::{QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    matches!(kind, StorageFull | ReadOnlyFilesystem | QuotaExceeded)
}

fn is_storage_code(code: &str) -> bool {
    match code.parse::<i64>() {
        // Extended codes of SQLite have the plain one in their low byte.
        Ok(number) if code.len() < 5 => matches!(number & 0xff, 8 | 10 | 11 | 13 | 14 | 26),
        _ => matches!(code, "53100" | "58030" | "25006"),
    }
}

impl From<sqlx::Error> for Problem {
    fn from(error: sqlx::Error) -> Self {
        let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code).unwrap_or_default();
        let busy = || Self::new(Code::Overloaded, "The database is busy; try again in a moment.");
        match (&error, code.as_ref()) {
            // Busy, as SQLite numbers it; shutting down or out of connections, as PostgreSQL does.
            (sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed, _) | (_, "5" | "261" | "517" | "57P01" | "53300") => {
                busy()
            }
            // SQLite: I/O error, disk full, read-only, cannot open, damaged. PostgreSQL: disk full, I/O error, read-only.
            (sqlx::Error::Io(told), _) if is_storage(told.kind()) => Self::no_storage(&error),
            (_, code) if is_storage_code(code) => Self::no_storage(&error),
            (sqlx::Error::Io(_), _) => Self { cause: Some(error.to_string()), ..busy() },
            // Two units of work in each other's way.
            (_, "40001" | "40P01") => Self::changed_meanwhile(),
            (_, "57014") => Self::new(Code::TimedOut, "The database took too long; it was undone."),
            // PostgreSQL's class 22: a time or number that it cannot hold.
            (_, code) if code.len() == 5 && code.starts_with("22") => {
                Self::new(Code::InvalidRequest, "A value is out of the range that can be stored.")
            }
            _ => Self::internal(error),
        }
    }
}
