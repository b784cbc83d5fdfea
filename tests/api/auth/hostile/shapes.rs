//! Tokens and headers of another shape.

use aws_lc_rs::hmac::HMAC_SHA256;
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD};
use serde_json::json;

use super::{Case, World, one, raw};
use crate::auth::forge::{HS256, encode, mac, our_key, ours, with};

impl World {
    pub fn shapes(&self) -> Vec<Case> {
        let good = self.good();
        let other = self.claims(json!({"sub": self.other_person}));
        let parts: Vec<_> = good.split('.').collect();
        let [head, payload, signature] = parts[..] else { unreachable!("three parts") };
        let others_signature = other.rsplit('.').next().unwrap_or_default();
        let others_payload = other.split('.').nth(1).unwrap_or_default();
        let flipped = if signature.starts_with('A') { "B" } else { "A" };
        let deep = format!("{{\"alg\":\"HS256\",\"x\":{}{}}}", "[".repeat(2000), "]".repeat(2000));
        let deep_payload = with(&self.base, json!({"roles": "@"}))
            .replace("\"@\"", &format!("{}{}", "[".repeat(2000), "]".repeat(2000)));
        let last = signature.chars().last().unwrap_or('A');
        vec![
            one("signature missing", format!("{head}.{payload}")),
            one("signature empty", format!("{head}.{payload}.")),
            one("signature cut by one", &good[..good.len() - 1]),
            one("signature cut by half", format!("{head}.{payload}.{}", &signature[..20])),
            one("signature changed", format!("{head}.{payload}.{flipped}{}", &signature[1..])),
            one("signature's spare bits changed", format!("{}{}", &good[..good.len() - 1], next_in_alphabet(last))),
            one("signature of another token", format!("{head}.{payload}.{others_signature}")),
            one("payload of another token", format!("{head}.{others_payload}.{signature}")),
            one("signature twice as long", format!("{head}.{payload}.{signature}{signature}")),
            one("header alone", head),
            one("two dots", ".."),
            one("one dot", "."),
            one("parts empty but the last", format!("..{signature}")),
            one("payload empty", ours(HS256, "")),
            one("header empty", format!(".{payload}.{signature}")),
            one("a dot too many", format!("{good}.")),
            one("a dot before", format!(".{good}")),
            one("four parts", format!("{good}.{signature}")),
            one("five parts", format!("{head}.{payload}.{signature}.{payload}.{signature}")),
            one(
                "a JWE",
                format!("{}.{payload}.{payload}.{payload}.{payload}", encode(r#"{"alg":"dir","enc":"A256GCM"}"#)),
            ),
            one("padding on the signature", format!("{good}=")),
            one("padding on the header", format!("{head}=.{payload}.{signature}")),
            one("padding on the payload", format!("{head}.{payload}==.{signature}")),
            one(
                "standard base64",
                format!(
                    "{}.{}.{}",
                    BASE64_STANDARD.encode(HS256),
                    BASE64_STANDARD.encode(self.base.to_string()),
                    BASE64_STANDARD_NO_PAD.encode([251; 32])
                ),
            ),
            one("not base64", "!!!.???.***"),
            one("garbage", "garbage"),
            one("garbage after", format!("{good}~")),
            one("a letter after", format!("{good}A")),
            one("a second token after", format!("{good} {good}")),
            one("a comma and a token after", format!("{good},{good}")),
            one("a comment after", format!("{good};x=1")),
            one("in quotes", format!("\"{good}\"")),
            one("percent-encoded dots", good.replace('.', "%2e")),
            one("dots of another script", good.replace('.', "\u{2024}")),
            one("an invisible character inside", good.replacen('.', ".\u{200b}", 1)),
            one("header not JSON", ours("alg=HS256", &self.base.to_string())),
            one("header a list", ours(r#"["HS256"]"#, &self.base.to_string())),
            one("header with a byte order mark", ours(&format!("\u{feff}{HS256}"), &self.base.to_string())),
            one("header with a comma at the end", ours(r#"{"alg":"HS256",}"#, &self.base.to_string())),
            one("header with more after it", ours(&format!("{HS256}{{}}"), &self.base.to_string())),
            one("header nested deeply", ours(&deep, &self.base.to_string())),
            one("payload nested deeply", ours(HS256, &deep_payload)),
            one("payload not JSON", ours(HS256, "sub=1")),
            one("payload a list", ours(HS256, &format!("[{}]", self.base))),
            one("payload a text", ours(HS256, &json!(self.base.to_string()).to_string())),
            one("payload with more after it", ours(HS256, &format!("{}{{}}", self.base))),
            one("payload not UTF-8", self.not_utf8()),
            one("over 8 kB, honestly signed", self.claims(json!({"note": "x".repeat(7000)}))),
            one("over 8 kB of dots", ".".repeat(9000)),
        ]
    }

    pub fn headers(&self) -> Vec<Case> {
        let good = self.good();
        let mut twice = raw("two headers", &format!("Bearer {good}"));
        twice.1.extend(twice.1.clone());
        let mut mixed = raw("a good header and a bad one", &format!("Bearer {good}"));
        mixed.1.extend(raw("", "Bearer x").1);
        vec![
            ("no header", Vec::new()),
            twice,
            mixed,
            raw("empty header", ""),
            raw("no scheme", &good),
            raw("scheme alone", "Bearer"),
            raw("scheme and a space", "Bearer "),
            raw("empty bearer", "Bearer  "),
            raw("a tab for a space", &format!("Bearer\t{good}")),
            raw("an equals sign", &format!("Bearer={good}")),
            raw("Basic with the token", &format!("Basic {good}")),
            raw("Basic", &format!("Basic {}", BASE64_STANDARD.encode("admin:admin"))),
            raw("Token", &format!("Token {good}")),
            raw("Digest", "Digest username=\"admin\""),
            raw("the scheme in full-width letters", &format!("\u{ff22}earer {good}")),
            raw("two schemes", &format!("Basic x, Bearer {good}")),
        ]
    }

    fn not_utf8(&self) -> String {
        let mut payload = with(&self.base, json!({"roles": ["@"]})).into_bytes();
        let at = payload.iter().position(|byte| *byte == b'@').unwrap_or_default();
        payload[at] = 0xff;
        let head = format!("{}.{}", encode(HS256), encode(payload));
        let signature = mac(HMAC_SHA256, &our_key(), head.as_bytes());
        format!("{head}.{}", encode(signature))
    }
}

/// The neighbour of a base64url digit that differs in its lowest bit only.
fn next_in_alphabet(digit: char) -> char {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let at = DIGITS.iter().position(|known| char::from(*known) == digit).unwrap_or_default();
    char::from(DIGITS[at ^ 1])
}
