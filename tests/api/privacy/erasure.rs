//! Erasing a person: they are gone, their partners' words stay, and no backup brings them back.

use mentorship::db::{Db, Sql};
use mentorship::ids::PersonId;
use mentorship::privacy::erasure::repeat::repeat_erasures;
use serde_json::{Value, json};
use uuid::Uuid;

use super::checkpoint;
use super::tables::{back_up, dump, restore};
use crate::harness::TestApp;
use crate::matrix::house::{Canary, House};
use crate::matrix::personas::{About, Reach, may_learn};

fn cry(canary: &Canary) -> String {
    format!("canary.{}.{}", canary.reach.name(), canary.name)
}

/// Whether an erasure takes it: what they wrote, and the words of goals that are theirs. In this
/// house all goals are the mentees'.
fn goes_with(who: &str, canary: &Canary) -> bool {
    let is_of_goal = canary.name.starts_with("goal.");
    if is_of_goal { who == "mentee" && canary.about == About::Pair("main") } else { canary.author == who }
}

fn id_of(house: &House<'_>, who: &str) -> PersonId {
    house.ids[who].parse::<Uuid>().expect("an id").into()
}

/// Nothing of the person is left in the rows, and all that is others' is.
async fn check(app: &TestApp, house: &mut House<'_>, who: &'static str) {
    let rows = dump(app).await;
    let named = rows.replace("other_mentee", "somebody else");
    for words in [format!("The {who}"), format!("{who}@example.com"), format!("hr-{who}"), format!("{who} of things")] {
        assert!(
            !named.contains(&words),
            "{words} in {}",
            named.lines().find(|row| row.contains(&words)).unwrap_or_default()
        );
    }
    for canary in house.canaries.iter().filter(|canary| matches!(canary.reach, Reach::Public | Reach::ManagerVisible)) {
        assert_eq!(rows.contains(&cry(canary)), !goes_with(who, canary), "{}", cry(canary));
    }
    // What others still read in their own exports, opened.
    let partners = ["mentor", "mentee", "other_mentee", "colleague"].into_iter().filter(|partner| *partner != who);
    for partner in partners {
        let export = house.ask(partner, "get", "/v1/me/export", &Value::Null).await.ok().body.to_string();
        for canary in &house.canaries {
            let is_theirs = canary.author == partner && may_learn(partner, canary.reach, &canary.about, Some(partner));
            if goes_with(who, canary) {
                assert!(!export.contains(&cry(canary)), "{partner} still reads {}", cry(canary));
            } else if is_theirs {
                assert!(export.contains(&cry(canary)), "{partner} lost {}", cry(canary));
            }
        }
    }
    assert_eq!(envelopes(app, id_of(house, who)).await, Vec::<String>::new(), "sealed by them");
}

/// Columns that still hold something sealed with one of their keys.
async fn envelopes(app: &TestApp, who: PersonId) -> Vec<String> {
    let mut keys = app.db.keys().read_one().await.expect("a look");
    let keys: Vec<(Uuid,)> =
        keys.query("select id from keys.data_keys where author_id = $1").bind(who).all().await.expect("keys");
    assert!(!keys.is_empty());
    let mut tx = app.db.read().await.expect("a snapshot");
    let columns: Vec<(String, String)> = tx
        .query(Sql {
            sqlite: "select t.name, c.name from sqlite_master t join pragma_table_info(t.name) c
                     where t.type = 'table' and lower(c.type) = 'bytea' and c.name not in ('fingerprint', 'voucher')",
            postgres: "select table_name::text, column_name::text from information_schema.columns
                       where table_schema = 'public' and data_type = 'bytea' and column_name not in ('fingerprint', 'voucher')
                           and table_name not like '\\_sqlx%'",
        })
        .all()
        .await
        .expect("columns");
    let mut found = Vec::new();
    for (table, column) in columns {
        let sql: &'static str =
            Box::leak(format!("select {column} from {table} where {column} is not null").into_boxed_str());
        let stored: Vec<(Vec<u8>,)> = tx.query(sql).all().await.expect("values");
        let theirs = stored
            .iter()
            .filter(|(envelope,)| keys.iter().any(|(key,)| envelope.get(1..17) == Some(&key.as_bytes()[..])));
        found.extend(theirs.map(|_| format!("{table}.{column}")));
    }
    found
}

async fn erase(house: &mut House<'_>, who: &str) {
    let confirm = json!({"confirm": format!("{who}@example.com")});
    let erased = house.ask("admin", "post", &format!("/v1/people/{{{who}}}/erase"), &confirm).await.ok();
    erased.has("/name", "Erased person").has("/status", "departed").has("/external_id", Value::Null);
}

/// A mentee with everything one can write.
#[apply(on_both_engines!)]
async fn an_erased_mentee_leaves_nothing_but_what_is_counted(app: TestApp) {
    let mut house = House::new(app, &cry).await;
    house.furnish().await;
    erase(&mut house, "mentee").await;
    house.send("mentee", "get", "/v1/me", None, &[]).await.problem(401, "unauthenticated");
    check(app, &mut house, "mentee").await;
    let pair = house.ask("mentor", "get", "/v1/pairs/{pair}", &Value::Null).await.ok();
    let pair = pair.has("/status", "ended").has("/end_reason", "person_left").has("/mentee/name", "Erased person");
    pair.has("/ended_on", "2026-03-02").has("/cadence", "weekly");
    let goals = house.ask("colleague", "get", "/v1/goals?pair_id={pair}", &Value::Null).await.ok();
    assert!(goals.items().iter().all(|goal| goal["title"] == "Erased"), "{}", goals.body);
    assert_eq!(goals.items().len(), 3, "they are counted");
    let mentor = house.ask("mentor", "get", "/v1/people/{mentor}", &Value::Null).await.ok();
    mentor.has("/mentoring/active", 1);
    for list in ["/v1/pairs", "/v1/sessions", "/v1/goals", "/v1/people", "/v1/suggestions", "/v1/disclosures"] {
        for who in ["mentor", "admin"] {
            assert!(house.ask(who, "get", list, &Value::Null).await.status == 200, "{who} {list}");
        }
    }
}

/// A mentor of two: each pair keeps what the mentee said.
#[apply(on_both_engines!)]
async fn an_erased_mentor_leaves_the_words_of_their_mentees(app: TestApp) {
    let mut house = House::new(app, &cry).await;
    house.furnish().await;
    erase(&mut house, "mentor").await;
    check(app, &mut house, "mentor").await;
    for pair in ["pair", "other_pair"] {
        let pair = house.ask("admin", "get", &format!("/v1/pairs/{{{pair}}}"), &Value::Null).await.ok();
        pair.has("/status", "ended").has("/end_reason", "person_left");
    }
    let entry = house.ask("mentee", "get", "/v1/notebook-entries/{mentee_entry}", &Value::Null).await.ok();
    assert!(entry.body["text"].as_str().is_some_and(|text| text.starts_with("canary.")));
    house.ask("mentee", "get", "/v1/notes/{mentor_note}", &Value::Null).await.problem(404, "not_found");
    // What keeps SQLite's own file readable is overwritten in it.
    if let Db::Sqlite { .. } = app.db {
        checkpoint(app).await;
        let file = std::fs::read(app.url.trim_start_matches("sqlite://")).expect("the database");
        for canary in house.canaries.iter().filter(|canary| goes_with("mentor", canary)) {
            let words = cry(canary).into_bytes();
            assert!(!file.windows(words.len()).any(|window| window == words), "{}", cry(canary));
        }
    }
}

/// Who is still here is not erased by a slip of the hand.
#[apply(on_both_engines!)]
async fn an_erasure_is_meant(app: TestApp) {
    let pair = app.pair().await;
    let admin = app.as_with(app.person().await, &["admin"]);
    let path = format!("/v1/people/{}/erase", pair.mentee);
    admin.post(&path, json!({})).await.problem(409, "wrong_state");
    admin
        .post(&path, json!({"confirm": "somebody@example.com"}))
        .await
        .problem(422, "invalid_value")
        .points_at("/confirm");
    for who in [pair.mentee, pair.mentor, pair.manager] {
        app.as_(who)
            .post(&path, json!({"confirm": format!("{}@example.com", pair.mentee)}))
            .await
            .problem(403, "not_allowed");
    }
    let lead = app.as_with(pair.coordinator, &["coordinator"]);
    lead.post(&path, json!({})).await.problem(403, "not_allowed");
    app.as_(pair.mentee).patch(&pair.path, json!({"cadence": "weekly"})).await.ok();
    admin.patch(&format!("/v1/people/{}", pair.mentee), json!({"status": "departed"})).await.ok();
    let first = admin.post(&path, json!({})).await.ok();
    let again = admin.post(&path, json!({})).await.ok();
    assert_eq!(first.bytes, again.bytes, "it changes nothing the second time");
    app.as_(pair.mentor).get(&pair.path).await.ok().has("/cadence", Value::Null).has("/status", "ended");
    let back = json!({"name": "Somebody", "status": "active"});
    admin.patch(&format!("/v1/people/{}", pair.mentee), back).await.problem(409, "wrong_state");
    admin.post("/v1/suggestions", json!({"mentee_id": pair.mentee})).await.problem(409, "person_not_active");
    assert!(again.body["erased_at"].is_string());
    admin.post(&format!("/v1/people/{}/erase", PersonId::new(&app.clock)), json!({})).await.problem(404, "not_found");
}

/// The database comes back as it was before the erasure; the keys are those of today.
#[apply(on_both_engines!)]
async fn a_restored_backup_brings_nobody_back(app: TestApp) {
    let mut house = House::new(app, &cry).await;
    house.furnish().await;
    back_up(app).await;
    erase(&mut house, "mentee").await;
    restore(app).await;
    assert!(dump(app).await.contains("The mentee"), "it is back");
    // Until the service starts again their words stay closed, and nothing breaks.
    let apart = app.apart(app.db.keys().ring().clone()).await;
    let mentor = apart.as_(id_of(&house, "mentor"));
    for list in ["/v1/pairs", "/v1/sessions", "/v1/me/export", "/v1/disclosures"] {
        let told = mentor.get(list).await.ok().body.to_string();
        let private =
            house.canaries.iter().filter(|canary| canary.reach == Reach::Private && canary.author == "mentee");
        assert!(private.into_iter().all(|canary| !told.contains(&cry(canary))), "{list}");
    }
    apart.stop().await;
    assert_eq!(repeat_erasures(&app.db, &app.clock).await.expect("it runs"), 1);
    check(app, &mut house, "mentee").await;
    assert_eq!(repeat_erasures(&app.db, &app.clock).await.expect("it runs"), 0);
    house.send("mentee", "get", "/v1/me", None, &[]).await.problem(401, "unauthenticated");
}

/// The other way round: the keys come back, and the rows know better.
#[apply(on_both_engines!)]
async fn restored_keys_are_destroyed_again(app: TestApp) {
    let mut house = House::new(app, &cry).await;
    house.furnish().await;
    erase(&mut house, "mentee").await;
    let mut keys = app.db.keys().read_one().await.expect("a look");
    keys.query("delete from keys.erasures").run().await.expect("it is done");
    drop(keys);
    assert_eq!(repeat_erasures(&app.db, &app.clock).await.expect("it runs"), 1);
    assert_eq!(app.db.keys().erasures().await.expect("a list").len(), 1);
}
