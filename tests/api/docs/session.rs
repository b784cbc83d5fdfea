//! A shell in an empty folder, into which the commands of a document are pasted.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

/// A shell and how it is started.
#[derive(Debug)]
pub struct Shell {
    pub name: &'static str,
    arguments: &'static [&'static str],
    first: &'static str,
}

/// As in a script: bash treats pasted lines the same.
pub const BASH: Shell =
    Shell { name: "bash", arguments: &["--norc", "--noprofile", "-s"], first: "set -eu -o pipefail" };
/// Interactive, because that is where zsh differs: `#` begins no comment, and `!` in double quotes is history.
pub const ZSH: Shell = Shell {
    name: "zsh",
    arguments: &["-f", "-i", "+m"],
    first: "PS1= PS2=; unsetopt prompt_sp prompt_cr; set -eu -o pipefail",
};

/// Printed after each block.
const MARK: &str = "=== end of the block";
/// The longest time for one block.
const PATIENCE: Duration = Duration::from_mins(2);
/// Ports as documents write them. Each session has free ones in their place.
const PORTS: [&str; 2] = [SERVICE, RECEIVER];
const SERVICE: &str = "8080";
const RECEIVER: &str = "9000";

/// The terminal of a document, and the programs in other terminals.
pub struct Session<'a> {
    pub shell: &'a Shell,
    folder: TempDir,
    terminal: Terminal,
    ports: [String; 2],
    background: Vec<(Child, PathBuf)>,
    /// The settings that they printed.
    settings: String,
}

struct Terminal {
    process: Child,
    input: ChildStdin,
    output: Receiver<String>,
    /// Where the shell is.
    here: PathBuf,
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        for (child, _) in &mut self.background {
            let _ = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
            let _ = child.wait();
        }
    }
}

impl<'a> Session<'a> {
    pub fn start(shell: &'a Shell) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let ports = PORTS.map(|_| free_port());
        let terminal = open_terminal(shell, &folder, &ports[0]);
        let mut session = Self { shell, folder, terminal, ports, background: Vec::new(), settings: String::new() };
        session.run(shell.first).expect("it starts");
        session
    }

    /// Opens another terminal in another empty folder. The programs go on, and their settings are pasted again.
    pub fn begin_again(&mut self) {
        self.terminal = open_terminal(self.shell, &self.folder, &self.ports[0]);
        self.run(&format!("{}\n{}", self.shell.first, self.settings)).expect("it starts");
    }

    /// With ports of this session.
    pub fn localise(&self, code: &str) -> String {
        PORTS.iter().zip(&self.ports).fold(code.to_owned(), |code, (written, free)| code.replace(written, free))
    }

    /// Pastes commands that work. Returns what they print.
    pub fn run(&mut self, code: &str) -> Result<String, String> {
        self.paste(code).map(|(printed, _)| printed)
    }

    /// Pastes commands of which the last one fails.
    pub fn run_refused(&mut self, code: &str) -> Result<String, String> {
        let (printed, is_fine) = self.paste(&format!("set +e\n{code}"))?;
        self.run("set -e")?;
        if is_fine { Err(format!("it is not refused:\n{printed}")) } else { Ok(printed) }
    }

    /// Saves a file where the shell is.
    pub fn save(&self, name: &str, text: &str) {
        fs::write(self.terminal.here.join(name), text).expect("a file");
    }

    /// Starts a command in a terminal of its own and waits until it is ready. Pastes the settings that it prints.
    pub fn start_beside(&mut self, code: &str) -> Result<(), String> {
        let log = self.folder.path().join(format!("background-{}", self.background.len()));
        let file = File::create(&log).expect("a file");
        let child = command(self.shell.name, &self.folder, &self.terminal.here, &self.ports[0])
            .args(["-c", &format!("exec {}", code.trim())])
            .stdin(Stdio::null())
            .stdout(file.try_clone().expect("the file"))
            .stderr(file)
            .spawn()
            .expect("the shell");
        self.background.push((child, log.clone()));
        let read = || fs::read_to_string(&log).unwrap_or_default();
        for _ in 0..600 {
            if self.is_ready(code, &read()) {
                self.settings
                    .extend(read().lines().filter(|line| line.starts_with("export ")).flat_map(|line| [line, "\n"]));
                return self.run(&self.settings.clone()).map(|_| ());
            }
            let (child, _) = self.background.last_mut().expect("it was started");
            if child.try_wait().is_ok_and(|status| status.is_some()) {
                break;
            }
            thread::sleep(Duration::from_millis(200));
        }
        Err(format!("it does not become ready:\n{}", read()))
    }

    /// What a program in another terminal said when it panicked.
    pub fn panicked(&self) -> Option<String> {
        let logs = self.background.iter().map(|(_, log)| fs::read_to_string(log).unwrap_or_default());
        logs.into_iter().find(|log| log.contains("panicked at"))
    }

    fn is_ready(&self, code: &str, log: &str) -> bool {
        if code.contains(" demo") {
            log.contains("Ctrl-C")
        } else if code.contains("mentorship serve") {
            let health = command(env!("CARGO_BIN_EXE_mentorship"), &self.folder, &self.terminal.here, &self.ports[0])
                .arg("health")
                .output();
            health.is_ok_and(|output| output.status.success())
        } else {
            TcpStream::connect(format!("127.0.0.1:{}", self.ports[1])).is_ok()
        }
    }

    /// Returns what the commands print, and whether the last one worked.
    fn paste(&mut self, code: &str) -> Result<(String, bool), String> {
        // If the shell has ended there is no reader; its output says why.
        let _ = writeln!(self.terminal.input, "{code}\nprintf '\\n{MARK} %s %s\\n' $? \"$PWD\"");
        let mut printed = String::new();
        loop {
            match self.terminal.output.recv_timeout(PATIENCE) {
                Ok(line) => match line.strip_prefix(MARK) {
                    Some(end) => {
                        let (status, here) = end.trim_start().split_once(' ').expect("a status and a folder");
                        self.terminal.here = here.into();
                        return Ok((printed, status == "0"));
                    }
                    None => printed = printed + &line + "\n",
                },
                Err(RecvTimeoutError::Timeout) => return Err(format!("it does not end:\n{printed}")),
                Err(RecvTimeoutError::Disconnected) => {
                    let errors = fs::read_to_string(self.folder.path().join("errors")).unwrap_or_default();
                    return Err(format!("it fails:\n{printed}\n{errors}"));
                }
            }
        }
    }
}

/// A program with the environment of the session: our binary and the stand-in for cargo are in `PATH`.
fn command(program: &str, folder: &TempDir, here: &Path, port: &str) -> Command {
    let binary = Path::new(env!("CARGO_BIN_EXE_mentorship"));
    let stand_ins = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/foreign/docs/bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let first = [stand_ins, binary.parent().expect("its folder")].map(Path::to_owned);
    let path = std::env::join_paths(first.into_iter().chain(std::env::split_paths(&path))).expect("folders");
    let mut command = Command::new(program);
    command.current_dir(here).env("PATH", path).env("HOME", folder.path()).env("TMPDIR", folder.path());
    command.env_remove("DATABASE_URL").env_remove("MENTORSHIP_DATA");
    command.env("MENTORSHIP_ADDRESS", format!("127.0.0.1:{port}"));
    command
}

fn open_terminal(shell: &Shell, folder: &TempDir, port: &str) -> Terminal {
    let here = tempfile::tempdir_in(folder).expect("an empty folder").keep();
    let errors = File::create(folder.path().join("errors")).expect("a file");
    let mut process = command(shell.name, folder, &here, port)
        .args(shell.arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(errors)
        .spawn()
        .expect("the shell");
    let input = process.stdin.take().expect("its input");
    let printed = BufReader::new(process.stdout.take().expect("its output"));
    let (send, output) = channel();
    thread::spawn(move || printed.lines().map_while(Result::ok).try_for_each(|line| send.send(line)));
    Terminal { process, input, output, here }
}

fn free_port() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("its address").port().to_string()
}
