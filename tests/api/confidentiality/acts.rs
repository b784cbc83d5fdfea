//! What happens where the viewer may not look.

use serde_json::{Value, json};

use super::chance::Organisation;
use crate::matrix::personas::Reach::{self, ManagerVisible, NeverShared, Private};
use crate::matrix::personas::{About, may_learn};

/// Something that somebody does, and who may learn of it.
#[derive(Clone, Debug)]
pub struct Act {
    pub actor: String,
    /// Who could do likewise, so that another author is a difference, too.
    pub partner: Option<String>,
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

impl Act {
    /// Whether the viewer may not learn of it, if `actor` does it.
    pub fn is_hidden_from(&self, viewer: &str, actor: &str) -> bool {
        !may_learn(viewer, self.reach, &self.about, Some(actor))
    }
}

fn act(reach: Reach, about: &About, actor: &str, method: &'static str, path: &str, body: Value) -> Act {
    let (actor, path, about) = (actor.to_owned(), path.to_owned(), about.clone());
    Act { actor, partner: None, method, path, body, reach, about, makes: None, is_paired: false }
}

/// Everything that may happen.
pub fn acts(organisation: &Organisation) -> Vec<Act> {
    let mut all = Vec::new();
    for (pair, name, [mentor, mentee]) in [
        ("pair", "main", ["mentor", "mentee"]),
        ("other_pair", "other", ["mentor", "other_mentee"]),
        ("foreign_pair", "foreign", ["guide", "novice"]),
    ] {
        of_a_pair(&mut all, pair, &About::Pair(name), [mentor, mentee]);
    }
    for (pair, around) in &organisation.pairs {
        of_a_pair(&mut all, pair, &About::Two(around.clone()), [&around[0], &around[1]]);
    }
    for session in ["session", "past_session", "new_session"] {
        of_a_session(&mut all, session, &About::Pair("main"), ["mentor", "mentee"]);
    }
    of_a_session(&mut all, "other_session", &About::Pair("other"), ["other_mentee"; 2]);
    of_a_goal(&mut all, "goal", &About::Pair("main"), ["mentor", "mentee"]);
    of_a_goal(&mut all, "other_goal", &About::Pair("other"), ["other_mentee"; 2]);
    for actor in ["mentor", "mentee", "other_mentee", "colleague", "novice", "guide", "manager"] {
        of_a_person(&mut all, actor);
    }
    for actor in ["mentor", "mentee"] {
        let path = "/v1/pairs/{past_pair}/notebook-entries";
        let write = act(NeverShared, &About::Pair("main"), actor, "post", path, json!({"text": "{words}"}));
        all.push(Act { makes: Some(format!("entry_{actor}_past_pair")), ..write });
    }
    about_suggestions(&mut all);
    about_asks(&mut all);
    about_enrolments(&mut all);
    about_matching_rounds(&mut all);
    together(&mut all);
    all
}

fn of_a_pair(all: &mut Vec<Act>, pair: &str, about: &About, two: [&str; 2]) {
    for [actor, partner] in [two, [two[1], two[0]]] {
        let begin = all.len();
        by_one_of_a_pair(all, pair, about, actor);
        for act in &mut all[begin..] {
            act.partner = Some(partner.to_owned());
        }
    }
}

fn by_one_of_a_pair(all: &mut Vec<Act>, pair: &str, about: &About, actor: &str) {
    let at = format!("/v1/pairs/{{{pair}}}");
    let entry = format!("entry_{actor}_{pair}");
    let write = act(NeverShared, about, actor, "post", &format!("{at}/notebook-entries"), json!({"text": "{words}"}));
    all.push(Act { makes: Some(entry.clone()), ..write });
    let entry = format!("/v1/notebook-entries/{{{entry}}}");
    all.push(act(NeverShared, about, actor, "get", &entry, Value::Null));
    all.push(act(NeverShared, about, actor, "patch", &entry, json!({"text": "{words}"})));
    all.push(act(NeverShared, about, actor, "delete", &entry, Value::Null));
    all.push(act(Private, about, actor, "put", &format!("{at}/agreement"), json!({"text": "{words}"})));
    for cadence in [json!("weekly"), json!("as_needed"), Value::Null] {
        all.push(act(Private, about, actor, "patch", &at, json!({"cadence": cadence})));
    }
    let session = format!("session_{actor}_{pair}");
    for starts_at in ["2026-03-03T09:15:00Z", "2026-03-02T09:10:00Z", "2026-03-20T12:00:00Z"] {
        let body = json!({"pair_id": format!("{{{pair}}}"), "starts_at": starts_at, "place": "{words}",
            "link": "https://video.example.com/7", "kind": "kickoff", "length_minutes": 30, "time_zone": "Asia/Tokyo"});
        let schedule = act(ManagerVisible, about, actor, "post", "/v1/sessions", body);
        all.push(Act { makes: Some(session.clone()), ..schedule });
    }
    let at = format!("/v1/sessions/{{{session}}}");
    all.push(act(ManagerVisible, about, actor, "patch", &at, json!({"length_minutes": 90, "kind": "midpoint"})));
    all.push(act(ManagerVisible, about, actor, "post", &format!("{at}/complete"), json!({"outcome": "{words}"})));
    all.push(act(ManagerVisible, about, actor, "post", &format!("{at}/cancel"), json!({"reason": "{words}"})));
    let move_it = json!({"starts_at": "2026-03-25T12:00:00Z", "length_minutes": 15, "time_zone": "Europe/Zurich"});
    all.push(act(ManagerVisible, about, actor, "post", &format!("{at}/reschedule"), move_it));
}

fn of_a_session(all: &mut Vec<Act>, session: &str, about: &About, two: [&str; 2]) {
    for [actor, partner] in [two, [two[1], two[0]]] {
        let begin = all.len();
        by_one_of_a_session(all, session, about, actor);
        for act in &mut all[begin..] {
            act.partner = Some(partner.to_owned());
        }
    }
}

fn by_one_of_a_session(all: &mut Vec<Act>, session: &str, about: &About, actor: &str) {
    let at = format!("/v1/sessions/{{{session}}}");
    for (kind, body) in [
        ("agenda-items", json!({"topic": "other", "text": "{words}", "position": 1})),
        ("notes", json!({"text": "{words}"})),
        ("action-items", json!({"text": "{words}", "owner": "mentor", "due_on": "2026-03-20"})),
    ] {
        let name = format!("{kind}_{actor}_{session}");
        let write = act(Private, about, actor, "post", &format!("{at}/{kind}"), body);
        all.push(Act { makes: Some(name.clone()), ..write });
        let old = format!("{actor}_{}", kind.trim_end_matches('s').replace('-', "_"));
        // What the house has in it, it has in one session a pair.
        let old = ["session", "other_session"].contains(&session).then_some(old);
        for name in [name].into_iter().chain(old) {
            let at = format!("/v1/{kind}/{{{name}}}");
            all.push(act(Private, about, actor, "patch", &at, json!({"text": "{words}"})));
            if kind == "agenda-items" {
                all.push(act(Private, about, actor, "patch", &at, json!({"topic": "networking", "position": 7})));
            }
            if kind == "action-items" {
                all.push(act(Private, about, actor, "patch", &at, json!({"owner": "mentee", "due_on": null})));
                all.push(act(Private, about, actor, "post", &format!("{at}/complete"), json!({})));
                all.push(act(Private, about, actor, "post", &format!("{at}/reopen"), json!({})));
            } else {
                all.push(act(Private, about, actor, "delete", &at, Value::Null));
            }
        }
    }
    all.push(act(Private, about, actor, "patch", &at, json!({"place": "{words}"})));
    all.push(act(Private, about, actor, "patch", &at, json!({"link": null})));
    if session == "session" {
        for audience in ["manager", "lead"] {
            let body = json!({"field": "note.text", "record_id": format!("{{{actor}_note}}"), "audience": audience});
            let open = act(Private, &About::Opened(audience), actor, "post", "/v1/disclosures", body);
            all.push(Act { makes: Some(format!("disclosure_{actor}_{audience}")), ..open });
        }
        let body = json!({"what_went_well": "{words}", "what_to_change": "{words}", "what_i_learned": "{words}",
            "next_step": "{words}", "energy": 4, "talk_share": 1});
        all.push(act(NeverShared, about, actor, "put", "/v1/sessions/{past_session}/reflection", body));
    }
}

fn of_a_goal(all: &mut Vec<Act>, goal: &str, about: &About, two: [&str; 2]) {
    for [actor, partner] in [two, [two[1], two[0]]] {
        let begin = all.len();
        by_one_of_a_goal(all, goal, about, actor);
        for act in &mut all[begin..] {
            act.partner = Some(partner.to_owned());
        }
    }
}

fn by_one_of_a_goal(all: &mut Vec<Act>, goal: &str, about: &About, actor: &str) {
    let name = format!("blocker_{actor}_{goal}");
    let path = format!("/v1/goals/{{{goal}}}/blockers");
    let raise = act(Private, about, actor, "post", &path, json!({"text": "{words}"}));
    all.push(Act { makes: Some(name.clone()), ..raise });
    for name in [name, format!("{actor}_blocker")] {
        let at = format!("/v1/blockers/{{{name}}}");
        all.push(act(Private, about, actor, "patch", &at, json!({"text": "{words}"})));
        all.push(act(Private, about, actor, "post", &format!("{at}/resolve"), json!({})));
    }
}

fn of_a_person(all: &mut Vec<Act>, actor: &'static str) {
    let about = About::Person(actor);
    let at = format!("/v1/people/{{{actor}}}");
    let mut say = |reach, body| all.push(act(reach, &about, actor, "patch", &format!("{at}/profile"), body));
    say(Private, json!({"learning_style": "{words}", "accommodations": null}));
    say(Private, json!({"communication_style": "{words}", "style_answers": [1, 2, 3, 4]}));
    say(Private, json!({"consents_to_personal_fit": false, "style_answers": null}));
    say(ManagerVisible, json!({"career_goals": "{words}", "career_interest": "{words}"}));
    say(ManagerVisible, json!({"target_role_id": "{dream}"}));
    say(ManagerVisible, json!({"target_role_id": null}));
    let need = |skill| json!({"needs": [{"skill_id": skill, "priority": 1, "current_level": 0, "target_level": 5}]});
    for needs in [need("{hiring}"), need("{rust}"), json!({"needs": []})] {
        all.push(act(ManagerVisible, &about, actor, "put", &format!("{at}/needs"), needs));
    }
    let whom = if actor == "mentee" { "guide" } else { "mentee" };
    for whom in [whom, "admin", "lead", "other_lead"] {
        let block = format!("/v1/me/blocks/{{{whom}}}");
        all.push(act(NeverShared, &about, actor, "put", &block, Value::Null));
        all.push(act(NeverShared, &about, actor, "delete", &block, Value::Null));
    }
    for day in [json!("2001-02-03"), json!("2022-12-31")] {
        all.push(Act {
            actor: "admin".to_owned(),
            ..act(ManagerVisible, &about, actor, "patch", &at, json!({"hired_on": day}))
        });
    }
}

/// What everybody sees happen, with words for some.
fn together(all: &mut Vec<Act>) {
    let main = About::Pair("main");
    let mut both = |reach, actor: &str, path: &str, body| {
        all.push(Act { is_paired: true, ..act(reach, &main, actor, "post", path, body) });
    };
    let end = json!({"result": "{words}", "outcome_summary": "{words}"});
    both(ManagerVisible, "mentee", "/v1/goals/{goal}/achieve", end.clone());
    both(ManagerVisible, "mentor", "/v1/goals/{goal}/miss", end.clone());
    both(ManagerVisible, "mentee", "/v1/goals/{draft}/abandon", end);
    both(Private, "mentee", "/v1/sessions/{session}/cancel", json!({"reason": "{words}"}));
    let end = json!({"reason": "goals_met", "outcome_summary": "{words}", "end_note": "{words}"});
    both(ManagerVisible, "mentor", "/v1/pairs/{pair}/end", end);
    let end = json!({"reason": "goals_met", "outcome_summary": "Well", "end_note": "{words}"});
    both(Private, "mentor", "/v1/pairs/{pair}/end", end);
    let override_it = json!({"mentor_id": "{guide}", "mentee_id": "{other_mentee}", "override_reason": "{words}"});
    let two = About::Two(["guide", "other_mentee", "", ""].map(str::to_owned));
    let create = act(ManagerVisible, &two, "admin", "post", "/v1/pairs", override_it);
    all.push(Act { is_paired: true, ..create });
}

/// What the mentee is told, and the leads.
fn about_suggestions(all: &mut Vec<Act>) {
    let ask = json!({"model": "career"});
    all.push(act(Private, &About::Suggestion, "mentee", "post", "/v1/suggestions", ask));
    for name in ["suggestion", "spare_suggestion"] {
        let path = format!("/v1/suggestions/{{{name}}}/dismiss");
        let body = json!({"reason": "other", "note": "{words}"});
        all.push(act(Private, &About::Suggestion, "mentee", "post", &path, body));
    }
}

/// What the mentee and whoever is asked know, and the admin.
fn about_asks(all: &mut Vec<Act>) {
    let mut say = |actor, path, body| all.push(act(Private, &About::Asked, actor, "post", path, body));
    say("lead", "/v1/mentor-invitations/{mentor_invitation}/decline", json!({}));
    say("mentee", "/v1/mentor-requests/{mentor_request}/withdraw", json!({}));
    let elder = json!({"choices": ["{spare_suggestion}"], "message": "{words}"});
    say("mentee", "/v1/mentor-requests", elder);
    let both = json!({"choices": ["{spare_suggestion}", "{suggestion}"], "message": "{words}", "days_to_answer": 2});
    say("mentee", "/v1/mentor-requests", both);
}

/// What those learn who lead the club.
fn about_enrolments(all: &mut Vec<Act>) {
    let enrol = json!({"role": "mentor", "capacity": 2});
    let enrol = act(Private, &About::Enrolment("guide"), "guide", "post", "/v1/programs/{club}/enrolments", enrol);
    all.push(Act { makes: Some("enrolment_guide".to_owned()), ..enrol });
    let (own, made) = ("/v1/enrolments/{enrolment}", "/v1/enrolments/{enrolment_guide}");
    for (person, actor, method, path, body) in [
        ("mentee", "mentee", "post", format!("{own}/withdraw"), json!({})),
        ("mentee", "lead", "post", format!("{own}/approve"), json!({})),
        ("mentee", "lead", "post", format!("{own}/decline"), json!({})),
        ("mentee", "mentee", "patch", own.to_owned(), json!({"wishes": ["{guide}"]})),
        ("guide", "guide", "patch", made.to_owned(), json!({"capacity": 3})),
        ("guide", "guide", "post", format!("{made}/withdraw"), json!({})),
        ("guide", "lead", "post", format!("{made}/approve"), json!({})),
    ] {
        all.push(act(Private, &About::Enrolment(person), actor, method, &path, body));
    }
}

/// What those learn who lead the club, and nobody who is matched in it.
fn about_matching_rounds(all: &mut Vec<Act>) {
    for (method, path, body) in [
        ("patch", "/v1/matching-drafts/{matching_draft}", json!({"is_locked": true})),
        ("post", "/v1/matching-drafts/{matching_draft}/swap", json!({"other_draft_id": "{other_matching_draft}"})),
        ("post", "/v1/matching-drafts/{other_matching_draft}/refuse", json!({})),
    ] {
        all.push(act(Private, &About::MatchingRound, "lead", method, path, body));
    }
}
