//! Tokens that our key did sign, with claims that it never would.

use serde_json::json;

use super::{Case, World, one};

impl World {
    pub fn times_and_names(&self) -> Vec<Case> {
        let now = self.now;
        vec![
            one("expired", self.claims(json!({"exp": now - 31}))),
            one("expired at the leeway's end", self.claims(json!({"exp": now - 30}))),
            one("exp missing", self.claims(json!({"exp": null}))),
            one("exp null", self.spelled("exp", "null")),
            one("exp a string", self.claims(json!({"exp": (now + 60).to_string()}))),
            one("exp a fraction", self.claims(json!({"exp": 4e9 + 0.5}))),
            one("exp with an exponent", self.spelled("exp", "4e9")),
            one("exp negative", self.claims(json!({"exp": -1}))),
            one("exp zero", self.claims(json!({"exp": 0}))),
            one("exp the largest of 63 bits", self.claims(json!({"exp": i64::MAX}))),
            one("exp the largest of 64 bits", self.claims(json!({"exp": u64::MAX}))),
            one("exp beyond every number", self.spelled("exp", "1e400")),
            one("exp in milliseconds beyond the calendar", self.claims(json!({"exp": 9_000_000_000_000_000_i64}))),
            one("exp true", self.claims(json!({"exp": true}))),
            one("exp a list", self.claims(json!({"exp": [now + 60]}))),
            one("nbf in the future", self.claims(json!({"nbf": now + 31}))),
            one("nbf a string", self.claims(json!({"nbf": "0"}))),
            one("nbf a fraction", self.spelled("nbf", "0.5")),
            one("aud missing", self.claims(json!({"aud": null}))),
            one("aud of another service", self.claims(json!({"aud": "payroll"}))),
            one("aud in capitals", self.claims(json!({"aud": "Mentorship"}))),
            one("aud empty", self.claims(json!({"aud": ""}))),
            one("aud a list without us", self.claims(json!({"aud": ["payroll", "Mentorship"]}))),
            one("aud an empty list", self.claims(json!({"aud": []}))),
            one("aud a list with a number", self.claims(json!({"aud": ["mentorship", 1]}))),
            one("aud a list of eleven", self.claims(json!({"aud": vec!["mentorship"; 11]}))),
            one("aud an object", self.claims(json!({"aud": {"mentorship": {}}}))),
            one("aud a number", self.claims(json!({"aud": 1}))),
            one("iss missing", self.claims(json!({"iss": null}))),
            one("iss of another service", self.claims(json!({"iss": "payroll"}))),
            one("iss with a slash", self.claims(json!({"iss": "mentorship/"}))),
            one("iss a list", self.claims(json!({"iss": ["mentorship"]}))),
            one("iss of the provider", self.claims(json!({"iss": "https://id.example.com"}))),
            one("exp twice, the last one good", self.spelled("exp", &format!("{},\"exp\":{}", now - 99, now + 99))),
            one("sub twice", self.spelled("sub", &format!("\"{}\",\"sub\":{}", self.other_person, self.base["sub"]))),
            one("aud twice", self.spelled("aud", "\"payroll\",\"aud\":\"mentorship\"")),
        ]
    }

    pub fn subjects(&self) -> Vec<Case> {
        let scope = "people:read";
        let own = self.base["sub"].as_str().unwrap_or_default();
        let wide: String = own.chars().map(|c| char::from_u32(c as u32 + 0xfee0).unwrap_or(c)).collect();
        vec![
            one("sub missing", self.claims(json!({"sub": null}))),
            one("sub null", self.spelled("sub", "null")),
            one("sub empty", self.claims(json!({"sub": ""}))),
            one("sub a number", self.claims(json!({"sub": 1}))),
            one("sub a list", self.claims(json!({"sub": [own]}))),
            one("sub an object", self.claims(json!({"sub": {"id": own}}))),
            one("sub a name", self.claims(json!({"sub": "admin"}))),
            one("sub SQL", self.claims(json!({"sub": "' or 1=1 -- "}))),
            one("sub with NUL", self.claims(json!({"sub": format!("{own}\u{0}")}))),
            one("sub with a space", self.claims(json!({"sub": format!(" {own}")}))),
            one("sub in full-width letters", self.claims(json!({"sub": wide}))),
            one("sub with a direction mark", self.claims(json!({"sub": format!("\u{202e}{own}")}))),
            one("an unknown person", self.claims(json!({"sub": "01900000-0000-7000-8000-000000000000"}))),
            one("nobody's id", self.claims(json!({"sub": "00000000-0000-0000-0000-000000000000"}))),
            one("a person who left", self.claims(json!({"sub": self.departed}))),
            one("an admin who left", self.claims(json!({"sub": self.departed, "roles": ["admin"]}))),
            one("a disabled account", self.claims(json!({"sub": self.disabled, "scope": scope}))),
            one("an account as a person", self.claims(json!({"sub": self.account}))),
            one("a person as an account", self.claims(json!({"scope": scope}))),
            one("an account with roles", self.claims(json!({"sub": self.account, "scope": scope, "roles": ["admin"]}))),
            one(
                "an unknown account",
                self.claims(json!({"sub": "01900000-0000-7000-8000-000000000000", "scope": scope})),
            ),
            one("scope a list", self.claims(json!({"sub": self.account, "scope": [scope]}))),
        ]
    }
}
