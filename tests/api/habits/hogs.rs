//! One viewer asks for what takes for ever, again and again: everybody else is answered, and so is the balancer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use mentorship::db::Sql;
use mentorship::http::Limits;
use serde_json::json;

use crate::harness::{Setup, TestApp};

/// A viewer may have two reads at work, and all together one count.
fn two_reads_of_one() -> Setup {
    Setup { limits: Some(Limits::new(100, Duration::from_secs(6)).sharing(6)), ..Setup::default() }
}

async fn alter(app: &TestApp, sql: Sql) {
    let mut tx = app.db.write().await.expect("a unit of work");
    tx.query(sql).run().await.expect("it is done");
    tx.commit().await.expect("it commits");
}

fn both(sql: &'static str) -> Sql {
    Sql { sqlite: sql, postgres: sql }
}

/// Whoever lists departments waits for ever, on PostgreSQL until its own time limit.
async fn slow_down(app: &TestApp) {
    alter(app, both("alter table departments rename to departments_kept")).await;
    let slow = Sql {
        sqlite: "create view departments as select d.* from departments_kept d where
                    (with recursive n (i) as (select 1 union all select i + 1 from n) select count(*) from n) > 0",
        postgres: "create view departments as select d.* from departments_kept d, (select pg_sleep(3600)) s",
    };
    alter(app, slow).await;
}

async fn speed_up(app: &TestApp) {
    alter(app, both("drop view departments")).await;
    alter(app, both("alter table departments_kept rename to departments")).await;
}

#[apply(on_both_engines!)]
#[set_up_by(two_reads_of_one())]
async fn one_viewer_cannot_stop_the_others(app: TestApp) {
    let admin = app.as_with(app.person().await, &["admin"]);
    admin.post("/v1/departments", json!({"name": "Sales"})).await.created();
    slow_down(app).await;
    let is_over = Arc::new(AtomicBool::new(false));
    let mut hogs = tokio::task::JoinSet::new();
    for number in 0..12_u64 {
        let (hog, is_over) = (admin.clone(), is_over.clone());
        hogs.spawn(async move {
            let path = if number % 2 == 0 { "/v1/departments" } else { "/v1/departments?count=%65xact" };
            while !is_over.load(Ordering::Relaxed) {
                // Some wait for an answer, others go away; their statements run on unless somebody ends them.
                if number < 6 {
                    assert_eq!(hog.get(path).await.status, 503);
                } else {
                    let patience = Duration::from_millis(20 * number);
                    let _ = tokio::time::timeout(patience, hog.get(path)).await;
                }
            }
        });
    }
    let other = app.as_(app.person().await);
    for _ in 0..30 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        other.get("/v1/pairs").await.ok();
        app.nobody().get("/health/ready").await.ok();
    }
    is_over.store(true, Ordering::Relaxed);
    while let Some(ended) = hogs.join_next().await {
        ended.expect("it was told that it took too long");
    }
    speed_up(app).await;
    // Their own places are free again as soon as their statements have ended.
    let mut answer = admin.get("/v1/departments?count=exact").await;
    for _ in 0..20 {
        if answer.status == 200 {
            break;
        }
        answer = admin.get("/v1/departments?count=exact").await;
    }
    assert_eq!(answer.ok().body["total"], 1);
}
