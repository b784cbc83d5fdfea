//! What mails say: templates of our own, each of which the operator can replace by a file.

use std::fmt;
use std::path::Path;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{Environment, UndefinedBehavior, context};

/// A mail in its two forms.
#[derive(Debug)]
pub struct Written {
    /// One line.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
}

/// Every template.
#[derive(Debug)]
pub struct Words(Environment<'static>);

/// Why an operator's template does not do.
#[derive(Debug)]
pub struct WrongWords(String);

impl fmt::Display for WrongWords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for WrongWords {}

/// The form of every mail in HTML.
const LETTER: &str = "letter.html";

/// By file name. The first line of a text is the subject, the rest the mail.
const TEMPLATES: [(&str, &str); 19] = [
    (LETTER, include_str!("words/letter.html")),
    ("digest_due.txt", include_str!("words/digest_due.txt")),
    ("identity_rebind_opened.txt", include_str!("words/identity_rebind_opened.txt")),
    ("identity_rebind_waiting.txt", include_str!("words/identity_rebind_waiting.txt")),
    ("session_upcoming.txt", include_str!("words/session_upcoming.txt")),
    ("goal_check_in_due.txt", include_str!("words/goal_check_in_due.txt")),
    ("pair_review_due.txt", include_str!("words/pair_review_due.txt")),
    ("pair_midpoint.txt", include_str!("words/pair_midpoint.txt")),
    ("pair_expiring.txt", include_str!("words/pair_expiring.txt")),
    ("enrolment_accepted.txt", include_str!("words/enrolment_accepted.txt")),
    ("enrolment_declined.txt", include_str!("words/enrolment_declined.txt")),
    ("enrolment_ended.txt", include_str!("words/enrolment_ended.txt")),
    ("pair_proposed.txt", include_str!("words/pair_proposed.txt")),
    ("pair_started.txt", include_str!("words/pair_started.txt")),
    ("pair_ended.txt", include_str!("words/pair_ended.txt")),
    ("session_scheduled.txt", include_str!("words/session_scheduled.txt")),
    ("session_changed.txt", include_str!("words/session_changed.txt")),
    ("session_rescheduled.txt", include_str!("words/session_rescheduled.txt")),
    ("session_cancelled.txt", include_str!("words/session_cancelled.txt")),
];

impl Words {
    /// Our own, and instead of some of them the files of that name in `folder`.
    pub fn new(folder: Option<&Path>) -> Result<Self, WrongWords> {
        let mut templates = Environment::new();
        // A name that we do not know is a mistake of whoever wrote the template.
        templates.set_undefined_behavior(UndefinedBehavior::SemiStrict);
        let lines = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
        templates.set_syntax(lines.map_err(|error| WrongWords(error.to_string()))?);
        for (name, own) in TEMPLATES {
            let file = folder.map(|folder| folder.join(name)).filter(|file| file.exists());
            let text = match &file {
                Some(file) => std::fs::read_to_string(file).map_err(|error| WrongWords(format!("{name}: {error}")))?,
                None => own.to_owned(),
            };
            let added = if name == LETTER {
                templates.add_template_owned(name, text)
            } else {
                let (subject, body) =
                    split(&text).ok_or_else(|| WrongWords(format!("{name}: needs a subject and a text")))?;
                let subject = templates.add_template_owned(format!("{name} subject"), subject);
                subject.and_then(|()| templates.add_template_owned(name, body))
            };
            added.map_err(|error| WrongWords(format!("{name}: {error}")))?;
        }
        Ok(Self(templates))
    }

    /// The mail about an event of this name, told from what its recipient may see.
    pub fn write(&self, kind: &str, facts: Value) -> Result<Written, minijinja::Error> {
        let name = format!("{}.txt", kind.replace('.', "_"));
        // A subject shows up on locked screens: it knows nothing of anybody.
        let subject = self.0.get_template(&format!("{name} subject"))?.render(context! {})?;
        let text = tidied(&self.0.get_template(&name)?.render(facts)?);
        let paragraphs: Vec<Vec<&str>> = text.split("\n\n").map(|paragraph| paragraph.lines().collect()).collect();
        let letter = context! { subject => subject.as_str(), paragraphs => Value::from(Serde(paragraphs)) };
        let html = self.0.get_template(LETTER)?.render(letter)?;
        Ok(Written { subject, text, html })
    }
}

/// The subject and the rest.
fn split(text: &str) -> Option<(String, String)> {
    let (first, rest) = text.split_once('\n')?;
    let subject = first.strip_prefix("Subject:")?.trim();
    Some((subject.to_owned(), rest.trim_start().to_owned()))
}

/// One empty line between paragraphs, whatever a template left out.
fn tidied(text: &str) -> String {
    let mut tidy = String::with_capacity(text.len());
    for line in text.trim().lines() {
        let line = line.trim_end();
        if !line.is_empty() || !tidy.ends_with("\n\n") {
            tidy.push_str(line);
            tidy.push('\n');
        }
    }
    tidy
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_operators_words_take_the_place_of_ours() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("pair_ended.txt"), "Subject: Es ist vorbei\n\nLiebe {{ you }}\nCiao")
            .expect("a file");
        let words = Words::new(Some(folder.path())).expect("words");
        let written = words.write("pair.ended", context! { you => "<Ada>" }).expect("a mail");
        assert_eq!((written.subject.as_str(), written.text.as_str()), ("Es ist vorbei", "Liebe <Ada>\nCiao\n"));
        assert!(written.html.contains("<p>Liebe &lt;Ada&gt;<br>Ciao</p>"), "{}", written.html);
    }

    #[test]
    fn words_that_do_not_do_are_refused_at_the_start() {
        let folder = tempfile::tempdir().expect("a folder");
        for wrong in ["Hello", "Subject: Hello", "Subject: Hello\n\n{{ you"] {
            std::fs::write(folder.path().join("pair_ended.txt"), wrong).expect("a file");
            assert!(Words::new(Some(folder.path())).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_subject_knows_nothing_of_anybody() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("pair_ended.txt"), "Subject: {{ you }}\n\nHello").expect("a file");
        let words = Words::new(Some(folder.path())).expect("words");
        assert!(words.write("pair.ended", context! { you => "Ada" }).is_err());
    }
}
