//! What `audit verify` says about a log that somebody changed who can write to the database and has no key.

use mentorship::audit_log::{Signer, Since, Wrong, verify};
use mentorship::db::Sql;
use serde_json::json;

use super::{alter, alter_with, chain, sign, verdict};
use crate::harness::{SIGNER, TestApp};

/// What is done, and one of the findings that follow.
struct Attack(&'static str, &'static [Sql], fn(&Wrong) -> bool);

const fn both(sql: &'static str) -> Sql {
    Sql { sqlite: sql, postgres: sql }
}

macro_rules! is {
    ($pattern:pat) => {
        |wrong| matches!(wrong, $pattern)
    };
}

/// A row that looks like another one, with another id: as the first column of a `select` from the table.
macro_rules! copy {
    ($id:literal, $writer:literal, $number:literal, $seq:literal, $rest:literal) => {
        concat!(
            "insert into audit_events (id, at, request_id, actor_id, actor_kind, relation, kind, act, record_kind,
                record_ids, fields, author_id, writer_id, number, mac, seq, hash)
             select ",
            $id,
            ", at, request_id, actor_id, actor_kind, relation, kind, act, record_kind, record_ids, fields,
                author_id, ",
            $writer,
            ", ",
            $number,
            ", mac, ",
            $seq,
            ", ",
            "case when ",
            $seq,
            " is null then null else hash end from audit_events where ",
            $rest
        )
    };
}

/// The chain with most events is that of the service under test; the other ended before.
const ATTACKS: &[Attack] = &[
    Attack("a field", &[both("update audit_events set fields = '[\"text\"]' where seq = 1")], is!(Wrong::Altered)),
    Attack("an actor", &[both("update audit_events set actor_id = request_id where seq = 2")], is!(Wrong::Altered)),
    Attack("a moment", &[both("update audit_events set at = '2026-01-01T00:00:00Z' where seq = 2")], is!(Wrong::Altered)),
    Attack("a number", &[both("update audit_events set number = number + 1000 where seq = 2")], is!(Wrong::Altered)),
    Attack("a code", &[both("update audit_events set mac = hash where seq = 2")], is!(Wrong::Altered)),
    Attack(
        "records of two events changed places",
        &[both(
            "update audit_events set record_ids = (select o.record_ids from audit_events o
                where o.writer_id = audit_events.writer_id and o.seq = 5 - audit_events.seq)
             where seq in (1, 4)",
        )],
        is!(Wrong::Altered),
    ),
    Attack("an event is gone", &[both("delete from audit_events where seq = 4")], is!(Wrong::Removed(1))),
    Attack(
        "one actor's events are gone",
        &[both("delete from audit_events where actor_id = (select mentee_id from pairs order by id limit 1)")],
        is!(Wrong::Removed(_)),
    ),
    Attack("the end is gone", &[both("delete from audit_events where seq > 5")], is!(Wrong::Removed(_))),
    Attack("the end is gone, and was signed", &[both("delete from audit_events where seq > 5")], is!(Wrong::Missing)),
    Attack(
        "all of it is gone",
        &[
            both("delete from audit_records"),
            both("delete from audit_events"),
            both("delete from audit_checkpoints"),
            both("delete from audit_chains"),
        ],
        is!(Wrong::Emptied),
    ),
    Attack(
        "an event is gone and the rest moved up",
        &[
            both("delete from audit_events where seq = 4"),
            both("update audit_events set seq = -seq where seq > 4"),
            both("update audit_events set seq = -seq - 1 where seq < 0"),
        ],
        is!(Wrong::Reordered),
    ),
    Attack(
        "two events changed places",
        &[
            both("update audit_events set seq = -1 where seq = 3"),
            both("update audit_events set seq = 3 where seq = 6"),
            both("update audit_events set seq = 6 where seq = -1"),
        ],
        is!(Wrong::Reordered),
    ),
    Attack(
        "an event is moved before the beginning",
        &[both("update audit_events set seq = -7 where seq = 3")],
        is!(Wrong::Removed(1)),
    ),
    Attack(
        "an event leaves its chain",
        &[both("update audit_events set seq = null, hash = null where seq = 3")],
        is!(Wrong::Replayed),
    ),
    Attack(
        "an invented event that waits to be chained",
        &[both(copy!("request_id", "writer_id", "100000", "null", "seq = 4"))],
        is!(Wrong::Foreign),
    ),
    Attack(
        "an invented event at the end of a chain",
        &[both(copy!("request_id", "writer_id", "100000", "100000", "seq = 4"))],
        is!(Wrong::Foreign),
    ),
    Attack(
        "an invented event before the beginning",
        &[both(copy!("request_id", "writer_id", "100000", "-1", "seq = 4"))],
        is!(Wrong::Foreign),
    ),
    Attack(
        "an invented event of an invented process",
        &[both(copy!("request_id", "request_id", "1", "1", "seq = 4"))],
        is!(Wrong::Foreign),
    ),
    Attack(
        "a genuine event under the name of an invented process",
        &[both("update audit_events set writer_id = request_id, number = 1, seq = 1 where seq = 4")],
        is!(Wrong::Foreign),
    ),
    Attack(
        "events of a process that becomes another",
        &[
            both("update audit_events set writer_id = (select min_by.writer_id from audit_chains min_by order by seq limit 1),
                    number = number + 1000, seq = seq + 1000
                  where writer_id = (select writer_id from audit_chains order by seq desc limit 1) and seq = 4"),
        ],
        is!(Wrong::Foreign),
    ),
    Attack("the index by record is empty", &[both("delete from audit_records")], is!(Wrong::NotIndexed)),
    Attack(
        "one record is not found",
        &[both("delete from audit_records where record_id = (select id from pairs order by id limit 1)")],
        is!(Wrong::NotIndexed),
    ),
    Attack(
        "a record finds events of another",
        &[both("insert into audit_records (record_id, event_id) select writer_id, id from audit_events where seq = 2")],
        is!(Wrong::WronglyIndexed),
    ),
    Attack(
        "a record finds what is not there",
        &[both("insert into audit_records (record_id, event_id) select id, writer_id from audit_events where seq = 2")],
        is!(Wrong::WronglyIndexed),
    ),
    Attack("a checkpoint says something else", &[both("update audit_checkpoints set hash = signature")], is!(Wrong::CheckpointForged)),
    Attack("a checkpoint is gone", &[both("delete from audit_checkpoints where place = 2")], is!(Wrong::CheckpointRemoved)),
    Attack("the first checkpoint is gone", &[both("delete from audit_checkpoints where place = 1")], is!(Wrong::CheckpointRemoved)),
    Attack(
        "the last checkpoint is gone",
        &[both("delete from audit_checkpoints where place = (select max(place) from audit_checkpoints)")],
        is!(Wrong::CheckpointRemoved),
    ),
    Attack("no checkpoint is left", &[both("delete from audit_checkpoints")], is!(Wrong::CheckpointRemoved)),
    Attack("no end is recorded", &[both("delete from audit_chains")], is!(Wrong::HeadMissing)),
    Attack("another end is recorded", &[both("update audit_chains set seq = seq - 1")], is!(Wrong::HeadForged)),
    Attack("less is signed", &[both("update audit_chains set signed_seq = 0")], is!(Wrong::HeadForged)),
    Attack("a later number is settled", &[both("update audit_chains set settled = settled + 9")], is!(Wrong::HeadForged)),
    Attack(
        "an older end is recorded",
        &[both("delete from audit_chains"), both("insert into audit_chains select * from older_audit_chains")],
        is!(Wrong::BehindTheEnd),
    ),
    Attack(
        "a chain is cut back to an older end",
        &[
            both("delete from audit_chains where writer_id in (select writer_id from older_audit_chains)"),
            both("insert into audit_chains select * from older_audit_chains"),
            both("delete from audit_records where event_id in (select e.id from audit_events e
                    join older_audit_chains o on o.writer_id = e.writer_id and o.seq < e.seq)"),
            both("delete from audit_events where id in (select e.id from audit_events e
                    join older_audit_chains o on o.writer_id = e.writer_id and o.seq < e.seq)"),
            both("delete from audit_checkpoints where place in (select c.place from audit_checkpoints c
                    join older_audit_chains o on o.writer_id = c.writer_id and o.seq < c.seq)"),
        ],
        is!(Wrong::CheckpointRemoved),
    ),
    Attack(
        "a whole process is gone",
        &[
            both("delete from audit_records where event_id in (select id from audit_events
                    where writer_id in (select writer_id from older_audit_chains))"),
            both("delete from audit_events where writer_id in (select writer_id from older_audit_chains)"),
            both("delete from audit_checkpoints where writer_id in (select writer_id from older_audit_chains)"),
            both("delete from audit_chains where writer_id in (select writer_id from older_audit_chains)"),
        ],
        is!(Wrong::CheckpointRemoved),
    ),
    Attack(
        "something that is no event",
        &[both("update audit_events set record_ids = '{}' where seq = 2")],
        is!(Wrong::Unreadable(_)),
    ),
];

const TABLES: [&str; 4] = ["audit_events", "audit_records", "audit_chains", "audit_checkpoints"];

async fn keep(app: &TestApp, name: &str) {
    for table in TABLES {
        let copy = format!("create table {name}_{table} as select * from {table}");
        alter_with(app, copy.clone(), copy).await;
    }
}

async fn bring_back(app: &TestApp, name: &str) {
    for table in TABLES {
        for sql in [format!("delete from {table}"), format!("insert into {table} select * from {name}_{table}")] {
            alter_with(app, sql.clone(), sql).await;
        }
    }
}

/// Two processes: the one under test, and one that began later and ended.
async fn history(app: &TestApp) {
    let pair = chain(app).await;
    keep(app, "older").await;
    chain(app).await;
    let beside = app.beside();
    for _ in 0..3 {
        beside.as_(pair.mentor).post(&format!("{}/notebook-entries", pair.path), json!({"text": "x"})).await.created();
    }
    beside.leave().await;
}

/// Each attack by itself, on the same sound log.
#[apply(on_both_engines!)]
async fn every_attack_on_the_log_is_found(app: TestApp) {
    history(app).await;
    let sound = verdict(app).await;
    assert!(sound.is_sound() && sound.found.checkpoints >= 3, "{sound}");
    keep(app, "sound").await;
    let mut missed = Vec::new();
    for Attack(name, how, is_expected) in ATTACKS {
        for sql in *how {
            alter(app, *sql).await;
        }
        let found = verdict(app).await;
        if !found.findings.iter().any(|finding| is_expected(&finding.wrong)) {
            missed.push(format!("{name}: {found}"));
        }
        bring_back(app, "sound").await;
    }
    assert!(missed.is_empty(), "{}", missed.join("\n\n"));
    let again = verdict(app).await;
    assert!(again.is_sound(), "{again}");
}

/// A database that was set back as a whole says nothing about it; who kept the last checkpoint finds out.
#[apply(on_both_engines!)]
async fn a_log_that_was_set_back_is_older_than_the_checkpoint_kept_outside(app: TestApp) {
    history(app).await;
    let (signer, kept) = (Signer::new(&SIGNER).expect("a key"), verdict(app).await.found.last.expect("a checkpoint"));
    let since: Since = kept.to_string().parse().expect("it reads what it printed");
    let compared = async || {
        let mut tx = app.db.read().await.expect("a snapshot");
        verify(&mut tx, &signer, Some(&since)).await.expect("it is read")
    };
    assert!(compared().await.is_sound());
    bring_back(app, "older").await;
    assert!(verdict(app).await.is_sound());
    let found = compared().await;
    assert!(found.findings.iter().any(|finding| finding.wrong == Wrong::OlderThanGiven), "{found}");
}

/// Another key than the service's makes nothing that verifies.
#[apply(on_both_engines!)]
async fn another_key_finds_nothing_genuine(app: TestApp) {
    chain(app).await;
    sign(app).await;
    let other = Signer::new(b"vutsrqponmlkjihgfedcba9876543210").expect("a key");
    let found = verify(&mut app.db.read().await.expect("a snapshot"), &other, None).await.expect("it is read");
    for wrong in [Wrong::CheckpointForged, Wrong::HeadForged, Wrong::Foreign] {
        assert!(found.findings.iter().any(|finding| finding.wrong == wrong), "{wrong}: {found}");
    }
}
