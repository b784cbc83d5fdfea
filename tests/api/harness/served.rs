//! The binary as an operator starts it.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

/// A process that serves. It is killed when this goes.
pub struct Served {
    pub child: Child,
    /// As it stands in the log.
    pub address: String,
}

impl Served {
    /// Starts it and waits until it listens. Each later line of its log goes to `log`.
    pub fn start(mut command: Command, log: impl Fn(String) + Send + 'static) -> Self {
        let mut child = command.stderr(Stdio::piped()).spawn().expect("it starts");
        let mut lines = BufReader::new(child.stderr.take().expect("its log")).lines().map_while(Result::ok);
        let mut before = Vec::new();
        let address = lines.by_ref().find_map(|line| {
            let address = line.split("listening on ").nth(1).and_then(|rest| rest.split(';').next()).map(str::to_owned);
            before.push(line);
            address
        });
        let address = address.unwrap_or_else(|| panic!("it does not listen: {before:#?}"));
        std::thread::spawn(move || lines.for_each(log));
        Self { child, address }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
