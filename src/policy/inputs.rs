//! The declared exceptions: sealed values that the service uses without showing them. [`INPUTS`] lists them; use of a
//! value that is not listed does not compile. `docs/confidentiality.md` says what each one is used for.

use uuid::Uuid;

use super::acts::Act;
use super::home::Home;
use super::place::Place;
use super::relations::Relation;
use super::sealed::{Sealed, Unsealed};
use super::show::Permit;
use crate::audit_log::{Actor, ActorKind, AuditLog, RecordedReads};
use crate::problem::{Code, Problem};

/// All sealed columns that may be opened for another purpose than an answer to a viewer who may see them: table,
/// column, and whether the people concerned must consent. The list may only shrink. Each line needs one in
/// `docs/confidentiality.md`.
pub const INPUTS: [(&str, &str, bool); 6] = [
    ("people", "style_answers", true),
    ("match_cases", "style", true),
    ("match_cases", "features", false),
    ("suggestions", "dismiss_reason", false),
    ("fairness_members", "group_id", false),
    ("suggestions", "assessment", false),
];

/// Whether a column is in the list with this rule of consent. Evaluated at compile time.
const fn is_listed(table: &str, column: &str, needs_consent: bool) -> bool {
    let mut at = 0;
    while at < INPUTS.len() {
        let (of, name, consent) = INPUTS[at];
        if is_same(of.as_bytes(), table.as_bytes()) && is_same(name.as_bytes(), column.as_bytes()) {
            return consent == needs_consent;
        }
        at += 1;
    }
    false
}

const fn is_same(one: &[u8], other: &[u8]) -> bool {
    let mut at = 0;
    while at < one.len() && at < other.len() && one[at] == other[at] {
        at += 1;
    }
    at == one.len() && at == other.len()
}

/// The condition for opening an input.
pub trait InputCondition {
    /// Whether it is the consent of the people concerned.
    const NEEDS_CONSENT: bool;
    /// Whether the condition is met.
    fn is_met(&self) -> bool;
}

/// The consent of the people that an input is about. Its only source is the database; code cannot construct one.
#[derive(Clone, Copy, Debug, sqlx::Type)]
#[sqlx(transparent)]
pub struct Consent(bool);

impl InputCondition for Consent {
    const NEEDS_CONSENT: bool = true;

    fn is_met(&self) -> bool {
        self.0
    }
}

/// No consent is needed: the input only has to be listed.
#[derive(Clone, Copy, Debug)]
pub struct Listed;

impl InputCondition for Listed {
    const NEEDS_CONSENT: bool = false;

    fn is_met(&self) -> bool {
        true
    }
}

/// A sealed column that suggestions, matching rounds and learning read. Declared beside the column and listed in
/// [`INPUTS`].
pub trait MatchingInput: Place {
    /// The condition for opening it.
    type Condition: InputCondition;
}

/// Opens an input of suggestions, matching rounds or learning for the matching engine only. No viewer sees the value.
/// Answers about working style become part of the score `personal_fit`. The stored features of proposed pairs become
/// part of weights, as sums over at least a hundred outcomes.
///
/// A column that is not declared as an input cannot be opened:
/// ```compile_fail
/// use mentorship::policy::{Home, Listed, Sealed, matching_input};
/// use mentorship::sessions::note::model::NoteText;
/// fn peek(home: Home<NoteText>, text: Sealed<NoteText>) {
///     matching_input(Listed, home, Some(text));
/// }
/// ```
/// A column that is declared but not listed cannot be opened either:
/// ```compile_fail
/// use mentorship::policy::{Home, Listed, MatchingInput, OfPerson, Place, Private, matching_input};
/// enum Diary {}
/// impl Place for Diary {
///     type Tier = Private;
///     type Ownership = OfPerson;
///     type Row = mentorship::ids::NoteId;
///     type Value = String;
///     const TABLE: &'static str = "diaries";
///     const COLUMN: &'static str = "text";
/// }
/// impl MatchingInput for Diary {
///     type Condition = Listed;
/// }
/// let home = Home::of_person(mentorship::ids::NoteId::first(), mentorship::ids::PersonId::first(), 0);
/// matching_input::<Diary>(Listed, home, None);
/// ```
/// Answers about working style need the stored consent:
/// ```compile_fail
/// use mentorship::people::person::model::StyleAnswersPlace;
/// use mentorship::policy::{Home, Listed, Sealed, matching_input};
/// fn peek(home: Home<StyleAnswersPlace>, answers: Sealed<StyleAnswersPlace>) {
///     matching_input(Listed, home, Some(answers));
/// }
/// ```
/// The same with the right types compiles:
/// ```
/// use mentorship::people::person::model::StyleAnswersPlace;
/// use mentorship::policy::{Consent, Home, Sealed, matching_input};
/// fn score(consent: Consent, home: Home<StyleAnswersPlace>, answers: Sealed<StyleAnswersPlace>) {
///     matching_input(consent, home, Some(answers));
/// }
/// ```
pub fn matching_input<P: MatchingInput>(
    condition: P::Condition,
    home: Home<P>,
    field: Option<Sealed<P>>,
) -> Option<P::Value> {
    const {
        assert!(
            is_listed(P::TABLE, P::COLUMN, <P::Condition as InputCondition>::NEEDS_CONSENT),
            "not listed in INPUTS"
        );
    };
    let opened = field.filter(|_| condition.is_met())?.open(home);
    // A value that cannot be opened counts as absent.
    opened.inspect_err(log_unless_erased).ok()
}

fn log_unless_erased(why: &Unsealed) {
    if !why.is_erased() {
        why.log();
    }
}

/// Writes audit events that the matching engine, as the service, is about to read these inputs of all people. There is
/// one event for each input and run, because no person reads the values. Fails if the events cannot be written; then no
/// private text is opened.
pub fn note_matching_run(audit_log: &AuditLog, inputs: &[(&'static str, &'static str)]) -> Result<(), Problem> {
    let service = Actor { id: Uuid::nil(), kind: ActorKind::Service };
    let mut reads = RecordedReads::new(&audit_log.recorder(service, Uuid::nil()));
    if !reads.may_open() {
        return Err(Problem::new(
            Code::Overloaded,
            "The audit log cannot record more reads now, so private text stays closed. Try again in a moment.",
        ));
    }
    for (table, column) in inputs {
        reads.note(Relation::Service.name(), (table, Uuid::nil(), column), None);
    }
    Ok(())
}

/// The table and column of an input, for [`note_matching_run`].
pub const fn input<P: MatchingInput>() -> (&'static str, &'static str) {
    (P::TABLE, P::COLUMN)
}

/// A sealed value that is only counted. The results are numbers about many people.
pub trait Counted: Place {
    /// The act that the values are counted for.
    type By: Act;
}

/// Opens a value that is only counted, such as the members of a fairness group for the fairness report. It needs the
/// permit of the right act. Here the permit is for another act:
/// ```compile_fail
/// use mentorship::policy::{Home, Permit, Sealed, acts::LoadFairness, counted_input};
/// use mentorship::fairness::group::model::GroupOfMember;
/// fn peek<R>(permit: &Permit<LoadFairness, R>, home: Home<GroupOfMember>, group: Sealed<GroupOfMember>) {
///     counted_input(permit, home, group);
/// }
/// ```
/// A value that is not declared as counted cannot be opened:
/// ```compile_fail
/// use mentorship::policy::{Home, Permit, Sealed, acts::ReadFairness, counted_input};
/// use mentorship::sessions::note::model::NoteText;
/// fn peek<R>(permit: &Permit<ReadFairness, R>, home: Home<NoteText>, text: Sealed<NoteText>) {
///     counted_input(permit, home, text);
/// }
/// ```
/// The same with the right types compiles:
/// ```
/// use mentorship::policy::{Home, Permit, Sealed, acts::ReadFairness, counted_input};
/// use mentorship::fairness::group::model::GroupOfMember;
/// fn count<R>(permit: &Permit<ReadFairness, R>, home: Home<GroupOfMember>, group: Sealed<GroupOfMember>) {
///     counted_input(permit, home, group);
/// }
/// ```
pub fn counted_input<P: Counted, R>(_permit: &Permit<P::By, R>, home: Home<P>, field: Sealed<P>) -> Option<P::Value> {
    const { assert!(is_listed(P::TABLE, P::COLUMN, false), "not listed in INPUTS") };
    field.open(home).inspect_err(log_unless_erased).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_listed_by_its_whole_name_and_its_rule() {
        assert!(is_listed("people", "style_answers", true));
        assert!(!is_listed("people", "style_answers", false), "without consent");
        assert!(!is_listed("people", "style_answer", true) && !is_listed("people", "style_answers_", true));
        assert!(!is_listed("notes", "text", false));
    }

    /// The page that explains the list has a line for each column.
    #[test]
    fn the_list_is_documented() {
        let page = include_str!("../../docs/confidentiality.md");
        for (table, column, _) in INPUTS {
            assert!(page.contains(&format!("`{table}.{column}`")), "{table}.{column}");
        }
    }
}
