//! Background jobs: a job that fails says so, runs again, and says when it works again.

use std::time::Duration;

use mentorship::jobs::{Job, Next};

use crate::harness::{Log, Setup, TestApp};

const JOB: Job = Job {
    name: "mentor_requests",
    pause: Duration::from_millis(10),
    late: "the next mentor of a request is invited late",
    runs_on_held_clock: true,
};

async fn run_sql(app: &TestApp, sql: &'static str) {
    let mut tx = app.db.write().await.expect("a transaction");
    tx.query(sql).run().await.expect("the statement runs");
    tx.commit().await.expect("it commits");
}

/// Lines of the log with this event.
fn lines(log: &Log, event: &str) -> Vec<serde_json::Value> {
    let text = String::from_utf8(log.bytes()).expect("text");
    let lines = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"));
    lines.map(|line| line["fields"].clone()).filter(|fields| fields["event"] == event).collect()
}

async fn wait_for(log: &Log, event: &str) {
    for _ in 0..1000 {
        if !lines(log, event).is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("no line {event}");
}

/// While a table is missing the job fails; when it is back, the job recovers. It ends with the service.
#[apply(on_both_engines!)]
#[set_up_by(Setup { log: Some(Log::default()), ..Setup::default() })]
async fn a_job_reports_failure_and_recovery(app: TestApp) {
    let log = app.log.clone().expect("a log");
    log.listen();
    let service = app.service.clone();
    run_sql(app, "alter table mentor_requests rename to away").await;
    let job = actix_web::rt::spawn(async move {
        let work = async || {
            service.pass_on_requests().await?;
            Ok(Next::AfterPause)
        };
        JOB.run(&service.app, work).await;
    });
    wait_for(&log, "job.failed").await;
    run_sql(app, "alter table away rename to mentor_requests").await;
    wait_for(&log, "job.recovered").await;
    app.state.stop();
    job.await.expect("the job ends");
    let failed = lines(&log, "job.failed");
    let first = &failed[0];
    assert_eq!((&first["job"], &first["late"], &first["failures"]), (&JOB.name.into(), &JOB.late.into(), &1.into()));
    assert!(first["error"].as_str().is_some_and(|error| error.contains("mentor_requests")), "{first}");
    let recovered = lines(&log, "job.recovered");
    assert_eq!(recovered.len(), 1);
    assert_eq!(recovered[0]["failures"], failed.len());
}
