//! SQLite databases for tests: copies of one that is migrated once for the whole test run.

use std::path::Path;

use mentorship::db::{Db, Durability};
use mentorship::vault::Ring;
use tokio::sync::OnceCell;

static TEMPLATE: OnceCell<Vec<(std::ffi::OsString, Vec<u8>)>> = OnceCell::const_new();

/// Writes a migrated database into an empty folder. Returns its URL.
pub async fn database(folder: &Path) -> String {
    for (name, content) in TEMPLATE.get_or_init(migrated).await {
        std::fs::write(folder.join(name), content).expect("the file is written");
    }
    url_in(folder)
}

/// The files of a migrated database: the database and its keys.
async fn migrated() -> Vec<(std::ffi::OsString, Vec<u8>)> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let template = Db::open(&url_in(folder.path()), 1, Durability::Relaxed, Ring::of_one()).await.expect("it opens");
    template.migrate().await.expect("the migrations run");
    template.close().await;
    let files = std::fs::read_dir(folder.path()).expect("the folder").map(|file| file.expect("a file"));
    files.map(|file| (file.file_name(), std::fs::read(file.path()).expect("the file is read"))).collect()
}

fn url_in(folder: &Path) -> String {
    format!("sqlite://{}", folder.join("test.db").display())
}
