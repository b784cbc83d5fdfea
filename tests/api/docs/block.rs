//! The code blocks of a document, and what is done with each.

/// A fenced block.
#[derive(Debug)]
pub struct Block {
    pub kind: Kind,
    pub code: String,
    /// Where it begins in the document.
    pub line: usize,
}

/// What a reader does with a block, by the words behind its fence.
#[derive(Debug, PartialEq)]
pub enum Kind {
    /// `sh`: pastes it into the shell.
    Run,
    /// `sh functions`: the same. Documents that use the demo begin with this block, which is in the README.
    Functions,
    /// `sh refused`: the same; the last command of the block fails.
    Refused,
    /// `sh background`: starts it in a terminal of its own.
    Background,
    /// `json answer` and `text answer`: sees this below the commands before it. `…` stands for what is left out.
    Answer,
    /// `python nightly.py`: saves it under this name.
    File(String),
}

impl Kind {
    fn of(language: &str, words: &str) -> Option<Self> {
        match (language, words) {
            ("sh", "") => Some(Self::Run),
            ("sh", "functions") => Some(Self::Functions),
            ("sh", "refused") => Some(Self::Refused),
            ("sh", "background") => Some(Self::Background),
            ("sh" | "bash" | "zsh" | "shell", _) => {
                panic!("`{language} {words}`: mark commands that are run with `sh`, others with `console`")
            }
            ("json" | "text", "answer") => Some(Self::Answer),
            (_, name) if name.contains('.') => Some(Self::File(name.to_owned())),
            _ => None,
        }
    }
}

/// The blocks that a reader does something with, in order.
pub fn blocks(document: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut lines = document.lines().enumerate();
    while let Some((at, line)) = lines.next() {
        let Some(fence) = line.strip_prefix("```") else { continue };
        let code: String = lines
            .by_ref()
            .map(|(_, line)| line)
            .take_while(|line| *line != "```")
            .flat_map(|line| [line, "\n"])
            .collect();
        let (language, words) = fence.split_once(' ').unwrap_or((fence, ""));
        if let Some(kind) = Kind::of(language, words) {
            found.push(Block { kind, code, line: at + 1 });
        }
    }
    found
}

/// A line with a comment. In an interactive zsh `#` begins no comment, and what follows would be arguments.
pub fn comment(code: &str) -> Option<&str> {
    code.lines().find(|line| line.trim_start().starts_with('#') || line.contains(" # "))
}

/// Whether the parts of the answer between `…` were all printed, in this order. Blanks, line breaks and commas beside a `…` do
/// not count. Returns the part that is missing.
pub fn missing(answer: &str, printed: &str) -> Option<String> {
    let squeeze = |text: &str| text.split_whitespace().collect::<String>();
    let printed = squeeze(printed);
    let mut rest = &*printed;
    for part in answer.split('…') {
        let part = squeeze(part);
        let part = part.trim_matches(',');
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return Some(part.to_owned()),
        }
    }
    None
}
