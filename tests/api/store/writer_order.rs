//! SQLite's shared commit, case by case: who is told what when something breaks in the middle.

use std::future::pending;
use std::path::Path;
use std::time::Duration;

use mentorship::db::{Db, Durability, Tx};
use tokio::task::{JoinHandle, spawn_local, yield_now};

use super::writer::{add, names, open};

/// Queues a unit of work behind those who wait already, and lets it wait.
async fn queue(db: &Db, work: impl AsyncFnOnce(&mut Tx) -> sqlx::Result<()> + 'static) -> JoinHandle<sqlx::Result<()>> {
    let db = db.clone();
    let unit = spawn_local(async move {
        let mut tx = db.write().await?;
        work(&mut tx).await?;
        tx.commit().await
    });
    for _ in 0..5 {
        yield_now().await;
    }
    unit
}

async fn added(db: &Db, name: &'static str) -> JoinHandle<sqlx::Result<()>> {
    queue(db, async move |tx| add(tx, name).await.map(drop)).await
}

/// The neighbours on both sides of a unit that fails share their commit without it.
#[actix_web::test]
async fn a_batch_goes_on_without_its_failed_unit() {
    let folder = tempfile::tempdir().expect("a folder");
    let db = open(&folder, Durability::Relaxed).await;
    let gate = db.write().await.expect("a unit of work");
    let before = added(&db, "before").await;
    let failing = queue(&db, async |tx| {
        add(tx, "failing").await?;
        add(tx, "before").await.map(drop)
    })
    .await;
    let after = added(&db, "after").await;
    drop(gate);
    before.await.expect("no panic").expect("acknowledged");
    failing.await.expect("no panic").expect_err("it is taken");
    after.await.expect("no panic").expect("acknowledged");
    assert_eq!(names(&db).await, ["after", "before"]);
}

/// A full disk makes the engine undo the whole batch: who was in it is told so, who comes after it
/// is safe.
#[actix_web::test]
async fn a_full_disk_is_told_to_everybody_it_hit() {
    let folder = tempfile::tempdir().expect("a folder");
    let db = open(&folder, Durability::Relaxed).await;
    let mut gate = db.write().await.expect("a unit of work");
    let (pages,): (i64,) = gate.query("pragma page_count").one().await.expect("a number");
    let limit: &'static str = format!("pragma max_page_count = {}", pages + 4).leak();
    gate.query(limit).optional::<(i64,)>().await.expect("it is set");
    let before = added(&db, "before").await;
    let large = queue(&db, async |tx| add(tx, &"x".repeat(1_000_000)).await.map(drop)).await;
    let after = added(&db, "after").await;
    drop(gate);
    let large = large.await.expect("no panic").expect_err("the disk is full");
    assert!(large.to_string().contains("full"), "{large}");
    let before = before.await.expect("no panic").is_ok();
    after.await.expect("no panic").expect("acknowledged");
    let there = names(&db).await;
    assert_eq!(there.contains(&"before".to_owned()), before, "what is told is not what is there");
    assert!(there.contains(&"after".to_owned()));
    assert!(!before, "this test no longer makes the engine undo a batch");
}

/// A unit whose thread has no runtime, or whose runtime ends, is undone by whoever comes next:
/// its half never becomes part of their commit.
#[actix_web::test]
async fn a_unit_that_dies_with_its_thread_is_undone() {
    let folder = tempfile::tempdir().expect("a folder");
    let db = open(&folder, Durability::Relaxed).await;
    for round in 0..3 {
        let mut tx = db.write().await.expect("a unit of work");
        add(&mut tx, "without a runtime").await.expect("it is added");
        std::thread::spawn(move || drop(tx)).join().expect("no panic");

        let theirs = db.clone();
        let worker = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async move {
                let (told, begun) = tokio::sync::oneshot::channel();
                tokio::spawn(async move {
                    let mut tx = theirs.write().await.expect("a unit of work");
                    add(&mut tx, "with its runtime").await.expect("it is added");
                    let _ = told.send(());
                    pending::<()>().await;
                });
                begun.await.expect("it begins");
            });
        });
        worker.join().expect("no panic");
        let next = tokio::time::timeout(Duration::from_secs(5), added(&db, ["a", "b", "c"][round]).await).await;
        next.expect("the door is open").expect("no panic").expect("acknowledged");
    }
    assert_eq!(names(&db).await, ["a", "b", "c"]);
}

/// A commit whose caller is gone goes on for the others.
#[actix_web::test]
async fn a_caller_that_leaves_does_not_take_the_commit_along() {
    let folder = tempfile::tempdir().expect("a folder");
    let db = open(&folder, Durability::Relaxed).await;
    let gate = db.write().await.expect("a unit of work");
    let first = added(&db, "first").await;
    let second = added(&db, "second").await;
    drop(gate);
    first.abort();
    second.await.expect("no panic").expect("acknowledged");
    assert!(names(&db).await.contains(&"second".to_owned()));
}

/// After closing, everybody is told; nobody waits.
#[actix_web::test]
async fn a_closed_writer_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let db = open(&folder, Durability::Relaxed).await;
    let gate = db.write().await.expect("a unit of work");
    let before = added(&db, "before").await;
    let (closing, closed) = (
        db.clone(),
        spawn_local({
            let db = db.clone();
            async move { db.close().await }
        }),
    );
    for _ in 0..20 {
        yield_now().await;
    }
    drop(gate);
    closed.await.expect("no panic");
    assert!(closing.write().await.is_err());
    let told = before.await.expect("no panic").is_ok();
    let again = open(&folder, Durability::Relaxed).await;
    assert_eq!(names(&again).await.contains(&"before".to_owned()), told, "what is told is not what is there");
}

/// What was acknowledged is in the files, at any moment a power cut or a kill could choose; what
/// was not is not.
#[actix_web::test]
async fn a_copy_of_the_files_holds_what_was_acknowledged() {
    let folder = tempfile::tempdir().expect("a folder");
    let db = open(&folder, Durability::Full).await;
    let mut acknowledged = 0;
    for round in 0..8 {
        let mut all = Vec::new();
        for writer in 0..20 {
            let name: &'static str = format!("{round}-{writer:02}").leak();
            all.push(added(&db, name).await);
        }
        for unit in all {
            unit.await.expect("no panic").expect("acknowledged");
            acknowledged += 1;
        }
        // Open and unfinished while the copy is taken.
        let mut unfinished = db.write().await.expect("a unit of work");
        for part in 0..50 {
            add(&mut unfinished, &format!("unfinished {part} {}", "x".repeat(2000))).await.expect("it is added");
        }
        let there = tempfile::tempdir().expect("a folder");
        copy(folder.path(), there.path());
        drop(unfinished);
        let copied = open(&there, Durability::Full).await;
        let mut tx = copied.read_one().await.expect("a look");
        let (verdict,): (String,) = tx.query("pragma integrity_check").one().await.expect("a verdict");
        assert_eq!(verdict, "ok");
        let broken: Vec<(String,)> =
            tx.query("select \"table\" from pragma_foreign_key_check").all().await.expect("a verdict");
        assert!(broken.is_empty());
        drop(tx);
        assert_eq!(names(&copied).await.len(), acknowledged);
        copied.close().await;
    }
}

fn copy(from: &Path, to: &Path) {
    // As after a kill: without the shared memory, which the next to open makes anew.
    for file in ["test.db", "test.db-wal"] {
        std::fs::copy(from.join(file), to.join(file)).expect("a copy");
    }
}
