//! Those who mirror a list miss nothing, and those who page through one lose nobody.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use mentorship::clock::Clock;
use mentorship::db::Engine;
use mentorship::policy::Scope;
use serde_json::{Value, json};

use crate::harness::{Client, TestApp};

/// How a mirror goes on: by what the service says, or by the newest `updated_at` that it saw.
#[derive(Clone, Copy, Debug)]
enum Way {
    AsTold,
    ByNewest,
}

/// A copy of a list.
struct Mirror {
    client: Client,
    list: &'static str,
    way: Way,
    after: Option<String>,
    records: BTreeMap<String, Value>,
}

fn instant(record: &Value) -> DateTime<Utc> {
    record["updated_at"].as_str().expect("an instant").parse().expect("an instant")
}

impl Mirror {
    fn of(client: &Client, list: &'static str, way: Way) -> Self {
        Self { client: client.clone(), list, way, after: None, records: BTreeMap::new() }
    }

    /// Reads all pages of what changed since the last time.
    async fn follow(&mut self) {
        let since = self.after.as_ref().map(|after| format!("&updated_after={after}")).unwrap_or_default();
        let (mut next, mut told) = (String::new(), None);
        loop {
            let page = self.client.get(&format!("{}limit=20{since}{next}", self.list)).await.ok();
            for item in page.items() {
                self.records.insert(item["id"].as_str().expect("an id").to_owned(), item.clone());
            }
            let mark = page.body["next_updated_after"].as_str().expect("a mark").to_owned();
            assert!(told.as_ref().is_none_or(|told| *told == mark), "each page of a walk has the mark of the first");
            told = Some(mark);
            let Some(cursor) = page.body["next_cursor"].as_str() else { break };
            next = format!("&cursor={cursor}");
        }
        let newest = self.records.values().map(instant).max();
        let newest = newest.map(|at| at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true));
        self.after = match self.way {
            Way::AsTold => told,
            Way::ByNewest => newest,
        };
    }

    /// Records that are not as they are.
    async fn stale(&self) -> Vec<String> {
        let mut now = Self::of(&self.client, self.list, Way::AsTold);
        now.follow().await;
        let differs = now.records.iter().filter(|(id, record)| self.records.get(*id) != Some(record));
        differs.map(|(id, _)| id.clone()).collect()
    }
}

/// A change that is made and not committed yet.
const CHANGES: [(&str, &str); 5] = [
    ("/v1/people?", "update people set title = 'Late', updated_at = $2, revision = revision + 1 where id = $1"),
    (
        "/v1/programs?",
        "update programs set is_formal = not is_formal, updated_at = $2, revision = revision + 1 where id = $1",
    ),
    ("/v1/pairs?", "update pairs set goals_focus = 'Late', updated_at = $2, revision = revision + 1 where id = $1"),
    ("/v1/goals?", "update goals set title = 'Late', updated_at = $2, revision = revision + 1 where id = $1"),
    (
        "/v1/sessions?",
        "update sessions set length_minutes = 45, updated_at = $2, revision = revision + 1 where id = $1",
    ),
];

/// Two records of each list.
async fn two_of_each(app: &TestApp) -> BTreeMap<&'static str, [uuid::Uuid; 2]> {
    let (one, two) = (app.pair().await, app.pair().await);
    let id = |text: String| text.parse::<uuid::Uuid>().expect("an id");
    let mut goals = Vec::new();
    let mut sessions = Vec::new();
    for pair in [&one, &two] {
        let mentor = app.as_(pair.mentor);
        goals.push(id(mentor.post("/v1/goals", json!({"pair_id": pair.id, "title": "Learn"})).await.created().id()));
        let session = json!({"pair_id": pair.id, "starts_at": "2026-03-03T09:00:00Z"});
        sessions.push(id(mentor.post("/v1/sessions", session).await.created().id()));
    }
    BTreeMap::from([
        ("/v1/people?", [one.mentor.uuid(), two.mentor.uuid()]),
        ("/v1/programs?", [one.program.uuid(), two.program.uuid()]),
        ("/v1/pairs?", [one.id.uuid(), two.id.uuid()]),
        ("/v1/goals?", [goals[0], goals[1]]),
        ("/v1/sessions?", [sessions[0], sessions[1]]),
    ])
}

async fn change(app: &TestApp, sql: &'static str, id: uuid::Uuid, at: DateTime<Utc>) {
    let mut tx = app.db.write().await.expect("a unit of work");
    assert_eq!(tx.query(sql).bind(id).bind(at).run().await.expect("it changes"), 1);
    tx.commit().await.expect("it commits");
}

/// Of every list: what commits after something newer was seen is still listed, and so is what a slow clock dates
/// before it.
#[apply(on_both_engines!)]
async fn a_late_change_is_not_missed(app: TestApp) {
    let records = two_of_each(app).await;
    let admin = app.as_with(app.person().await, &["admin"]);
    for (list, sql) in CHANGES {
        let [late, early] = records[list];
        for way in [Way::AsTold, Way::ByNewest] {
            // A transaction that is open while a newer change is made and read; SQLite has one writer.
            app.clock.advance(TimeDelta::hours(1));
            let mut mirror = Mirror::of(&admin, list, way);
            mirror.follow().await;
            let mut open = match app.db.engine() {
                Engine::Postgres => Some(app.db.write().await.expect("a unit of work")),
                Engine::Sqlite => None,
            };
            let begun = app.clock.now();
            if let Some(tx) = &mut open {
                tx.query(sql).bind(late).bind(begun).run().await.expect("it changes");
            }
            app.clock.advance(TimeDelta::seconds(50));
            change(app, sql, early, app.clock.now()).await;
            mirror.follow().await;
            match open {
                Some(tx) => tx.commit().await.expect("it commits"),
                None => change(app, sql, late, begun).await,
            }
            mirror.follow().await;
            assert_eq!(mirror.stale().await, Vec::<String>::new(), "{list} {way:?}: an open transaction");

            // An instance whose clock is two seconds behind, and one whose clock went back by an hour.
            for behind in [TimeDelta::seconds(2), TimeDelta::hours(1)] {
                app.clock.advance(TimeDelta::hours(2));
                change(app, sql, early, app.clock.now()).await;
                mirror.follow().await;
                change(app, sql, late, app.clock.now() - behind).await;
                mirror.follow().await;
                assert_eq!(mirror.stale().await, Vec::<String>::new(), "{list} {way:?}: {behind} behind");
            }
        }
    }
}

/// Nothing is listed for ever: what changed long before is not.
#[apply(on_both_engines!)]
async fn what_changed_long_ago_is_not_listed_again(app: TestApp) {
    let records = two_of_each(app).await;
    let admin = app.as_with(app.person().await, &["admin"]);
    for (list, sql) in CHANGES {
        app.clock.advance(TimeDelta::hours(1));
        let mark = admin.get(&format!("{list}limit=1")).await.ok().body["next_updated_after"]
            .as_str()
            .expect("a mark")
            .to_owned();
        assert!(admin.get(&format!("{list}updated_after={mark}")).await.ok().items().is_empty(), "{list}");
        app.clock.advance(TimeDelta::minutes(1));
        change(app, sql, records[list][0], app.clock.now()).await;
        let listed = admin.get(&format!("{list}updated_after={mark}&count=exact")).await.ok().has("/total", 1);
        assert_eq!(listed.items()[0]["id"], records[list][0].to_string());
        // The mark is that of the first page, however long the walk takes.
        let first = admin.get(&format!("{list}limit=1")).await.ok();
        app.clock.advance(TimeDelta::hours(1));
        let cursor = first.body["next_cursor"].as_str().expect("a cursor");
        admin
            .get(&format!("{list}limit=1&cursor={cursor}"))
            .await
            .ok()
            .has("/next_updated_after", first.body["next_updated_after"].clone());
    }
    admin.get("/v1/teams").await.ok().lacks("/next_updated_after");
}

/// Eight writers on two instances whose clocks are two seconds apart, and mirrors that read all the while.
#[apply(on_both_engines!)]
async fn eight_writers_leave_no_mirror_stale(app: TestApp) {
    app.clock.release();
    let mut people = Vec::new();
    for _ in 0..24 {
        people.push(app.person().await);
    }
    let slow = Clock::system();
    let other = app.beside_at(slow.clone());
    let now = app.clock.now();
    slow.stop_at(now - TimeDelta::seconds(2), 7);
    let admins: Vec<_> = [app, &other].map(|app| app.as_with(people[0], &["admin"])).into();
    let mut mirrors: Vec<_> = [Way::AsTold, Way::ByNewest]
        .iter()
        .flat_map(|way| admins.iter().map(|admin| Mirror::of(admin, "/v1/people?", *way)))
        .collect();
    for mirror in &mut mirrors {
        mirror.follow().await;
    }
    let is_done = std::cell::Cell::new(0);
    let writers = (0..8_usize).map(|writer| {
        let (admin, people, is_done, slow) = (&admins[writer % 2], &people, &is_done, &slow);
        async move {
            for round in 0..15 {
                // The second clock runs, too.
                slow.advance(TimeDelta::milliseconds(5));
                let person = people[(writer * 3 + round * 7) % people.len()];
                let title = format!("{writer} {round}");
                let answer = admin.patch(&format!("/v1/people/{person}"), json!({"title": title})).await;
                assert!([200, 409].contains(&answer.status), "{}", answer.body);
            }
            is_done.set(is_done.get() + 1);
        }
    });
    let readers = mirrors.iter_mut().map(|mirror| {
        let is_done = &is_done;
        async move {
            while is_done.get() < 8 {
                mirror.follow().await;
            }
            mirror.follow().await;
        }
    });
    futures_util::future::join(futures_util::future::join_all(writers), futures_util::future::join_all(readers)).await;
    for mirror in &mirrors {
        assert_eq!(mirror.stale().await, Vec::<String>::new(), "{:?}", mirror.way);
    }
    other.leave().await;
}

/// A page goes on where it ended, whatever becomes of the last person on it.
#[apply(on_both_engines!)]
async fn a_search_by_name_goes_on_where_it_ended(app: TestApp) {
    let admin = app.as_with(app.person().await, &["admin"]);
    let hr = app.as_service(
        app.service_account(&[Scope::PeopleRead, Scope::PeopleWrite]).await,
        &[Scope::PeopleRead, Scope::PeopleWrite],
    );
    for name in ["Ada A", "Ada B", "Ada C", "Ada D", "Ada E"] {
        let email = format!("{}@example.com", name.replace(' ', "."));
        hr.post("/v1/people", json!({"name": name, "email": email})).await.created();
    }
    // Away, to the front, to the end, gone, erased.
    let fates = [
        json!({"name": "Zoe"}),
        json!({"name": "Ada 0"}),
        json!({"name": "Ada Z"}),
        json!({"status": "departed"}),
        json!({"erase": true}),
    ];
    for fate in fates {
        let first = admin.get("/v1/people?q=ada&limit=2").await.ok();
        let seen: BTreeSet<_> =
            first.items().iter().map(|item| item["id"].as_str().expect("an id").to_owned()).collect();
        let last = first.items()[1].clone();
        let path = format!("/v1/people/{}", last["id"].as_str().expect("an id"));
        let before: BTreeSet<_> = admin
            .get("/v1/people?q=ada")
            .await
            .ok()
            .items()
            .iter()
            .map(|item| item["id"].as_str().expect("an id").to_owned())
            .collect();
        if fate["erase"] == true {
            admin.post(&format!("{path}/erase"), json!({"confirm": last["email"]})).await.ok();
        } else {
            admin.patch(&path, fate.clone()).await.ok();
        }
        let mut rest = BTreeSet::new();
        let mut cursor = first.body["next_cursor"].as_str().map(str::to_owned);
        while let Some(next) = cursor {
            let page = admin.get(&format!("/v1/people?q=ada&limit=2&cursor={next}")).await.ok();
            for item in page.items() {
                rest.insert(item["id"].as_str().expect("an id").to_owned());
            }
            cursor = page.body["next_cursor"].as_str().map(str::to_owned);
        }
        let expected: BTreeSet<_> = before.difference(&seen).cloned().collect();
        let met_again: BTreeSet<_> = rest.difference(&expected).cloned().collect();
        assert!(expected.is_subset(&rest), "{fate}: {expected:?} {rest:?}");
        assert!(met_again.iter().all(|id| last["id"] == id.as_str()), "{fate}: nobody else twice");
        // As it was for the next.
        if fate["erase"] != true {
            admin.patch(&path, json!({"name": last["name"], "status": "active"})).await.ok();
        }
    }
    // A cursor goes on with the order that it came from.
    let by_name =
        admin.get("/v1/people?q=ada&limit=1").await.ok().body["next_cursor"].as_str().expect("a cursor").to_owned();
    let by_age = admin.get("/v1/people?limit=1").await.ok().body["next_cursor"].as_str().expect("a cursor").to_owned();
    admin.get(&format!("/v1/people?cursor={by_name}")).await.problem(422, "invalid_cursor");
    admin.get(&format!("/v1/people?q=ada&cursor={by_age}")).await.problem(422, "invalid_cursor");
    // The longest name makes the longest cursor.
    let longest = "\u{10400}".repeat(120);
    for number in 0..2 {
        hr.post("/v1/people", json!({"name": longest, "email": format!("l{number}@example.com")})).await.created();
    }
    let page = admin.get("/v1/people?q=%F0%90%90%80&limit=1").await.ok();
    let cursor = page.body["next_cursor"].as_str().expect("a cursor");
    assert!(cursor.len() <= 2000, "{}", cursor.len());
    assert_eq!(admin.get(&format!("/v1/people?q=%F0%90%90%80&limit=1&cursor={cursor}")).await.ok().items().len(), 1);
}
