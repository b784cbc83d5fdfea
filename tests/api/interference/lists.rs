//! A list holds exactly what its viewer may read, one by one: no more, no less, no repetition, on
//! pages of any size.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::dice::Dice;
use super::setting;
use crate::harness::TestApp;
use crate::matrix::house::House;

/// People of a random organisation besides those of the house.
const PEOPLE: usize = 14;
const PAIRS: usize = 22;

on_both_engines! {
    /// Sessions, goals and pairs of an organisation made by chance.
    async fn a_list_holds_what_its_viewer_may_read(app: TestApp) {
        let seed = setting("MENTORSHIP_SEED", 1);
        let mut house = House::new(app, &|canary| canary.name.clone()).await;
        house.people().await;
        let mut dice = Dice(seed);
        let records = organisation(&mut house, &mut dice).await;
        for who in ["colleague", "lead", "other_lead", "admin", "all_scopes", "pairs_read", "p0", "p1", "p2", "p3", "p4", "p5"] {
            for (list, all) in &records {
                let mut readable = Vec::new();
                for id in all {
                    let one = house.ask(who, "get", &format!("{list}/{id}"), &Value::Null).await;
                    match one.status {
                        200 => readable.push(id.clone()),
                        404 => {}
                        _ => panic!("seed {seed}: {who} and {list}/{id}: {}", one.body),
                    }
                }
                readable.sort_unstable();
                let limit = 1 + dice.below(9);
                let Some(listed) = pages(&mut house, who, &format!("{list}?limit={limit}")).await else {
                    assert!(readable.is_empty(), "seed {seed}: {who} may read {readable:?} of {list} and not list them");
                    continue;
                };
                assert_eq!(listed, readable, "seed {seed}: {list} for {who}");
                narrowed(&mut house, &mut dice, who, list, &readable).await;
            }
        }
    }
}

/// Filters only narrow: what they leave is among what one may read, and all of it is there.
async fn narrowed(house: &mut House<'_>, dice: &mut Dice, who: &str, list: &str, readable: &[String]) {
    let statuses: &[&str] = match list {
        "/v1/pairs" => &["proposed", "active", "paused", "ended", "declined"],
        "/v1/goals" => &["draft", "active", "achieved", "missed", "abandoned"],
        _ => &["scheduled", "completed", "cancelled", "rescheduled"],
    };
    let mut all = Vec::new();
    for status in statuses {
        let limit = 1 + dice.below(5);
        all.extend(pages(house, who, &format!("{list}?status={status}&limit={limit}")).await.unwrap_or_default());
    }
    all.sort_unstable();
    assert_eq!(all, readable, "{list} by status, for {who}");
    if list == "/v1/pairs" {
        return;
    }
    let mut all = Vec::new();
    for pair in (0..PAIRS).map(|pair| format!("pair{pair}")) {
        if let Some(pair) = house.ids.get(&pair).cloned() {
            all.extend(pages(house, who, &format!("{list}?pair_id={pair}&limit=2")).await.unwrap_or_default());
        }
    }
    all.sort_unstable();
    assert_eq!(all, readable, "{list} by pair, for {who}");
}

/// All ids on all pages, sorted; `None` where the list is refused.
async fn pages(house: &mut House<'_>, who: &str, list: &str) -> Option<Vec<String>> {
    let mut ids = Vec::new();
    let list = format!("{list}&count=exact");
    let mut next = list.clone();
    let total = loop {
        let page = house.ask(who, "get", &next, &Value::Null).await;
        if page.status == 403 {
            return None;
        }
        let page = page.ok();
        ids.extend(page.items().iter().map(|item| item["id"].as_str().expect("an id").to_owned()));
        let Some(cursor) = page.body["next_cursor"].as_str() else { break page.body["total"].as_u64() };
        next = format!("{list}&cursor={cursor}");
        assert!(ids.len() < 10_000, "{list} never ends");
    };
    assert_eq!(total, Some(ids.len() as u64), "{list} for {who}");
    ids.sort_unstable();
    Some(ids)
}

/// People under each other, pairs of any two of them, and what hangs on these.
async fn organisation(house: &mut House<'_>, dice: &mut Dice) -> BTreeMap<&'static str, Vec<String>> {
    for person in 0..PEOPLE {
        let mut entry = json!({"name": format!("P{person}"), "email": format!("p{person}@example.com")});
        if person > 0 && dice.percent(70) {
            entry["manager_id"] = json!(format!("{{p{}}}", dice.below(person)));
        }
        let name = format!("p{person}");
        house.make(&name, "admin", "/v1/people", entry).await;
        house.give_token(&name, &[]);
        let profile = json!({"mentor_capacity": 10});
        house.act(&name, "patch", &format!("/v1/people/{{{name}}}/profile"), profile).await;
    }
    let mut records: BTreeMap<_, Vec<String>> = BTreeMap::new();
    for number in 0..PAIRS {
        let [mentor, mentee] = [(); 2].map(|()| format!("p{}", dice.below(PEOPLE)));
        let mut body = json!({"mentor_id": format!("{{{mentor}}}"), "mentee_id": format!("{{{mentee}}}"),
            "override_reason": "By chance"});
        match dice.below(3) {
            0 => body["program_id"] = json!("{program}"),
            1 => body["program_id"] = json!("{other_program}"),
            _ => {}
        }
        // Some two cannot be a pair: the same person, a report of the other, a pair already.
        let made = house.ask("admin", "post", "/v1/pairs", &body).await;
        if made.status != 201 {
            continue;
        }
        let pair = format!("pair{number}");
        house.ids.insert(pair.clone(), made.id());
        records.entry("/v1/pairs").or_default().push(made.id());
        hang_on(house, dice, &pair, [&mentor, &mentee], &mut records).await;
        if dice.percent(20) {
            house.act(&mentor, "post", &format!("/v1/pairs/{{{pair}}}/end"), json!({"reason": "other"})).await;
        }
    }
    records
}

async fn hang_on(
    house: &mut House<'_>,
    dice: &mut Dice,
    pair: &str,
    two: [&str; 2],
    records: &mut BTreeMap<&'static str, Vec<String>>,
) {
    for _ in 0..dice.below(4) {
        let who = *dice.pick(&two);
        // Some at one moment, so that pages end between equal ones.
        let starts_at = format!("2026-03-0{}T1{}:00:00Z", 3 + dice.below(2), dice.below(2));
        let body = json!({"pair_id": format!("{{{pair}}}"), "starts_at": starts_at});
        let made = house.make("session", who, "/v1/sessions", body).await;
        records.entry("/v1/sessions").or_default().push(made.id());
        match dice.below(4) {
            0 => {
                house.act(who, "post", "/v1/sessions/{session}/cancel", json!({})).await;
            }
            1 => {
                let to = json!({"starts_at": "2026-03-09T10:00:00Z"});
                let moved = house.make("session", who, "/v1/sessions/{session}/reschedule", to).await;
                records.entry("/v1/sessions").or_default().push(moved.id());
            }
            _ => {}
        }
    }
    for number in 0..dice.below(3) {
        let who = *dice.pick(&two);
        let body = json!({"pair_id": format!("{{{pair}}}"), "title": format!("Goal {number}")});
        let made = house.make("goal", who, "/v1/goals", body).await;
        records.entry("/v1/goals").or_default().push(made.id());
        if dice.percent(30) {
            house.act(who, "post", "/v1/goals/{goal}/abandon", json!({})).await;
        }
    }
}
