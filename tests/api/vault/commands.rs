//! `mentorship keys` and `mentorship check`, as an operator types them.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

/// What it prints, and whether it is content.
fn mentorship(folder: &Path, words: &[&str]) -> (String, bool) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mentorship"));
    command.args(words).arg("--data").arg(folder).env_remove("DATABASE_URL").env_remove("MENTORSHIP_KEYRING");
    let done = command.output().expect("it runs");
    let told = [done.stdout, done.stderr].concat();
    (String::from_utf8(told).expect("text"), done.status.success())
}

/// The first admin, and so the database.
fn begin(folder: &Path) {
    let (told, is_fine) = mentorship(folder, &["token", "person", "ada@example.com", "--create", "Ada"]);
    assert!(is_fine, "{told}");
}

#[test]
fn a_ring_is_listed_rotated_and_checked() {
    let folder = tempfile::tempdir().expect("a folder");
    let (told, is_fine) = mentorship(folder.path(), &["check"]);
    assert!(
        is_fine && told.contains("keyring does not exist; the first start of a new installation creates it"),
        "{told}"
    );
    let (told, is_fine) = mentorship(folder.path(), &["keys", "list"]);
    assert!(!is_fine && told.contains("there is no database"), "{told}");
    begin(folder.path());
    let (told, is_fine) = mentorship(folder.path(), &["keys", "list"]);
    assert!(is_fine && told.contains("in use, wraps 1 data keys"), "{told}");
    let (told, is_fine) = mentorship(folder.path(), &["keys", "rotate"]);
    assert!(is_fine && told.lines().count() == 3, "{told}");
    assert!(told.contains("wraps no data key: remove it from the ring"), "{told}");
    let (told, is_fine) = mentorship(folder.path(), &["check"]);
    assert!(is_fine && told.contains("in use, 2 in the ring"), "{told}");
    let file = folder.path().join("keyring");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).expect("it is changed");
    let (told, is_fine) = mentorship(folder.path(), &["check"]);
    assert!(!is_fine && told.contains("can be read by other users; run `chmod 600` on the file"), "{told}");
}

#[test]
fn a_ring_given_as_text_is_changed_by_hand() {
    let folder = tempfile::tempdir().expect("a folder");
    let key = "one:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
    let first = ["token", "person", "ada@example.com", "--create", "Ada", "--keyring", key];
    assert!(mentorship(folder.path(), &first).1);
    let (told, is_fine) = mentorship(folder.path(), &["keys", "rotate", "--keyring", key]);
    assert!(!is_fine && told.starts_with("error: --keyring: is given as text"), "{told}");
    assert!(!told.contains("AAECAw"), "{told}");
    let (told, is_fine) = mentorship(folder.path(), &["keys", "rewrap", "--keyring", key]);
    assert!(is_fine && told.contains("one  in use"), "{told}");
}
