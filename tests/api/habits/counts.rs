//! `?count=exact`: how many records the viewer can list, and not one more.

use serde_json::{Value, json};

use crate::document::operations;
use crate::harness::TestApp;
use crate::matrix::house::House;
use crate::matrix::personas::columns;
use crate::matrix::table::{documented, rows};

/// Every list with pages counts.
#[test]
fn every_list_with_a_cursor_can_count() {
    for (path, method, operation) in operations() {
        let has = |name: &str| {
            operation["parameters"].as_array().is_some_and(|all| all.iter().any(|one| one["name"] == name))
        };
        assert_eq!(has("cursor"), has("count"), "{method} {path}");
    }
}

/// The total is the number of records on all pages, for every list and every viewer of the house.
#[apply(on_both_engines!)]
async fn a_total_is_what_the_pages_hold(app: TestApp) {
    let mut house = House::new(app, &|canary| canary.name.clone()).await;
    house.furnish().await;
    let operations = documented();
    let (mut some, mut none) = (0, 0);
    // The others are always one page.
    let has_pages = |name: &str| {
        name.starts_with("list_")
            && !["list_cadences", "list_retention_rules", "list_fairness_attributes"].contains(&name)
    };
    for row in rows().filter(|row| has_pages(row.0)) {
        for who in columns() {
            let (path, _) = row.request(&house.ids, &operations[row.0], who);
            let list = if path.contains('?') { path + "&limit=1" } else { path + "?limit=1" };
            let plain = house.send(who, "get", &list, None, &[]).await.lacks("/total");
            let counted = house.send(who, "get", &format!("{list}&count=exact"), None, &[]).await;
            if plain.status != 200 {
                assert_eq!(
                    (plain.status, &plain.body["code"]),
                    (counted.status, &counted.body["code"]),
                    "{list} for {who}"
                );
                continue;
            }
            let total = counted.ok().body["total"].as_u64().unwrap_or_else(|| panic!("no total: {list} for {who}"));
            if total > 0 {
                some += 1;
            } else {
                none += 1;
            }
            let (mut seen, mut next) = (0, format!("{list}&count=exact"));
            loop {
                let page = house.send(who, "get", &next, None, &[]).await.ok().has("/total", total);
                seen += page.items().len() as u64;
                let Some(cursor) = page.body["next_cursor"].as_str() else { break };
                assert!(page.header("link").contains("count=exact"), "{list}: {}", page.header("link"));
                next = format!("{list}&count=exact&cursor={cursor}");
            }
            assert_eq!(seen, total, "{list} for {who}");
        }
    }
    assert!(some > 50 && none > 20, "{some} lists held something, {none} nothing");
}

/// There is one way to count, and whoever asks for another is told.
#[apply(on_both_engines!)]
async fn there_is_no_other_count(app: TestApp) {
    let admin = app.as_with(app.person().await, &["admin"]);
    for odd in ["", "true", "1", "estimate", "EXACT", "exact%20"] {
        let answer =
            admin.get(&format!("/v1/pairs?count={odd}")).await.problem(400, "invalid_request").points_at("?count");
        assert!(
            answer.body["errors"][0]["detail"].as_str().is_some_and(|told| told.contains("`exact`")),
            "{}",
            answer.body
        );
    }
    admin
        .get("/v1/pairs?count=exact")
        .await
        .ok()
        .has("/total", 0)
        .has("/items", json!([]))
        .has("/next_cursor", Value::Null);
}
