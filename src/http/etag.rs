//! ETags of what this viewer sees, and the preconditions made of them.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue, IF_MATCH, IF_NONE_MATCH};
use actix_web::{FromRequest, HttpRequest};
use aws_lc_rs::digest::{SHA256, digest};

use crate::policy::{Viewed, Viewer, show};
use crate::problem::{Code, Problem};

/// The strong ETag of a body, quoted.
pub(super) fn etag(body: &[u8]) -> String {
    #[cfg(feature = "planted-leaks")]
    let body = &[body, crate::leaks::Leak::EtagFollowsRevision.told().unwrap_or_default().as_bytes()].concat();
    let hash = digest(&SHA256, body);
    let half = hash.as_ref().first_chunk().map_or(0, |half| u128::from_be_bytes(*half));
    format!("\"{half:032x}\"")
}

/// Whether an `If-Match` lists this ETag. Compared strongly (RFC 9110 §8.8.3.2): a weak one never
/// matches.
fn lists(header: &str, etag: &str) -> bool {
    header.split(',').map(str::trim).any(|listed| listed == "*" || listed == etag)
}

/// Whether an `If-None-Match` lists this ETag, compared weakly.
pub(super) fn lists_weakly(header: &str, etag: &str) -> bool {
    header.split(',').map(str::trim).any(|listed| listed == "*" || listed.strip_prefix("W/").unwrap_or(listed) == etag)
}

/// The longest `If-Match` and `If-None-Match`, in bytes.
pub(super) const LONGEST: usize = 1000;

/// Refuses an `If-Match` or `If-None-Match` that no list of our ETags can be.
pub(super) fn check_form(headers: &HeaderMap) -> Result<(), Problem> {
    for name in [IF_MATCH, IF_NONE_MATCH] {
        let values = headers.get_all(&name);
        let is_fine = values.into_iter().all(|value| value.len() <= LONGEST && value.to_str().is_ok());
        if !is_fine {
            let told = format!("{name} is a list of ETags: at most {LONGEST} visible ASCII characters.");
            return Err(Problem::new(Code::InvalidRequest, told));
        }
    }
    Ok(())
}

/// On which condition the client wants the change: that the record is as it last saw it (`If-Match`), or that it is not,
/// or is not there at all (`If-None-Match`). By default on none.
#[derive(Debug, Default)]
pub struct Seen {
    is_one_of: Option<String>,
    is_none_of: Option<String>,
}

impl Seen {
    /// Refuses when the record looks different to the viewer than it did, or as it should not.
    pub fn check<R: Viewed + Clone>(&self, viewer: &Viewer, record: &R) -> Result<(), Problem> {
        if self.is_one_of.is_none() && self.is_none_of.is_none() {
            return Ok(());
        }
        #[cfg(feature = "planted-leaks")]
        if crate::leaks::Leak::PreconditionFirst.is_planted() && show(viewer, record.clone()).is_err() {
            return Err(Problem::new(Code::StaleRecord, "It has changed since you read it; read it again."));
        }
        let shown = show(viewer, record.clone())?;
        let body = serde_json::to_vec(shown.view()).map_err(Problem::internal)?;
        let tag = etag(&body);
        if self.is_none_of.as_deref().is_some_and(|header| lists_weakly(header, &tag)) {
            return Err(Problem::new(
                Code::StaleRecord,
                "The record is there, as `If-None-Match` says it must not be.",
            ));
        }
        if self.is_one_of.as_deref().is_none_or(|header| lists(header, &tag)) {
            return Ok(());
        }
        #[cfg(feature = "planted-leaks")]
        if let Some(revision) = crate::leaks::Leak::ProblemQuotesRevision.told() {
            return Err(Problem::new(Code::StaleRecord, format!("It has changed {revision} times.")));
        }
        Err(Problem::new(Code::StaleRecord, "It has changed since you read it; read it again."))
    }

    /// The same for text that two people may edit at once: there the header is a must.
    pub fn demand<R: Viewed + Clone>(&self, viewer: &Viewer, record: &R) -> Result<(), Problem> {
        if self.is_one_of.is_none() {
            return Err(Problem::new(Code::PreconditionRequired, "Send the ETag you last saw as If-Match."));
        }
        self.check(viewer, record)
    }

    /// The same where there is no record: nothing is as the client saw it.
    pub fn check_absent(&self) -> Result<(), Problem> {
        match self.is_one_of {
            Some(_) => Err(Problem::new(Code::StaleRecord, "There is no record that could be as in `If-Match`.")),
            None => Ok(()),
        }
    }
}

impl FromRequest for Seen {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let seen = || Ok(Self { is_one_of: listed(request, &IF_MATCH)?, is_none_of: listed(request, &IF_NONE_MATCH)? });
        ready(seen())
    }
}

/// The ETags that a header lists, in one line.
fn listed(request: &HttpRequest, name: &HeaderName) -> Result<Option<String>, Problem> {
    let values = request.headers().get_all(name).map(HeaderValue::to_str).collect::<Result<Vec<_>, _>>();
    let values = values.map_err(|_| Problem::new(Code::InvalidRequest, format!("{name} is not an ETag.")))?;
    Ok((!values.is_empty()).then(|| values.join(",")))
}
