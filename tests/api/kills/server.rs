//! The binary as an operator starts it, in a folder of its own.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::harness::Client;

/// Where the service keeps what it must not lose.
pub struct Home {
    folder: TempDir,
    /// `None`: a SQLite file in the folder.
    database: Option<String>,
}

/// A running service.
pub struct Server {
    child: Child,
    pub address: String,
}

impl Home {
    pub fn new(database: Option<String>) -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder"), database }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mentorship"));
        command.args(arguments).args(["--database-connections", "8", "--rate-limit", "0"]);
        command
            .args(["--log", "warn,mentorship=info,mentorship::http=warn"])
            .env("MENTORSHIP_DATA", self.folder.path());
        match &self.database {
            Some(url) => command.env("DATABASE_URL", url),
            None => command.env_remove("DATABASE_URL"),
        };
        command.stdin(Stdio::null());
        command
    }

    pub fn start(&self) -> Server {
        let mut child =
            self.command(&["serve", "--address", "127.0.0.1:0"]).stderr(Stdio::piped()).spawn().expect("it starts");
        let mut told = BufReader::new(child.stderr.take().expect("its log")).lines().map_while(Result::ok);
        let mut before = Vec::new();
        let address = told.by_ref().find_map(|line| {
            let address = line.split("listening on ").nth(1).and_then(|rest| rest.split(';').next()).map(str::to_owned);
            before.push(line);
            address
        });
        let address = address.unwrap_or_else(|| panic!("it does not listen: {before:#?}"));
        // Whatever else it says is for who looks into a failure.
        std::thread::spawn(move || told.for_each(|line| eprintln!("{line}")));
        Server { child, address }
    }

    /// A bearer token from the command line.
    pub fn token(&self, arguments: &[&str]) -> String {
        let output = self.command(&[&["token", "person"], arguments].concat()).output().expect("it runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text").trim().to_owned()
    }
}

impl Server {
    pub fn client(&self, token: &str) -> Client {
        Client::new(&self.address, Some(token.to_owned()))
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// How it ended.
    pub async fn wait(&mut self) -> ExitStatus {
        let asked = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("it is a child") {
                return status;
            }
            assert!(asked.elapsed() < Duration::from_secs(20), "it does not end");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

/// Sends a signal to one process.
pub fn signal(name: &str, process: u32) {
    let sent = Command::new("kill").args([name, &process.to_string()]).status();
    assert!(sent.expect("kill runs").success());
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
