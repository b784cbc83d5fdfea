//! The files of the keys.

use std::os::unix::fs::PermissionsExt as _;

use super::{note, session};
use crate::harness::TestApp;

/// The files of database and keys, and what SQLite keeps beside them, are for the owner alone.
#[actix_web::test]
async fn the_files_of_the_keys_are_their_owners_alone() {
    let app = TestApp::on_sqlite().await;
    let pair = app.pair().await;
    note(&app, &session(&app, &pair).await, pair.mentor, "Hush").await;
    let file = app.url.trim_start_matches("sqlite://").replace("test.db", "test-keys.db");
    let main = app.url.trim_start_matches("sqlite://").to_owned();
    for file in [file.clone(), main.clone(), format!("{main}-wal"), format!("{main}-shm")] {
        let mode = std::fs::metadata(&file).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    // A copy of the file alone has every key.
    assert!(std::fs::metadata(format!("{file}-wal")).is_err(), "the keys have no log");
    app.stop().await;
}
