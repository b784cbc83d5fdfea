//! A list holds exactly what its viewer may read, one by one: no more, no less, no repetition, on
//! pages of any size.

use serde_json::Value;

use super::chance::{PAIRS, organisation};
use super::dice::Dice;
use super::seed;
use crate::harness::TestApp;
use crate::matrix::house::House;

/// Sessions, goals and pairs of an organisation made by chance.
#[apply(on_both_engines!)]
async fn a_list_holds_what_its_viewer_may_read(app: TestApp) {
    let seed = seed();
    let mut house = House::new(app, &|canary| canary.name.clone()).await;
    house.people().await;
    let mut dice = Dice(seed);
    let records = organisation(&mut house, &mut dice).await.records;
    for who in
        ["colleague", "lead", "other_lead", "admin", "all_scopes", "pairs_read", "p0", "p1", "p2", "p3", "p4", "p5"]
    {
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
