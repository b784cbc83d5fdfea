//! How the engines find what is asked for: whatever a GET runs, it runs by an index, on a database
//! with some thousand records of every kind.

mod crowd;
mod explain;

use std::collections::{BTreeMap, BTreeSet};

use mentorship::ids::PersonId;
use mentorship::policy::Scope;
use serde_json::Value;

use crate::document::{document, operations};
use crate::harness::{Client, Setup, TestApp, Texts};

/// Every statement that a GET runs has an index for each table it reads.
#[apply(on_both_engines!)]
#[set_up_by(Setup { texts: Some(Texts::default()), ..Setup::default() })]
async fn whatever_is_read_is_found_by_an_index(app: TestApp) {
    let people = crowd::settle(app).await;
    // Who starts the service has it read all mentors first.
    app.service.warm_up().await;
    // Every record in the crowd has the id of a person.
    let (mentee, mentor, lead) = (people[2000], people[2000 / crowd::REPORTS], people[0]);
    let viewers = [
        ("mentee", app.as_(mentee)),
        ("mentor and manager", app.as_(mentor)),
        ("coordinator", app.as_with(crowd::coordinator_of(&people, mentor), &["coordinator"])),
        ("admin", app.as_with(lead, &["admin"])),
        ("colleague", app.as_(people[1])),
        ("service", app.as_service(mentee.uuid().into(), &Scope::ALL)),
    ];
    for (path, _, operation) in
        operations().into_iter().filter(|(path, method, _)| method == "get" && path.starts_with("/v1/"))
    {
        for address in addresses(&path, &operation, mentee, mentor) {
            let mut statuses = BTreeMap::new();
            for (who, viewer) in &viewers {
                statuses.insert(*who, read(viewer, &address).await);
            }
            assert!(statuses.values().all(|status| [200, 403, 404, 422].contains(status)), "{address}: {statuses:?}");
            // Nobody here has a new sign-in that waits; it is found by the person's own id.
            let is_rare = address.starts_with("/v1/me/identity-rebind");
            assert!(is_rare || statuses.values().any(|status| *status == 200), "{address}: {statuses:?}");
        }
    }
    let texts = app.texts.as_ref().expect("the set-up asks for them").heard();
    assert!(texts.len() > 90, "only {} statements were heard", texts.len());
    read_no_whole_table(app, texts).await;
}

/// So is what is due, however much there is that is not.
#[apply(on_both_engines!)]
#[set_up_by(Setup { texts: Some(Texts::default()), ..Setup::default() })]
async fn what_is_due_is_found_by_an_index(app: TestApp) {
    crowd::settle(app).await;
    let texts = Texts::default();
    texts.listen();
    app.service.send_reminders().await.expect("it reminds");
    app.service.resume_rounds().await.expect("it plans");
    app.service.pass_on_requests().await.expect("it passes on");
    let texts = texts.heard();
    assert!(texts.len() > 5, "only {} statements were heard", texts.len());
    read_no_whole_table(app, texts).await;
}

async fn read_no_whole_table(app: &TestApp, texts: BTreeSet<String>) {
    let mut whole = Vec::new();
    for text in texts {
        let found = explain::whole_tables(&app.db, &text).await;
        if !found.is_empty() {
            whole.push(format!("{text}\n  {}\n", found.join("\n  ")));
        }
    }
    assert!(whole.is_empty(), "{} statements read a whole table:\n\n{}", whole.len(), whole.join("\n"));
}

/// The path with no parameter but the shortest page, and with each other parameter alone; a list
/// counted, too.
fn addresses(path: &str, operation: &Value, mentee: PersonId, mentor: PersonId) -> Vec<String> {
    let path = path.split('/').map(|part| match part.split_once('}') {
        Some(("{version", rest)) => format!("prior-1{rest}"),
        Some((_, rest)) => format!("{mentee}{rest}"),
        None => part.to_owned(),
    });
    let path = path.collect::<Vec<_>>().join("/");
    let is_list = operation["parameters"].as_array().is_some_and(|all| all.iter().any(|one| one["name"] == "limit"));
    let first = if is_list { format!("{path}?limit=2") } else { path.clone() };
    let (document, mut all) = (document(), vec![first.clone()]);
    for parameter in operation["parameters"].as_array().into_iter().flatten().filter(|one| one["in"] == "query") {
        let (name, schema) = (parameter["name"].as_str().expect("a name"), resolved(&document, &parameter["schema"]));
        let words = schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
        let values: Vec<_> = match (name, schema["format"].as_str().or(schema["type"].as_str())) {
            ("limit" | "cursor" | "count", _) => Vec::new(),
            // There is none of any other name, and only quarters that are over.
            ("attribute", _) => vec!["person%202000".to_owned()],
            ("quarter", _) => vec!["2025-Q4".to_owned()],
            ("min_level", _) => vec![format!("1&skill_id={mentor}")],
            (_, Some("uuid")) => vec![mentee.to_string(), mentor.to_string()],
            (_, Some("date-time")) => vec!["2026-01-01T00:00:00Z".to_owned()],
            (_, Some("boolean")) => vec!["true".to_owned(), "false".to_owned()],
            (_, Some("string")) if schema["enum"].is_array() => words.collect(),
            (_, Some("string")) => vec!["p".to_owned()],
            _ => panic!("{path}: what could {name} be? {schema}"),
        };
        let sign = if is_list { '&' } else { '?' };
        all.extend(values.into_iter().map(|value| format!("{first}{sign}{name}={value}")));
    }
    if is_list {
        let counted: Vec<_> = all.iter().map(|address| format!("{address}&count=exact")).collect();
        all.extend(counted);
    }
    all
}

fn resolved<'d>(document: &'d Value, schema: &'d Value) -> &'d Value {
    let place = schema["$ref"].as_str().map(|reference| reference.trim_start_matches('#'));
    place.and_then(|place| document.pointer(place)).unwrap_or(schema)
}

/// Reads a record, or a list's first page and the one after.
async fn read(viewer: &Client, address: &str) -> u16 {
    let first = viewer.get(address).await;
    if let Some(cursor) = first.body["next_cursor"].as_str() {
        viewer.get(&format!("{address}&cursor={cursor}")).await.ok();
    }
    first.status
}
