//! Problem details (RFC 9457). `code` is the contract. `GET /problems/{code}` answers with the comments of the codes.

use std::borrow::Cow;
use std::fmt;

use actix_web::ResponseError;
use actix_web::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

macro_rules! problems {
    ($($(#[doc = $doc:literal])+ $code:ident = $status:literal, $title:literal;)+) => {
        values! {
            /// Stable name of a kind of problem. Compare this value in your program, not the texts.
            @may_grow pub enum Code { $($(#[doc = $doc])+ $code,)+ }
        }

        impl Code {
            /// All codes.
            pub const ALL: &[Self] = &[$(Self::$code),+];

            /// The HTTP status of the answer.
            pub const fn status(self) -> u16 {
                match self { $(Self::$code => $status),+ }
            }

            /// One line that is the same for every occurrence.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$code => $title),+ }
            }

            /// What the code means and what to do.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$code => concat!($($doc, "\n"),+)),+ }
            }
        }
    };
}

problems! {
    /// The request does not have the right form: broken JSON, a wrong type, a missing field, or an unknown field, value
    /// or parameter. Nothing was changed. `errors` points at the place; correct it and send the request again.
    InvalidRequest = 400, "Request cannot be read";
    /// The `cursor` does not come from this list. Start the list again without a cursor.
    InvalidCursor = 422, "Unknown cursor";
    /// The request has no valid bearer token. Sign in and send `Authorization: Bearer <token>`.
    Unauthenticated = 401, "Sign in first";
    /// You may see the record, but you may not do this to it. `detail` says what is not allowed.
    NotAllowed = 403, "Not allowed";
    /// There is no such record or address, or you may not see it. The answer is the same in both cases.
    NotFound = 404, "Not found";
    /// The address exists, but not with this method. The header `Allow` lists the methods it accepts.
    MethodNotAllowed = 405, "Method not allowed";
    /// The state of the record does not allow the change. `detail` says why; read the record again.
    WrongState = 409, "State does not allow this";
    /// Another record already has this name, address or external id. `errors` points at the field; send another value.
    AlreadyExists = 409, "Already exists";
    /// Other records still use this record. `detail` says which; change or delete them first.
    StillInUse = 409, "Still in use";
    /// These two people already have a pair that has not ended. Use that pair.
    PairExists = 409, "Pair already exists";
    /// The mentor has no free place. Choose another mentor; a lead may give an `override_reason` instead.
    MentorAtCapacity = 409, "Mentor is at capacity";
    /// A person and their direct manager cannot form a pair, in either direction. Choose another person.
    DirectReport = 409, "Direct manager and report";
    /// One of the two people is above the other in the reporting line. Choose another person; a lead may give an
    /// `override_reason` instead.
    ReportingLine = 409, "Same reporting line";
    /// One of the two people is not enrolled in the program. Enrol that person; a lead may give an `override_reason`
    /// instead.
    NotEnrolled = 409, "Not enrolled in the program";
    /// The person is not active. Only active people can form a pair or be assigned to something.
    PersonNotActive = 409, "Person is not active";
    /// With this manager, the person would be above themselves in the reporting line. Choose another manager.
    ReportingLoop = 409, "Reporting loop";
    /// The suggestion cannot become a pair any more. `detail` says why; request new suggestions.
    SuggestionStale = 409, "Suggestion is out of date";
    /// Another request changed the record at the same time. Read the record again and repeat the request.
    ChangedMeanwhile = 409, "Record changed meanwhile";
    /// The record does not meet `If-Match` or `If-None-Match`: it has changed, or it exists where it must not, or it is
    /// missing. Read the record again and decide whether to repeat the change.
    StaleRecord = 412, "Record has changed";
    /// The body is larger than 256 kB. Send a smaller body.
    TooLarge = 413, "Body too large";
    /// The `Content-Type` of the body is wrong. Send the type that `detail` gives, usually `application/json`.
    UnsupportedMediaType = 415, "Not JSON";
    /// The request has the right form, but a value breaks a rule of its type or of the record. `errors` points at the
    /// value; correct it and send the request again.
    InvalidValue = 422, "Value not accepted";
    /// The `Idempotency-Key` was used before with another request. Use a new key for a new request.
    IdempotencyKeyReused = 422, "Idempotency key reused";
    /// Two people may edit this text at the same time, so the change needs `If-Match`. Send the ETag that you last
    /// read.
    PreconditionRequired = 428, "If-Match required";
    /// You have used your quota of requests. Wait for the seconds in `Retry-After` and repeat the request.
    TooManyRequests = 429, "Too many requests";
    /// The service failed. The log has the cause under the same `instance`; give that id to the operator.
    Internal = 500, "Internal error";
    /// A private text does not match its record, so the record is not shown. The database was changed outside the
    /// service, or data keys are missing. Repeating the request does not help. The operator finds the place in the log
    /// under the same `instance`.
    SealedTextRefused = 503, "Private text refused";
    /// The service cannot write to the database. The disk is full or fails, or the file was made read-only, replaced or
    /// deleted. Nothing was changed. Wait for the seconds in `Retry-After` and repeat the request; the operator must
    /// repair the storage.
    StorageUnavailable = 503, "Storage unavailable";
    /// The service is at its limit, is starting or is stopping. Nothing was changed. Wait for the seconds in
    /// `Retry-After` and repeat the request.
    Overloaded = 503, "Overloaded";
    /// The service cannot reach the keys of the identity provider, so it cannot check the token. The token may still be
    /// valid. Wait for the seconds in `Retry-After` and repeat the request.
    SignInUnavailable = 503, "Sign-in is not available";
    /// The request took too long and was stopped. A change was almost always undone, but it may have been stored just
    /// before. Repeat a `POST` with the same `Idempotency-Key`; before you repeat another change, read the record.
    TimedOut = 503, "Timed out";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// One error in the request.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FieldError {
    /// Place of the error: a JSON Pointer into the body (RFC 6901), `?name` for a query parameter, or `{name}` for a
    /// part of the path. An empty text means the whole body.
    #[schema(examples("/mentee_id"), max_length = 500)]
    pub pointer: String,
    /// Text for a person: what is wrong there.
    #[schema(examples("must be at most 120 characters long; it has 143"), max_length = 2000)]
    pub detail: String,
}

/// A request that failed. Every module returns it; `http` turns it into the answer.
#[derive(Debug)]
pub struct Problem {
    /// The stable name.
    pub code: Code,
    /// Text for a person about this occurrence. It never quotes the database.
    pub detail: Cow<'static, str>,
    /// The errors in the request.
    pub errors: Vec<FieldError>,
    /// The cause, for the log only. The client never gets it.
    pub cause: Option<String>,
}

impl Problem {
    /// A problem with the text of this occurrence.
    pub fn new(code: Code, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { code, detail: detail.into(), errors: Vec::new(), cause: None }
    }

    /// The one answer for a record that does not exist and for one that the viewer may not see.
    pub fn not_found() -> Self {
        Self::new(Code::NotFound, "There is no such record, or you may not see it.")
    }

    /// The one answer for every token that is not accepted, for all reasons.
    pub fn unauthenticated() -> Self {
        Self::new(Code::Unauthenticated, "The request has no valid bearer token. Sign in and send a valid one.")
    }

    /// A value that can be read but is not accepted.
    pub fn invalid(pointer: impl Into<String>, detail: impl Into<Cow<'static, str>>) -> Self {
        let detail = detail.into();
        Self::new(Code::InvalidValue, detail.clone()).at(pointer, detail)
    }

    /// The state of the record does not allow the change.
    pub fn wrong_state(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::WrongState, detail)
    }

    /// Two requests changed one record at the same time, and this one came second.
    pub fn changed_meanwhile() -> Self {
        let detail = "Another request changed the record at the same time. Read it again and repeat the request.";
        Self::new(Code::ChangedMeanwhile, detail)
    }

    /// The database cannot be written; the cause is for the log.
    fn no_storage(cause: &dyn fmt::Display) -> Self {
        let detail = "The service cannot write to the database. Nothing was changed. Try again later.";
        Self { cause: Some(cause.to_string()), ..Self::new(Code::StorageUnavailable, detail) }
    }

    /// An error of the service; the cause is for the log.
    pub fn internal(cause: impl fmt::Display) -> Self {
        let detail = "The service could not complete the request. Give the operator the id in `instance`.";
        let problem = Self::new(Code::Internal, detail);
        Self { cause: Some(cause.to_string()), ..problem }
    }

    /// Adds an error at a place in the request.
    #[must_use]
    pub fn at(mut self, pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        self.errors.push(FieldError { pointer: pointer.into(), detail: detail.into() });
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.detail)
    }
}

impl std::error::Error for Problem {}

/// `http` writes the body, because only the request knows its `instance`.
impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

/// Maps a write that breaks a constraint of the schema to the problem that the caller gives.
pub trait OnClash<T> {
    /// The problem when a unique index refuses the row.
    fn on_unique(self, code: Code, detail: &'static str) -> Result<T, Problem>;
    /// The problem when a unique index refuses the row because of the field at `pointer`.
    fn on_taken(self, pointer: &'static str, detail: &'static str) -> Result<T, Problem>;
    /// The problem when a foreign key refuses the write.
    fn on_missing(self, problem: impl FnOnce() -> Problem) -> Result<T, Problem>;
}

/// Fails unless a `save!` touched its row: then another request changed the record first.
pub fn saved(touched: u64) -> Result<(), Problem> {
    if touched == 1 { Ok(()) } else { Err(Problem::changed_meanwhile()) }
}

/// Whether a foreign key refused the write: a referenced row is missing, or the row is still referenced.
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
            Code::AlreadyExists => problem.at(pointer, "must be unique; another record already has this value"),
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
        // The low byte of an extended SQLite code is the primary code.
        Ok(number) if code.len() < 5 => matches!(number & 0xff, 8 | 10 | 11 | 13 | 14 | 26),
        _ => matches!(code, "53100" | "58030" | "25006"),
    }
}

impl From<sqlx::Error> for Problem {
    fn from(error: sqlx::Error) -> Self {
        let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code).unwrap_or_default();
        let busy = || Self {
            cause: Some(error.to_string()),
            ..Self::new(Code::Overloaded, "The database is busy. Nothing was changed. Try again in a moment.")
        };
        match (&error, code.as_ref()) {
            // SQLite: busy. PostgreSQL: shutting down or out of connections.
            (sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed, _) | (_, "5" | "261" | "517" | "57P01" | "53300") => {
                busy()
            }
            // SQLite: read-only, I/O error, damaged, full, cannot open. PostgreSQL: disk full, I/O error, read-only.
            (sqlx::Error::Io(cause), _) if is_storage(cause.kind()) => Self::no_storage(&error),
            (_, code) if is_storage_code(code) => Self::no_storage(&error),
            (sqlx::Error::Io(_), _) => busy(),
            // Two concurrent transactions in conflict: serialization failure or deadlock.
            (_, "40001" | "40P01") => Self::changed_meanwhile(),
            (_, "57014") => Self {
                cause: Some(error.to_string()),
                ..Self::new(Code::TimedOut, "The database took too long. The change was undone. Try again later.")
            },
            // PostgreSQL's class 22: a time or number that it cannot store.
            (_, code) if code.len() == 5 && code.starts_with("22") => {
                Self::new(Code::InvalidRequest, "A time or number is outside the range that can be stored.")
            }
            _ => Self::internal(error),
        }
    }
}
