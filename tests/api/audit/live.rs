//! Somebody changes the log under a running service: it notices, says so in the log itself, and does nothing that it
//! cannot log.

use std::time::Duration;

use mentorship::audit_log::{Verdict, Wrong};
use mentorship::ids::PersonId;
use serde_json::{Value, json};

use super::{accesses, alter, alter_with, chain, log, put_right, sign, verdict};
use crate::harness::{Answer, TestApp};

/// A trigger on the log, for rows that meet a condition on SQLite and on PostgreSQL.
async fn plant(app: &TestApp, table: &str, when: &str, [sqlite, postgres]: [&str; 2], [how, body]: [&str; 2]) {
    alter_with(
        app,
        format!("create trigger planted {when} on {table} when {sqlite} begin {how}; end"),
        format!(
            "create function planted() returns trigger language plpgsql as
             $$ begin if {postgres} then {body} end if; return new; end $$"
        ),
    )
    .await;
    let postgres = format!("create trigger planted {when} on {table} for each row execute function planted()");
    alter_with(app, "select 1".to_owned(), postgres).await;
}

async fn remove(app: &TestApp, table: &str) {
    let postgres = format!("drop trigger planted on {table}; ");
    alter_with(app, "drop trigger planted".to_owned(), postgres.trim_end_matches("; ").to_owned()).await;
    alter_with(app, "select 1".to_owned(), "drop function planted()".to_owned()).await;
}

/// Rows of one person.
fn of(person: PersonId) -> [String; 2] {
    let id = json!(person).as_str().expect("an id").to_owned();
    [format!("new.actor_id = x'{}'", id.replace('-', "")), format!("new.actor_id = '{id}'")]
}

/// Asks until the answer has this status.
async fn until(status: u16, ask: impl AsyncFn() -> Answer) -> Answer {
    for _ in 0..100 {
        let answer = ask().await;
        if answer.status == status {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("never {status}");
}

/// Whether the service says in its own chain that this happened, and nothing else is wrong.
async fn is_noticed(app: &TestApp, what: &str) {
    put_right(app).await;
    sign(app).await;
    let found = verdict(app).await;
    let is_so = |wrong: &Wrong| matches!(wrong, Wrong::Noticed(noticed) if noticed.starts_with(what));
    assert!(found.findings.iter().any(|finding| is_so(&finding.wrong)), "{found}");
    let is_expected = |wrong: &Wrong| matches!(wrong, Wrong::Noticed(_) | Wrong::Trigger(_));
    assert!(found.findings.iter().all(|finding| is_expected(&finding.wrong)), "{found}");
}

fn has_trigger(found: &Verdict) -> bool {
    found.findings.iter().any(|finding| matches!(&finding.wrong, Wrong::Trigger(name) if name == "planted"))
}

/// Rows that a trigger drops: what they would have told of is not done.
#[apply(on_both_engines!)]
async fn a_change_that_the_database_does_not_log_is_not_made(app: TestApp) {
    let pair = chain(app).await;
    let [sqlite, postgres] = of(pair.mentee);
    plant(app, "audit_events", "before insert", [&sqlite, &postgres], ["select raise(ignore)", "return null;"]).await;
    let (path, entry) = (format!("{}/notebook-entries", pair.path), json!({"text": "x"}));
    let refused = app.as_(pair.mentee).post(&path, entry.clone()).await.problem(503, "overloaded");
    assert_eq!(refused.header("retry-after"), "1");
    app.as_(pair.mentor).post(&path, entry.clone()).await.created();
    remove(app, "audit_events").await;
    assert!(app.as_(pair.mentee).get(&path).await.ok().items().is_empty(), "it was not done");
    app.as_(pair.mentee).post(&path, entry).await.created();
    is_noticed(app, "refused").await;
}

/// Reads that a trigger drops: nothing private opens meanwhile, and the log itself says so while the trigger is there.
#[apply(on_both_engines!)]
async fn a_read_that_the_database_will_not_log_is_told_meanwhile(app: TestApp) {
    let pair = chain(app).await;
    let (path, entry) = (format!("{}/notebook-entries", pair.path), json!({"text": "x"}));
    let made = app.as_(pair.mentee).post(&path, entry).await.created();
    sign(app).await;
    let [sqlite, postgres] = of(pair.mentee);
    plant(app, "audit_events", "before insert", [&sqlite, &postgres], ["select raise(ignore)", "return null;"]).await;
    let own = app.as_(pair.mentee);
    let secret = format!("/v1/notebook-entries/{}", made.id());
    until(503, async || own.get(&secret).await).await;
    let is_told = |wrong: &Wrong| matches!(wrong, Wrong::Noticed(what) if what.starts_with("refused"));
    for left in (0..100).rev() {
        let found = verdict(app).await;
        if found.findings.iter().any(|finding| is_told(&finding.wrong)) {
            assert!(has_trigger(&found), "{found}");
            break;
        }
        assert!(left > 0, "{found}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    own.get(&secret).await.problem(503, "overloaded");
    remove(app, "audit_events").await;
    assert!(!has_trigger(&verdict(app).await), "it is gone");
    until(200, async || own.get(&secret).await).await;
    is_noticed(app, "refused").await;
    let reads = log(app, &format!("&actor_id={}&kind=read", pair.mentee)).await;
    assert!(reads.iter().any(|read| read["record_ids"].to_string().contains(&made.id())), "{reads:?}");
}

/// Rows that vanish after they were written: they come back, and until then nothing opens and nothing changes.
#[apply(on_both_engines!)]
async fn what_vanishes_after_it_was_written_is_written_again(app: TestApp) {
    let pair = chain(app).await;
    let [sqlite, postgres] = of(pair.mentee);
    let vanish = "delete from audit_events where id = new.id";
    plant(app, "audit_events", "after insert", [&sqlite, &postgres], [vanish, &format!("{vanish};")]).await;
    let (path, entry) = (format!("{}/notebook-entries", pair.path), json!({"text": "x"}));
    // The first change may be made before it is known that it vanished.
    let done = app.as_(pair.mentee).post(&path, entry.clone()).await.status == 201;
    let own = app.as_(pair.mentor);
    until(503, async || own.post(&path, entry.clone()).await).await;
    own.post(&path, entry.clone()).await.problem(503, "overloaded");
    remove(app, "audit_events").await;
    until(201, async || own.post(&path, entry.clone()).await).await;
    is_noticed(app, if done { "changed" } else { "" }).await;
    let changes = log(app, &format!("&actor_id={}&kind=change", pair.mentee)).await;
    assert_eq!(changes.len(), usize::from(done), "{changes:?}");
}

/// Rows that are changed after they were written.
#[apply(on_both_engines!)]
async fn what_is_changed_after_it_was_written_is_put_right(app: TestApp) {
    let pair = chain(app).await;
    let [sqlite, postgres] = of(pair.mentee);
    let change = "update audit_events set actor_id = request_id where id = new.id and seq is null";
    plant(app, "audit_events", "after insert", [&sqlite, &postgres], [change, &format!("{change};")]).await;
    let (path, entry) = (format!("{}/notebook-entries", pair.path), json!({"text": "x"}));
    app.as_(pair.mentee).post(&path, entry).await.created();
    is_noticed(app, "changed").await;
    remove(app, "audit_events").await;
    assert_eq!(log(app, &format!("&actor_id={}&kind=change", pair.mentee)).await.len(), 1);
}

/// Rows of the index by record that vanish.
#[apply(on_both_engines!)]
async fn what_is_missing_in_the_index_is_written_again(app: TestApp) {
    let pair = chain(app).await;
    let vanish = "delete from audit_records where record_id = new.record_id and event_id = new.event_id";
    let all = ["true", "true"];
    plant(app, "audit_records", "after insert", all, [vanish, &format!("{vanish};")]).await;
    let (path, entry) = (format!("{}/notebook-entries", pair.path), json!({"text": "x"}));
    let mentor = app.as_(pair.mentor);
    mentor.post(&path, entry.clone()).await.created();
    until(503, async || mentor.post(&path, entry.clone()).await).await;
    remove(app, "audit_records").await;
    until(201, async || mentor.post(&path, entry.clone()).await).await;
    is_noticed(app, "unindexed").await;
}

/// The end of the chain is set back, or gone: the service goes on where it was.
#[apply(on_both_engines!)]
async fn a_head_that_is_set_back_is_noticed(app: TestApp) {
    let pair = chain(app).await;
    alter(app, "create table older as select * from audit_chains").await;
    let (path, entry) = (format!("{}/notebook-entries", pair.path), json!({"text": "x"}));
    app.as_(pair.mentor).post(&path, entry.clone()).await.created();
    sign(app).await;
    alter(app, "delete from audit_chains").await;
    alter(app, "insert into audit_chains select * from older").await;
    app.as_(pair.mentor).post(&path, entry).await.created();
    is_noticed(app, "head").await;
}

/// Checkpoints that are gone: their places are not given again.
#[apply(on_both_engines!)]
async fn a_checkpoint_that_is_gone_is_noticed(app: TestApp) {
    let pair = chain(app).await;
    alter(app, "delete from audit_checkpoints").await;
    app.as_(pair.mentor).post(&format!("{}/notebook-entries", pair.path), json!({"text": "x"})).await.created();
    sign(app).await;
    sign(app).await;
    let found = verdict(app).await;
    for is_wrong in
        [|wrong: &Wrong| *wrong == Wrong::CheckpointRemoved, |wrong: &Wrong| matches!(wrong, Wrong::Noticed(_))]
    {
        assert!(found.findings.iter().any(|finding| is_wrong(&finding.wrong)), "{found}");
    }
}

/// A row that the service did not write: neither it nor another instance chains it, and the lists do not vouch for it.
#[apply(on_both_engines!)]
async fn nobody_vouches_for_an_invented_event(app: TestApp) {
    let pair = chain(app).await;
    let invent = |writer: &str| {
        format!(
            "insert into audit_events (id, at, request_id, actor_id, actor_kind, relation, kind, record_kind,
                record_ids, fields, author_id, writer_id, number, mac)
             select {writer}, at, request_id, actor_id, actor_kind, relation, kind, record_kind, record_ids, fields,
                author_id, {writer}, 500, mac
             from audit_events where kind = 'read' and actor_id <> author_id and seq is not null limit 1"
        )
    };
    // Under the name of the running service, and of one that nobody knows.
    let own = invent("(select writer_id from audit_chains)");
    let other = invent("(select id from pairs limit 1)");
    for sql in [own, other] {
        alter_with(app, sql.clone(), sql).await;
    }
    app.clock.advance(chrono::TimeDelta::minutes(5));
    app.as_(pair.mentor).post(&format!("{}/notebook-entries", pair.path), json!({"text": "x"})).await.created();
    sign(app).await;
    sign(app).await;
    let found = verdict(app).await;
    let count = |is_so: fn(&Wrong) -> bool| found.findings.iter().filter(|finding| is_so(&finding.wrong)).count();
    assert_eq!(count(|wrong| *wrong == Wrong::Foreign), 2, "{found}");
    assert_eq!(count(|wrong| matches!(wrong, Wrong::Noticed(what) if what.starts_with("foreign"))), 2, "{found}");
    let events = log(app, "").await;
    let genuine = |events: &[Value], is: bool| events.iter().filter(|event| event["is_genuine"] == is).count();
    assert_eq!(genuine(&events, false), 2, "{events:?}");
    let seen = accesses(app, pair.mentor).await;
    assert_eq!((genuine(&seen, false), genuine(&seen, true)), (2, 4), "{seen:?}");
}
