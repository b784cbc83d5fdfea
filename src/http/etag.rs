//! ETags of what a viewer sees, and the preconditions of changes.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue, IF_MATCH, IF_NONE_MATCH};
use actix_web::{FromRequest, HttpRequest};
use aws_lc_rs::digest::{SHA256, digest};

use crate::policy::{Viewed, Viewer, show};
use crate::problem::{Code, Problem};

/// The strong ETag of a body, quoted.
pub(super) fn etag(body: &[u8]) -> String {
    let hash = digest(&SHA256, body);
    let half = hash.as_ref().first_chunk().map_or(0, |half| u128::from_be_bytes(*half));
    format!("\"{half:032x}\"")
}

/// Whether an `If-Match` lists this ETag. Strong comparison (RFC 9110 §8.8.3.2): a weak ETag never matches.
fn lists(header: &str, etag: &str) -> bool {
    header.split(',').map(str::trim).any(|listed| listed == "*" || listed == etag)
}

/// Whether an `If-None-Match` lists this ETag. Weak comparison.
pub(super) fn lists_weakly(header: &str, etag: &str) -> bool {
    header.split(',').map(str::trim).any(|listed| listed == "*" || listed.strip_prefix("W/").unwrap_or(listed) == etag)
}

/// The maximum length of `If-Match` and `If-None-Match`, in bytes.
pub(super) const LONGEST: usize = 1000;

/// Refuses an `If-Match` or `If-None-Match` that cannot be a list of ETags of this service.
pub(super) fn check_form(headers: &HeaderMap) -> Result<(), Problem> {
    for name in [IF_MATCH, IF_NONE_MATCH] {
        let values = headers.get_all(&name);
        let is_fine = values.into_iter().all(|value| value.len() <= LONGEST && value.to_str().is_ok());
        if !is_fine {
            let detail = format!("`{name}` must be a list of ETags: at most {LONGEST} visible ASCII characters.");
            return Err(Problem::new(Code::InvalidRequest, detail));
        }
    }
    Ok(())
}

/// The preconditions of a change: the record still has an ETag (`If-Match`), or it does not have it or does not exist
/// (`If-None-Match`). By default there is none.
#[derive(Debug, Default)]
pub struct Preconditions {
    is_one_of: Option<String>,
    is_none_of: Option<String>,
}

impl Preconditions {
    /// Fails with 412 if the record, as the viewer sees it, does not meet the preconditions.
    pub fn check<R: Viewed + Clone>(&self, viewer: &Viewer, record: &R) -> Result<(), Problem> {
        if self.is_one_of.is_none() && self.is_none_of.is_none() {
            return Ok(());
        }
        let shown = show(viewer, record.clone())?;
        let body = serde_json::to_vec(shown.view()).map_err(Problem::internal)?;
        let tag = etag(&body);
        if self.is_none_of.as_deref().is_some_and(|header| lists_weakly(header, &tag)) {
            return Err(Problem::new(
                Code::StaleRecord,
                "The record exists in the version that `If-None-Match` excludes. Read it before you change it.",
            ));
        }
        if self.is_one_of.as_deref().is_none_or(|header| lists(header, &tag)) {
            return Ok(());
        }
        Err(Problem::new(
            Code::StaleRecord,
            "The record has changed since you read it. Read it again and repeat the change with the new ETag.",
        ))
    }

    /// The same for text that two people may edit at the same time. There `If-Match` is required.
    pub fn demand<R: Viewed + Clone>(&self, viewer: &Viewer, record: &R) -> Result<(), Problem> {
        if self.is_one_of.is_none() {
            return Err(Problem::new(
                Code::PreconditionRequired,
                "This change needs `If-Match`. Send the ETag that you last read.",
            ));
        }
        self.check(viewer, record)
    }

    /// The same if the record does not exist: then `If-Match` is never met.
    pub fn check_absent(&self) -> Result<(), Problem> {
        match self.is_one_of {
            Some(_) => Err(Problem::new(Code::StaleRecord, "The record does not exist, so `If-Match` cannot be met.")),
            None => Ok(()),
        }
    }
}

impl FromRequest for Preconditions {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let sent = || Ok(Self { is_one_of: listed(request, &IF_MATCH)?, is_none_of: listed(request, &IF_NONE_MATCH)? });
        ready(sent())
    }
}

/// The ETags of a header, joined to one line.
fn listed(request: &HttpRequest, name: &HeaderName) -> Result<Option<String>, Problem> {
    let values = request.headers().get_all(name).map(HeaderValue::to_str).collect::<Result<Vec<_>, _>>();
    let values =
        values.map_err(|_| Problem::new(Code::InvalidRequest, format!("`{name}` must be a list of ETags.")))?;
    Ok((!values.is_empty()).then(|| values.join(",")))
}
