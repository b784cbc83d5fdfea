//! What happens where the viewer may not look.

use serde_json::{Value, json};

use crate::matrix::personas::Reach::{self, ManagerVisible, NeverShared, Private};
use crate::matrix::personas::{About, may_learn};

/// Something that somebody does, and who may learn of it.
#[derive(Clone, Debug)]
pub struct Deed {
    pub actor: &'static str,
    pub method: &'static str,
    pub path: String,
    /// `{words}` stands for words that differ from world to world.
    pub body: Value,
    pub reach: Reach,
    pub about: About,
    /// The name that its record gets in the house.
    pub makes: Option<String>,
    /// Others see that it happened, and not everything of it: it happens in both worlds at once.
    pub is_paired: bool,
}

impl Deed {
    /// Whether none of the viewers may learn of it.
    pub fn is_hidden_from(&self, viewers: &[&str]) -> bool {
        viewers.iter().all(|who| !may_learn(who, self.reach, &self.about, Some(self.actor)))
    }
}

fn deed(reach: Reach, about: &About, actor: &'static str, method: &'static str, path: &str, body: Value) -> Deed {
    let (path, about) = (path.to_owned(), about.clone());
    Deed { actor, method, path, body, reach, about, makes: None, is_paired: false }
}

/// Everything that may happen.
pub fn deeds() -> Vec<Deed> {
    let mut all = Vec::new();
    for (pair, name, two) in [
        ("pair", "main", ["mentor", "mentee"]),
        ("other_pair", "other", ["mentor", "other_mentee"]),
        ("foreign_pair", "foreign", ["guide", "novice"]),
    ] {
        for actor in two {
            of_a_pair(&mut all, pair, &About::Pair(name), actor);
        }
    }
    for (session, goal, about, actors) in [
        ("session", "goal", About::Pair("main"), ["mentor", "mentee"]),
        ("other_session", "other_goal", About::Pair("other"), ["other_mentee", "other_mentee"]),
    ] {
        for actor in actors {
            of_a_session(&mut all, session, &about, actor);
            of_a_goal(&mut all, goal, &about, actor);
        }
    }
    for actor in ["mentor", "mentee", "other_mentee", "colleague", "novice", "guide", "manager"] {
        of_a_person(&mut all, actor);
    }
    together(&mut all);
    all
}

fn of_a_pair(all: &mut Vec<Deed>, pair: &str, about: &About, actor: &'static str) {
    let at = format!("/v1/pairs/{{{pair}}}");
    let entry = format!("entry_{actor}_{pair}");
    let write = deed(NeverShared, about, actor, "post", &format!("{at}/notebook-entries"), json!({"text": "{words}"}));
    all.push(Deed { makes: Some(entry.clone()), ..write });
    let entry = format!("/v1/notebook-entries/{{{entry}}}");
    all.push(deed(NeverShared, about, actor, "patch", &entry, json!({"text": "{words}"})));
    all.push(deed(NeverShared, about, actor, "delete", &entry, Value::Null));
    all.push(deed(Private, about, actor, "put", &format!("{at}/agreement"), json!({"text": "{words}"})));
    for cadence in [json!("weekly"), json!("as_needed"), Value::Null] {
        all.push(deed(Private, about, actor, "patch", &at, json!({"cadence": cadence})));
    }
    let session = format!("session_{actor}_{pair}");
    for starts_at in ["2026-03-03T09:15:00Z", "2026-03-02T09:10:00Z", "2026-03-20T12:00:00Z"] {
        let body = json!({"pair_id": format!("{{{pair}}}"), "starts_at": starts_at, "place": "{words}"});
        let schedule = deed(ManagerVisible, about, actor, "post", "/v1/sessions", body);
        all.push(Deed { makes: Some(session.clone()), ..schedule });
    }
    let at = format!("/v1/sessions/{{{session}}}");
    all.push(deed(ManagerVisible, about, actor, "patch", &at, json!({"length_minutes": 90, "kind": "midpoint"})));
    all.push(deed(ManagerVisible, about, actor, "post", &format!("{at}/complete"), json!({"outcome": "{words}"})));
    all.push(deed(ManagerVisible, about, actor, "post", &format!("{at}/cancel"), json!({"reason": "{words}"})));
    let move_it = json!({"starts_at": "2026-03-25T12:00:00Z"});
    all.push(deed(ManagerVisible, about, actor, "post", &format!("{at}/reschedule"), move_it));
}

fn of_a_session(all: &mut Vec<Deed>, session: &str, about: &About, actor: &'static str) {
    let at = format!("/v1/sessions/{{{session}}}");
    for (kind, body) in [
        ("agenda-items", json!({"topic": "other", "text": "{words}", "position": 1})),
        ("notes", json!({"text": "{words}"})),
        ("action-items", json!({"text": "{words}", "owner": "mentor"})),
    ] {
        let name = format!("{kind}_{actor}_{session}");
        let write = deed(Private, about, actor, "post", &format!("{at}/{kind}"), body);
        all.push(Deed { makes: Some(name.clone()), ..write });
        let old = format!("{actor}_{}", kind.trim_end_matches('s').replace('-', "_"));
        for name in [name, old] {
            let at = format!("/v1/{kind}/{{{name}}}");
            all.push(deed(Private, about, actor, "patch", &at, json!({"text": "{words}"})));
            if kind == "action-items" {
                all.push(deed(Private, about, actor, "post", &format!("{at}/complete"), json!({})));
                all.push(deed(Private, about, actor, "post", &format!("{at}/reopen"), json!({})));
            } else {
                all.push(deed(Private, about, actor, "delete", &at, Value::Null));
            }
        }
    }
    all.push(deed(Private, about, actor, "patch", &at, json!({"place": "{words}"})));
    all.push(deed(Private, about, actor, "patch", &at, json!({"link": null})));
    if session == "session" {
        for audience in ["manager", "lead"] {
            let body = json!({"field": "note.text", "record_id": format!("{{{actor}_note}}"), "audience": audience});
            all.push(deed(Private, &About::Opened(audience), actor, "post", "/v1/disclosures", body));
        }
        let body = json!({"what_went_well": "{words}", "energy": 4});
        all.push(deed(NeverShared, about, actor, "put", "/v1/sessions/{past_session}/reflection", body));
    }
}

fn of_a_goal(all: &mut Vec<Deed>, goal: &str, about: &About, actor: &'static str) {
    let name = format!("blocker_{actor}_{goal}");
    let path = format!("/v1/goals/{{{goal}}}/blockers");
    let raise = deed(Private, about, actor, "post", &path, json!({"text": "{words}"}));
    all.push(Deed { makes: Some(name.clone()), ..raise });
    for name in [name, format!("{actor}_blocker")] {
        let at = format!("/v1/blockers/{{{name}}}");
        all.push(deed(Private, about, actor, "patch", &at, json!({"text": "{words}"})));
        all.push(deed(Private, about, actor, "post", &format!("{at}/resolve"), json!({})));
    }
}

fn of_a_person(all: &mut Vec<Deed>, actor: &'static str) {
    let about = About::Person(actor);
    let at = format!("/v1/people/{{{actor}}}");
    let mut say = |reach, body| all.push(deed(reach, &about, actor, "patch", &format!("{at}/profile"), body));
    say(Private, json!({"learning_style": "{words}", "accommodations": null}));
    say(Private, json!({"communication_style": "{words}", "style_answers": [1, 2, 3, 4]}));
    say(Private, json!({"consents_to_personal_fit": false, "style_answers": null}));
    say(ManagerVisible, json!({"career_goals": "{words}", "career_interest": "{words}"}));
    say(ManagerVisible, json!({"target_role_id": "{dream}"}));
    say(ManagerVisible, json!({"target_role_id": null}));
    let need = |skill| json!({"needs": [{"skill_id": skill, "priority": 1, "current_level": 0, "target_level": 5}]});
    for needs in [need("{hiring}"), need("{rust}"), json!({"needs": []})] {
        all.push(deed(ManagerVisible, &about, actor, "put", &format!("{at}/needs"), needs));
    }
    let whom = if actor == "mentee" { "guide" } else { "mentee" };
    for whom in [whom, "admin", "lead"] {
        let block = format!("/v1/me/blocks/{{{whom}}}");
        all.push(deed(NeverShared, &about, actor, "put", &block, Value::Null));
        all.push(deed(NeverShared, &about, actor, "delete", &block, Value::Null));
    }
    for day in [json!("2001-02-03"), json!("2022-12-31")] {
        all.push(Deed {
            actor: "admin",
            ..deed(ManagerVisible, &about, actor, "patch", &at, json!({"hired_on": day}))
        });
    }
}

/// What everybody sees happen, with words for some.
fn together(all: &mut Vec<Deed>) {
    let main = About::Pair("main");
    let mut both = |reach, actor, path: &str, body| {
        all.push(Deed { is_paired: true, ..deed(reach, &main, actor, "post", path, body) });
    };
    let end = json!({"result": "{words}", "outcome_summary": "{words}"});
    both(ManagerVisible, "mentee", "/v1/goals/{goal}/achieve", end);
    both(Private, "mentee", "/v1/sessions/{session}/cancel", json!({"reason": "{words}"}));
    let end = json!({"reason": "goals_met", "outcome_summary": "{words}", "end_note": "{words}"});
    both(ManagerVisible, "mentor", "/v1/pairs/{pair}/end", end);
    let end = json!({"reason": "goals_met", "outcome_summary": "Well", "end_note": "{words}"});
    both(Private, "mentor", "/v1/pairs/{pair}/end", end);
}
