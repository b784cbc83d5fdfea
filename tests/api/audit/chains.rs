//! Honest histories: whatever happened, nothing is found wrong.

use std::process::Command;

use mentorship::db::Db;
use serde_json::json;

use super::{alter_with, chain, session, sign, verdict};
use crate::harness::TestApp;

/// A change that opens nothing private.
async fn add_person(app: &TestApp) {
    let admin = app.as_with(app.person().await, &["admin"]);
    let email = format!("{}@example.com", app.clock.uuid());
    admin.post("/v1/people", json!({"name": "Ada", "email": email})).await.created();
}

/// Nothing is wrong with what nobody touched.
#[apply(on_both_engines!)]
async fn an_untouched_log_is_sound(app: TestApp) {
    let empty = verdict(app).await;
    assert!(empty.is_sound() && empty.found.events == 0, "{empty}");
    chain(app).await;
    let first = verdict(app).await;
    assert!(first.is_sound() && first.found.events > 10 && first.found.unchained == 0, "{first}");
    chain(app).await;
    let second = verdict(app).await;
    assert!(second.found.checkpoints > first.found.checkpoints, "{second}");
    let told = second.to_string();
    assert!(told.starts_with("nothing wrong, ") && told.contains(", last 2026-03-02T09:00:08"), "{told}");
    assert!(told.ends_with(&format!("last checkpoint {}", second.found.last.expect("one"))), "{told}");
}

/// What a process left unchained that was killed, another chains and signs; numbers that are missing are named.
#[apply(on_both_engines!)]
async fn the_chain_of_the_dead_is_finished_by_others(app: TestApp) {
    chain(app).await;
    let dead = app.beside();
    add_person(&dead).await;
    sign(&dead).await;
    // From now on nobody chains for it.
    dead.kill_keeper().await;
    for _ in 0..4 {
        add_person(&dead).await;
    }
    // A transaction of it that was undone left its number out.
    let second = "number = 3 and seq is null";
    let is_gone = format!("delete from audit_events where {second}");
    alter_with(app, is_gone.clone(), is_gone).await;
    let waiting = verdict(app).await;
    assert!(waiting.is_sound() && waiting.found.unchained == 3, "{waiting}");
    sign(app).await;
    assert_eq!(verdict(app).await.found.unchained, 3, "it may still be at work");
    app.clock.advance(chrono::TimeDelta::minutes(5));
    sign(app).await;
    sign(app).await;
    let found = verdict(app).await;
    assert!(found.is_sound() && found.found.unchained == 0, "{found}");
    assert_eq!(found.found.gaps.len(), 1, "{found}");
    assert!(found.to_string().contains("numbers 3 are missing"), "{found}");
    dead.leave().await;
}

/// A process that seemed to have ended goes on: nobody took it for an attacker.
#[apply(on_both_engines!)]
async fn a_process_that_was_only_slow_goes_on_with_its_chain(app: TestApp) {
    chain(app).await;
    let slow = app.beside();
    add_person(&slow).await;
    sign(&slow).await;
    slow.kill_keeper().await;
    add_person(&slow).await;
    app.clock.advance(chrono::TimeDelta::minutes(5));
    sign(app).await;
    add_person(&slow).await;
    slow.state.audit_log().sign_and_finish().await.expect("it goes on");
    add_person(&slow).await;
    slow.state.audit_log().sign_and_finish().await.expect("it goes on");
    let found = verdict(app).await;
    assert!(found.is_sound() && found.found.unchained == 0, "{found}");
    slow.leave().await;
}

/// The same change in the same request at the same moment, as when a play is played again: one event.
#[apply(on_both_engines!)]
async fn an_event_that_is_written_again_is_one_event(app: TestApp) {
    let pair = app.pair().await;
    let mentor = app.as_(pair.mentor);
    let entries = format!("{}/notebook-entries", pair.path);
    let entry = mentor.post(&entries, json!({"text": "x"})).await.created().id();
    sign(app).await;
    let before = verdict(app).await.found.events;
    let now = app.clock.now();
    for text in ["y", "z", "x"] {
        app.clock.stop_at(now, 77);
        mentor.patch(&format!("/v1/notebook-entries/{entry}"), json!({"text": text})).await.ok();
        app.state.audit_log().settle().await.expect("it is written");
    }
    sign(app).await;
    let found = verdict(app).await;
    // The change, and the look at what it came to.
    assert!(found.is_sound() && found.found.events == before + 2, "{found}");
}

/// Instances on one database have a chain each, and both are sound.
#[apply(on_both_engines!)]
async fn each_instance_has_its_chain(app: TestApp) {
    let pair = chain(app).await;
    let beside = app.beside();
    for _ in 0..3 {
        beside.as_(pair.mentor).post(&format!("{}/notebook-entries", pair.path), json!({"text": "x"})).await.created();
    }
    beside.leave().await;
    let mut tx = app.db.read_one().await.expect("a look");
    let (chains,): (i64,) = tx.query("select count(*) from audit_chains").one().await.expect("a count");
    drop(tx);
    assert_eq!(chains, 2);
    let found = verdict(app).await;
    assert!(found.is_sound() && found.found.unchained == 0, "{found}");
}

/// Three at once, with transactions that are undone and answers that nobody waits for.
#[apply(on_both_engines!)]
async fn three_instances_and_impatient_clients_make_sound_chains(app: TestApp) {
    let pair = chain(app).await;
    let path = format!("{}/notebook-entries", pair.path);
    let (second, third) = (app.beside(), app.beside());
    let mut all = tokio::task::JoinSet::new();
    for number in 0..60_u64 {
        let instance = [app, &second, &third][usize::try_from(number % 3).expect("small")];
        let (client, path, refused) = (instance.as_(pair.mentor), path.clone(), format!("{}/accept", pair.path));
        all.spawn(async move {
            match number % 4 {
                0 => drop(client.post(&refused, json!({})).await),
                1 => {
                    let patience = std::time::Duration::from_millis(number);
                    let _ = tokio::time::timeout(patience, client.post(&path, json!({"text": "x"}))).await;
                }
                _ => drop(client.post(&path, json!({"text": "x"})).await.created()),
            }
        });
    }
    while let Some(done) = all.join_next().await {
        done.expect("it is done");
    }
    for instance in [&second, &third, app] {
        sign(instance).await;
    }
    second.leave().await;
    third.leave().await;
    sign(app).await;
    let found = verdict(app).await;
    assert!(found.is_sound() && found.found.unchained == 0, "{found}");
}

/// Many at once, some of them undone: every link holds.
#[apply(on_both_engines!)]
async fn a_crowd_makes_one_sound_chain(app: TestApp) {
    let pair = app.pair().await;
    let session = session(app, &pair).await;
    let path = format!("/v1/sessions/{session}/notes");
    let mut all = tokio::task::JoinSet::new();
    for number in 0..40 {
        let (client, path) = (app.as_(if number % 2 == 0 { pair.mentor } else { pair.mentee }), path.clone());
        all.spawn(async move {
            client.post(&path, json!({"text": "x"})).await.created();
            client.get(&path).await.ok();
        });
    }
    while let Some(done) = all.join_next().await {
        done.expect("it is done");
    }
    sign(app).await;
    let found = verdict(app).await;
    assert!(found.is_sound() && found.found.unchained == 0 && found.found.events >= 40 * 3, "{found}");
}

/// `mentorship audit`, as an operator types it.
#[actix_web::test]
async fn an_operator_verifies_the_log() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mentorship"));
        command
            .args(words)
            .arg("--data")
            .arg(folder.path())
            .env_remove("DATABASE_URL")
            .env_remove("MENTORSHIP_KEYRING");
        let done = command.output().expect("it runs");
        let told = String::from_utf8([done.stdout, done.stderr].concat()).expect("text");
        (told, done.status.code())
    };
    let (told, code) = run(&["audit", "verify"]);
    assert!(told.contains("there is no database") && code != Some(0), "{told}");
    run(&["token", "person", "ada@example.com", "--create", "Ada"]);
    let (key, _) = run(&["audit", "public-key"]);
    assert_eq!(key, run(&["audit", "public-key"]).0, "it stays the same");
    let (told, _) = run(&["audit", "verify"]);
    assert!(told.starts_with("nothing wrong, 1 events, 1 checkpoints, last "), "{told}");
    let (_, last) = told.trim().split_once("last checkpoint ").expect("to compare with");
    assert_eq!(run(&["audit", "verify", "--since", last]).1, Some(0));
    let (told, code) = run(&["audit", "verify", "--since", &format!("9{last}")]);
    assert!(told.starts_with("wrong: older: "), "{told}");
    assert_eq!(code, Some(1));
    assert_eq!(run(&["audit", "verify", "--since", "yesterday"]).1, Some(2));
    let url = format!("sqlite://{}", folder.path().join("mentorship.db").display());
    let db =
        Db::open(&url, 1, mentorship::db::Durability::Full, mentorship::vault::Ring::of_one()).await.expect("it opens");
    let mut tx = db.write().await.expect("a unit of work");
    tx.query("update audit_events set act = 'nothing'").run().await.expect("it is altered");
    tx.commit().await.expect("it commits");
    db.close().await;
    let (told, code) = run(&["audit", "verify"]);
    assert!(
        told.starts_with("wrong: writer ") && told.contains(", seq 1, event ") && told.contains(" altered: "),
        "{told}"
    );
    assert_eq!(code, Some(1));
}
