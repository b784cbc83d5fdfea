//! The files of the keys.

use std::os::unix::fs::PermissionsExt as _;

use super::{note, session};
use crate::harness::TestApp;

/// The keys' file and what SQLite keeps beside it are for the owner alone.
#[actix_web::test]
async fn the_files_of_the_keys_are_their_owners_alone() {
    let app = TestApp::on_sqlite().await;
    let pair = app.pair().await;
    note(&app, &session(&app, &pair).await, pair.mentor, "Hush").await;
    let file = app.url.trim_start_matches("sqlite://").replace("test.db", "test-keys.db");
    for end in ["", "-wal", "-shm"] {
        let mode = std::fs::metadata(format!("{file}{end}")).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}{end}");
    }
    app.stop().await;
}
