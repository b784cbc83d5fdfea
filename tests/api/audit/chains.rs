//! The chain: what somebody does to it who can write to the database is named.

use std::process::Command;

use mentorship::db::Db;
use mentorship::trail::{Signer, Trail, Verdict, Wrong, verify};
use serde_json::json;

use super::{alter, note, session};
use crate::harness::{Pair, SIGNER, TestApp};

/// Ten links at least, signed to the last.
async fn chain(app: &TestApp) -> Pair {
    let pair = app.pair().await;
    let session = session(app, &pair).await;
    for _ in 0..4 {
        app.clock.advance(chrono::TimeDelta::seconds(1));
        let note = note(app, &session, pair.mentor).await;
        app.as_(pair.mentee).get(&format!("/v1/notes/{note}")).await.ok();
    }
    sign(app).await;
    pair
}

async fn sign(app: &TestApp) {
    app.state.trail().settle().await.expect("it is written");
    app.state.trail().tend().await.expect("it is signed");
}

async fn verdict(app: &TestApp) -> Verdict {
    let key = Signer::new(&SIGNER).expect("a key").public_key();
    verify(&mut app.db.read().await.expect("a snapshot"), &key).await.expect("it is read")
}

#[track_caller]
fn is_bad(verdict: &Verdict, seq: i64, wrong: Wrong) {
    let Verdict::Bad(link) = verdict else { panic!("{verdict}") };
    assert_eq!((link.seq, link.wrong), (seq, wrong), "{verdict}");
}

on_both_engines! {
    /// Nothing is wrong with what nobody touched.
    async fn an_untouched_log_is_sound(app: TestApp) {
        let Verdict::Sound(empty) = verdict(app).await else { panic!("nothing is in it") };
        assert_eq!(empty.events, 0);
        chain(app).await;
        let Verdict::Sound(found) = verdict(app).await else { panic!("{}", verdict(app).await) };
        assert!(found.events > 10 && found.checkpoints == 1 && found.unchained == 0, "{found:?}");
        chain(app).await;
        let told = verdict(app).await.to_string();
        assert!(told.starts_with("nothing wrong, ") && told.contains(" 2 checkpoints, last 2026-03-02T09:00:08"), "{told}");
    }

    /// Every field counts.
    async fn an_altered_event_is_named(app: TestApp) {
        chain(app).await;
        for (alteration, back) in [
            ("update audit_events set fields = '[\"text\"]' where seq = 1", "update audit_events set fields = '[]' where seq = 1"),
            ("update audit_events set author_id = actor_id where seq = 1", "update audit_events set author_id = null where seq = 1"),
            ("update audit_events set record_ids = '[]' where seq = 1", ""),
        ] {
            alter(app, alteration).await;
            is_bad(&verdict(app).await, 1, Wrong::Altered);
            if !back.is_empty() {
                alter(app, back).await;
                assert!(matches!(verdict(app).await, Verdict::Sound(_)));
            }
        }
    }

    async fn a_removed_event_is_named(app: TestApp) {
        chain(app).await;
        alter(app, "delete from audit_events where seq = 4").await;
        is_bad(&verdict(app).await, 4, Wrong::Removed);
    }

    /// Two that changed places.
    async fn swapped_events_are_named(app: TestApp) {
        chain(app).await;
        alter(app, "update audit_events set seq = -1 where seq = 3").await;
        alter(app, "update audit_events set seq = 3 where seq = 6").await;
        alter(app, "update audit_events set seq = 6 where seq = -1").await;
        is_bad(&verdict(app).await, 3, Wrong::Reordered(6));
    }

    /// The end of a chain, cut off behind or before a checkpoint.
    async fn a_cut_is_named(app: TestApp) {
        chain(app).await;
        let Verdict::Sound(found) = verdict(app).await else { panic!("it is sound") };
        let last = i64::try_from(found.events).expect("a small number");
        alter(app, "delete from audit_events where seq > 5").await;
        is_bad(&verdict(app).await, last, Wrong::Missing);
        alter(app, "delete from audit_checkpoints").await;
        is_bad(&verdict(app).await, 6, Wrong::Removed);
    }

    /// A checkpoint that the service did not sign, and a chain that was made anew under one it did.
    async fn a_forged_checkpoint_is_named(app: TestApp) {
        chain(app).await;
        let Verdict::Sound(found) = verdict(app).await else { panic!("it is sound") };
        let last = i64::try_from(found.events).expect("a small number");
        alter(app, "update audit_checkpoints set hash = (select hash from audit_events where seq = 2)").await;
        is_bad(&verdict(app).await, last, Wrong::Forged);
        // Another's key signs what the chain says.
        alter(app, "delete from audit_checkpoints").await;
        alter(app, "update audit_chains set signed_seq = 0, chained_at = '2020-01-01T00:00:00Z'").await;
        let other = Signer::new(b"vutsrqponmlkjihgfedcba9876543210").expect("a key");
        Trail::new(app.db.clone(), app.clock.clone(), other).tend().await.expect("it signs");
        is_bad(&verdict(app).await, last, Wrong::Forged);
    }

    /// Who rewrites history makes every link anew, and cannot sign it.
    async fn a_chain_made_anew_is_named(app: TestApp) {
        chain(app).await;
        let Verdict::Sound(found) = verdict(app).await else { panic!("it is sound") };
        let last = i64::try_from(found.events).expect("a small number");
        alter(app, "update audit_events set relation = 'lead', seq = null, hash = null").await;
        alter(app, "delete from audit_chains").await;
        alter(app, "update audit_checkpoints set seq = seq + 1000").await;
        app.clock.advance(chrono::TimeDelta::hours(1));
        let other = Signer::new(b"vutsrqponmlkjihgfedcba9876543210").expect("a key");
        Trail::new(app.db.clone(), app.clock.clone(), other).tend().await.expect("it makes a chain");
        alter(app, "delete from audit_checkpoints where seq < 1000").await;
        alter(app, "update audit_checkpoints set seq = seq - 1000").await;
        is_bad(&verdict(app).await, last, Wrong::Rewritten);
    }

    /// What a process left unchained that was killed, another chains and signs.
    async fn the_chain_of_the_dead_is_finished_by_others(app: TestApp) {
        let pair = chain(app).await;
        // Written by somebody who never got to chain it.
        alter(app, "update audit_events set writer_id = request_id, seq = null, hash = null where seq = (select max(seq) from audit_events)").await;
        alter(app, "update audit_chains set seq = seq - 1, signed_seq = seq - 1, hash = (select hash from audit_events e where e.seq = audit_chains.seq - 1)").await;
        alter(app, "delete from audit_checkpoints").await;
        let Verdict::Sound(found) = verdict(app).await else { panic!("{}", verdict(app).await) };
        assert_eq!(found.unchained, 1);
        sign(app).await;
        let Verdict::Sound(found) = verdict(app).await else { panic!("{}", verdict(app).await) };
        assert_eq!(found.unchained, 1, "it may still be at work");
        app.clock.advance(chrono::TimeDelta::minutes(5));
        tokio::join!(sign(app), sign(app));
        let Verdict::Sound(found) = verdict(app).await else { panic!("{}", verdict(app).await) };
        assert_eq!((found.unchained, found.checkpoints), (0, 1));
        drop(pair);
    }

    /// Instances on one database have a chain each, and both are sound.
    async fn each_instance_has_its_chain(app: TestApp) {
        let pair = chain(app).await;
        let beside = app.beside();
        for _ in 0..3 {
            beside.as_(pair.mentor).post(&format!("{}/notebook-entries", pair.path), json!({"text": "x"})).await.created();
        }
        beside.leave().await;
        let mut tx = app.db.look().await.expect("a look");
        let (chains,): (i64,) = tx.query("select count(*) from audit_chains").one().await.expect("a count");
        drop(tx);
        assert_eq!(chains, 2);
        let Verdict::Sound(found) = verdict(app).await else { panic!("{}", verdict(app).await) };
        assert_eq!(found.checkpoints, 2, "it signed when it ended");
    }

    /// Many at once, some of them undone: every link holds.
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
        let Verdict::Sound(found) = verdict(app).await else { panic!("{}", verdict(app).await) };
        assert!(found.events >= 40 * 3, "{found:?}");
        assert_eq!(found.unchained, 0);
    }
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
    assert_eq!((told.trim(), code), ("nothing wrong, 0 events, 0 checkpoints", Some(0)));
    let (key, _) = run(&["audit", "public-key"]);
    assert_eq!(key, run(&["audit", "public-key"]).0, "it stays the same");
    run(&["token", "person", "ada@example.com", "--create", "Ada"]);
    let (told, code) = run(&["audit", "verify"]);
    assert!(told.starts_with("nothing wrong, 1 events, 1 checkpoints, last "), "{told}");
    assert_eq!(code, Some(0));
    let url = format!("sqlite://{}", folder.path().join("mentorship.db").display());
    let db =
        Db::open(&url, 1, mentorship::db::Durability::Full, mentorship::vault::Ring::of_one()).await.expect("it opens");
    let mut tx = db.write().await.expect("a unit of work");
    tx.query("update audit_events set act = 'nothing'").run().await.expect("it is altered");
    tx.commit().await.expect("it commits");
    db.close().await;
    let (told, code) = run(&["audit", "verify"]);
    assert!(
        told.starts_with("bad link: writer ") && told.contains(", seq 1, event ") && told.contains(": altered"),
        "{told}"
    );
    assert_eq!(code, Some(1));
}
