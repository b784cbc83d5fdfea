//! The README's tour, as it stands there, against the demo as a stranger starts it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};

/// Ends the demo with the test.
struct Demo(Child);

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status();
        let _ = self.0.wait();
    }
}

#[test]
fn the_readme_tour_works_as_it_stands() {
    let readme = include_str!("../../README.md");
    let section = readme.split("## A mentorship in five minutes").nth(1).expect("the section");
    let script = section.split("```bash\n").nth(1).and_then(|rest| rest.split("```").next()).expect("its commands");

    let binary = env!("CARGO_BIN_EXE_mentorship");
    let demo = Command::new(binary).args(["demo", "--address", "127.0.0.1:0"]).stdout(Stdio::piped()).spawn();
    let mut demo = Demo(demo.expect("the demo starts"));
    let told = BufReader::new(demo.0.stdout.take().expect("its output")).lines().map_while(Result::ok);
    let exports: Vec<_> =
        told.take_while(|line| !line.starts_with("Ctrl-C")).filter(|line| line.starts_with("export ")).collect();
    assert_eq!(exports.len(), 8, "an address and seven tokens: {exports:?}");

    let mut bash = Command::new("bash").arg("-eu").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("bash");
    let mut input = bash.stdin.take().expect("its input");
    write!(input, "{}\n{script}", exports.join("\n")).expect("it reads");
    drop(input);
    let output = bash.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "the tour stopped: {said}\n{}", String::from_utf8_lossy(&output.stderr));

    let mut rest = &*said;
    for promise in script.lines().filter_map(|line| line.split("# → ").nth(1)) {
        let at = rest
            .find(promise)
            .unwrap_or_else(|| panic!("the README promises {promise:?}; from there on it said:\n{rest}"));
        rest = &rest[at + promise.len()..];
    }
}
