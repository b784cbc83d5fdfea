//! Mails taken by a server that somebody else wrote, and read by a reader that somebody else wrote:
//! `tests/foreign/smtp`. Without Python or aiosmtpd these tests say so and pass; with
//! `MENTORSHIP_TEST_FOREIGN=required`, as in CI, they fail.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

use chrono::TimeDelta;
use mentorship::notify::mail::MailTransport;
use serde_json::{Value, json};

use crate::harness::{Setup, TestApp, is_required};

/// The running server; it ends with its standard input.
struct Server {
    child: Child,
    told: BufReader<ChildStdout>,
    port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

impl Server {
    fn start() -> Option<Self> {
        match launch() {
            Ok(server) => Some(server),
            Err(why) => {
                assert!(!is_required("MENTORSHIP_TEST_FOREIGN"), "the foreign mail server does not start: {why}");
                eprintln!("NOT TESTED: a foreign mail server. It does not start: {why}");
                None
            }
        }
    }

    /// The next mail that it took.
    fn take(&mut self) -> Value {
        let mut line = String::new();
        self.told.read_line(&mut line).expect("a line");
        serde_json::from_str(&line).expect("JSON")
    }
}

fn launch() -> Result<Server, String> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/foreign/smtp/server.py");
    let started =
        Command::new("python3").arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let mut child = started.map_err(|error| error.to_string())?;
    let mut told = BufReader::new(child.stdout.take().ok_or("no output")?);
    let mut line = String::new();
    told.read_line(&mut line).map_err(|error| error.to_string())?;
    if let Ok(port) = line.trim().parse() {
        return Ok(Server { child, told, port });
    }
    let _ = child.wait();
    Err("python3 has no aiosmtpd; see .ci/tools/requirements.txt".to_owned())
}

async fn check(app: TestApp, server: &mut Server) {
    let pair = app.pair().await;
    let mut tx = app.db.write().await.expect("a unit of work");
    tx.query("update people set name = $2 where id = $1")
        .bind(pair.mentor)
        .bind("Zoë \"Ö\" Grün, née <Müller>")
        .run()
        .await
        .expect("a name");
    tx.query("update people set email = $2 where id = $1")
        .bind(pair.mentee)
        .bind("nobody@example.com")
        .run()
        .await
        .expect("an address");
    tx.commit().await.expect("it commits");
    let at = app.clock.now() + TimeDelta::days(2);
    let session = json!({"pair_id": pair.id, "starts_at": at, "place": "Café Größenwahn"});
    app.as_(pair.mentee).post("/v1/sessions", session).await.created();
    app.service.deliver().await.expect("it delivers");
    let mail = server.take();
    assert_eq!(mail["defects"], json!([]), "{mail}");
    assert_eq!(
        (&mail["from"], &mail["to"]),
        (&json!("mentoring@example.com"), &json!([format!("{}@example.com", pair.mentor)]))
    );
    let header = |name: &str| {
        let mut found = mail["headers"].as_array().into_iter().flatten().filter(|header| header[0] == name);
        let (Some(value), None) = (found.next(), found.next()) else { panic!("not one {name}: {mail}") };
        value[1].as_str().expect("text").to_owned()
    };
    assert_eq!(header("Subject"), "A mentoring session is scheduled");
    assert!(
        header("To").contains("Zoë") && header("To").contains("Müller") && !header("To").contains('\n'),
        "{}",
        header("To")
    );
    let parts = mail["parts"].as_array().expect("parts");
    assert_eq!((parts[0][0].as_str(), parts[1][0].as_str()), (Some("text/plain"), Some("text/html")));
    for (part, _) in parts.iter().zip(0..2) {
        let text = part[1].as_str().expect("text");
        assert!(text.contains("Wednesday, 4 March 2026, 09:00 (UTC)") && !text.contains("Größenwahn"), "{text}");
    }
    assert!(parts[0][1].as_str().is_some_and(|text| text.contains("née <Müller>")), "{mail}");
    assert!(parts[1][1].as_str().is_some_and(|text| text.contains("née &lt;Müller&gt;")), "{mail}");
    // The mentee's address is refused: nobody tries again.
    let admin = app.as_with(app.person().await, &["admin"]);
    let dead = admin
        .get("/v1/deliveries?status=dead")
        .await
        .ok()
        .has("/items/0/last_error", "the mail server refused the recipient (550)");
    assert_eq!(dead.items().len(), 1);
    app.stop().await;
}

fn by(server: &Server) -> Setup {
    let post = MailTransport::to_server(&format!("smtp://127.0.0.1:{}", server.port)).expect("an address");
    Setup { post: Some(post), ..Setup::default() }
}

#[actix_web::test]
async fn a_foreign_mail_server_takes_mails_on_sqlite() {
    let Some(mut server) = Server::start() else { return };
    check(TestApp::on_sqlite_with(by(&server)).await, &mut server).await;
}

#[actix_web::test]
async fn a_foreign_mail_server_takes_mails_on_postgres() {
    let Some(mut server) = Server::start() else { return };
    let Some(app) = TestApp::on_postgres_with(by(&server)).await else { return };
    check(app, &mut server).await;
}

/// While nobody is there, a mail waits, and says why in our own words.
#[actix_web::test]
async fn mails_wait_for_a_server_that_is_away() {
    let post = MailTransport::to_server("smtp://127.0.0.1:1").expect("an address");
    let app = TestApp::on_sqlite_with(Setup { post: Some(post), ..Setup::default() }).await;
    let pair = app.pair().await;
    app.as_(pair.mentor).post(&format!("{}/end", pair.path), json!({"reason": "other"})).await.ok();
    app.service.deliver().await.expect("it delivers");
    let admin = app.as_with(app.person().await, &["admin"]);
    let waiting = admin.get("/v1/deliveries?status=pending&count=exact").await.ok().has("/total", 2);
    waiting.has("/items/0/last_error", "the mail server cannot be reached").has("/items/0/attempts", 1);
    app.stop().await;
}
