//! Who can write rows, and has no key, makes the service open nothing for the wrong person, under the wrong name, in the
//! wrong place or as of an earlier time.

use std::collections::BTreeSet;

use mentorship::db::{Sql, Tx};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::TestApp;
use crate::matrix::house::{Canary, House};

/// A row with sealed words, as somebody reads it.
struct Case {
    table: &'static str,
    /// What finds the row, `$1` being the id of the house's `name`.
    row: &'static str,
    name: &'static str,
    /// Where it is read.
    path: &'static str,
    /// Its sealed columns, and where they show.
    places: &'static [(&'static str, &'static str)],
    /// Columns that its words are bound to, and who or what else is put there.
    bound: &'static [(&'static str, &'static str)],
    /// Whether the words belong to the pair of the house, or to its author alone.
    of_both: bool,
}

const fn case(
    table: &'static str,
    name: &'static str,
    path: &'static str,
    places: &'static [(&'static str, &'static str)],
    bound: &'static [(&'static str, &'static str)],
) -> Case {
    Case { table, row: "id = $1", name, path, places, bound, of_both: true }
}

const fn of_one(case: Case) -> Case {
    Case { of_both: false, ..case }
}

/// Every sealed column but those below. A new one is missed by the test until it stands here.
const CASES: &[Case] = &[
    case(
        "notes",
        "mentee_note",
        "/v1/notes/{mentee_note}",
        &[("text", "/text")],
        &[("author_id", "mentor"), ("author_id", "novice"), ("pair_id", "other_pair"), ("session_id", "past_session")],
    ),
    case("notes", "mentee_note", "/v1/sessions/{session}", &[("text", "/notes")], &[("author_id", "mentor")]),
    case(
        "agenda_items",
        "mentor_agenda_item",
        "/v1/agenda-items/{mentor_agenda_item}",
        &[("topic", "/topic"), ("text", "/text")],
        &[("author_id", "mentee"), ("pair_id", "other_pair"), ("session_id", "other_session")],
    ),
    case(
        "action_items",
        "mentor_action_item",
        "/v1/action-items/{mentor_action_item}",
        &[("text", "/text")],
        &[("author_id", "mentee"), ("pair_id", "other_pair"), ("session_id", "past_session")],
    ),
    case(
        "blockers",
        "mentor_blocker",
        "/v1/blockers/{mentor_blocker}",
        &[("text", "/text")],
        &[("author_id", "mentee"), ("pair_id", "other_pair"), ("goal_id", "reached_goal")],
    ),
    of_one(case(
        "notebook_entries",
        "mentor_entry",
        "/v1/notebook-entries/{mentor_entry}",
        &[("text", "/text")],
        &[("author_id", "mentee"), ("author_id", "other_mentee"), ("pair_id", "other_pair")],
    )),
    Case {
        row: "session_id = $1 and what_went_well is not null and author_id = (select mentor_id from pairs where id = pair_id)",
        ..of_one(case(
            "reflections",
            "past_session",
            "/v1/sessions/{past_session}/reflection",
            &[
                ("what_went_well", "/what_went_well"),
                ("what_to_change", "/what_to_change"),
                ("what_i_learned", "/what_i_learned"),
                ("next_step", "/next_step"),
                ("energy", "/energy"),
                ("talk_share", "/talk_share"),
            ],
            &[("pair_id", "other_pair")],
        ))
    },
    case(
        "pairs",
        "pair",
        "/v1/pairs/{pair}",
        &[("cadence", "/cadence")],
        &[("mentor_id", "guide"), ("mentee_id", "novice")],
    ),
    Case {
        row: "pair_id = $1 and kind = 'agreement'",
        ..case(
            "pair_notes",
            "pair",
            "/v1/pairs/{pair}",
            &[("text", "/agreement/text")],
            &[("author_id", "mentor"), ("author_id", "novice")],
        )
    },
    case(
        "sessions",
        "session",
        "/v1/sessions/{session}",
        &[("place", "/place"), ("link", "/link")],
        &[("pair_id", "other_pair")],
    ),
    case(
        "sessions",
        "cancelled_session",
        "/v1/sessions/{cancelled_session}",
        &[("cancellation_reason", "/cancellation_reason/text")],
        &[("pair_id", "other_pair"), ("closed_by_id", "mentee")],
    ),
    of_one(case(
        "suggestions",
        "suggestion",
        "/v1/suggestions/{suggestion}",
        &[("assessment", "/reasons")],
        &[("mentee_id", "novice"), ("mentor_id", "colleague")],
    )),
    of_one(case(
        "suggestion_requests",
        "suggestion_request",
        "/v1/suggestion-requests/{suggestion_request}",
        &[("excluded", "/excluded")],
        &[("mentee_id", "novice")],
    )),
    of_one(case(
        "mentor_requests",
        "mentor_request",
        "/v1/mentor-requests/{mentor_request}",
        &[("message", "/message")],
        &[("mentee_id", "novice")],
    )),
    of_one(case(
        "people",
        "mentee",
        "/v1/people/{mentee}",
        &[
            ("learning_style", "/learning_style"),
            ("communication_style", "/communication_style"),
            ("accommodations", "/accommodations"),
        ],
        &[],
    )),
    of_one(case("webhooks", "webhook", "/v1/webhooks/{webhook}", &[("url", "/url")], &[])),
];

/// What no single record shows, so that it has tests of its own: inputs of suggestions and of the report of fairness,
/// secrets that sign, and what is written once and read beside another column above.
const SHOWN_BY_NO_RECORD: [&str; 7] = [
    "fairness_members.group_id",
    "match_cases.features",
    "match_cases.style",
    "people.style_answers",
    "suggestions.dismiss_note",
    "suggestions.dismiss_reason",
    "webhooks.secrets",
];

const READERS: [&str; 9] =
    ["mentor", "mentee", "other_mentee", "guide", "novice", "manager", "lead", "admin", "colleague"];

fn leaked(sql: String) -> &'static str {
    Box::leak(sql.into_boxed_str())
}

fn words(canary: &Canary) -> String {
    format!("canary.{}", canary.name)
}

impl House<'_> {
    fn uuid(&self, name: &str) -> Uuid {
        self.ids[name].parse().expect("an id")
    }
}

/// Who reads the words now. A list counts if it says any.
async fn readers(house: &mut House<'_>, path: &str, pointer: &str) -> Vec<&'static str> {
    let mut found = Vec::new();
    for who in READERS {
        let answer = house.ask(who, "get", path, &Value::Null).await;
        assert!(answer.status != 500, "{who} {path}: {}", answer.body);
        let shown = answer.body.pointer(pointer).filter(|value| !value.is_null() && **value != json!([]));
        if answer.status == 200 && shown.is_some() {
            found.push(who);
        }
    }
    found
}

async fn put(house: &House<'_>, sql: String, first: Uuid, second: Option<Uuid>) {
    let mut tx: Tx = house.app.db.write().await.expect("a unit of work");
    let query = tx.query(leaked(sql.clone())).bind(first);
    let query = match second {
        Some(second) => query.bind(second),
        None => query,
    };
    query.run().await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    tx.commit().await.expect("it commits");
}

/// Another author, pair, session or goal, other people of the pair, another row's words, and older ones.
#[apply(on_both_engines!)]
async fn a_row_that_was_changed_shows_no_words(app: TestApp) {
    let mut house = House::new(app, &words).await;
    house.furnish().await;
    for case in CASES {
        let id = house.uuid(case.name);
        let Case { table, row, .. } = case;
        for (column, pointer) in case.places {
            let before = readers(&mut house, case.path, pointer).await;
            assert!(!before.is_empty(), "nobody reads {table}.{column} at {}", case.path);
            // Each of the two reads a reflection of their own at that path, and one of them is changed.
            let others = usize::from(*table == "reflections");
            for (changed, other) in case.bound {
                let (kept,): (Option<Uuid>,) = app
                    .db
                    .read_one()
                    .await
                    .expect("a look")
                    .query(leaked(format!("select {changed} from {table} where {row}")))
                    .bind(id)
                    .one()
                    .await
                    .expect("a row");
                // A row found by what is changed is found by its id instead.
                let (own,): (Uuid,) = app
                    .db
                    .read_one()
                    .await
                    .expect("a look")
                    .query(leaked(format!("select id from {table} where {row}")))
                    .bind(id)
                    .one()
                    .await
                    .expect("a row");
                let set = format!("update {table} set {changed} = $2 where id = $1");
                put(&house, set.clone(), own, Some(house.uuid(other))).await;
                let after = readers(&mut house, case.path, pointer).await;
                assert_eq!(after.len(), others, "{table}.{column} with {changed} = {other}: {after:?}");
                put(&house, set, own, kept).await;
            }
            if *table != "pair_notes" && !table.starts_with("suggestion") && *table != "mentor_requests" {
                let count = if *table == "webhooks" { "url_revision" } else { "words_revision" };
                let set = |by| format!("update {table} set {count} = {count} {by} where {row}");
                put(&house, set("+ 1"), id, None).await;
                let after = readers(&mut house, case.path, pointer).await;
                assert_eq!(after.len(), others, "an older {table}.{column}: {after:?}");
                put(&house, set("- 1"), id, None).await;
            }
            if case.of_both {
                let pair = house.uuid("pair");
                let people = [("mentor_id", "mentor", "guide"), ("mentee_id", "mentee", "novice")];
                for (column, who, newcomer) in people {
                    let set = format!("update pairs set {column} = $2 where id = $1");
                    put(&house, set.clone(), pair, Some(house.uuid(newcomer))).await;
                    let after = readers(&mut house, case.path, pointer).await;
                    assert_eq!(after, [""; 0], "{table} with another {column}");
                    put(&house, set, pair, Some(house.uuid(who))).await;
                }
            }
            assert_eq!(readers(&mut house, case.path, pointer).await, before, "{table}.{column} as it was");
        }
    }
}

/// A goal that was moved to another pair takes no blocker along, and a suggestion no mentor who was put there.
#[apply(on_both_engines!)]
async fn what_hangs_on_a_moved_record_shows_no_words(app: TestApp) {
    let mut house = House::new(app, &words).await;
    house.furnish().await;
    assert!(!readers(&mut house, "/v1/goals/{goal}", "/blockers").await.is_empty());
    put(
        &house,
        "update goals set pair_id = $2 where id = $1".to_owned(),
        house.uuid("goal"),
        Some(house.uuid("other_pair")),
    )
    .await;
    // The mentor wrote it.
    for who in READERS.into_iter().filter(|who| *who != "mentor") {
        let answer = house.ask(who, "get", "/v1/goals/{goal}", &Value::Null).await;
        assert!(!answer.body.to_string().contains("canary.mentor.blocker"), "{who}: {}", answer.body);
        assert!(!answer.body["blockers"].to_string().contains("\"text\":\"canary"), "{who}: {}", answer.body);
    }
    let ask = "update mentor_request_choices set mentor_id = $2 where request_id = $1 and status = 'asked'";
    put(&house, ask.to_owned(), house.uuid("mentor_request"), Some(house.uuid("colleague"))).await;
    let asks = house.ask("colleague", "get", "/v1/mentor-invitations", &Value::Null).await;
    assert!(!asks.body.to_string().contains("canary"), "{}", asks.body);
    assert_eq!(asks.status, 503, "{}", asks.body);
}

/// What was read as it was written before is not the same as what stands there.
#[apply(on_both_engines!)]
async fn an_older_text_put_back_is_refused(app: TestApp) {
    let mut house = House::new(app, &words).await;
    house.furnish().await;
    let id = house.uuid("mentee_note");
    let stored = |text: &'static str| async move {
        app.db.read_one().await.expect("a look").query(text).bind(id).one::<(Vec<u8>,)>().await.expect("a note").0
    };
    let old = stored("select text from notes where id = $1").await;
    house.act("mentee", "patch", "/v1/notes/{mentee_note}", json!({"text": "Said differently"})).await;
    let mut tx = app.db.write().await.expect("a unit of work");
    tx.query("update notes set text = $2 where id = $1").bind(id).bind(old).run().await.expect("it is put back");
    tx.commit().await.expect("it commits");
    let refused = house.ask("mentee", "get", "/v1/notes/{mentee_note}", &Value::Null).await;
    refused.problem(503, "sealed_text_refused");
}

/// Nobody but its author opens a value for a manager: not by writing the row that says so, nor by taking back that it
/// was taken back.
#[apply(on_both_engines!)]
async fn a_disclosure_cannot_be_forged(app: TestApp) {
    let mut house = House::new(app, &words).await;
    house.furnish().await;
    let open = house.ask("manager", "get", "/v1/disclosures/{manager_disclosure}", &Value::Null).await.ok();
    assert!(open.body["value"].is_string(), "{}", open.body);
    let id = house.uuid("manager_disclosure");
    let set = "update disclosures set record_id = $2, disclosed_by_id = (select author_id from notes where id = $2) where id = $1";
    let (kept,): (Uuid,) = app
        .db
        .read_one()
        .await
        .expect("a look")
        .query("select record_id from disclosures where id = $1")
        .bind(id)
        .one()
        .await
        .expect("a disclosure");
    for note in ["mentee_note", "mentor_note"] {
        put(&house, set.to_owned(), id, Some(house.uuid(note))).await;
        let forged = house.ask("manager", "get", "/v1/disclosures/{manager_disclosure}", &Value::Null).await;
        assert!(forged.body["value"].is_null(), "{}", forged.body);
    }
    put(&house, set.to_owned(), id, Some(kept)).await;
    house.act("mentor", "post", "/v1/disclosures/{manager_disclosure}/revoke", json!({})).await;
    put(&house, "update disclosures set revoked_at = null where id = $1".to_owned(), id, None).await;
    let again = house.ask("manager", "get", "/v1/disclosures/{manager_disclosure}", &Value::Null).await;
    assert!(again.body["value"].is_null(), "{}", again.body);
}

/// The list above has every sealed column.
#[apply(on_both_engines!)]
async fn every_sealed_column_is_attacked(app: TestApp) {
    let columns = Sql {
        sqlite: "select t.name, c.name from sqlite_master t join pragma_table_info(t.name) c
                 where t.type = 'table' and lower(c.type) = 'bytea'
                    and c.name not in ('fingerprint', 'hash', 'voucher', 'signature') order by 1, 2",
        postgres: "select table_name::text, column_name::text from information_schema.columns
                   where table_schema = 'public' and data_type = 'bytea'
                       and column_name not in ('fingerprint', 'hash', 'voucher', 'signature')
                       and table_name not like '\\_sqlx%' order by 1, 2",
    };
    let found: Vec<(String, String)> =
        app.db.read_one().await.expect("a look").query(columns).all().await.expect("columns");
    let found: BTreeSet<_> = found.into_iter().map(|(table, column)| format!("{table}.{column}")).collect();
    let attacked =
        CASES.iter().flat_map(|case| case.places.iter().map(|(column, _)| format!("{}.{column}", case.table)));
    let known: BTreeSet<_> = attacked.chain(SHOWN_BY_NO_RECORD.map(str::to_owned)).collect();
    let missed: Vec<_> = found.difference(&known).filter(|name| !name.starts_with("audit_")).collect();
    assert!(missed.is_empty(), "{missed:?}");
}
