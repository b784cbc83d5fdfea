//! Every change and its preconditions: honoured where the document has them, and nowhere else.

use super::cry;
use super::house::House;
use super::personas::columns;
use super::table::{documented, renew, rows};
use crate::harness::TestApp;

/// Changes that make the record where there is none: there `If-None-Match: *` lets the first one pass.
const MAKE_WHAT_IS_MISSING: [&str; 4] =
    ["put_person_by_external_id", "put_reflection", "put_fairness_attribute", "put_block"];

/// Nothing changes under a precondition that does not hold.
#[apply(on_both_engines!)]
async fn no_precondition_is_passed_over(app: TestApp) {
    let mut house = House::new(app, &cry).await;
    house.furnish().await;
    let operations = documented();
    let (mut faults, mut refused) = (Vec::new(), 0);
    for row in rows().filter(|row| operations[row.0].method != "get") {
        let operation = &operations[row.0];
        let Some((_, who)) = columns().enumerate().find(|(column, _)| row.expected(*column) == 'k') else { continue };
        let parameters = operation.document["parameters"].as_array().cloned().unwrap_or_default();
        let conditions = [("if-match", "\"stale\"", "IfMatch"), ("if-none-match", "*", "IfNoneMatchOfChange")];
        if row.1 == "fresh" {
            renew(&mut house, row.0, who).await;
        }
        for (header, value, parameter) in conditions {
            let (path, body) = row.request(&house.ids, operation, who);
            let reference = format!("#/components/parameters/{parameter}");
            let is_documented = parameters.iter().any(|one| one["$ref"] == reference);
            let mut headers = vec![(header, value.to_owned())];
            if header == "if-none-match" {
                // Some changes ask for it.
                headers.push(("if-match", "*".to_owned()));
            }
            let may_pass = header == "if-none-match" && MAKE_WHAT_IS_MISSING.contains(&row.0);
            if may_pass {
                house.step();
                house.send(who, &operation.method, &path, body.as_deref(), &[]).await;
            }
            house.step();
            let answer = house.send(who, &operation.method, &path, body.as_deref(), &headers).await;
            let is_fine = match (is_documented, answer.status) {
                // The state of the record may refuse it before.
                (true, 412 | 428) => {
                    refused += 1;
                    true
                }
                (true, 409 | 422) => true,
                (true, _) => false,
                (false, status) => status != 412,
            };
            if !is_fine {
                faults.push(format!("{} with {header}: {} {}", row.0, answer.status, answer.body));
            }
        }
        // What follows in the table builds on it.
        let (path, body) = row.request(&house.ids, operation, who);
        let is_edit = ["put", "patch"].contains(&operation.method.as_str());
        let headers: Vec<_> = is_edit.then(|| ("if-match", "*".to_owned())).into_iter().collect();
        house.step();
        house.send(who, &operation.method, &path, body.as_deref(), &headers).await;
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(refused > 100, "only {refused} were refused for their preconditions");
}

/// Where there is no record, none is as the client saw it.
#[apply(on_both_engines!)]
async fn what_is_not_there_is_not_as_it_was(app: TestApp) {
    let admin = app.as_with(app.person().await, &["admin"]);
    let other = app.person().await;
    let body = serde_json::json!({"name": "Ada", "email": "ada@example.com"});
    let roster = admin.request(reqwest::Method::PUT, "/v1/roster/E-1").header("if-match", "*");
    admin.send(roster.json(&body)).await.problem(412, "stale_record");
    let block = format!("/v1/me/blocks/{other}");
    admin.send(admin.request(reqwest::Method::PUT, &block).header("if-match", "*")).await.problem(412, "stale_record");
    let only_new = || admin.request(reqwest::Method::PUT, "/v1/roster/E-1").header("if-none-match", "*").json(&body);
    let made = admin.send(only_new()).await.created();
    admin.send(only_new()).await.problem(412, "stale_record");
    admin
        .send(admin.request(reqwest::Method::PUT, "/v1/roster/E-1").header("if-match", made.header("etag")).json(&body))
        .await
        .ok();
}
