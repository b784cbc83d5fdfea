//! The table's shape: one row an operation and target, one column a viewer.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::house::{House, Ids, fill, fill_body};
use super::organisation::ORGANISATION;
use super::reads::READS;
use super::relationship::RELATIONSHIP;
use crate::document::operations;

/// Operation, target in its path, query or body, and the answer to each of `PEOPLE` and then of
/// `SERVICES`: `k` it passes (2xx, or a refusal that only who is let through can get: 409, 412,
/// 422, 428), `-` an empty list, `3` 403, `4` 404. The target `fresh` is made anew for each
/// viewer who passes, by [`renew`].
#[derive(Clone, Copy, Debug)]
pub struct Row(pub &'static str, pub &'static str, pub &'static str, pub &'static str, pub &'static str);

/// Operations without a row, each with the reason.
pub const EXCEPTIONS: &[(&str, &str)] = &[
    ("read_calendar", "needs no token but the address, which nobody else is told; see tests/api/notify/feeds.rs"),
    ("sign_out", "ends the tokens that the matrix works with; see tests/api/identity/out.rs"),
];

/// All rows: what is read first, what ends a pair last.
pub fn rows() -> impl Iterator<Item = &'static Row> {
    READS.iter().chain(ORGANISATION).chain(RELATIONSHIP)
}

/// An operation as the document has it.
#[derive(Clone, Debug)]
pub struct Operation {
    pub path: String,
    pub method: String,
    pub document: Value,
}

/// The operations under `/v1/`, by name.
pub fn documented() -> BTreeMap<String, Operation> {
    let under_v1 = operations().into_iter().filter(|(path, ..)| path.starts_with("/v1/"));
    under_v1
        .map(|(path, method, document)| {
            let name = document["operationId"].as_str().expect("a name").to_owned();
            (name, Operation { path, method, document })
        })
        .collect()
}

impl Row {
    /// The answer expected for a column.
    pub fn expected(&self, column: usize) -> char {
        let Self(name, _, _, people, services) = self;
        assert_eq!((people.len(), services.len()), (8, 8), "{name} lacks columns");
        people.chars().chain(services.chars()).nth(column).expect("a column")
    }

    /// Path and body for one viewer.
    pub fn request(&self, ids: &Ids, operation: &Operation, who: &str) -> (String, Option<Vec<u8>>) {
        let Self(_, target, rest, ..) = self;
        let target = target.replace("{who}", who);
        let target = ids.get(&target).cloned().unwrap_or(target);
        let path = match operation.path.split_once('{') {
            Some((before, after)) => before.to_owned() + &target + after.split_once('}').map_or("", |(_, rest)| rest),
            None => operation.path.clone(),
        };
        if operation.method == "get" {
            return (path + &fill(rest, ids), None);
        }
        let text = rest.replace("{who}", who);
        let body = (!text.is_empty()).then(|| serde_json::from_str::<Value>(&text).expect("a body"));
        (path, body.map(|body| fill_body(&body, ids).to_string().into_bytes()))
    }
}

/// Makes a target that the operation uses up. Everybody may ask for it: who is refused gets no further.
#[expect(clippy::too_many_lines, reason = "a table")]
pub async fn renew(house: &mut House<'_>, operation: &str, who: &str) {
    let author = if ["mentor", "mentee"].contains(&who) { who } else { "mentee" };
    let number = house.steps();
    let (maker, path, body) = match operation {
        "delete_department" => ("admin", "/v1/departments", json!({"name": format!("D{number}")})),
        "delete_team" => ("admin", "/v1/teams", json!({"name": format!("T{number}")})),
        "delete_skill" => ("admin", "/v1/skills", json!({"name": format!("S{number}")})),
        "delete_career_ladder" => {
            ("admin", "/v1/career-ladders", json!({"name": format!("L{number}"), "track": "individual"}))
        }
        "delete_ladder_role" => {
            ("admin", "/v1/career-ladders/{ladder}/roles", json!({"name": format!("R{number}"), "level": 2}))
        }
        "delete_webhook" => {
            ("admin", "/v1/webhooks", json!({"url": "https://hooks.example.com/", "scopes": ["pairs:read"]}))
        }
        "delete_notebook_entry" => (author, "/v1/pairs/{pair}/notebook-entries", json!({"text": "x"})),
        "delete_agenda_item" => (author, "/v1/sessions/{session}/agenda-items", json!({"topic": "other", "text": "x"})),
        "delete_note" => (author, "/v1/sessions/{session}/notes", json!({"text": "x"})),
        "delete_key_result" => (author, "/v1/goals/{goal}/key-results", json!({"title": "x", "kind": "yes_no"})),
        "delete_plan_step" => (author, "/v1/goals/{goal}/plan-steps", json!({"text": "x"})),
        "complete_session" => {
            (author, "/v1/sessions", json!({"pair_id": "{pair}", "starts_at": "2026-03-02T09:30:00Z"}))
        }
        "miss_goal" => {
            begin_goal(house, author).await;
            return;
        }
        "revoke_disclosure" => {
            let (field, audience) = ("pair.cadence", "manager");
            (author, "/v1/disclosures", json!({"field": field, "record_id": "{pair}", "audience": audience}))
        }
        "delete_block" => {
            block(house, who).await;
            return;
        }
        // As if it had been learnt long ago.
        "promote_match_model" => {
            return foster(
                house,
                "learnt-900",
                &[
                    "insert into match_models (version, status, base, seed, attempts, created_at, decided_at, revision)
             values (900, 'shadow', 0, 1, 1, '2026-01-05T00:00:00Z', '2026-01-05T00:00:00Z', 1) on conflict do nothing",
                ],
            )
            .await;
        }
        "roll_back_match_model" => {
            return foster(
                house,
                "learnt-901",
                &[
                    "update match_models set status = 'retired' where status = 'in_use'",
                    "insert into match_models (version, status, base, seed, attempts, created_at, decided_at, revision)
             values (901, 'in_use', 0, 1, 1, '2026-01-05T00:00:00Z', '2026-01-05T00:00:00Z', 1)
             on conflict (version) do update set status = 'in_use'",
                ],
            )
            .await;
        }
        "sign_out_service_account" => {
            ("admin", "/v1/service-accounts", json!({"name": format!("A{number}"), "scopes": ["pairs:read"]}))
        }
        "read_identity_rebind" | "confirm_identity_rebind" | "reject_identity_rebind" => {
            new_sign_in(house, who).await;
            return;
        }
        "decline_enrolment" => {
            apply(house).await;
            return;
        }
        "refuse_matching_draft" | "plan_matching_round_again" | "publish_matching_round" | "undo_matching_round" => {
            ready_matching_round(house, operation).await;
            return;
        }
        "delete_fairness_attribute" => {
            let members = json!({"members": [{"person_id": "{mentee}", "group": "left"}]});
            house.act("admin", "put", "/v1/fairness/attributes/passing", members).await;
            house.ids.insert("fresh".to_owned(), "passing".to_owned());
            return;
        }
        "create_mentor_request"
        | "withdraw_mentor_request"
        | "decline_mentor_invitation"
        | "accept_mentor_invitation" => {
            ask_mentor(house, operation).await;
            return;
        }
        "delete_calendar_feed" => {
            let owner = if House::is_person(who) { who } else { "mentee" };
            house.act(owner, "post", "/v1/me/calendar-feed", json!({})).await;
            return;
        }
        "accept_pair" | "decline_pair" => {
            // The mentee proposes and the mentor answers; what the one before left open is closed first.
            if house.ids.contains_key("proposed") {
                house.ask("novice", "post", "/v1/pairs/{proposed}/decline", &json!({})).await;
                house.ask("novice", "post", "/v1/pairs/{proposed}/end", &json!({"reason": "other"})).await;
            }
            let pair = json!({"mentor_id": "{mentor}", "mentee_id": "{novice}"});
            house.make("proposed", "novice", "/v1/pairs", pair).await;
            let id = house.ids["proposed"].clone();
            house.ids.insert("fresh".to_owned(), id);
            return;
        }
        other => panic!("nobody says how to make what {other} uses up"),
    };
    house.make("fresh", maker, path, body).await;
}

/// Makes a target that no request makes.
async fn foster(house: &mut House<'_>, name: &str, statements: &[&'static str]) {
    let mut tx = house.app.db.write().await.expect("a unit of work");
    for statement in statements {
        tx.query(*statement).run().await.expect("it is done");
    }
    tx.commit().await.expect("it commits");
    house.ids.insert("fresh".to_owned(), name.to_owned());
}

/// Somebody signed in as this person in a new way.
async fn new_sign_in(house: &mut House<'_>, who: &str) {
    let person: uuid::Uuid = house.ids[if House::is_person(who) { who } else { "mentee" }].parse().expect("an id");
    let (app, binding) = (house.app, house.app.clock.uuid());
    let (now, later) = (app.clock.now(), app.clock.now() + chrono::TimeDelta::days(7));
    let mut tx = app.db.write().await.expect("a unit of work");
    tx.query("delete from identity_rebinds where person_id = $1").bind(person).run().await.expect("it is gone");
    tx.query("insert into identity_bindings (id, person_id, issuer, subject, bound_at, opens_at) values ($1, $2, 'x', $3, $4, $5)")
        .bind(binding)
        .bind(person)
        .bind(binding.to_string())
        .bind(now)
        .bind(later)
        .run()
        .await
        .expect("it is bound");
    tx.query("insert into identity_rebinds (person_id, opened_at, binding_id, opens_at) values ($1, $2, $3, $4)")
        .bind(person)
        .bind(now)
        .bind(binding)
        .bind(later)
        .run()
        .await
        .expect("it waits");
    tx.commit().await.expect("it commits");
}

/// Whoever asks keeps away from the one who left.
async fn block(house: &mut House<'_>, who: &str) {
    let blocker = if House::is_person(who) { who } else { "mentee" };
    house.act(blocker, "put", "/v1/me/blocks/{gone}", Value::Null).await;
    let gone = house.ids["gone"].clone();
    house.ids.insert("fresh".to_owned(), gone);
}

/// A goal that the pair works towards.
async fn begin_goal(house: &mut House<'_>, author: &str) {
    let goal = json!({"pair_id": "{pair}", "title": "Hold a talk", "measurable": "One", "target_on": "2026-05-01"});
    house.make("fresh", author, "/v1/goals", goal).await;
    house.act(author, "post", "/v1/goals/{fresh}/activate", json!({})).await;
}

/// The matching round as the operation needs it.
async fn ready_matching_round(house: &mut House<'_>, operation: &str) {
    house.bring_matching_round(if operation == "undo_matching_round" { "published" } else { "drafted" }).await;
    let name = if operation == "refuse_matching_draft" { "matching_draft" } else { "matching_round" };
    if name == "matching_draft" {
        house.act("lead", "patch", "/v1/matching-drafts/{matching_draft}", json!({"mentor_id": "{lead}"})).await;
    }
    let id = house.ids[name].clone();
    house.ids.insert("fresh".to_owned(), id);
}

/// The mentee applies to the club, one application at a time: what the one before left open is closed first.
async fn apply(house: &mut House<'_>) {
    if house.ids.contains_key("application") {
        house.ask("mentee", "post", "/v1/enrolments/{application}/withdraw", &json!({})).await;
    }
    house.make("application", "mentee", "/v1/programs/{club}/enrolments", json!({"role": "mentee"})).await;
    let id = house.ids["application"].clone();
    house.ids.insert("fresh".to_owned(), id);
}

/// The mentee asks for a mentor in the forum, whose leads are admins: what the one before left open is closed first.
async fn ask_mentor(house: &mut House<'_>, operation: &str) {
    let mentor = match operation {
        "accept_mentor_invitation" => "lead",
        "decline_mentor_invitation" => "other_lead",
        _ => "elder",
    };
    let open =
        house.ask("mentee", "get", "/v1/mentor-requests?status=open&program_id={forum}", &Value::Null).await.ok();
    for request in open.items() {
        let id = request["id"].as_str().expect("an id");
        house.act("mentee", "post", &format!("/v1/mentor-requests/{id}/withdraw"), json!({})).await;
    }
    let asked = json!({"program_id": "{forum}", "limit": 10});
    let made = house.act("mentee", "post", "/v1/suggestions", asked).await;
    let made = made.body["suggestions"].as_array().expect("a list");
    let suggestion = made.iter().find(|one| one["mentor"]["id"] == house.ids[mentor]).expect("a suggestion");
    house.ids.insert("fresh".to_owned(), suggestion["id"].as_str().expect("an id").to_owned());
    if operation == "create_mentor_request" {
        return;
    }
    house.make("fresh", "mentee", "/v1/mentor-requests", json!({"choices": ["{fresh}"]})).await;
    if operation != "withdraw_mentor_request" {
        let asked = house.ask(mentor, "get", "/v1/mentor-invitations", &Value::Null).await.ok();
        let ask = asked.items().last().expect("one").clone();
        house.ids.insert("fresh".to_owned(), ask["id"].as_str().expect("an id").to_owned());
    }
}
