//! Text from requests. A value of these types is always valid; inputs use no other string types.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type as SchemaType};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// One line of at most `MAX` characters, trimmed. Not blank, no control characters, and no characters that change the
/// reading direction, because these make one name look like another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, sqlx::Type)]
#[serde(transparent)]
#[sqlx(transparent)]
pub struct Line<const MAX: usize>(String);

/// The name of a person or a thing.
pub type Name = Line<120>;
/// A line that is long enough for a sentence.
pub type Sentence = Line<500>;

/// Text of several lines, at most `MAX` characters, trimmed. Not blank, no control characters except line feed and tab.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, sqlx::Type)]
#[serde(transparent)]
#[sqlx(transparent)]
pub struct Prose<const MAX: usize>(String);

/// Text of the usual maximum length.
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
    /// Parses one line of text. The error is the text for the client.
    pub fn parse(text: &str) -> Result<Self, Cow<'static, str>> {
        if text.chars().any(|c| c.is_control() || is_line_break(c) || turns_direction(c)) {
            return Err("must be one line without control characters and without marks of reading direction".into());
        }
        within(text, MAX).map(Self)
    }

    /// The form in which names are compared and searched: in lower case, with single spaces.
    pub fn folded(&self) -> String {
        self.0.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
    }

    /// The range of folded texts that begin with this one: from the first text up to, but not including, the second.
    /// Compared byte by byte.
    pub fn prefixed(&self) -> (String, String) {
        let first = self.folded();
        let beyond = format!("{first}\u{10ffff}");
        (first, beyond)
    }
}

impl<const MAX: usize> Prose<MAX> {
    /// Parses text of several lines. The error is the text for the client.
    pub fn parse(text: &str) -> Result<Self, Cow<'static, str>> {
        let joined = text.replace("\r\n", "\n");
        if joined.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
            return Err("must not contain control characters except line feed and tab".into());
        }
        within(text, MAX)?;
        Ok(Self(joined.trim().to_owned()))
    }
}

impl Email {
    /// Parses an address of the form `local@domain`. The error is the text for the client.
    pub fn parse(text: &str) -> Result<Self, Cow<'static, str>> {
        const WRONG: &str = "must be an e-mail address such as ada@example.com";
        within(text, 254)?;
        // ASCII only: Unicode lower case maps the Kelvin sign to `k`, so two addresses would become one.
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
    /// Parses the name of a time zone of the IANA database.
    pub fn parse(text: &str) -> Result<Self, Cow<'static, str>> {
        match text.parse::<chrono_tz::Tz>() {
            Ok(zone) => Ok(Self(zone.name().to_owned())),
            Err(_) => Err("must be an IANA time zone such as Europe/Zurich".into()),
        }
    }

    /// The time zone UTC.
    pub fn utc() -> Self {
        Self("UTC".to_owned())
    }

    /// The rules of the time zone.
    pub fn rules(&self) -> chrono_tz::Tz {
        self.0.parse().unwrap_or(chrono_tz::UTC)
    }
}

impl Language {
    /// Parses a code such as `en`.
    pub fn parse(text: &str) -> Result<Self, Cow<'static, str>> {
        let fine = (2..=3).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase());
        if fine { Ok(Self(text.to_owned())) } else { Err("must be a language code such as en".into()) }
    }
}

impl Link {
    /// Parses an absolute web address.
    pub fn parse(text: &str) -> Result<Self, Cow<'static, str>> {
        const WRONG: &str = "must be a web address such as https://example.com/room";
        within(text, 2000)?;
        let is_written_out = text.starts_with("https://") || text.starts_with("http://");
        // Browsers accept these characters, but RFC 3986 does not.
        let is_plain = text.bytes().all(|b| b.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&b));
        let address = reqwest::Url::parse(text).map_err(|_| WRONG)?;
        if is_written_out && is_plain && address.has_host() { Ok(Self(text.to_owned())) } else { Err(WRONG.into()) }
    }
}

/// The text, trimmed. The length counts the characters that were sent, so that it means the same to every client.
fn within(text: &str, max: usize) -> Result<String, Cow<'static, str>> {
    let trimmed = text.trim();
    match text.chars().count() {
        _ if trimmed.is_empty() => Err("must not be empty; omit it, or send `null` if it may be empty".into()),
        n if n > max => Err(format!("must be at most {max} characters long; it has {n}").into()),
        _ => Ok(trimmed.to_owned()),
    }
}

const fn is_line_break(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}')
}

const fn turns_direction(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The same rules as a pattern for clients: blanks, then one visible character, then any text.
const LINE: &str = "^[ \\u00a0\\u1680\\u2000-\\u200a\\u202f\\u205f\\u3000]*\
    [^\\u0000-\\u0020\\u007f-\\u00a0\\u061c\\u1680\\u2000-\\u200a\\u200e\\u200f\\u2028-\\u202f\\u205f\\u2066-\\u2069\\u3000]\
    [^\\u0000-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]*$";
const PROSE: &str = "^(?:[\\t\\n \\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]|\\r\\n)*\
    [^\\u0000-\\u0020\\u007f-\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]\
    (?:[^\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f]|\\r\\n)*$";
const EMAIL: &str = r"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$";
const LINK: &str = "^https?://[!#-;=?-\\[\\]_a-z~]+$";

/// What all text types share: deserialization, `Display`, and the schema in the OpenAPI document.
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
