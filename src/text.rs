//! Text from outside, valid by construction: the only string types that inputs may hold.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type as SchemaType};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// One line of at most `MAX` characters, trimmed: not blank, no control characters and no
/// characters that turn the reading direction (they make a name look like another).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, sqlx::Type)]
#[serde(transparent)]
#[sqlx(transparent)]
pub struct Line<const MAX: usize>(String);

/// What a thing or a person is called.
pub type Name = Line<120>;
/// A sentence.
pub type Sentence = Line<500>;

/// Text of several lines, at most `MAX` characters, trimmed: not blank, no control characters
/// besides line feed and tab.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, sqlx::Type)]
#[serde(transparent)]
#[sqlx(transparent)]
pub struct Prose<const MAX: usize>(String);

/// A paragraph or a few.
pub type Text = Prose<10_000>;

/// A work e-mail address, in lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, sqlx::Type)]
#[serde(transparent)]
#[sqlx(transparent)]
pub struct Email(String);

/// An IANA time zone such as `Europe/Zurich`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, sqlx::Type)]
#[serde(transparent)]
#[sqlx(transparent)]
pub struct TimeZone(String);

/// A language as a lower-case ISO 639 code of two or three letters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, sqlx::Type)]
#[serde(transparent)]
#[sqlx(transparent)]
pub struct Language(String);

/// A link that a browser may open: `https` or `http`, at most 2,000 characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, sqlx::Type)]
#[serde(transparent)]
#[sqlx(transparent)]
pub struct Link(String);

impl<const MAX: usize> Line<MAX> {
    /// Takes one line of text, or says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Cow<'static, str>> {
        if text.chars().any(|c| c.is_control() || is_line_break(c) || turns_direction(c)) {
            return Err("must be one line without control or direction characters".into());
        }
        within(text, MAX).map(Self)
    }

    /// As names are compared and looked for: in lower case, runs of spaces as one.
    pub fn folded(&self) -> String {
        self.0.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
    }

    /// The folded texts that begin with this one: from the first up to, not including, the second,
    /// byte by byte.
    pub fn prefixed(&self) -> (String, String) {
        let first = self.folded();
        let beyond = format!("{first}\u{10ffff}");
        (first, beyond)
    }
}

impl<const MAX: usize> Prose<MAX> {
    /// Takes text of several lines, or says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Cow<'static, str>> {
        let joined = text.replace("\r\n", "\n");
        if joined.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
            return Err("must not hold control characters besides line feed and tab".into());
        }
        within(text, MAX)?;
        Ok(Self(joined.trim().to_owned()))
    }
}

impl Email {
    /// Takes an address of the form `local@domain`, or says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Cow<'static, str>> {
        const WRONG: &str = "must be an e-mail address such as ada@example.com";
        within(text, 254)?;
        // ASCII only: Unicode's lower case would make one address of two (the Kelvin sign, a k).
        let text = text.to_ascii_lowercase();
        let (local, domain) = text.split_once('@').ok_or(WRONG)?;
        let is_label = |label: &str| {
            (1..=63).contains(&label.len())
                && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        let is_atom = |atom: &str| {
            !atom.is_empty() && atom.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c))
        };
        let is_fine = local.len() <= 64
            && local.split('.').all(is_atom)
            && domain.contains('.')
            && domain.split('.').all(is_label);
        if is_fine { Ok(Self(text)) } else { Err(WRONG.into()) }
    }
}

impl TimeZone {
    /// Takes the name of a zone of the IANA database.
    pub fn parse(text: &str) -> Result<Self, Cow<'static, str>> {
        match text.parse::<chrono_tz::Tz>() {
            Ok(zone) => Ok(Self(zone.name().to_owned())),
            Err(_) => Err("must be an IANA time zone such as Europe/Zurich".into()),
        }
    }

    /// Greenwich.
    pub fn utc() -> Self {
        Self("UTC".to_owned())
    }

    /// The zone's rules.
    pub fn rules(&self) -> chrono_tz::Tz {
        self.0.parse().unwrap_or(chrono_tz::UTC)
    }
}

impl Language {
    /// Takes a code such as `en`.
    pub fn parse(text: &str) -> Result<Self, Cow<'static, str>> {
        let fine = (2..=3).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase());
        if fine { Ok(Self(text.to_owned())) } else { Err("must be a language code such as en".into()) }
    }
}

impl Link {
    /// Takes an absolute web address.
    pub fn parse(text: &str) -> Result<Self, Cow<'static, str>> {
        const WRONG: &str = "must be a web address such as https://example.com/room";
        within(text, 2000)?;
        let is_written_out = text.starts_with("https://") || text.starts_with("http://");
        // What browsers would take, too, and RFC 3986 does not.
        let is_plain = text.bytes().all(|b| b.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&b));
        let address = reqwest::Url::parse(text).map_err(|_| WRONG)?;
        if is_written_out && is_plain && address.has_host() { Ok(Self(text.to_owned())) } else { Err(WRONG.into()) }
    }
}

/// The text trimmed. Lengths count what was sent, so that they mean the same to every client.
fn within(text: &str, max: usize) -> Result<String, Cow<'static, str>> {
    let trimmed = text.trim();
    match text.chars().count() {
        _ if trimmed.is_empty() => Err("must not be empty; leave it out or send null".into()),
        n if n > max => Err(format!("must be at most {max} characters, is {n}").into()),
        _ => Ok(trimmed.to_owned()),
    }
}

const fn is_line_break(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}')
}

const fn turns_direction(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The same rules as a pattern, for clients: first blanks, then something, then anything.
const LINE: &str = "^[ \\u00a0\\u1680\\u2000-\\u200a\\u202f\\u205f\\u3000]*\
    [^\\u0000-\\u0020\\u007f-\\u00a0\\u061c\\u1680\\u2000-\\u200a\\u200e\\u200f\\u2028-\\u202f\\u205f\\u2066-\\u2069\\u3000]\
    [^\\u0000-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]*$";
const PROSE: &str = "^(?:[\\t\\n \\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]|\\r\\n)*\
    [^\\u0000-\\u0020\\u007f-\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]\
    (?:[^\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f]|\\r\\n)*$";
const EMAIL: &str = r"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$";
const LINK: &str = "^https?://[!#-;=?-\\[\\]_a-z~]+$";

/// What every text type shares: reading, parsing, and its place in the OpenAPI document.
macro_rules! texts {
    ($([$($generic:tt)*] $text:ty as $name:expr, $schema:expr;)+) => {$(
        impl<$($generic)*> $text {
            /// The text itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl<$($generic)*> std::fmt::Display for $text {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl<'de, $($generic)*> Deserialize<'de> for $text {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = Cow::<str>::deserialize(from)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }

        impl<$($generic)*> PartialSchema for $text {
            fn schema() -> RefOr<Schema> {
                RefOr::T(Schema::Object($schema(ObjectBuilder::new().schema_type(SchemaType::String)).build()))
            }
        }

        impl<$($generic)*> ToSchema for $text {
            fn name() -> Cow<'static, str> {
                $name.into()
            }
        }
    )+};
}

texts! {
    [const MAX: usize] Line<MAX> as format!("Line{MAX}"), |o: ObjectBuilder| o.min_length(Some(1)).max_length(Some(MAX)).pattern(Some(LINE));
    [const MAX: usize] Prose<MAX> as format!("Text{MAX}"), |o: ObjectBuilder| o.min_length(Some(1)).max_length(Some(MAX)).pattern(Some(PROSE));
    [] Email as "Email", |o: ObjectBuilder| o.format(Some(SchemaFormat::KnownFormat(KnownFormat::Email))).min_length(Some(5)).max_length(Some(254)).pattern(Some(EMAIL));
    [] TimeZone as "TimeZone", |o: ObjectBuilder| o.pattern(Some("^[A-Za-z0-9_+/-]+$")).min_length(Some(2)).max_length(Some(64)).examples([serde_json::json!("Europe/Zurich")]);
    [] Language as "Language", |o: ObjectBuilder| o.pattern(Some("^[a-z]{2,3}$")).min_length(Some(2)).max_length(Some(3));
    [] Link as "Link", |o: ObjectBuilder| o.format(Some(SchemaFormat::Custom("uri".to_owned()))).pattern(Some(LINK)).max_length(Some(2000));
}
