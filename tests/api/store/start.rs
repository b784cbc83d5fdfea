//! What belongs together is served, and nothing else: half restores, foreign keys, a second process, a file that is gone.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::json;

use crate::harness::{Client, OWNER, SERVANT, Served, as_role, postgres_url};

const SECRETS: [&str; 3] = ["keyring", "audit.key", "token.key"];

/// A data folder and the database that goes with it.
struct Place {
    folder: tempfile::TempDir,
    url: Option<String>,
    more: Vec<&'static str>,
}

impl Place {
    fn new(url: Option<String>) -> Self {
        Self { folder: tempfile::tempdir().expect("a folder"), url, more: Vec::new() }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mentorship"));
        command.args(words).args(&self.more).arg("--data").arg(self.folder.path()).stdin(Stdio::null());
        command.env_remove("MENTORSHIP_KEYRING").env_remove("DATABASE_URL");
        if let Some(url) = &self.url {
            command.env("DATABASE_URL", url);
        }
        command
    }

    fn run(&self, words: &[&str]) -> (String, bool) {
        let Output { status, stdout, stderr } = self.command(words).output().expect("it runs");
        (String::from_utf8([stdout, stderr].concat()).expect("text"), status.success())
    }

    /// The first admin, and so all files.
    fn begin(&self) -> String {
        let (told, is_fine) = self.run(&["token", "person", "ada@example.com", "--create", "Ada", "--role", "admin"]);
        assert!(is_fine, "{told}");
        told.trim().to_owned()
    }

    fn serve(&self) -> Served {
        Served::start(self.command(&["serve", "--address", "127.0.0.1:0", "--rate-limit", "0"]), drop)
    }

    /// `serve` and `check` refuse, and say so with these words.
    fn is_refused(&self, words: &str) {
        for command in [&["serve", "--address", "127.0.0.1:0"][..], &["check"]] {
            let (told, is_fine) = self.run(command);
            assert!(!is_fine && told.contains(words), "{command:?} says: {told}");
        }
    }

    fn copy(&self, to: &Path) {
        for entry in fs::read_dir(self.folder.path()).expect("a folder") {
            let path = entry.expect("a file").path();
            if path.is_file() {
                fs::copy(&path, to.join(path.file_name().expect("a name"))).expect("it is copied");
            }
        }
    }
}

async fn write_profile(client: &Client, text: &str) -> u16 {
    let me = client.get("/v1/me").await.ok();
    let id = me.body["person"]["id"].as_str().expect("an id").to_owned();
    client.patch(&format!("/v1/people/{id}/profile"), json!({"learning_style": text})).await.status
}

async fn read_profile(client: &Client) -> crate::harness::Answer {
    let me = client.get("/v1/me").await.ok();
    client.get(&format!("/v1/people/{}", me.body["person"]["id"].as_str().expect("an id"))).await
}

#[test]
fn commands_in_a_wrong_folder_refuse_and_make_nothing() {
    let place = Place::new(None);
    let wrong = place.file("nowhere");
    for words in [
        &["keys", "list"][..],
        &["keys", "rotate"],
        &["keys", "rewrap"],
        &["keys", "accept"],
        &["audit", "verify"],
        &["audit", "public-key"],
        &["token", "person", "ada@example.com"],
        &["token", "service", "hris"],
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mentorship"));
        command.args(words).arg("--data").arg(&wrong).env_remove("DATABASE_URL").env_remove("MENTORSHIP_KEYRING");
        let done = command.output().expect("it runs");
        assert!(!done.status.success(), "{words:?}");
        assert!(!wrong.exists(), "{words:?} made a folder");
        let (told, is_fine) = place.run(words);
        assert!(!is_fine, "{words:?}: {told}");
        assert_eq!(fs::read_dir(place.folder.path()).expect("a folder").count(), 0, "{words:?} made something");
    }
}

#[test]
fn each_file_that_is_missing_is_named_and_none_is_made_in_its_place() {
    let place = Place::new(None);
    place.begin();
    for name in ["keyring", "audit.key", "token.key", "mentorship-keys.db", "mentorship.db"] {
        let away = place.file("away");
        fs::rename(place.file(name), &away).expect("it is moved");
        place.is_refused(name);
        assert!(!place.file(name).exists(), "{name} was made anew");
        fs::write(place.file(name), "").expect("it is empty");
        let (told, is_fine) = place.run(&["serve", "--address", "127.0.0.1:0"]);
        assert!(!is_fine, "an empty {name}: {told}");
        fs::rename(&away, place.file(name)).expect("it is back");
    }
    // The folder knows its installation, so an empty database in place of both is noticed as well.
    for name in ["mentorship-keys.db", "mentorship.db"] {
        fs::rename(place.file(name), place.file(&format!("{name}.away"))).expect("it is moved");
    }
    place.is_refused("belongs to installation");
    for name in ["mentorship-keys.db", "mentorship.db"] {
        fs::rename(place.file(&format!("{name}.away")), place.file(name)).expect("it is back");
    }
    // Who says so gets a new key; tokens of the old one are worth nothing.
    fs::remove_file(place.file("token.key")).expect("it is gone");
    let (told, is_fine) = place.run(&["token", "person", "ada@example.com", "--create", "Ada", "--make-keys"]);
    assert!(is_fine, "{told}");
    assert!(place.run(&["check"]).1);
    // A new ring opens nothing, so it is no help.
    let (told, is_fine) = place.run(&["keys", "list"]);
    assert!(is_fine, "{told}");
}

#[test]
fn secrets_and_keys_of_another_installation_are_refused() {
    let (place, other) = (Place::new(None), Place::new(None));
    place.begin();
    other.begin();
    for name in SECRETS {
        let away = place.file("away");
        fs::rename(place.file(name), &away).expect("it is moved");
        fs::copy(other.file(name), place.file(name)).expect("it is copied");
        fs::set_permissions(place.file(name), fs::Permissions::from_mode(0o600)).expect("it is private");
        let (told, is_fine) = place.run(&["serve", "--address", "127.0.0.1:0"]);
        assert!(!is_fine && told.contains("keys accept"), "{name}: {told}");
        assert!(!place.run(&["check"]).1, "{name}");
        if name == "token.key" {
            let (told, is_fine) = place.run(&["keys", "accept"]);
            assert!(is_fine, "{told}");
            assert!(place.run(&["check"]).1);
            fs::rename(&away, place.file(name)).expect("it is back");
            assert!(place.run(&["keys", "accept"]).1);
        } else {
            fs::rename(&away, place.file(name)).expect("it is back");
        }
    }
    let away = place.file("away");
    fs::rename(place.file("mentorship-keys.db"), &away).expect("it is moved");
    fs::copy(other.file("mentorship-keys.db"), place.file("mentorship-keys.db")).expect("it is copied");
    place.is_refused("belong to installation");
}

#[actix_web::test]
async fn a_copied_file_of_keys_holds_them_and_an_older_one_is_refused() {
    let place = Place::new(None);
    let token = place.begin();
    let older = place.file("older");
    fs::copy(place.file("mentorship-keys.db"), &older).expect("it is copied");
    let served = place.serve();
    let client = Client::new(&served.address, Some(token));
    assert_eq!(write_profile(&client, "By doing").await, 200);
    let copied = place.file("copied");
    fs::copy(place.file("mentorship-keys.db"), &copied).expect("it is copied");
    drop(served);
    fs::copy(&older, place.file("mentorship-keys.db")).expect("an older backup");
    place.is_refused("data keys are missing");
    let (told, is_fine) = place.run(&["keys", "list"]);
    assert!(!is_fine && !told.contains("remove it"), "{told}");
    fs::copy(&copied, place.file("mentorship-keys.db")).expect("the newer backup");
    let served = place.serve();
    let client = Client::new(&served.address, Some(place.begin()));
    read_profile(&client).await.ok().has("/learning_style", "By doing");
}

#[actix_web::test]
async fn a_backup_over_a_log_from_before_is_refused_and_a_crash_is_not() {
    let place = Place::new(None);
    let token = place.begin();
    let served = place.serve();
    let client = Client::new(&served.address, Some(token.clone()));
    assert_eq!(write_profile(&client, "Before").await, 200);
    let backup = place.file("backup");
    let url = format!("sqlite://{}", place.file("mentorship.db").display());
    let source = sqlx::SqlitePool::connect(&url).await.expect("it opens");
    let into: &'static str = Box::leak(format!("vacuum into '{}'", backup.display()).into_boxed_str());
    sqlx::query(into).execute(&source).await.expect("a backup");
    source.close().await;
    assert_eq!(write_profile(&client, "After").await, 200);
    drop(served);
    assert!(fs::metadata(place.file("mentorship.db-wal")).expect("a log").len() > 0, "it was killed");
    // As it was left it starts; so does a copy of the whole folder.
    let copy = Place::new(None);
    place.copy(copy.folder.path());
    let again = copy.serve();
    read_profile(&Client::new(&again.address, Some(token.clone()))).await.ok().has("/learning_style", "After");
    drop(again);
    fs::copy(&backup, place.file("mentorship.db")).expect("a backup is restored");
    place.is_refused("is still from before");
    fs::remove_file(place.file("mentorship.db-wal")).expect("as it says");
    let _ = fs::remove_file(place.file("mentorship.db-shm"));
    let served = place.serve();
    read_profile(&Client::new(&served.address, Some(token))).await.ok().has("/learning_style", "Before");
}

#[actix_web::test]
async fn one_process_serves_a_file_and_commands_work_beside_it() {
    let place = Place::new(None);
    let token = place.begin();
    let served = place.serve();
    let (told, is_fine) = place.run(&["serve", "--address", "127.0.0.1:0"]);
    assert!(!is_fine && told.contains("served by another process already"), "{told}");
    for words in [
        &["keys", "rotate"][..],
        &["keys", "list"],
        &["audit", "verify"],
        &["token", "person", "ada@example.com"],
        &["check"],
    ] {
        let (told, is_fine) = place.run(words);
        assert!(is_fine, "{words:?}: {told}");
    }
    let client = Client::new(&served.address, Some(token));
    assert_eq!(write_profile(&client, "By doing").await, 200);
    drop(served);
    let served = place.serve();
    let mode = |name: &str| fs::metadata(place.file(name)).expect("it is there").permissions().mode() & 0o777;
    for name in ["mentorship.db", "mentorship.db-wal", "mentorship.db-shm", "mentorship.db.lock", "mentorship-keys.db"]
    {
        assert_eq!(mode(name), 0o600, "{name}");
    }
    drop(served);
}

#[actix_web::test]
async fn a_database_that_is_gone_replaced_or_read_only_turns_readiness_off_and_takes_no_write() {
    for name in ["mentorship.db", "mentorship.db-wal", "mentorship-keys.db"] {
        for how in ["gone", "replaced", "read-only"] {
            if (name, how) == ("mentorship.db-wal", "read-only") {
                continue;
            }
            let place = Place::new(None);
            let token = place.begin();
            let served = place.serve();
            let client = Client::new(&served.address, Some(token));
            let ready = Client::new(&served.address, None);
            // Whoever asks for readiness first waits until it has warmed up.
            for _ in 0..200 {
                if ready.get("/health/ready").await.status == 200 {
                    break;
                }
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
            client.post("/v1/teams", json!({"name": "Before"})).await.created();
            let file = place.file(name);
            match how {
                "gone" => fs::remove_file(&file).expect("it is deleted"),
                "replaced" => {
                    fs::copy(&file, place.file("other")).expect("it is copied");
                    fs::rename(place.file("other"), &file).expect("it is replaced");
                }
                _ => fs::set_permissions(&file, fs::Permissions::from_mode(0o400)).expect("it is read-only"),
            }
            let not_ready = ready.get("/health/ready").await.problem(503, "storage_unavailable");
            assert_eq!(not_ready.header("retry-after"), "30", "{name} {how}");
            if name == "mentorship-keys.db" {
                assert_eq!(write_profile(&client, "Lost").await, 503, "{name} {how}");
            } else {
                client.post("/v1/teams", json!({"name": "After"})).await.problem(503, "storage_unavailable");
            }
        }
    }
}

#[actix_web::test]
async fn check_judges_damaged_newer_and_half_migrated_databases() {
    let place = Place::new(None);
    place.begin();
    let url = format!("sqlite://{}", place.file("mentorship.db").display());
    let change = async |sql: &'static str| {
        let pool = sqlx::SqlitePool::connect(&url).await.expect("it opens");
        sqlx::query(sql).execute(&pool).await.expect("it is changed");
        pool.close().await;
    };
    change("insert into _sqlx_migrations (version, description, success, checksum, execution_time) values (9999, 'later', true, x'00', 0)").await;
    place.is_refused("newer version");
    change("delete from _sqlx_migrations where version = 9999").await;
    change("update _sqlx_migrations set success = false where version = 28").await;
    place.is_refused("not finished");
    change("update _sqlx_migrations set success = true where version = 28").await;
    assert!(place.run(&["check"]).1);
    let mut bytes = fs::read(place.file("mentorship.db")).expect("it reads");
    let middle = bytes.len() / 2;
    bytes[4096..middle].fill(0x5a);
    fs::write(place.file("mentorship.db"), bytes).expect("it is damaged");
    place.is_refused("damaged");
}

#[actix_web::test]
async fn two_instances_with_different_secrets_do_not_share_a_database() {
    let Some(url) = postgres_url().await else { return };
    let (first, second) = (Place::new(Some(url.clone())), Place::new(Some(url.clone())));
    first.begin();
    let (told, is_fine) = second.run(&["serve", "--address", "127.0.0.1:0"]);
    assert!(!is_fine && told.contains("is missing, and this database is served with another one"), "{told}");
    for name in SECRETS {
        assert!(!second.file(name).exists(), "{name} was made");
    }
    for name in SECRETS {
        fs::copy(first.file(name), second.file(name)).expect("it is copied");
    }
    assert!(second.run(&["token", "person", "ada@example.com"]).1);
    // The keys of the schema are gone, and nothing makes them anew.
    let pool = sqlx::PgPool::connect(&url).await.expect("it answers");
    sqlx::query("alter schema keys rename to away").execute(&pool).await.expect("it is gone");
    first.is_refused("data keys are missing");
    let (is_there,): (bool,) =
        sqlx::query_as("select to_regnamespace('keys') is not null").fetch_one(&pool).await.expect("an answer");
    assert!(!is_there, "the schema was made anew");
    pool.close().await;
}

#[actix_web::test]
async fn the_first_admin_is_made_behind_row_security() {
    let Some(url) = postgres_url().await else { return };
    let owner = Place::new(Some(as_role(&url, OWNER)));
    let put_up = Command::new(env!("CARGO_BIN_EXE_mentorship"))
        .args(["row-security", SERVANT])
        .env("DATABASE_URL", as_role(&url, OWNER))
        .output()
        .expect("it runs");
    assert!(put_up.status.success(), "{}", String::from_utf8_lossy(&put_up.stderr));
    let mut place = Place::new(Some(as_role(&url, SERVANT)));
    // Without the setting it is refused, by the name of the setting.
    let words = ["token", "person", "ada@example.com", "--create", "Ada", "--role", "admin"];
    for place in [&place, &owner] {
        let (told, is_fine) = place.run(&words);
        assert!(!is_fine && told.contains("--row-security"), "{told}");
    }
    place.more.push("--row-security");
    let token = place.begin();
    assert!(place.run(&["token", "person", "ada@example.com"]).1);
    assert!(place.run(&["token", "service", "hris", "--create", "--scope", "people:read"]).1);
    assert!(place.run(&["keys", "rotate"]).1);
    assert!(place.run(&["audit", "verify"]).1);
    let served = place.serve();
    let client = Client::new(&served.address, Some(token));
    assert_eq!(write_profile(&client, "By doing").await, 200);
    read_profile(&client).await.ok().has("/learning_style", "By doing");
}
