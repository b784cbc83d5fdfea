//! The data of a release survives an upgrade: its dump is loaded into an empty database, and this version starts on it.
//!
//! `tests/upgrade` has a folder for each release, which `tests/upgrade/dump.sh` writes. The same is done with a dump of this
//! version, so that the way from a dump to a served database is tested before the first release.

mod dump;
mod installation;
mod organisation;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use mentorship::db::Engine;
use serde_json::{Value, json};

use crate::harness::{Client, Served, Setup, TestApp};
use dump::Dump;
use installation::Installation;

/// Tables without a row in the dump of this version: the first needs hundreds of past pairs, the second a token on standard
/// input. This list may only shrink.
const EMPTY: [&str; 2] = ["match_shadows", "revoked_tokens"];

/// The dumps of releases.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/upgrade")
}

/// The folders of the releases that have dumps.
fn releases() -> Vec<PathBuf> {
    let entries = fs::read_dir(folder()).expect("a folder").map(|entry| entry.expect("an entry").path());
    let mut found: Vec<_> = entries.filter(|path| path.is_dir()).collect();
    found.sort();
    found
}

/// Where `dump.sh` wants the dump of this version.
#[expect(clippy::disallowed_methods, reason = "the tests' own settings")]
fn wanted() -> Option<PathBuf> {
    std::env::var("MENTORSHIP_DUMP").ok().map(PathBuf::from)
}

/// The first place at which an answer lacks something that it had. What was added is no fault: `/v1` may grow.
fn lost(before: &Value, now: &Value, place: &str) -> Option<String> {
    match (before, now) {
        (Value::Object(before), Value::Object(now)) => before
            .iter()
            .find_map(|(name, value)| lost(value, now.get(name).unwrap_or(&Value::Null), &format!("{place}/{name}"))),
        (Value::Array(before), Value::Array(now)) => {
            let is_there = |value: &Value| now.iter().any(|other| lost(value, other, "").is_none());
            before.iter().find(|value| !is_there(value)).map(|value| format!("{place} lacks {value}"))
        }
        _ if before == now => None,
        _ => Some(format!("{place} was {before} and is {now}")),
    }
}

/// What is wrong with an installation after the upgrade: answers that changed, and findings in the audit log.
async fn faults(installation: &Installation, dump: &Dump) -> Vec<String> {
    let served = installation.serve();
    let (mut faults, mut clients) = (Vec::new(), BTreeMap::new());
    for read in dump.reads() {
        let (viewer, path) = (&read["viewer"], read["path"].as_str().expect("a path"));
        let client = clients.entry(viewer.to_string()).or_insert_with(|| installation.client(&served, viewer));
        let answer = client.get(path).await;
        let fault = match answer.status {
            200 => lost(&read["body"], &answer.body, ""),
            status => Some(format!("{status} {}", answer.body)),
        };
        faults.extend(fault.map(|fault| format!("GET {path}: {fault}")));
    }
    if faults.is_empty() {
        write(&installation.client(&served, dump.viewer("admin")), installation, &served, dump).await;
    }
    faults.extend(installation.run(&["audit", "verify"]).err().map(|text| format!("audit verify: {text}")));
    faults
}

/// Old pairs take new sessions and notes, and new people make a new pair.
async fn write(admin: &Client, installation: &Installation, served: &Served, dump: &Dump) {
    let old = (dump.pair().to_owned(), dump.viewer("mentor").clone(), dump.viewer("mentee").clone());
    let mut people = Vec::new();
    for name in ["Nadia New", "Noel New"] {
        let email = format!("{}@example.com", name.replace(' ', "."));
        people.push(admin.post("/v1/people", json!({"name": name, "email": email})).await.created().id());
    }
    let pair = json!({"mentor_id": people[0], "mentee_id": people[1]});
    let pair = admin.post("/v1/pairs", pair).await.created().id();
    let [mentor, mentee] = [0, 1].map(|number: usize| json!({"id": people[number], "roles": []}));
    for (pair, mentor, mentee) in [old, (pair, mentor, mentee)] {
        let (mentor, mentee) = (installation.client(served, &mentor), installation.client(served, &mentee));
        let now = mentorship::clock::Clock::system().now();
        let session = mentor.post("/v1/sessions", json!({"pair_id": pair, "starts_at": now})).await.created().id();
        let note = format!("/v1/sessions/{session}/notes");
        let note = mentor.post(&note, json!({"text": "After the upgrade"})).await.created().id();
        mentee.get(&format!("/v1/notes/{note}")).await.ok().has("/text", "After the upgrade");
        let goal = json!({"pair_id": pair, "title": "Give a talk after the upgrade"});
        let goal = mentee.post("/v1/goals", goal).await.created().id();
        mentor.get(&format!("/v1/goals/{goal}")).await.ok();
    }
}

/// A dump of this version. It goes to the folder that `dump.sh` names, too.
async fn dump_of(app: &TestApp) -> Dump {
    let dump = organisation::dump(app).await;
    assert_eq!(dump.empty_tables(), EMPTY, "tables without a row");
    assert!(dump.reads().len() > 50, "only {} answers to compare", dump.reads().len());
    if let Some(folder) = wanted() {
        dump.write(&folder);
    }
    dump
}

/// The dump of this version is served as before. The check finds what is changed or gone.
async fn check_this_version(app: &TestApp) {
    let dump = dump_of(app).await;
    let installation = Installation::load(&dump).await.expect("this engine is here");
    let found = faults(&installation, &dump).await;
    assert!(found.is_empty(), "{found:#?}");
    let changed = Installation::load(&dump).await.expect("this engine is here");
    for change in [
        "update people set name = 'Another Name' where email = 'mentee@example.com'",
        "delete from celebrations",
        // A sealed text is bound to its record.
        "update notes set text = (select text from notes order by id limit 1)",
        "delete from audit_records",
    ] {
        changed.change(change).await;
    }
    let found = faults(&changed, &dump).await;
    for finding in
        ["/name was \"The mentee\" and is \"Another Name\"", "/v1/celebrations/", "/v1/notes/", "audit verify: "]
    {
        assert!(found.iter().any(|fault| fault.contains(finding)), "{finding} is not among {found:#?}");
    }
}

/// The dumps of all releases are served as they were by their release.
async fn check_releases(engine: Engine) {
    for folder in releases() {
        let dump = Dump::read(engine, &folder);
        let Some(installation) = Installation::load(&dump).await else { return };
        let found = faults(&installation, &dump).await;
        assert!(found.is_empty(), "{}: {found:#?}", folder.display());
    }
}

mod a_dump_of_this_version_is_served_as_before {
    use super::*;

    #[actix_web::test]
    async fn sqlite() {
        let app = TestApp::on_sqlite_with(Setup { ring: Some(dump::ring()), ..Setup::default() }).await;
        Box::pin(check_this_version(&app)).await;
        app.stop().await;
    }

    #[actix_web::test]
    async fn postgres() {
        let setup = Setup { ring: Some(dump::ring()), ..Setup::default() };
        let Some(app) = TestApp::on_postgres_with(setup).await else { return };
        Box::pin(check_this_version(&app)).await;
        app.stop().await;
    }
}

mod a_dump_of_each_release_is_served_as_before {
    use super::*;

    #[actix_web::test]
    async fn sqlite() {
        check_releases(Engine::Sqlite).await;
    }

    #[actix_web::test]
    async fn postgres() {
        check_releases(Engine::Postgres).await;
    }
}

/// Migrations are frozen by a release (see `.ci/migrations.py`), and from then on there is a dump to try them on.
#[test]
fn a_release_of_migrations_comes_with_a_dump() {
    let is_released = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/released.sha256").exists();
    assert!(!is_released || !releases().is_empty(), "run tests/upgrade/dump.sh VERSION");
}

#[test]
fn what_an_answer_lost_is_found() {
    let before = json!({"id": 1, "items": [{"text": "a"}, {"text": "b"}]});
    let more = json!({"id": 1, "items": [{"text": "b"}, {"text": "a", "more": 1}], "also": 2});
    assert_eq!(lost(&before, &more, ""), None);
    for less in [
        json!({"items": before["items"]}),
        json!({"id": 2, "items": before["items"]}),
        json!({"id": 1, "items": [{"text": "a"}]}),
        json!({"id": 1, "items": [{"text": "a"}, {"text": "c"}]}),
    ] {
        assert!(lost(&before, &less, "").is_some(), "{less}");
    }
}
