//! What the database itself gives out, and takes, when nobody asks the service's policy.

use mentorship::db::{OnBehalfOf, Tx};
use mentorship::goals::blocker;
use mentorship::ids::{NoteId, PersonId};
use mentorship::pairs::notebook;
use mentorship::people::person::block;
use mentorship::sessions::{action_item, agenda, note, reflection};
use uuid::Uuid;

use super::walled;
use crate::harness::TestApp;
use crate::matrix::house::{Canary, House};

/// Whose the rows of a pair are.
const OF_THE_TWO: &str =
    "$1 in (select mentor_id from pairs where id = pair_id union select mentee_id from pairs where id = pair_id)";

/// Each table behind the wall, whose its rows are, and all that one may see of it by our own words.
const TABLES: [(&str, &str); 11] = [
    ("pair_notes", OF_THE_TWO),
    ("agenda_items", OF_THE_TWO),
    ("notes", OF_THE_TWO),
    ("action_items", OF_THE_TWO),
    ("blockers", OF_THE_TWO),
    ("notebook_entries", "author_id = $1"),
    ("reflections", "author_id = $1"),
    ("person_blocks", "person_id = $1"),
    ("notices", "recipient_id = $1"),
    ("fairness_members", "person_id = $1"),
    ("audit_events", "$1 in (author_id, actor_id)"),
];

fn said(canary: &Canary) -> String {
    canary.name.clone()
}

fn text(sql: String) -> &'static str {
    Box::leak(sql.into_boxed_str())
}

fn person(house: &House<'_>, who: &str) -> Uuid {
    house.ids[who].parse().expect("an id")
}

async fn counted(tx: &mut Tx, table: &str, of: Option<(&str, Uuid)>) -> i64 {
    let (count,): (i64,) = match of {
        None => tx.query(text(format!("select count(*) from {table}"))).one().await,
        Some((only, id)) => tx.query(text(format!("select count(*) from {table} where {only}"))).bind(id).one().await,
    }
    .expect("a count");
    count
}

async fn furnished(app: &TestApp) -> House<'_> {
    let mut house = House::new(app, &said).await;
    house.furnish().await;
    house.act("mentee", "put", "/v1/me/blocks/{guide}", serde_json::Value::Null).await;
    house
}

/// In looks, snapshots and units of work alike.
async fn conversations(app: &TestApp) -> [Tx; 3] {
    let (look, read, write) = (app.db.read_one().await, app.db.read().await, app.db.write().await);
    [look.expect("a look"), read.expect("a snapshot"), write.expect("a unit of work")]
}

#[actix_web::test]
async fn the_database_gives_each_their_own_and_nobody_anything() {
    let Some(app) = walled().await else { return };
    let house = furnished(&app).await;
    for (table, only) in TABLES {
        let all = {
            let mut tx = OnBehalfOf::Service.scope(app.db.read_one()).await.expect("a look");
            counted(&mut tx, table, None).await
        };
        assert!(all > 0, "{table} is empty");
        for who in [
            "mentor",
            "mentee",
            "other_mentee",
            "manager",
            "lead",
            "other_lead",
            "admin",
            "colleague",
            "novice",
            "hris",
        ] {
            let id = person(&house, who);
            let mut tx = OnBehalfOf::Service.scope(app.db.read_one()).await.expect("a look");
            let theirs = counted(&mut tx, table, Some((only, id))).await;
            drop(tx);
            for mut tx in OnBehalfOf::Viewer(id).scope(conversations(&app)).await {
                assert_eq!(counted(&mut tx, table, None).await, theirs, "{who} in {table}");
            }
            let is_party = ["mentor", "mentee"].contains(&who) && table != "person_blocks";
            assert!(!is_party || theirs > 0, "{who} has nothing in {table}");
            // The lead is told who would like to take part, and is asked to be somebody's mentor.
            let is_told = table == "audit_events" || (who, table) == ("lead", "notices");
            let is_outside = ["manager", "lead", "admin", "hris"].contains(&who) && !is_told;
            assert!(!is_outside || theirs == 0, "{who} has something in {table}");
            // The same connections, and nobody is named: what was said before is forgotten.
            for mut tx in conversations(&app).await {
                assert_eq!(counted(&mut tx, table, None).await, 0, "nobody in {table}");
            }
        }
    }
    app.stop().await;
}

/// The stores as they are, without a policy before or after them.
#[actix_web::test]
async fn without_the_services_own_policy_private_rows_stay_hidden() {
    let Some(app) = walled().await else { return };
    let house = furnished(&app).await;
    let id = |name: &str| person(&house, name);
    let read = async || {
        let mut tx = app.db.read().await.expect("a snapshot");
        let (session, past, mentee) = (id("session").into(), id("past_session").into(), PersonId::from(id("mentee")));
        [
            note::store::list(&mut tx, session, NoteId::first(), 100).await.expect("notes").len(),
            usize::from(note::store::find(&mut tx, id("mentee_note").into()).await.expect("a note").is_some()),
            usize::from(
                agenda::store::find(&mut tx, id("mentee_agenda_item").into()).await.expect("an item").is_some(),
            ),
            action_item::store::list_of_session(&mut tx, session, 100).await.expect("items").len(),
            blocker::store::list_open(&mut tx, id("goal").into()).await.expect("blockers").len(),
            usize::from(notebook::store::find(&mut tx, id("mentee_entry").into()).await.expect("an entry").is_some()),
            usize::from(reflection::store::find(&mut tx, mentee, past).await.expect("a reflection").is_some()),
            block::store::list(&mut tx, mentee, PersonId::first(), 100).await.expect("blocks").len(),
        ]
    };
    let theirs = OnBehalfOf::Viewer(id("mentee")).scope(read()).await;
    assert!(theirs.iter().all(|count| *count > 0), "{theirs:?}");
    let shared = OnBehalfOf::Viewer(id("mentor")).scope(read()).await;
    assert_eq!((&shared[..5], &shared[5..]), (&theirs[..5], &[0, 0, 0][..]));
    for who in ["colleague", "manager", "lead", "other_lead", "admin", "other_mentee", "hris"] {
        assert_eq!(OnBehalfOf::Viewer(id(who)).scope(read()).await, [0; 8], "{who}");
    }
    assert_eq!(read().await, [0; 8], "nobody");
    app.stop().await;
}

/// Rows cannot be put into another pair, nor words into another's mouth; what is hidden cannot be
/// changed or removed.
#[actix_web::test]
async fn nobody_writes_where_they_do_not_belong() {
    let Some(app) = walled().await else { return };
    let house = furnished(&app).await;
    let id = |name: &str| person(&house, name);
    let add = async |asker: Option<Uuid>, author: Uuid, table: &str, columns: &str, values: &str| {
        let write = async || {
            let mut tx = app.db.write().await.expect("a unit of work");
            let row = app.clock.uuid();
            tx.query(text(format!(
                "insert into {table} (id, pair_id, author_id, created_at, {columns}) values ('{row}', '{}', '{author}', now(), {values})",
                id("pair")
            )))
            .run()
            .await
        };
        match asker {
            Some(asker) => OnBehalfOf::Viewer(asker).scope(write()).await,
            None => write().await,
        }
    };
    let session = id("session");
    let rows = [
        ("notes", "session_id, text, updated_at, revision", format!("'{session}', '', now(), 1")),
        (
            "agenda_items",
            "session_id, topic, text, position, updated_at, revision",
            format!("'{session}', '', '', 1, now(), 1"),
        ),
        (
            "action_items",
            "session_id, owner_id, text, status, updated_at, revision",
            format!("'{session}', '{}', '', 'open', now(), 1", id("mentee")),
        ),
        ("blockers", "goal_id, text, updated_at, revision", format!("'{}', '', now(), 1", id("goal"))),
        ("pair_notes", "kind, text", "'end_note', ''".to_owned()),
        ("notebook_entries", "text, updated_at, revision", "'', now(), 1".to_owned()),
    ];
    for (table, columns, values) in &rows {
        assert_eq!(add(Some(id("mentor")), id("mentor"), table, columns, values).await.expect("it is theirs"), 1);
        let refused = [
            (Some(id("colleague")), id("colleague")),
            (Some(id("admin")), id("admin")),
            (Some(id("manager")), id("mentee")),
            (Some(id("mentor")), id("mentee")),
            (None, id("mentee")),
        ];
        for (asker, author) in refused {
            let refused = add(asker, author, table, columns, values).await.expect_err("it is not theirs").to_string();
            assert!(refused.contains("row-level security policy"), "{table}: {refused}");
        }
    }
    for (table, _) in TABLES {
        let is_log = table == "audit_events";
        for statement in [
            format!("update {table} set {0} = {0}", if table == "person_blocks" { "person_id" } else { "id" }),
            format!("delete from {table}"),
        ] {
            if is_log && statement.starts_with("delete") {
                continue;
            }
            let mut tx = OnBehalfOf::Viewer(id("admin")).scope(app.db.write()).await.expect("a unit of work");
            assert_eq!(tx.query(text(statement.clone())).run().await.expect("it runs"), 0, "{statement}");
        }
        let mut tx = OnBehalfOf::Viewer(id("mentee")).scope(app.db.write()).await.expect("a unit of work");
        let refused =
            tx.query(text(format!("truncate {table}"))).run().await.expect_err("it is not theirs").to_string();
        assert!(refused.contains("permission denied"), "{refused}");
    }
    app.stop().await;
}

/// Not even the service takes something out of the log, or signs another past.
#[actix_web::test]
async fn the_log_is_written_and_never_rewritten() {
    let Some(app) = walled().await else { return };
    furnished(&app).await;
    for statement in [
        "delete from audit_events",
        "delete from audit_records",
        "delete from audit_chains",
        "delete from audit_checkpoints",
        "update audit_records set event_id = event_id",
        "update audit_checkpoints set at = at",
    ] {
        let mut tx = OnBehalfOf::Service.scope(app.db.write()).await.expect("a unit of work");
        let refused = tx.query(statement).run().await.expect_err("it is not theirs").to_string();
        assert!(refused.contains("permission denied"), "{statement}: {refused}");
    }
    app.stop().await;
}

/// Lists find their rows by an index, the pairs of whoever asks among them.
#[actix_web::test]
async fn the_wall_reads_no_whole_table() {
    let Some(app) = walled().await else { return };
    let house = furnished(&app).await;
    let mut tx = OnBehalfOf::Viewer(person(&house, "mentor")).scope(app.db.write()).await.expect("a unit of work");
    tx.query("set local enable_seqscan = off").run().await.expect("a setting");
    let (session, pair) = (person(&house, "session"), person(&house, "pair"));
    for list in [
        format!("select text from notes where session_id = '{session}' and id > '{pair}' order by id limit 50"),
        format!("select text from action_items where pair_id = '{pair}' order by id limit 50"),
        format!("select exists (select 1 from pair_notes where pair_id = '{pair}')"),
    ] {
        let plan: Vec<(String,)> = tx.query(text(format!("explain {list}"))).all().await.expect("a plan");
        let plan: Vec<_> = plan.into_iter().map(|(line,)| line).collect();
        let plan = plan.join("\n");
        assert!(plan.contains("pairs_by_mentor") && plan.contains("pairs_by_mentee"), "{plan}");
        assert!(!plan.contains("Seq Scan"), "{plan}");
    }
    drop(tx);
    app.stop().await;
}
