//! Every operation of the document and every kind of viewer: who is let through, who is told that
//! there is no such record, and that nobody gets a byte of what is not for them.

pub mod house;
mod organisation;
pub mod personas;
mod preconditions;
mod reads;
mod relationship;
mod secrets;
pub mod table;
mod walk;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use serde_json::Value;
use uuid::Uuid;

use self::house::{Canary, House};
use self::personas::{columns, may_learn};
use self::table::{EXCEPTIONS, Operation, Row, documented, renew, rows};
use self::walk::Schemas;
use crate::harness::{Answer, TestApp};

#[test]
fn every_operation_has_a_row_and_every_row_an_operation() {
    let documented: BTreeSet<_> = documented().into_keys().collect();
    let in_table: BTreeSet<_> =
        rows().map(|row| row.0).chain(EXCEPTIONS.iter().map(|(name, _)| *name)).map(str::to_owned).collect();
    let missing: Vec<_> = documented.symmetric_difference(&in_table).collect();
    assert!(missing.is_empty(), "in the document or in tests/api/matrix, and not in both: {missing:?}");
}

#[test]
fn the_document_has_the_tiers_of_the_prose() {
    Schemas::new().check_tiers();
}

/// What the matrix makes a canary say.
fn cry(canary: &Canary) -> String {
    format!("canary.{}.{}", canary.reach.name(), canary.name)
}

/// Everything to compare of an answer, besides the request's id, and whether the server closes a
/// connection because it did not read the body.
fn comparable(answer: &Answer) -> (u16, BTreeMap<String, String>, Value) {
    let headers =
        answer.headers.iter().filter(|(name, _)| !["date", "x-request-id", "connection"].contains(&name.as_str()));
    let headers = headers.map(|(name, value)| (name.to_string(), format!("{value:?}"))).collect();
    let mut body = answer.body.clone();
    if let Some(body) = body.as_object_mut() {
        body.remove("instance");
    }
    (answer.status, headers, body)
}

/// One run through the table.
struct Matrix<'a> {
    house: House<'a>,
    schemas: Schemas,
    operations: Rc<BTreeMap<String, Operation>>,
    seen: BTreeSet<String>,
    done: BTreeSet<&'static str>,
    faults: Vec<String>,
}

/// The whole table, and every canary.
#[apply(on_both_engines!)]
async fn everybody_gets_what_is_theirs(app: TestApp) {
    check(app).await;
}

/// All of the table, at this service.
pub async fn check(app: &TestApp) {
    let mut house = House::new(app, &cry).await;
    house.furnish().await;
    let operations = Rc::new(documented());
    let mut matrix = Matrix {
        house,
        schemas: Schemas::new(),
        operations,
        seen: BTreeSet::new(),
        done: BTreeSet::new(),
        faults: Vec::new(),
    };
    for row in rows() {
        matrix.check_row(row).await;
    }
    // Once more after all that happened: who may read what did not change.
    for row in rows().filter(|row| row.0.starts_with("read_") || row.0.starts_with("list_")) {
        for who in columns() {
            matrix.ask(row, who).await;
        }
    }
    let is_exception = |name: &str| EXCEPTIONS.iter().any(|(known, _)| *known == name);
    for name in matrix.operations.keys().filter(|name| !matrix.done.contains(name.as_str()) && !is_exception(name)) {
        matrix.faults.push(format!("nobody ever managed to {name}"));
    }
    for canary in &matrix.house.canaries {
        let cry = cry(canary);
        let has_reader = columns().any(|who| may_learn(who, canary.reach, &canary.about, Some(canary.author)));
        if has_reader && !matrix.seen.contains(&cry) {
            matrix.faults.push(format!("nobody ever saw {cry}"));
        }
    }
    assert!(matrix.faults.is_empty(), "{}", matrix.faults.join("\n"));
}

impl Matrix<'_> {
    /// All viewers and one row: who is refused first, who passes last.
    async fn check_row(&mut self, row: &'static Row) {
        let mut viewers: Vec<_> = columns().enumerate().map(|(column, who)| (row.expected(column), who)).collect();
        viewers.sort_by_key(|(expected, _)| "341?-k".find(*expected));
        let mut actual: BTreeMap<&str, char> = BTreeMap::new();
        let mut is_done = false;
        if row.1 == "fresh" {
            renew(&mut self.house, row.0, "mentee").await;
        }
        self.check_outsiders(row).await;
        for (expected, who) in viewers {
            if row.1 == "fresh" && expected == 'k' {
                renew(&mut self.house, row.0, who).await;
            }
            let answer = self.ask(row, who).await;
            let class = class(&answer);
            is_done |= answer.status < 300;
            if class == '4' || (class == '3' && who == "no_scope") {
                self.check_absent(row, who, &answer).await;
            }
            if class == '!' {
                self.faults.push(format!("{} for {who}: {} {}", row.0, answer.status, answer.body));
            }
            actual.insert(who, class);
        }
        let of = |from: usize| columns().skip(from).take(8).map(|who| actual[who]).collect::<String>();
        let (people, services) = (of(0), of(8));
        if (people.as_str(), services.as_str()) != (row.3, row.4) {
            let Row(name, target, ..) = row;
            self.faults
                .push(format!("{name} {target}: the table says {} {}, and it is {people} {services}", row.3, row.4));
        }
        if is_done {
            self.done.insert(row.0);
        }
    }

    /// One request, its answer searched for what is not for this viewer.
    async fn ask(&mut self, row: &Row, who: &str) -> Answer {
        let operations = Rc::clone(&self.operations);
        let operation = &operations[row.0];
        let (path, body) = row.request(&self.house.ids, operation, who);
        self.house.step();
        let headers = headers(operation);
        let answer = self.house.send(who, &operation.method, &path, body.as_deref(), &headers).await;
        self.search(who, &answer);
        if let Some(schema) =
            operation.document["responses"][answer.status.to_string()]["content"].get("application/json")
        {
            let faults = self.schemas.check(&self.house, who, &answer.told, &answer.body, &schema["schema"]);
            self.faults.extend(faults);
        }
        answer
    }

    fn search(&mut self, who: &str, answer: &Answer) {
        let text = format!("{:?}\n{}", answer.headers, String::from_utf8_lossy(&answer.bytes));
        for canary in &self.house.canaries {
            let cry = cry(canary);
            if !text.contains(&cry) {
                continue;
            }
            if may_learn(who, canary.reach, &canary.about, Some(canary.author)) {
                self.seen.insert(cry);
            } else {
                self.faults.push(format!("{who} got {cry} from {}", answer.told));
            }
        }
    }

    /// What one may not know of and what is not there are told alike.
    async fn check_absent(&mut self, row: &Row, who: &str, forbidden: &Answer) {
        let operations = Rc::clone(&self.operations);
        let operation = &operations[row.0];
        let (path, body) = row.request(&self.house.ids, operation, who);
        let replaced = |text: &str| replace_ids(text, self.house.app.clock.uuid());
        let path = replaced(&path);
        // Who may read nothing learns nothing from ids inside bodies either.
        let body = body.map(|body| match who {
            "no_scope" => replaced(&String::from_utf8_lossy(&body)).into_bytes(),
            _ => body,
        });
        let headers = headers(operation);
        let absent = self.house.send(who, &operation.method, &path, body.as_deref(), &headers).await;
        if comparable(&absent) != comparable(forbidden) {
            let (absent, forbidden) = (comparable(&absent), comparable(forbidden));
            self.faults.push(format!("{} tells {who} forbidden from absent: {forbidden:?} and {absent:?}", row.0));
        }
    }

    /// Nobody, and who left: 401, always the same.
    async fn check_outsiders(&mut self, row: &Row) {
        let operations = Rc::clone(&self.operations);
        let operation = &operations[row.0];
        let (path, body) = row.request(&self.house.ids, operation, "mentee");
        for who in ["nobody", "gone"] {
            let answer = self.house.send(who, &operation.method, &path, body.as_deref(), &[]).await;
            let same = self.house.send("nobody", "get", "/v1/me", None, &[]).await;
            if answer.status != 401 || comparable(&answer) != comparable(&same) {
                self.faults.push(format!("{} answers {who} with {:?}", row.0, comparable(&answer)));
            }
        }
    }
}

/// Some ask for `If-Match`: any version will do. A `PUT` that makes a record is refused with it.
fn headers(operation: &Operation) -> Vec<(&'static str, String)> {
    let makes = ["/v1/me/blocks/", "/v1/fairness/attributes/"].iter().any(|path| operation.path.starts_with(path));
    let is_edit = ["put", "patch"].contains(&operation.method.as_str()) && !makes;
    is_edit.then(|| ("if-match", "*".to_owned())).into_iter().collect()
}

fn class(answer: &Answer) -> char {
    match answer.status {
        200 if answer.body["items"].as_array().is_some_and(Vec::is_empty) => '-',
        200..300 | 409 | 412 | 422 | 428 => 'k',
        401 => '1',
        403 => '3',
        404 => '4',
        _ => '!',
    }
}

/// Puts another id where one stands.
fn replace_ids(text: &str, with: Uuid) -> String {
    let mut replaced = text.to_owned();
    let starts: Vec<_> = (0..text.len().saturating_sub(35)).filter(|at| text.is_char_boundary(*at)).collect();
    for at in starts {
        if text.get(at..at + 36).is_some_and(|id| Uuid::parse_str(id).is_ok()) {
            replaced.replace_range(at..at + 36, &with.to_string());
        }
    }
    replaced
}
