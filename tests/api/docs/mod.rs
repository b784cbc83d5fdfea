//! The commands in README and docs work as they are written, in bash and in zsh. `docs/testing.md` has the marks of code blocks.
//! Without zsh its test says so and passes; with `MENTORSHIP_TEST_FOREIGN=required`, as in CI, it fails.

mod block;
mod session;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use block::{Block, Kind, blocks, comment, missing};
use session::{BASH, Session, Shell, ZSH};

use crate::harness::is_required;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The documents with commands that are run.
fn documents() -> Vec<(PathBuf, Vec<Block>)> {
    let mut files = Vec::new();
    markdown(Path::new(ROOT), &mut files);
    markdown(&Path::new(ROOT).join("docs"), &mut files);
    markdown(&Path::new(ROOT).join("docs/decisions"), &mut files);
    files.sort();
    let read = |file: PathBuf| {
        let found = blocks(&fs::read_to_string(&file).expect("a text"));
        (file, found)
    };
    files.into_iter().map(read).filter(|(_, blocks)| blocks.iter().any(|block| block.kind == Kind::Run)).collect()
}

fn markdown(folder: &Path, files: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).expect("the folder").map(|entry| entry.expect("an entry").path());
    files.extend(entries.filter(|path| path.extension().is_some_and(|extension| extension == "md")));
}

fn is_installed(program: &str) -> bool {
    let is_there = Command::new(program).arg("--version").output().is_ok();
    assert!(is_there || !is_required("MENTORSHIP_TEST_FOREIGN"), "{program} is not installed");
    if !is_there {
        eprintln!("NOT TESTED: commands of documents that need {program}, which is not installed");
    }
    is_there
}

/// Whether a document starts a service. Others go on with the demo and the functions of the README.
fn has_service(document: &[Block]) -> bool {
    let is_service = |code: &str| code.contains(" serve") || code.contains(" demo");
    document.iter().any(|block| block.kind == Kind::Background && is_service(&block.code))
}

fn run_documents(shell: &Shell) {
    if !is_installed(shell.name) {
        return;
    }
    let has_python = is_installed("python3");
    let needs_python = |document: &[Block]| document.iter().any(|block| block.code.contains("python3"));
    let can_run = |(_, document): &(PathBuf, Vec<Block>)| has_python || !needs_python(document);
    let (alone, with_demo): (Vec<_>, Vec<_>) =
        documents().into_iter().filter(can_run).partition(|(_, document)| has_service(document));
    let with_functions =
        alone.iter().filter(|(_, document)| document.iter().any(|block| block.kind == Kind::Functions)).count();
    assert_eq!(with_functions, 1, "the README has the functions");
    for (file, document) in &alone {
        let mut session = Session::start(shell);
        run_document(&mut session, file, document);
        let Some(functions) = document.iter().find(|block| block.kind == Kind::Functions) else { continue };
        for (file, document) in &with_demo {
            session.begin_again();
            session.run(&functions.code).expect("the functions");
            run_document(&mut session, file, document);
        }
    }
}

fn run_document(session: &mut Session<'_>, file: &Path, document: &[Block]) {
    let shell = session.shell.name;
    let mut printed = String::new();
    for block in document {
        step(session, &block.kind, &block.code, &mut printed)
            .unwrap_or_else(|why| panic!("{}:{} in {shell}: {why}", file.display(), block.line));
    }
    assert_eq!(session.panicked(), None, "{} in {shell}", file.display());
}

/// Does with one block what a reader does.
fn step(session: &mut Session<'_>, kind: &Kind, code: &str, printed: &mut String) -> Result<(), String> {
    let code = session.localise(code);
    let is_pasted = matches!(kind, Kind::Run | Kind::Functions | Kind::Refused | Kind::Background);
    if let Some(line) = comment(&code).filter(|_| is_pasted) {
        return Err(format!("it has a comment, which zsh takes for arguments: {line}"));
    }
    match kind {
        Kind::Run | Kind::Functions => *printed = session.run(&code)?,
        Kind::Refused => *printed = session.run_refused(&code)?,
        Kind::Background => session.start_beside(&code)?,
        Kind::File(name) => session.save(name, &code),
        Kind::Answer => {
            if let Some(part) = missing(&code, printed) {
                return Err(format!("the answer has no {part:?} at its place:\n{printed}"));
            }
        }
    }
    Ok(())
}

#[test]
fn the_commands_of_all_documents_work_in_bash() {
    run_documents(&BASH);
}

#[test]
fn the_commands_of_all_documents_work_in_zsh() {
    run_documents(&ZSH);
}

/// For these commands a stand-in is run here.
#[test]
fn the_documents_build_and_test_as_ci_does() {
    let documents = documents();
    for (command, place) in
        [("cargo test --locked", ".ci/steps/30-test.sh"), ("cargo build --release --locked", "Dockerfile")]
    {
        let is_said = documents.iter().flat_map(|(_, blocks)| blocks).any(|block| block.code.contains(command));
        let done = fs::read_to_string(Path::new(ROOT).join(place)).expect("the file");
        assert!(is_said && done.contains(command), "{command} is in a document and in {place}");
    }
}

#[test]
fn the_readme_is_short() {
    assert!(include_str!("../../../README.md").len() <= 10_000);
}

#[test]
fn a_block_that_people_would_stumble_over_is_noticed() {
    for shell in [&BASH, &ZSH].into_iter().filter(|shell| is_installed(shell.name)) {
        for wrong in
            ["false", "false | true", "echo \"$nowhere\"", "curl -sS http://127.0.0.1:1/x?y=z", "# comment\nfalse"]
        {
            assert!(Session::start(shell).run(wrong).is_err(), "{wrong} in {}", shell.name);
        }
        assert!(Session::start(shell).run_refused("true").is_err());
        assert_eq!(Session::start(shell).run_refused("echo said; false").as_deref(), Ok("said\n\n"));
    }
    assert!(comment("get /v1/me # → 200").is_some() && comment("# now").is_some() && comment("a#b").is_none());
    assert_eq!(missing("{\"a\": 1, …, \"c\": \"…\"}", "{\"a\":1,\"b\":2,\"c\":\"3\"}\n"), None);
    assert_eq!(missing("{… \"c\": 3, … \"b\": 2 …}", "{\"b\":2,\"c\":3}").as_deref(), Some("\"b\":2"));
}
