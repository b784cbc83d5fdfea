//! Goes through an answer along its schema: each view shows and withholds what the oracle says.

use serde_json::{Map, Value};

use super::house::House;
use super::personas::{About, CLOSED, bare, may_learn, reach_of};

/// Views that nobody gets but whom they are about.
const OWN: [&str; 4] = ["BlockView", "CalendarFeedView", "AccessView", "FairnessMembershipView"];

/// The schemas of the document.
pub struct Schemas(pub Map<String, Value>);

impl Schemas {
    pub fn new() -> Self {
        let document: Value = serde_json::from_str(mentorship::app::document().text()).expect("JSON");
        Self(document["components"]["schemas"].as_object().expect("schemas").clone())
    }

    /// Each field's tier in the document is that of the oracle, and the oracle knows no other view.
    pub fn check_tiers(&self) {
        for (name, schema) in &self.0 {
            let Some(properties) = schema["properties"].as_object().filter(|all| all.contains_key("withheld")) else {
                continue;
            };
            for (field, shape) in properties {
                let tier = shape["x-confidentiality"].as_str().unwrap_or("none");
                assert_eq!(tier, reach_of(name, field).name(), "{name}.{field}");
            }
        }
        for (name, _, fields) in CLOSED {
            for field in *fields {
                assert!(self.0[*name]["properties"].get(field).is_some(), "the oracle speaks of {name}.{field}");
            }
        }
    }

    /// Walks through what `who` got.
    pub fn check(&self, house: &House<'_>, who: &str, told: &str, value: &Value, schema: &Value) -> Vec<String> {
        let mut faults = Vec::new();
        if let Some(reference) = schema["$ref"].as_str() {
            let name = reference.rsplit('/').next().unwrap_or_default();
            let schema = &self.0[name];
            if schema["properties"].get("withheld").is_some() {
                faults.extend(check_view(house, who, told, name, value, schema));
            }
            faults.extend(self.check(house, who, told, value, schema));
            return faults;
        }
        for part in ["oneOf", "anyOf", "allOf"] {
            let options = schema[part].as_array().into_iter().flatten().filter(|_| !value.is_null());
            for option in options.filter(|option| self.may_be(value, option)) {
                faults.extend(self.check(house, who, told, value, option));
            }
        }
        for (name, shape) in schema["properties"].as_object().into_iter().flatten() {
            if let Some(value) = value.get(name) {
                faults.extend(self.check(house, who, told, value, shape));
            }
        }
        for value in value.as_array().into_iter().flatten() {
            faults.extend(self.check(house, who, told, value, &schema["items"]));
        }
        faults
    }
}

impl Schemas {
    /// Whether a value has what every value of this schema has: one of several views is told by that.
    fn may_be(&self, value: &Value, schema: &Value) -> bool {
        let name = schema["$ref"].as_str().and_then(|reference| reference.rsplit('/').next());
        let schema = name.map_or(schema, |name| &self.0[name]);
        let mut required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        required.all(|member| value.get(member).is_some())
    }
}

fn check_view(house: &House<'_>, who: &str, told: &str, name: &str, view: &Value, schema: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    let about = about(house, name, view);
    let author = view["author_id"].as_str().and_then(|id| house.name_of(id));
    let is_party = || ["mentor", "mentee"].iter().any(|role| view[role]["id"] == house.ids[who].as_str());
    let author = if name == "PairHealthView" && is_party() { Some(who) } else { author };
    let author = if OWN.contains(&name) { Some(who) } else { author };
    let mut withheld = Vec::new();
    // What stands beside a view follows from the request.
    let fields = schema["properties"].as_object().expect("properties").keys().filter(|field| *field != "ignored");
    for field in fields {
        let is_open = may_learn(who, reach_of(name, field), &about, author);
        if view.get(field).is_some() != is_open {
            faults.push(format!("{told}: {who} and {name}.{field} of {about:?}: {view}"));
        }
        if !is_open {
            withheld.push(field.as_str());
        }
    }
    let mut said: Vec<_> = view["withheld"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
    said.sort_unstable();
    withheld.sort_unstable();
    if said != withheld {
        faults.push(format!("{told}: {name} of {about:?} says to {who} that it withholds {said:?}, not {withheld:?}"));
    }
    faults
}

/// What a view is about.
fn about(house: &House<'_>, name: &str, view: &Value) -> About {
    let named = |member: &str| view[member].as_str().unwrap_or_else(|| panic!("{name} without {member}: {view}"));
    match bare(name) {
        "MeView" | "BlockView" | "CalendarFeedView" | "AccessView" | "FairnessMembershipView" => About::Oneself,
        "PersonView" => About::Person(house.person_of(named("id"))),
        "HistoryEntryView" => About::Person(house.person_of(named("person_id"))),
        "PairView" => About::Pair(house.pair_of(named("id"), view)),
        "EnrolmentView" => About::Enrolment(house.person_of(view["person"]["id"].as_str().expect("somebody"))),
        "SuggestionView" | "SuggestionRequestView" | "MentorRequestView" => About::Suggestion,
        "MatchingRoundView" | "MatchingDraftView" => About::MatchingRound,
        "MentorInvitationView" => About::Asked,
        _ if view["pair_id"].is_string() => About::Pair(house.pair_of(named("pair_id"), view)),
        _ => About::Everybody,
    }
}

impl House<'_> {
    /// The name somebody has in the house.
    pub fn name_of(&self, id: &str) -> Option<&str> {
        let people = super::personas::PEOPLE.into_iter().chain(["guide", "elder", "novice", "gone"]);
        people.into_iter().find(|name| self.ids[*name] == id)
    }

    fn person_of(&self, id: &str) -> &'static str {
        let people = super::personas::PEOPLE.into_iter().chain(["guide", "elder", "novice", "gone"]);
        people.into_iter().find(|name| self.ids[*name] == id).unwrap_or("newcomer")
    }

    fn pair_of(&self, id: &str, view: &Value) -> &'static str {
        let is = |name: &str| self.ids.get(name).is_some_and(|known| known == id);
        match () {
            () if is("pair") || is("past_pair") => "main",
            () if is("other_pair") => "other",
            () if is("foreign_pair") => "foreign",
            () if is("proposal") => "proposal",
            () if is("published_novice") => "published_novice",
            () if is("published_other_mentee") => "published_other_mentee",
            () => {
                let [mentor, mentee] = ["mentor", "mentee"].map(|role| view[role]["id"].as_str().unwrap_or_default());
                match (self.person_of(mentor), self.person_of(mentee)) {
                    ("other_lead", "mentee") => "suggested",
                    ("lead", "mentee") => "asked",
                    ("mentor", "novice") => "proposed",
                    ("colleague", "other_mentee") => "made_alone",
                    ("mentor", "lead") => "made_in_program",
                    ("lead", "novice") => "published_novice",
                    ("lead", "other_mentee") => "published_other_mentee",
                    ("colleague", "manager") => "made_overriding",
                    two => panic!("nobody knows the pair of {two:?}: {view}"),
                }
            }
        }
    }
}
