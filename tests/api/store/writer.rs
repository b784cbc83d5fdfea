//! Units of work under concurrency: what is acknowledged stays, what is not leaves no half.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use mentorship::clock::Clock;
use mentorship::db::{Db, Durability, Tx};
use mentorship::ids::SkillId;
use mentorship::vault::Ring;

use crate::harness::TestApp;

/// Adds a skill of this name to the unit of work.
pub async fn add(tx: &mut Tx, name: &str) -> sqlx::Result<u64> {
    let clock = Clock::system();
    tx.query(
        "insert into skills (id, name, name_folded, created_at, updated_at, revision) values ($1, $2, $2, $3, $3, 1)",
    )
    .bind(SkillId::new(&clock))
    .bind(name)
    .bind(clock.now())
    .run()
    .await
}

/// A unit of work that adds two skills, both or none.
async fn add_two(db: &Db, name: &str) -> sqlx::Result<()> {
    let mut tx = db.write().await?;
    add(&mut tx, &format!("{name} left")).await?;
    add(&mut tx, &format!("{name} right")).await?;
    tx.commit().await
}

pub async fn names(db: &Db) -> Vec<String> {
    let mut tx = db.read_one().await.expect("a look");
    let rows: Vec<(String,)> = tx.query("select name from skills order by name").all().await.expect("names");
    rows.into_iter().map(|(name,)| name).collect()
}

/// A file of its own, without a service.
pub async fn open(folder: &tempfile::TempDir, durability: Durability) -> Db {
    let url = format!("sqlite://{}", folder.path().join("test.db").display());
    let db = Db::open(&url, 4, durability, Ring::of_one()).await.expect("it opens");
    db.migrate().await.expect("the migrations run");
    db
}

/// Drops the future after so many polls: at each of its awaits, sooner or later.
async fn cancelled_after<F: Future>(polls: usize, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = polls;
    poll_fn(move |context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(context).map(Some)
    })
    .await
}

/// Fifty at once, and every one is there.
#[apply(on_both_engines!)]
async fn parallel_writers_are_all_durable(app: TestApp) {
    let mut all = tokio::task::JoinSet::new();
    for writer in 0..50 {
        let db = app.db.clone();
        all.spawn(async move { add_two(&db, &format!("{writer:02}")).await });
    }
    while let Some(done) = all.join_next().await {
        done.expect("no panic").expect("acknowledged");
    }
    assert_eq!(names(&app.db).await.len(), 100);
}

/// No commit, no trace; and the next one is not held up.
#[apply(on_both_engines!)]
async fn a_dropped_unit_leaves_nothing(app: TestApp) {
    for _ in 0..20 {
        let mut tx = app.db.write().await.expect("a unit of work");
        add(&mut tx, "dropped").await.expect("it is added");
        drop(tx);
    }
    add_two(&app.db, "kept").await.expect("acknowledged");
    assert_eq!(names(&app.db).await, ["kept left", "kept right"]);
}

/// Units that fail among units that do not harm nobody but themselves.
#[apply(on_both_engines!)]
async fn a_failing_unit_does_not_harm_its_neighbours(app: TestApp) {
    add_two(&app.db, "taken").await.expect("acknowledged");
    let mut all = tokio::task::JoinSet::new();
    for writer in 0..40 {
        let db = app.db.clone();
        all.spawn(async move {
            let name = if writer % 3 == 0 { "taken".to_owned() } else { format!("{writer:02}") };
            (name.clone(), add_two(&db, &name).await)
        });
    }
    while let Some(done) = all.join_next().await {
        let (name, done) = done.expect("no panic");
        assert_eq!(done.is_ok(), name != "taken", "{name}: {done:?}");
    }
    assert_eq!(names(&app.db).await.len(), 2 + 2 * 26);
}

/// A statement that failed and was overlooked spoils its unit: PostgreSQL would answer the
/// commit with a silent rollback, SQLite with half a unit.
#[apply(on_both_engines!)]
async fn a_unit_with_a_failed_statement_cannot_commit(app: TestApp) {
    add_two(&app.db, "taken").await.expect("acknowledged");
    let mut tx = app.db.write().await.expect("a unit of work");
    add(&mut tx, "before").await.expect("it is added");
    add(&mut tx, "taken left").await.expect_err("it is taken");
    tx.commit().await.expect_err("it is spoilt");
    add_two(&app.db, "after").await.expect("acknowledged");
    assert_eq!(names(&app.db).await, ["after left", "after right", "taken left", "taken right"]);
}

/// Whoever leaves while a conversation begins leaves no connection in the middle of it.
#[apply(on_both_engines!)]
async fn a_begin_that_is_left_harms_no_later_one(app: TestApp) {
    for round in 0..200 {
        drop(cancelled_after(round % 5, app.db.read()).await);
        drop(cancelled_after(round % 5, app.db.write()).await);
        let mut tx = app.db.read().await.expect("it begins");
        tx.query("select 1").run().await.expect("it answers");
    }
}

/// Callers that go away at any point leave all or nothing behind, and never a closed door.
#[apply(on_both_engines!)]
async fn cancellation_never_wedges_the_writer(app: TestApp) {
    let mut all = tokio::task::JoinSet::new();
    for writer in 0..160_usize {
        let db = app.db.clone();
        all.spawn(async move {
            let name = format!("{writer:03}");
            // Every other one stays, so that the others leave in the middle of batches.
            let polls = if writer % 2 == 0 { usize::MAX } else { writer % 40 };
            (name.clone(), cancelled_after(polls, add_two(&db, &name)).await)
        });
    }
    let mut acknowledged = Vec::new();
    while let Some(done) =
        tokio::time::timeout(Duration::from_secs(30), all.join_next()).await.expect("nobody waits for ever")
    {
        let (name, done) = done.expect("no panic");
        if let Some(done) = done {
            done.expect("a neighbour's leaving does no harm");
            acknowledged.push(name);
        }
    }
    let last = tokio::time::timeout(Duration::from_secs(10), add_two(&app.db, "last")).await;
    last.expect("the door is open").expect("acknowledged");
    let there = names(&app.db).await;
    for name in acknowledged {
        assert!(there.contains(&format!("{name} left")), "{name} was acknowledged and is lost");
    }
    for name in &there {
        let twin = if name.ends_with("left") { name.replace("left", "right") } else { name.replace("right", "left") };
        assert!(there.contains(&twin), "{name} is there without its twin");
    }
}

/// A reader sees whole units only, while they are written.
#[apply(on_both_engines!)]
async fn reads_never_see_uncommitted_rows(app: TestApp) {
    let mut tx = app.db.write().await.expect("a unit of work");
    add(&mut tx, "uncommitted").await.expect("it is added");
    assert!(names(&app.db).await.is_empty());
    drop(tx);
    let mut all = tokio::task::JoinSet::new();
    for writer in 0..30 {
        let db = app.db.clone();
        all.spawn(async move {
            if writer % 4 == 0 {
                let mut tx = db.write().await.expect("a unit of work");
                add(&mut tx, &format!("dropped {writer}")).await.expect("it is added");
            } else {
                add_two(&db, &format!("{writer:02}")).await.expect("acknowledged");
            }
        });
    }
    loop {
        let there = names(&app.db).await;
        assert!(there.len() % 2 == 0 && !there.iter().any(|name| name.starts_with("dropped")), "{there:?}");
        match all.try_join_next() {
            Some(done) => done.expect("no panic"),
            None if all.is_empty() => break,
            None => tokio::task::yield_now().await,
        }
    }
    assert_eq!(names(&app.db).await.len(), 2 * 22);
}
