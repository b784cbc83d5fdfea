//! Calls checked by what somebody else wrote: the packages standardwebhooks of Python and npm, in
//! `tests/foreign/webhooks`. Without them these tests say so and pass; with
//! `MENTORSHIP_TEST_FOREIGN=required`, as in CI, they fail.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use super::receiver::{Call, Receiver};
use super::{admin, deliver, hook, made, near};
use crate::harness::{TestApp, is_required};

/// The running check; it ends with its standard input.
struct Check {
    child: Child,
    told: BufReader<ChildStdout>,
}

impl Drop for Check {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

impl Check {
    fn start(name: &str, command: &mut Command) -> Option<Self> {
        match launch(command) {
            Ok(check) => Some(check),
            Err(why) => {
                assert!(!is_required("MENTORSHIP_TEST_FOREIGN"), "the check of {name} does not start: {why}");
                eprintln!("NOT TESTED: webhooks by the check of {name}. It does not start: {why}");
                None
            }
        }
    }

    /// What the check says of a call.
    fn ask(&mut self, secret: &str, call: &Call) -> Value {
        let asked = json!({"secret": secret, "headers": call.headers, "body": call.text});
        writeln!(self.child.stdin.as_mut().expect("its input"), "{asked}").expect("it listens");
        let mut line = String::new();
        self.told.read_line(&mut line).expect("a line");
        serde_json::from_str(&line).expect("JSON")
    }
}

fn launch(command: &mut Command) -> Result<Check, String> {
    let started = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let mut child = started.map_err(|error| error.to_string())?;
    let mut told = BufReader::new(child.stdout.take().ok_or("no output")?);
    let mut line = String::new();
    told.read_line(&mut line).map_err(|error| error.to_string())?;
    if line.trim() == "ready" {
        return Ok(Check { child, told });
    }
    let _ = child.wait();
    Err("it has no package standardwebhooks; see .ci/tools/requirements.txt and tests/foreign/webhooks".to_owned())
}

fn checks() -> Vec<Check> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = here.join("tests/foreign/webhooks");
    let python = Check::start("PyPI", Command::new("python3").arg(folder.join("verify.py")));
    let npm = here.join("tests/foreign/npm.sh");
    let installed = here.join("target/foreign/webhooks");
    let npm = Check::start("npm", Command::new("bash").arg(npm).arg("webhooks/verify.mjs").arg(installed));
    python.into_iter().chain(npm).collect()
}

/// Both take every call, by the new secret and by the one before, and neither takes an altered one.
#[apply(on_both_engines!)]
#[set_up_by(near())]
async fn foreign_checks_take_our_calls(app: TestApp) {
    let checks = checks();
    let (receiver, admin) = (Receiver::start(), admin(app).await);
    // They compare with their own clock.
    app.clock.release();
    let old = hook(&admin, &receiver.url, &["pairs:read"]).await;
    let test = async || {
        admin.post(&format!("{}/test", old.path), json!({})).await.ok();
        deliver(app).await;
        receiver.take().pop().expect("a call")
    };
    let first = test().await;
    let new = made(&admin.post(&format!("{}/rotate-secret", old.path), json!({})).await.ok());
    let second = test().await;
    for mut check in checks {
        assert_eq!(check.ask(&old.secret, &first), json!({"fine": first.body}));
        assert!(check.ask(&new.secret, &first)["refused"].is_string());
        assert_eq!(check.ask(&old.secret, &second), json!({"fine": second.body}));
        assert_eq!(check.ask(&new.secret, &second), json!({"fine": second.body}));
        let mut altered = second.clone();
        altered.text = altered.text.replace("webhook.test", "webhook.text");
        assert!(check.ask(&new.secret, &altered)["refused"].is_string());
        for header in ["webhook-id", "webhook-timestamp"] {
            let mut altered = second.clone();
            altered.headers.insert(header.to_owned(), first.headers["webhook-timestamp"].clone() + "0");
            assert!(check.ask(&new.secret, &altered)["refused"].is_string(), "{header}");
        }
    }
}
