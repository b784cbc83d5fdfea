//! Bodies that may report that somebody left. A departure closes access, so an odd member beside it must not keep it from
//! taking effect: once `status` says `departed`, nothing else of the body is applied, and each other member is answered
//! with the reason.

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

/// So many members are answered with a reason; the rest is ignored all the same.
const MOST_IGNORED: usize = 50;

/// A body: a change, or the report of a departure.
#[derive(Debug)]
pub enum Report<T> {
    /// Everything in it can be read.
    Change(T),
    /// Its `status` is `departed`; the rest may be anything.
    Departure(Departure),
}

/// What was sent with the status `departed`.
#[derive(Debug)]
pub struct Departure {
    members: Vec<(String, Box<RawValue>)>,
    /// The other members, each with the reason why it is ignored.
    pub ignored: Vec<Ignored>,
}

/// A member of the request that was not applied, because the request reports a departure.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Ignored {
    /// JSON Pointer into the body (RFC 6901).
    #[schema(max_length = 500, examples("/title"))]
    pub pointer: String,
    /// Why it was not applied.
    pub code: IgnoredCode,
    /// What is wrong there, for a person.
    #[schema(max_length = 2000, examples("must not be blank"))]
    pub detail: String,
}

/// Why a member was not applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum IgnoredCode {
    /// It could be read. A departure changes the status and nothing else; send it again once the person is back.
    NotApplied,
    /// It is of the wrong shape: the wrong type, an unknown member or an unknown word.
    InvalidRequest,
    /// It breaks a rule of its type.
    InvalidValue,
}

impl Departure {
    /// The member, if it is there and can be read.
    pub fn member<M: DeserializeOwned>(&self, name: &str) -> Option<M> {
        let (_, value) = self.members.iter().find(|(known, _)| known == name)?;
        parse(value.get().as_bytes()).ok()
    }

    /// The departure that a body reports; `None` where it reports none, or cannot be read so far.
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

#[expect(clippy::needless_pass_by_value, reason = "it was just read")]
fn is_departed(status: String) -> bool {
    status == "departed"
}

/// Reads one member as if nothing else had been sent: what is then missing is no fault of it.
fn ignored<T: DeserializeOwned>(name: &str, value: &RawValue) -> Ignored {
    let pointer = format!("/{}", name.replace('~', "~0").replace('/', "~1"));
    let alone = format!("{{{}:{}}}", serde_json::json!(name), value.get());
    let problem = parse::<T>(alone.as_bytes()).err();
    let fault = problem.and_then(|problem| {
        let at = problem.errors.into_iter().find(|fault| fault.pointer.starts_with(&pointer));
        at.map(|fault| (fault, problem.code))
    });
    let told = fault.map(|(fault, code)| match code {
        Code::InvalidRequest => (fault.pointer, IgnoredCode::InvalidRequest, fault.detail),
        _ => (fault.pointer, IgnoredCode::InvalidValue, fault.detail),
    });
    let (pointer, code, detail) = told.unwrap_or_else(|| {
        (pointer, IgnoredCode::NotApplied, "is not applied: a departure changes the status and nothing else".to_owned())
    });
    // A name that the client chose can be as long as the body.
    Ignored { pointer: pointer.chars().take(500).collect(), code, detail: detail.chars().take(2000).collect() }
}

/// The members of an object in order, unread.
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
