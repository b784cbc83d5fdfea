//! Where in a provider's token the person and the roles stand, and what they are compared with.

use std::convert::Infallible;
use std::str::FromStr;

use clap::ValueEnum;
use serde_json::{Map, Value};

use crate::text::{Email, Line};

/// The place of a claim: its name, or a JSON Pointer (RFC 6901) if it begins with `/`.
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
    /// The person's external id, as it is.
    #[value(name = "external_id")]
    ExternalId,
}

/// Which claim of the identity provider names the person at the first sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonClaim {
    path: ClaimPath,
    /// What it is compared with.
    pub matches: MatchedWith,
}

/// What a token calls a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// In a form that the column can hold.
    As(String),
    /// The claim is missing, or nothing that could stand in the column.
    Nothing,
    /// The provider has not verified the address.
    Unverified,
}

impl PersonClaim {
    /// The claim at `path`. Without `matches`: `email` is compared with the e-mail, any other claim with the external id.
    pub fn new(path: &str, matches: Option<MatchedWith>) -> Self {
        let default = if path == "email" { MatchedWith::Email } else { MatchedWith::ExternalId };
        Self { path: ClaimPath(path.to_owned()), matches: matches.unwrap_or(default) }
    }

    /// `email` names the person by e-mail.
    pub fn email() -> Self {
        Self::new("email", None)
    }

    /// `sub` names the person by external id.
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
            // Compared as it is: trimmed or folded it could be somebody else.
            MatchedWith::ExternalId => text
                .filter(|text| Line::<100>::parse(text).is_ok_and(|line| line.as_str() == *text))
                .map_or(Named::Nothing, |text| Named::As(text.to_owned())),
        }
    }
}

/// Some providers write the flag as text. Whatever is not plainly true is not verified; no flag says nothing.
fn is_unverified(claims: &Map<String, Value>) -> bool {
    claims.get("email_verified").is_some_and(|flag| *flag != true && *flag != "true")
}

/// Which claim of the identity provider gives roles, and by which values.
#[derive(Clone, Debug)]
pub struct RoleClaim {
    /// Where the roles stand.
    pub path: ClaimPath,
    /// The values that make an admin.
    pub admin: Vec<String>,
    /// The values that make a coordinator.
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

/// A list of texts, one text or several with blanks between them, or an object whose members are objects, as ZITADEL
/// writes roles. Another shape holds none.
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
