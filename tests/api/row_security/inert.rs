//! The service refuses to start if row-level security would not protect, and says why.

use std::process::Command;

use mentorship::db::{Db, Durability};
use mentorship::vault::Ring;
use sqlx::{Connection as _, Executor as _};

use crate::harness::{OWNER, SERVANT, as_role, postgres_url};

async fn open(url: &str) -> Db {
    Db::open(url, 1, Durability::Full, Ring::of_one()).await.expect("it opens")
}

/// Why row-level security refuses this role.
async fn refusal(url: &str, role: &str) -> String {
    let db = open(&as_role(url, role)).await;
    let refused = db.clone().with_row_security().await.expect_err(role).to_string();
    db.close().await;
    refused
}

/// As the superuser.
async fn change(url: &str, command: &'static str) {
    let mut admin = sqlx::PgConnection::connect(url).await.expect("it answers");
    admin.execute(command).await.expect("it is changed");
}

async fn put_up(url: &str) {
    let owner = open(&as_role(url, OWNER)).await;
    owner.migrate().await.expect("it migrates");
    owner.install_row_security(SERVANT).await.expect("the wall is up");
    owner.close().await;
}

#[actix_web::test]
async fn row_security_that_does_not_protect_is_refused() {
    let Some(url) = postgres_url().await else { return };
    let refused = refusal(&url, SERVANT).await;
    assert!(
        refused.starts_with("cannot be checked: ") && refused.contains("run `mentorship row-security`"),
        "{refused}"
    );
    put_up(&url).await;
    open(&as_role(&url, SERVANT)).await.with_row_security().await.expect("it holds");
    for (role, why) in [
        ("postgres", "is or may become the superuser postgres"),
        ("mentorship_dumper", "is or may become mentorship_dumper, who bypasses row security"),
        (OWNER, "belongs to this role"),
        ("mentorship_member", "belongs to this role"),
    ] {
        let refused = refusal(&url, role).await;
        assert!(refused.contains(why), "{role}: {refused}");
    }
    for (command, why) in [
        ("alter table notes no force row level security", "table notes does not force its policies"),
        (
            "alter table notes force row level security; alter table reflections disable row level security",
            "table reflections does not apply its policies",
        ),
        (
            "alter table reflections enable row level security; create policy open on blockers using (true)",
            "table blockers has the policies (by_the_author, for_the_two, open)",
        ),
        ("drop policy open on blockers; drop table reflections", "table reflections does not exist"),
        ("drop policy for_the_two on action_items", "table action_items has the policies (by_the_author)"),
    ] {
        change(&url, command).await;
        let refused = refusal(&url, SERVANT).await;
        assert!(refused.contains(why), "{command}: {refused}");
    }
    change(&url, "delete from _sqlx_migrations where version = 40").await;
    let refused = refusal(&url, SERVANT).await;
    assert!(refused.contains("not those of this version"), "{refused}");
}

/// A role that sets a viewer at the start of a session would see private rows.
#[actix_web::test]
async fn a_role_that_begins_as_somebody_is_refused() {
    let Some(url) = postgres_url().await else { return };
    put_up(&url).await;
    let name = url.rsplit('/').find(|part| part.contains("?host=")).and_then(|part| part.split('?').next());
    let name = name.or_else(|| url.split('?').next().and_then(|url| url.rsplit('/').next())).expect("a name");
    let command = format!("alter role mentorship_app in database {name} set mentorship.viewer = 'service'");
    change(&url, Box::leak(command.into_boxed_str())).await;
    let refused = refusal(&url, SERVANT).await;
    assert!(refused.contains("sets mentorship.viewer to \"service\" at the start"), "{refused}");
}

/// Without the setting the owner serves as before, until the wall is up: then somebody must say so.
#[actix_web::test]
async fn without_the_setting_nothing_changes_for_the_owner() {
    let Some(url) = postgres_url().await else { return };
    let owner = open(&as_role(&url, OWNER)).await;
    assert!(!owner.hides_rows().await.expect("an answer"));
    put_up(&url).await;
    assert!(owner.hides_rows().await.expect("an answer"));
    // And puts up what is up, and migrates behind it.
    put_up(&url).await;
    owner.close().await;
    let folder = tempfile::tempdir().expect("a folder");
    let sqlite = open(&format!("sqlite://{}", folder.path().join("x.db").display())).await;
    assert!(!sqlite.hides_rows().await.expect("an answer"));
    let refused = sqlite.install_row_security(SERVANT).await.expect_err("no roles").to_string();
    assert!(refused.contains("needs PostgreSQL"), "{refused}");
    assert!(sqlite.with_row_security().await.expect_err("no roles").to_string().contains("needs PostgreSQL"));
}

/// As an operator types it: what it prints, and whether it is content.
fn mentorship(url: &str, words: &[&str]) -> (String, bool) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = Command::new(env!("CARGO_BIN_EXE_mentorship"));
    command.args(words).env("DATABASE_URL", url).env("MENTORSHIP_DATA", folder.path());
    let done = command.env_remove("MENTORSHIP_ROW_SECURITY").output().expect("it runs");
    let told = [done.stdout, done.stderr].concat();
    (String::from_utf8(told).expect("text"), done.status.success())
}

#[actix_web::test]
async fn an_operator_puts_it_up_and_checks_it() {
    let Some(url) = postgres_url().await else { return };
    let (owner, servant) = (as_role(&url, OWNER), as_role(&url, SERVANT));
    let (told, is_fine) = mentorship(&owner, &["check"]);
    assert!(is_fine && told.contains("ok     --row-security: off"), "{told}");
    let (told, is_fine) = mentorship(&servant, &["check", "--row-security"]);
    assert!(!is_fine && told.contains("wrong  --row-security: cannot be checked"), "{told}");
    let (told, is_fine) = mentorship(&owner, &["row-security", "nobody_of_this_name"]);
    assert!(!is_fine && told.contains("does not exist"), "{told}");
    let (told, is_fine) = mentorship(&owner, &["row-security", SERVANT]);
    assert!(is_fine && told.contains("Row-level security is installed"), "{told}");
    let (told, is_fine) = mentorship(&servant, &["check", "--row-security"]);
    assert!(is_fine && told.contains("ok     --row-security: holds"), "{told}");
    let (told, is_fine) = mentorship(&owner, &["check"]);
    assert!(!is_fine && told.contains("is not set, but the database hides private rows"), "{told}");
    for (url, words, why) in [
        (
            &owner,
            &["serve", "--row-security", "--address", "127.0.0.1:0"][..],
            "--row-security: table action_items belongs to this role",
        ),
        (
            &url,
            &["serve", "--row-security", "--address", "127.0.0.1:0"],
            "--row-security: the role is or may become the superuser",
        ),
        (
            &owner,
            &["serve", "--address", "127.0.0.1:0"],
            "--row-security: is not set, but the database hides private rows",
        ),
        (&"sqlite://x.db".to_owned(), &["check", "--row-security"], "--row-security: needs PostgreSQL"),
    ] {
        let (told, is_fine) = mentorship(url, words);
        assert!(!is_fine && told.contains(why), "{words:?}: {told}");
    }
}
