//! The sources of the service, for tests that read them.

use std::fs;
use std::path::{Path, PathBuf};

/// Every Rust file in `src`.
pub fn sources() -> Vec<PathBuf> {
    below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"))
}

fn below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let (folders, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    let files = files.into_iter().filter(|file| file.extension().is_some_and(|end| end == "rs"));
    folders.iter().flat_map(|folder| below(folder)).chain(files).collect()
}
