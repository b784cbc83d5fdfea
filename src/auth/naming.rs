//! Which claims of a provider's token identify the person and give roles, and what they are compared with.

use std::convert::Infallible;
use std::str::FromStr;

use clap::ValueEnum;
use serde_json::{Map, Value};

use crate::text::{Email, Line};

/// The path of a claim: its name, or a JSON Pointer (RFC 6901) if it begins with `/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimPath(String);

impl FromStr for ClaimPath {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

impl ClaimPath {
    fn find<'c>(&self, claims: &'c Map<String, Value>) -> Option<&'c Value> {
        let Some(path) = self.0.strip_prefix('/') else { return claims.get(&self.0) };
        let (first, rest) = path.split_once('/').map_or((path, None), |(first, rest)| (first, Some(rest)));
        let found = claims.get(&first.replace("~1", "/").replace("~0", "~"))?;
        rest.map_or(Some(found), |rest| found.pointer(&format!("/{rest}")))
    }
}

/// The column that a person's claim is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum MatchedWith {
    /// The person's work e-mail, without regard to the case of ASCII letters.
    Email,
    /// The person's external id, compared exactly.
    #[value(name = "external_id")]
    ExternalId,
}

/// The claim of the identity provider that identifies the person at the first sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonClaim {
    path: ClaimPath,
    /// The column that the claim is compared with.
    pub matches: MatchedWith,
}

/// The name that a token gives a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// A name in a form that the column can hold.
    As(String),
    /// The claim is missing, or the column cannot hold its value.
    Nothing,
    /// The provider has not verified the address.
    Unverified,
}

impl PersonClaim {
    /// The claim at `path`. Default of `matches`: the e-mail for the claim `email`, the external id for other claims.
    pub fn new(path: &str, matches: Option<MatchedWith>) -> Self {
        let default = if path == "email" { MatchedWith::Email } else { MatchedWith::ExternalId };
        Self { path: ClaimPath(path.to_owned()), matches: matches.unwrap_or(default) }
    }

    /// `email` identifies the person by e-mail.
    pub fn email() -> Self {
        Self::new("email", None)
    }

    /// `sub` identifies the person by external id.
    pub fn sub() -> Self {
        Self::new("sub", None)
    }

    fn is_email(&self) -> bool {
        self.path.0.trim_start_matches('/') == "email"
    }

    pub(super) fn name(&self, claims: &Map<String, Value>) -> Named {
        let text = self.path.find(claims).and_then(Value::as_str);
        match self.matches {
            MatchedWith::Email if self.is_email() && is_unverified(claims) => Named::Unverified,
            MatchedWith::Email => text
                .and_then(|text| Email::parse(text).ok())
                .map_or(Named::Nothing, |email| Named::As(email.to_string())),
            // Compared exactly: a trimmed or lower-case value could be the id of another person.
            MatchedWith::ExternalId => text
                .filter(|text| Line::<100>::parse(text).is_ok_and(|line| line.as_str() == *text))
                .map_or(Named::Nothing, |text| Named::As(text.to_owned())),
        }
    }
}

/// Some providers write the flag as text. Any value other than true means unverified; a missing flag does not.
fn is_unverified(claims: &Map<String, Value>) -> bool {
    claims.get("email_verified").is_some_and(|flag| *flag != true && *flag != "true")
}

/// The claim of the identity provider that gives roles, and the values for each role.
#[derive(Clone, Debug)]
pub struct RoleClaim {
    /// Path of the claim.
    pub path: ClaimPath,
    /// The values that give the role admin.
    pub admin: Vec<String>,
    /// The values that give the role coordinator.
    pub coordinator: Vec<String>,
}

impl Default for RoleClaim {
    fn default() -> Self {
        Self {
            path: ClaimPath("roles".to_owned()),
            admin: vec!["admin".to_owned()],
            coordinator: vec!["coordinator".to_owned()],
        }
    }
}

/// The roles that a token gives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Roles {
    pub is_admin: bool,
    pub is_coordinator: bool,
}

impl RoleClaim {
    pub(super) fn read(&self, claims: &Map<String, Value>) -> Roles {
        let held = values(self.path.find(claims));
        let holds = |wanted: &[String]| wanted.iter().any(|role| held.contains(&role.as_str()));
        Roles { is_admin: holds(&self.admin), is_coordinator: holds(&self.coordinator) }
    }
}

/// The values of a claim: a list of texts, one text, several texts with spaces between them, or an object whose members
/// are objects, as ZITADEL writes roles. A claim of another form has no values.
fn values(claim: Option<&Value>) -> Vec<&str> {
    match claim {
        Some(Value::String(text)) => std::iter::once(text.as_str()).chain(text.split_ascii_whitespace()).collect(),
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
        Some(Value::Object(members)) => {
            members.iter().filter(|(_, value)| value.is_object()).map(|(name, _)| name.as_str()).collect()
        }
        _ => Vec::new(),
    }
}
