//! One page that says what the proofs proved. Every proof opens it and says a few lines; it is
//! printed when no proof is at work, with what runs before left there.

use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Proofs at work.
static OPEN: AtomicUsize = AtomicUsize::new(0);

/// One proof's part of the page.
pub struct Page {
    heading: String,
    lines: Mutex<Vec<String>>,
}

impl Page {
    /// Headings begin with a number, which is their place on the page.
    pub fn open(heading: &str) -> Self {
        OPEN.fetch_add(1, Ordering::SeqCst);
        Self { heading: heading.to_owned(), lines: Mutex::default() }
    }

    pub fn say(&self, line: &str) {
        self.lines.lock().expect("a line").push(line.to_owned());
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        let (folder, lines) = (folder(), self.lines.lock().expect("the lines"));
        if !lines.is_empty() {
            fs::create_dir_all(&folder).expect("a folder");
            fs::write(folder.join(&self.heading), lines.join("\n")).expect("it writes");
        }
        if OPEN.fetch_sub(1, Ordering::SeqCst) == 1 {
            println!("{}", whole());
        }
    }
}

/// The page as far as it is written.
fn whole() -> String {
    let mut parts: Vec<_> = fs::read_dir(folder()).into_iter().flatten().flatten().map(|part| part.path()).collect();
    parts.sort();
    let mut page = String::from("\n=== Confidentiality\n");
    for part in parts {
        let name = part.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let heading = name.split_once(' ').map_or(name.as_str(), |(_, heading)| heading);
        let lines = fs::read_to_string(&part).unwrap_or_default();
        page.extend(["\n", heading, "\n  ", &lines.replace('\n', "\n  "), "\n"]);
    }
    page
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("confidentiality")
}
