//! What operators read: each line of the log has an event that `docs/operating.md` explains, and the documents list the settings
//! and metrics that the program has.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use clap::Args as _;
use mentorship::config::Settings;

use crate::harness::sources;

/// One macro call that writes a line of the log.
struct LogLine {
    file: String,
    level: &'static str,
    /// Without the `event`, if it has none.
    event: Option<String>,
    message: String,
}

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect("a file of the repository")
}

/// Every file of source, with its text.
fn all_sources() -> impl Iterator<Item = (String, String)> {
    sources().into_iter().map(|path| (path.display().to_string(), fs::read_to_string(&path).expect("text")))
}

/// The arguments of the macro call that begins here, up to its closing parenthesis, and the texts in quotation marks in them.
fn arguments(text: &str) -> (&str, Vec<String>) {
    let (mut depth, mut is_quoted, mut is_escaped) = (1, false, false);
    let (mut texts, mut current) = (Vec::new(), String::new());
    for (at, letter) in text.char_indices() {
        match letter {
            _ if is_escaped => {
                is_escaped = false;
                current.push(letter);
            }
            '\\' if is_quoted => is_escaped = true,
            '"' => {
                if is_quoted {
                    texts.push(std::mem::take(&mut current));
                }
                is_quoted = !is_quoted;
            }
            _ if is_quoted => current.push(letter),
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return (&text[..at], texts);
        }
    }
    panic!("a macro call without an end: {}", &text[..80.min(text.len())]);
}

/// Every line that the service can write to its log. Statements of SQL at the level `trace` are for developers.
fn log_lines() -> Vec<LogLine> {
    let mut lines = Vec::new();
    for (file, text) in all_sources() {
        for level in ["error", "warn", "info", "debug"] {
            for (at, name) in text.match_indices(&format!("{level}!(")) {
                if text[..at].ends_with(|letter: char| letter.is_alphanumeric() || letter == '_') {
                    continue;
                }
                let (all, texts) = arguments(&text[at + name.len()..]);
                let event = all.split_once("event = \"").and_then(|(_, rest)| rest.split('"').next());
                let message = texts.last().cloned().unwrap_or_default();
                lines.push(LogLine { file: file.clone(), level, event: event.map(str::to_owned), message });
            }
        }
    }
    lines
}

/// The cells of each row of a table whose first cell is a code word.
fn rows(text: &str) -> impl Iterator<Item = Vec<&str>> {
    text.lines().filter(|line| line.starts_with("| `")).map(|line| {
        let cells = line.trim().trim_matches('|').split(" | ");
        cells.map(str::trim).collect()
    })
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_')
}

/// A stable name, and a message of the form `component: what failed; consequence; next step`.
#[test]
fn each_line_of_the_log_has_an_event_and_a_component() {
    let lines = log_lines();
    assert!(lines.len() > 50, "too few lines of the log were found: {}", lines.len());
    for LogLine { file, event, message, .. } in &lines {
        let event = event.as_deref().unwrap_or_else(|| panic!("{file}: no event: {message}"));
        let (component, what) = event.split_once('.').unwrap_or_default();
        assert!(is_word(component) && is_word(what), "{file}: {event} is not component.what_happened");
        let (component, rest) = message.split_once(": ").unwrap_or_default();
        let is_named = component.chars().all(|letter| letter.is_ascii_lowercase() || " -".contains(letter));
        assert!(is_named && !component.is_empty() && !rest.is_empty(), "{file}: {event}: {message}");
    }
}

#[test]
fn each_event_is_written_in_one_place() {
    let mut places = BTreeMap::<String, String>::new();
    for LogLine { file, event, .. } in log_lines() {
        let event = event.expect("an event");
        if let Some(other) = places.insert(event.clone(), file.clone()) {
            panic!("{event} is in {other} and in {file}: an event has one meaning");
        }
    }
}

#[test]
fn operating_explains_each_event_with_its_level_and_no_other() {
    let text = read("docs/operating.md");
    let mut explained = BTreeMap::new();
    for row in rows(&text) {
        let [event, level, means, to_do] = row[..] else {
            panic!("not an event, its level, meaning and steps: {row:?}")
        };
        assert!(!means.is_empty() && !to_do.is_empty(), "{event}");
        let before = explained.insert(event.trim_matches('`').to_owned(), level.to_owned());
        assert_eq!(before, None, "{event} is explained twice");
    }
    let written = log_lines().into_iter().map(|line| (line.event.expect("an event"), line.level.to_owned()));
    assert_eq!(explained, written.collect(), "left: docs/operating.md; right: src");
}

/// The words in `docs` that look like events of a component that logs.
#[test]
fn documents_name_only_events_that_exist() {
    let events: Vec<_> = log_lines().into_iter().filter_map(|line| line.event).collect();
    for name in ["operating", "monitoring", "deployment", "settings", "identity", "audit", "keys-and-backups"] {
        let text = read(&format!("docs/{name}.md"));
        let named = text.split("event=\"").skip(1).filter_map(|rest| rest.split('"').next());
        let named: Vec<_> =
            named.chain(text.split("Event `").skip(1).filter_map(|rest| rest.split('`').next())).collect();
        for event in named.into_iter().filter(|event| *event != "…") {
            assert!(events.iter().any(|known| known == event), "docs/{name}.md names the event {event}");
        }
    }
    let text = read("docs/operating.md");
    for word in text.split('`').skip(1).step_by(2) {
        let Some((component, what)) = word.split_once('.') else { continue };
        let logs = |event: &String| event.starts_with(&format!("{component}."));
        if is_word(what) && events.iter().any(logs) && !["md", "db", "key"].contains(&what) {
            assert!(events.iter().any(|known| known == word), "docs/operating.md names the event {word}");
        }
    }
}

#[test]
fn settings_lists_each_setting_with_its_variable_and_default() {
    let text = read("docs/settings.md");
    let listed: BTreeMap<_, _> = rows(&text)
        .filter(|row| row[0].starts_with("`--"))
        .map(|row| (row[0].trim_matches('`').to_owned(), row))
        .collect();
    let command = Settings::augment_args(clap::Command::new("serve"));
    let mut known = Vec::new();
    for setting in command.get_arguments() {
        let name = format!("--{}", setting.get_long().expect("a long name"));
        let row = listed.get(&name).unwrap_or_else(|| panic!("{name} is not in docs/settings.md"));
        let [_, variable, default, meaning] = row[..] else { panic!("not four cells: {row:?}") };
        let expected = setting.get_env().and_then(|variable| variable.to_str()).expect("a variable");
        assert_eq!(variable, format!("`{expected}`"), "{name}");
        match setting.get_default_values() {
            [] => assert!(
                !default.is_empty() && !default.starts_with('`') || default.contains(" in "),
                "{name}: {default}"
            ),
            values => {
                let values: Vec<_> = values.iter().filter_map(|value| value.to_str()).collect();
                assert_eq!(default, format!("`{}`", values.join(",")), "{name}");
            }
        }
        assert!(!meaning.is_empty(), "{name}");
        known.push(name);
    }
    assert!(listed.keys().all(|name| known.contains(name)), "docs/settings.md has a setting that is none: {listed:?}");
}

#[test]
fn monitoring_lists_each_metric() {
    let text = read("docs/monitoring.md");
    let listed: Vec<_> = rows(&text).map(|row| row[0].trim_matches('`').to_owned()).collect();
    let mut known = Vec::new();
    for (_, source) in all_sources() {
        for kind in ["counter!(", "gauge!(", "histogram!("] {
            for (at, _) in source.match_indices(&format!("metrics::{kind}")) {
                let name = source[at..].split('"').nth(1).expect("a name").to_owned();
                assert!(listed.contains(&name), "{name} is not in docs/monitoring.md");
                known.push(name);
            }
        }
    }
    let metrics = listed.iter().filter(|name| name.ends_with("_total") || name.ends_with("_seconds"));
    for name in metrics {
        assert!(known.contains(name), "docs/monitoring.md has the metric {name}, which is none");
    }
}

/// Small enough to be read, and none of the words that readers stumbled over.
#[test]
fn documents_for_operators_are_short() {
    for name in ["operating", "monitoring", "deployment", "settings"] {
        let length = read(&format!("docs/{name}.md")).len();
        assert!(length < 20_000, "docs/{name}.md has {length} bytes");
    }
}
