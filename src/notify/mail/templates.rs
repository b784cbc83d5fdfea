//! The templates of mails. The operator can replace each by a file.

use std::fmt;
use std::path::Path;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{Environment, UndefinedBehavior, context};

/// A rendered mail, as plain text and as HTML.
#[derive(Debug)]
pub struct Written {
    /// Subject, one line.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// The same text as HTML.
    pub html: String,
}

/// All templates.
#[derive(Debug)]
pub struct MailTemplates(Environment<'static>);

/// Why a template of the operator is refused.
#[derive(Debug)]
pub struct TemplateError(String);

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TemplateError {}

/// The template that frames every mail in HTML.
const FRAME: &str = "letter.html";

/// The templates by file name. The first line of a text has the subject, the rest is the mail.
const TEMPLATES: [(&str, &str); 19] = [
    (FRAME, include_str!("templates/letter.html")),
    ("digest_due.txt", include_str!("templates/digest_due.txt")),
    ("identity_rebind_opened.txt", include_str!("templates/identity_rebind_opened.txt")),
    ("identity_rebind_waiting.txt", include_str!("templates/identity_rebind_waiting.txt")),
    ("session_upcoming.txt", include_str!("templates/session_upcoming.txt")),
    ("goal_check_in_due.txt", include_str!("templates/goal_check_in_due.txt")),
    ("pair_review_due.txt", include_str!("templates/pair_review_due.txt")),
    ("pair_midpoint.txt", include_str!("templates/pair_midpoint.txt")),
    ("pair_expiring.txt", include_str!("templates/pair_expiring.txt")),
    ("enrolment_accepted.txt", include_str!("templates/enrolment_accepted.txt")),
    ("enrolment_declined.txt", include_str!("templates/enrolment_declined.txt")),
    ("enrolment_ended.txt", include_str!("templates/enrolment_ended.txt")),
    ("pair_proposed.txt", include_str!("templates/pair_proposed.txt")),
    ("pair_started.txt", include_str!("templates/pair_started.txt")),
    ("pair_ended.txt", include_str!("templates/pair_ended.txt")),
    ("session_scheduled.txt", include_str!("templates/session_scheduled.txt")),
    ("session_changed.txt", include_str!("templates/session_changed.txt")),
    ("session_rescheduled.txt", include_str!("templates/session_rescheduled.txt")),
    ("session_cancelled.txt", include_str!("templates/session_cancelled.txt")),
];

impl MailTemplates {
    /// The built-in templates. A file with the same name in `folder` replaces one.
    pub fn new(folder: Option<&Path>) -> Result<Self, TemplateError> {
        let mut templates = Environment::new();
        // An unknown name in a template is a mistake, so it must fail.
        templates.set_undefined_behavior(UndefinedBehavior::SemiStrict);
        let lines = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
        templates.set_syntax(lines.map_err(|error| TemplateError(error.to_string()))?);
        for (name, own) in TEMPLATES {
            let file = folder.map(|folder| folder.join(name)).filter(|file| file.exists());
            let text = match &file {
                Some(file) => {
                    std::fs::read_to_string(file).map_err(|error| TemplateError(format!("{name}: {error}")))?
                }
                None => own.to_owned(),
            };
            let added = if name == FRAME {
                templates.add_template_owned(name, text)
            } else {
                let (subject, body) = split(&text)
                    .ok_or_else(|| TemplateError(format!("{name}: must begin with `Subject: …`, then a text")))?;
                let subject = templates.add_template_owned(format!("{name} subject"), subject);
                subject.and_then(|()| templates.add_template_owned(name, body))
            };
            added.map_err(|error| TemplateError(format!("{name}: {error}")))?;
        }
        Ok(Self(templates))
    }

    /// Renders the mail about an event of this kind. `facts`: what the recipient may see.
    pub fn write(&self, kind: &str, facts: Value) -> Result<Written, minijinja::Error> {
        let name = format!("{}.txt", kind.replace('.', "_"));
        // A subject is visible on locked screens, so it gets no facts.
        let subject = self.0.get_template(&format!("{name} subject"))?.render(context! {})?;
        let text = tidied(&self.0.get_template(&name)?.render(facts)?);
        let paragraphs: Vec<Vec<&str>> = text.split("\n\n").map(|paragraph| paragraph.lines().collect()).collect();
        let letter = context! { subject => subject.as_str(), paragraphs => Value::from(Serde(paragraphs)) };
        let html = self.0.get_template(FRAME)?.render(letter)?;
        Ok(Written { subject, text, html })
    }
}

/// Splits a template into its subject and its text.
fn split(text: &str) -> Option<(String, String)> {
    let (first, rest) = text.split_once('\n')?;
    let subject = first.strip_prefix("Subject:")?.trim();
    Some((subject.to_owned(), rest.trim_start().to_owned()))
}

/// Reduces several empty lines, which left-out parts of a template leave, to one.
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
    fn a_file_of_the_operator_replaces_a_template() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("pair_ended.txt"), "Subject: Es ist vorbei\n\nLiebe {{ you }}\nCiao")
            .expect("a file");
        let templates = MailTemplates::new(Some(folder.path())).expect("templates");
        let written = templates.write("pair.ended", context! { you => "<Ada>" }).expect("a mail");
        assert_eq!((written.subject.as_str(), written.text.as_str()), ("Es ist vorbei", "Liebe <Ada>\nCiao\n"));
        assert!(written.html.contains("<p>Liebe &lt;Ada&gt;<br>Ciao</p>"), "{}", written.html);
    }

    #[test]
    fn a_wrong_template_is_refused_at_the_start() {
        let folder = tempfile::tempdir().expect("a folder");
        for wrong in ["Hello", "Subject: Hello", "Subject: Hello\n\n{{ you"] {
            std::fs::write(folder.path().join("pair_ended.txt"), wrong).expect("a file");
            assert!(MailTemplates::new(Some(folder.path())).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_subject_gets_no_facts() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("pair_ended.txt"), "Subject: {{ you }}\n\nHello").expect("a file");
        let templates = MailTemplates::new(Some(folder.path())).expect("templates");
        assert!(templates.write("pair.ended", context! { you => "Ada" }).is_err());
    }
}
