//! `PATCH` with nothing to say.

use std::collections::BTreeSet;

use crate::harness::TestApp;
use crate::matrix::house::House;
use crate::matrix::personas::columns;
use crate::matrix::table::{documented, rows};

/// What every change moves: the revisions of all records together, and the number of events.
async fn marks(app: &TestApp) -> (i64, i64) {
    let mut tx = app.db.read_one().await.expect("a look");
    let marks = tx.query(
        "select cast(sum(revision) as bigint), (select count(*) from events) from (
            select revision from service_accounts union all select revision from departments
            union all select revision from career_ladders union all select revision from skills
            union all select revision from teams union all select revision from people
            union all select revision from enrolments union all select revision from programs union all select revision from pairs
            union all select revision from notebook_entries union all select revision from sessions
            union all select revision from agenda_items union all select revision from notes
            union all select revision from action_items union all select revision from goals
            union all select revision from key_results union all select revision from blockers
            union all select revision from plan_steps union all select revision from webhooks
            union all select revision from matching_drafts
            union all select 1 from notice_preferences) all_of_them",
    );
    marks.one().await.expect("two numbers")
}

/// Whoever may change a record and says nothing changes nothing: no byte, no revision, no event.
#[apply(on_both_engines!)]
async fn a_patch_that_says_nothing_changes_nothing(app: TestApp) {
    let mut house = House::new(app, &|canary| canary.name.clone()).await;
    house.furnish().await;
    let operations = documented();
    let patches: BTreeSet<_> =
        operations.iter().filter(|(_, one)| one.method == "patch").map(|(name, _)| name.as_str()).collect();
    assert!(patches.len() >= 19, "{patches:?}");
    for name in patches {
        let mut said = false;
        for row in rows().filter(|row| row.0 == name) {
            for (column, who) in columns().enumerate().filter(|(column, _)| row.expected(*column) == 'k') {
                let (path, body) = row.request(&house.ids, &operations[name], who);
                let record = path.trim_end_matches("/profile").to_owned();
                let before = (marks(app).await, house.send(who, "get", &record, None, &[]).await.ok());
                let seen = [("if-match", before.1.header("etag").to_owned())];
                house.step();
                let nothing = house.send(who, "patch", &path, Some(b"{}"), &seen).await.ok();
                let after = house.send(who, "get", &record, None, &[]).await.ok();
                assert_eq!(nothing.body, before.1.body, "{name} for {who} in column {column}");
                assert_eq!(after.bytes, before.1.bytes, "{name} for {who}");
                assert_eq!(marks(app).await, before.0, "{name} for {who} left a mark");
                house.step();
                house.send(who, "patch", &path, body.as_deref(), &seen).await.ok();
                said |= marks(app).await.0 > before.0.0;
            }
        }
        assert!(said, "nobody managed to {name}, so that nothing was shown");
    }
}
