//! Bodies that may report the departure of a person. A departure ends access, so an error in another member must not
//! prevent it. If `status` is `departed`, no other member is applied, and the answer gives the reason for each one.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::body::{parse, receive};
use crate::problem::{Code, Problem};

/// Maximum number of ignored members in the answer. Further members are ignored, too.
const MOST_IGNORED: usize = 50;

/// A body: a change or the report of a departure.
#[derive(Debug)]
pub enum Report<T> {
    /// A change. All of it was parsed.
    Change(T),
    /// The `status` is `departed`. The other members may be invalid.
    Departure(Departure),
}

/// A body with the status `departed`.
#[derive(Debug)]
pub struct Departure {
    members: Vec<(String, Box<RawValue>)>,
    /// The other members, with the reason why each one is ignored.
    pub ignored: Vec<IgnoredField>,
}

/// A field of the request that was not applied, because the request reports a departure.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct IgnoredField {
    /// Place of the field: a JSON Pointer into the body (RFC 6901).
    #[schema(max_length = 500, examples("/title"))]
    pub pointer: String,
    /// Reason why the field was not applied.
    pub code: IgnoredFieldCode,
    /// Text for a person: the reason.
    #[schema(max_length = 2000, examples("must not be empty; omit it, or send `null` if it may be empty"))]
    pub detail: String,
}

values! {
    /// Reason why a field was not applied.
    @may_grow pub enum IgnoredFieldCode {
        /// The field is valid, but a departure changes only the status. Send it again when the person is back.
        NotApplied,
        /// The field has the wrong form: a wrong type, an unknown field or an unknown value.
        InvalidRequest,
        /// The value breaks a rule of its type.
        InvalidValue,
    }
}

impl Departure {
    /// The member, if it exists and can be parsed.
    pub fn member<M: DeserializeOwned>(&self, name: &str) -> Option<M> {
        let (_, value) = self.members.iter().find(|(known, _)| known == name)?;
        parse(value.get().as_bytes()).ok()
    }

    /// The departure that a body reports. `None`: it reports none or is not an object.
    fn of<T: DeserializeOwned>(text: &[u8]) -> Option<Self> {
        let Members(members) = serde_json::from_slice(text).ok()?;
        let (status, others): (Vec<_>, Vec<_>) = members.iter().partition(|(name, _)| name == "status");
        let is_departure = |(_, value): &&(String, Box<RawValue>)| parse(value.get().as_bytes()).is_ok_and(is_departed);
        if status.is_empty() || !status.iter().all(is_departure) {
            return None;
        }
        let ignored = others.into_iter().take(MOST_IGNORED).map(|(name, value)| ignored::<T>(name, value)).collect();
        Some(Self { members, ignored })
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the caller has just parsed it")]
fn is_departed(status: String) -> bool {
    status == "departed"
}

/// Parses one member as if it were the only one. Errors about missing members do not count.
fn ignored<T: DeserializeOwned>(name: &str, value: &RawValue) -> IgnoredField {
    let pointer = format!("/{}", name.replace('~', "~0").replace('/', "~1"));
    let alone = format!("{{{}:{}}}", serde_json::json!(name), value.get());
    let problem = parse::<T>(alone.as_bytes()).err();
    let fault = problem.and_then(|problem| {
        let at = problem.errors.into_iter().find(|fault| fault.pointer.starts_with(&pointer));
        at.map(|fault| (fault, problem.code))
    });
    let reason = fault.map(|(fault, code)| match code {
        Code::InvalidRequest => (fault.pointer, IgnoredFieldCode::InvalidRequest, fault.detail),
        _ => (fault.pointer, IgnoredFieldCode::InvalidValue, fault.detail),
    });
    let (pointer, code, detail) = reason.unwrap_or_else(|| {
        let detail = "is not applied, because a departure changes only the status";
        (pointer, IgnoredFieldCode::NotApplied, detail.to_owned())
    });
    // The client chooses the name, which can be as long as the body.
    IgnoredField { pointer: pointer.chars().take(500).collect(), code, detail: detail.chars().take(2000).collect() }
}

/// The members of an object in order, not parsed.
struct Members(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Members, A::Error> {
                let mut all = Vec::new();
                while let Some(member) = members.next_entry()? {
                    all.push(member);
                }
                Ok(Members(all))
            }
        }
        from.deserialize_map(Reader)
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for Report<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let received = receive(request, payload);
        Box::pin(async move {
            let text = received.await?;
            match Departure::of::<T>(&text) {
                Some(departure) => Ok(Self::Departure(departure)),
                None => parse(&text).map(Self::Change),
            }
        })
    }
}
