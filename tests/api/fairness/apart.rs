//! That nothing else knows of groups: not the code, not the database, not a byte of any answer.

use std::fs;
use std::path::Path;

use chrono::TimeDelta;
use mentorship::db::Db;
use mentorship::ids::PersonId;
use mentorship::policy::Scope;
use serde_json::{Value, json};

use super::load;
use crate::harness::{Client, Log, Setup, TestApp, sources};
use crate::notify::mails::take;
use crate::privacy::tables::dump;
use crate::suggestions::world::World;

/// The tables are named in the room alone, besides the list of tables behind row security; and of the other rooms only
/// what comes after it imports it: those who take data out, or away.
#[test]
fn no_other_room_reads_groups() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let rooms = fs::read_to_string(src.join("lib.rs")).expect("the rooms");
    let place = |room: &str| rooms.find(&format!("pub mod {room};")).unwrap_or_else(|| panic!("no room {room}"));
    let (mut naming, mut importing) = (Vec::new(), Vec::new());
    for path in sources() {
        let text = fs::read_to_string(&path).expect("a text");
        let path = path.strip_prefix(&src).expect("within").to_str().expect("a path").replace('\\', "/");
        if path.starts_with("fairness/") {
            continue;
        }
        if ["fairness_attributes", "fairness_groups", "fairness_members"].iter().any(|table| text.contains(table)) {
            naming.push(path.clone());
        }
        if text.contains("crate::fairness") {
            importing.push(path.split(['/', '.']).next().expect("a room").to_owned());
        }
    }
    naming.sort();
    importing.sort();
    importing.dedup();
    // The list of declared inputs names a table, and a section of the export is called like one.
    let expected = ["db/row_security.rs", "policy/inputs.rs", "privacy/export/gather.rs", "privacy/export/model.rs"];
    assert_eq!(naming, expected);
    assert_eq!(importing, ["app", "privacy"]);
    for room in importing {
        assert!(place(&room) > place("fairness"), "{room}");
    }
    for above in ["matching", "insights", "pairs", "programs", "people"] {
        assert!(place(above) < place("fairness"), "{above}");
    }
}

/// A small organisation, and what one of its mentees is told when they ask at a given moment.
async fn suggested(app: &TestApp, has_groups: bool) -> Vec<u8> {
    let world = World::new(app).await;
    let (mentee, one, other) = (world.mentee(app).await, world.mentor(app).await, world.mentor(app).await);
    let admin = app.as_with(app.person().await, &["admin"]);
    if has_groups {
        load(&admin, "hand", [(mentee, "left"), (one, "left"), (other, "right")]).await.ok();
    }
    app.clock.stop_at(app.clock.now() + TimeDelta::hours(1), 77);
    app.as_(mentee).post("/v1/suggestions", json!({"limit": 10})).await.created().bytes
}

/// The same organisation twice, once with groups: the suggestions are the same, byte by byte.
#[apply(on_both_engines!)]
async fn suggestions_know_nothing_of_groups(app: TestApp) {
    let twin = match app.db {
        Db::Sqlite { .. } => TestApp::on_sqlite().await,
        Db::Postgres { .. } => TestApp::on_postgres().await.expect("a database"),
    };
    let (with, without) = (suggested(app, true).await, suggested(&twin, false).await);
    let told: Value = serde_json::from_slice(&with).expect("JSON");
    assert_eq!(told["suggestions"].as_array().map(Vec::len), Some(2));
    assert!(with == without, "{told}\n{}", String::from_utf8_lossy(&without));
    twin.stop().await;
}

/// What the person has of it is in their export, sealed with their key, and goes with them.
#[apply(on_both_engines!)]
async fn a_group_is_in_ones_own_export_and_goes_with_an_erasure(app: TestApp) {
    let admin = app.as_with(app.person().await, &["admin"]);
    let (one, other) = (app.person().await, app.person().await);
    load(&admin, "hand", [(one, "left"), (other, "right")]).await.ok();
    load(&admin, "age band", [(other, "30 to 49")]).await.ok();
    let export = async |who: PersonId| app.as_(who).get("/v1/me/export").await.ok().body["fairness_groups"].clone();
    let told = |attribute: &str, group: &str| json!({"attribute": attribute, "group": group, "withheld": []});
    assert_eq!(export(one).await, json!([told("hand", "left")]));
    assert_eq!(export(other).await, json!([told("hand", "right"), told("age band", "30 to 49")]));

    // Which group it is stands nowhere in the open.
    let rows = dump(app).await;
    let (groups, members): (Vec<_>, Vec<_>) =
        rows.lines().filter(|row| row.starts_with("fairness_")).partition(|row| row.starts_with("fairness_groups"));
    assert_eq!((groups.len(), members.iter().filter(|row| row.starts_with("fairness_members")).count()), (3, 3));
    for group in groups {
        let id = group.split_once(": ").expect("a row").1.trim_matches(['(', 'X', '\'']);
        let id = &id[..id.find([',', '\'']).expect("an end")];
        let simple = id.replace('-', "").to_lowercase();
        assert_eq!(simple.len(), 32, "{group}");
        assert!(members.iter().all(|row| !row.replace('-', "").to_lowercase().contains(&simple)), "{group}");
    }

    let confirm = json!({"confirm": format!("{other}@example.com")});
    admin.post(&format!("/v1/people/{other}/erase"), confirm).await.ok();
    let rows = dump(app).await;
    let left: Vec<_> = rows.lines().filter(|row| row.starts_with("fairness_members")).collect();
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!(export(one).await, json!([told("hand", "left")]));
    let back = json!({"members": [{"person_id": other, "group": "left"}]});
    admin
        .put("/v1/fairness/attributes/hand", back)
        .await
        .problem(422, "invalid_value")
        .points_at("/members/0/person_id");
}

/// Everything that somebody may read, as it is.
async fn seen(client: &Client, person: PersonId) -> Vec<(String, Option<String>, Vec<u8>)> {
    let lists = [
        "people",
        "teams",
        "programs",
        "pairs",
        "sessions",
        "goals",
        "suggestions",
        "notices",
        "enrolments",
        "cadences",
        "pair-health",
        "disclosures",
        "deliveries",
        "webhooks",
        "service-accounts",
        "retention",
        "me",
        "me/blocks",
    ];
    let mut seen = Vec::new();
    let paths = lists.map(|list| format!("/v1/{list}")).into_iter();
    for path in paths.chain([format!("/v1/people/{person}"), format!("/v1/people/{person}/history")]) {
        let answer = client.get(&path).await;
        let etag = answer.headers.get("etag").map(|tag| tag.to_str().expect("a tag").to_owned());
        let mut body = answer.body.clone();
        if let Some(problem) = body.as_object_mut() {
            problem.remove("instance");
        }
        seen.push((path, etag, body.to_string().into_bytes()));
    }
    seen
}

/// Nobody sees a byte change when somebody's group is loaded, not even they themselves, besides their export.
#[apply(on_both_engines!)]
#[set_up_by(Setup { log: Some(Log::default()), ..Setup::default() })]
async fn no_answer_mail_or_log_changes_with_a_group(app: TestApp) {
    let pair = app.pair().await;
    let (admin, account) = (app.as_with(app.person().await, &["admin"]), app.service_account(&Scope::ALL).await);
    let viewers = [
        app.as_(pair.mentee),
        app.as_(pair.mentor),
        app.as_(pair.manager),
        app.as_with(pair.coordinator, &["coordinator"]),
        app.as_service(account, &Scope::ALL),
        admin.clone(),
    ];
    let group = "zebrafinch";
    let mut before = Vec::new();
    for viewer in &viewers {
        before.push(seen(viewer, pair.mentee).await);
    }
    let loaded = load(&admin, "stripes", [(pair.mentee, group)]).await.ok();
    assert!(!loaded.body.to_string().contains(&pair.mentee.to_string()));
    for (viewer, before) in viewers.iter().zip(&before) {
        assert_eq!(&seen(viewer, pair.mentee).await, before);
    }
    // Besides the name of the group, which admins gave it, nobody but the person meets it.
    let log = admin.get("/v1/audit-events").await.ok().body.to_string();
    assert!(!log.contains(group));
    for (place, viewer) in viewers.iter().enumerate() {
        let export = viewer.get("/v1/me/export").await.body.to_string();
        assert_eq!(export.contains(group), place == 0, "{place}");
        let accesses = viewer.get("/v1/me/access-log").await.body.to_string();
        assert!(!accesses.contains(group));
    }
    assert!(take(app).await.iter().all(|letter| !letter.whole.contains(group)));
    let logged = String::from_utf8(app.log.as_ref().expect("the set-up asks for it").bytes()).expect("text");
    assert!(logged.len() > 1_000 && !logged.contains(group));
}
