//! The declared exceptions: sealed values that count without being shown. Which places these are stands in [`INPUTS`];
//! what is not listed there does not compile, and docs/confidentiality.md says what each of them is for.

use uuid::Uuid;

use super::acts::Act;
use super::home::Home;
use super::relations::Relation;
use super::sealed::{Place, Sealed, Unsealed};
use super::show::Permit;
use crate::problem::{Code, Problem};
use crate::trail::{Actor, ActorKind, Looks, Trail};

/// Every sealed place that may be opened for something else than an answer to somebody who may see it: table, column, and
/// whether the people it is about have to consent. The list may only shrink; a new line needs one in
/// docs/confidentiality.md, too.
pub const INPUTS: [(&str, &str, bool); 6] = [
    ("people", "style_answers", true),
    ("match_cases", "style", true),
    ("match_cases", "features", false),
    ("suggestions", "dismiss_reason", false),
    ("fairness_members", "group_id", false),
    ("suggestions", "assessment", false),
];

/// Whether a place is in the list with this rule of consent. Asked by the compiler.
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

/// What an input needs before it may be opened.
pub trait Leave {
    /// Whether it needs the consent of the people it is about.
    const NEEDS_CONSENT: bool;
    /// Whether it is given.
    fn is_given(&self) -> bool;
}

/// The consent of the people whom an input is about, as the database has it: nobody can make one up.
#[derive(Clone, Copy, Debug, sqlx::Type)]
#[sqlx(transparent)]
pub struct Consent(bool);

impl Leave for Consent {
    const NEEDS_CONSENT: bool = true;

    fn is_given(&self) -> bool {
        self.0
    }
}

/// No consent is needed: it is enough that the input is listed.
#[derive(Clone, Copy, Debug)]
pub struct Listed;

impl Leave for Listed {
    const NEEDS_CONSENT: bool = false;

    fn is_given(&self) -> bool {
        true
    }
}

/// A sealed place that suggestions, plans and learning read. Declared beside the place, and listed in [`INPUTS`].
pub trait MatchingInput: Place {
    /// What it needs before it is opened.
    type Leave: Leave;
}

/// Opens an input of suggestions, plans or learning for the engine alone. Nobody sees the value: answers about style enter
/// the score as part of `personal_fit`, and what was noted of two people when they were proposed enters weights, as sums
/// over a hundred outcomes and more.
///
/// What is no declared input does not open:
/// ```compile_fail
/// use mentorship::policy::{Home, Listed, Sealed, matching_input};
/// use mentorship::sessions::note::model::NoteText;
/// fn peek(home: Home<NoteText>, text: Sealed<NoteText>) {
///     matching_input(Listed, home, Some(text));
/// }
/// ```
/// nor does one that was declared and not listed:
/// ```compile_fail
/// use mentorship::policy::{Home, Listed, MatchingInput, OfPerson, Place, Private, matching_input};
/// enum Diary {}
/// impl Place for Diary {
///     type Tier = Private;
///     type Kin = OfPerson;
///     type Row = mentorship::ids::NoteId;
///     type Value = String;
///     const TABLE: &'static str = "diaries";
///     const COLUMN: &'static str = "text";
/// }
/// impl MatchingInput for Diary {
///     type Leave = Listed;
/// }
/// let home = Home::of_person(mentorship::ids::NoteId::first(), mentorship::ids::PersonId::first(), 0);
/// matching_input::<Diary>(Listed, home, None);
/// ```
/// Style answers need the consent that is stored:
/// ```compile_fail
/// use mentorship::people::person::model::StyleAnswersPlace;
/// use mentorship::policy::{Home, Listed, Sealed, matching_input};
/// fn peek(home: Home<StyleAnswersPlace>, answers: Sealed<StyleAnswersPlace>) {
///     matching_input(Listed, home, Some(answers));
/// }
/// ```
/// The same without the forbidden does compile:
/// ```
/// use mentorship::people::person::model::StyleAnswersPlace;
/// use mentorship::policy::{Consent, Home, Sealed, matching_input};
/// fn score(consent: Consent, home: Home<StyleAnswersPlace>, answers: Sealed<StyleAnswersPlace>) {
///     matching_input(consent, home, Some(answers));
/// }
/// ```
pub fn matching_input<P: MatchingInput>(leave: P::Leave, home: Home<P>, field: Option<Sealed<P>>) -> Option<P::Value> {
    const { assert!(is_listed(P::TABLE, P::COLUMN, <P::Leave as Leave>::NEEDS_CONSENT), "not listed in INPUTS") };
    let opened = field.filter(|_| leave.is_given())?.open(home);
    // Suggestions do without.
    opened.inspect_err(log_unless_erased).ok()
}

fn log_unless_erased(why: &Unsealed) {
    if !why.is_erased() {
        why.log();
    }
}

/// Writes one event into the audit log: that the engine is about to read these inputs of everybody, as the service. One
/// event for a whole run, since a score of each person is no look at them. Refuses where it cannot be written: then
/// nothing private opens.
pub fn note_matching_run(trail: &Trail, inputs: &[(&'static str, &'static str)]) -> Result<(), Problem> {
    let service = Actor { id: Uuid::nil(), kind: ActorKind::Service };
    let mut looks = Looks::new(&trail.witness(service, Uuid::nil()));
    if !looks.may_open() {
        return Err(Problem::new(
            Code::Overloaded,
            "The audit log is at its limit, and nothing private opens without it.",
        ));
    }
    for (table, column) in inputs {
        looks.note(Relation::Service.name(), (table, Uuid::nil(), column), None);
    }
    Ok(())
}

/// Where a place is kept, for [`note_matching_run`].
pub const fn input<P: MatchingInput>() -> (&'static str, &'static str) {
    (P::TABLE, P::COLUMN)
}

/// A sealed value that is counted, and by whose leave: of it nothing leaves its room but figures about many people.
pub trait Counted: Place {
    /// The act that it is counted for.
    type By: Act;
}

/// What the report of fairness counts, opened for nobody to see. It takes the leave to read that report:
/// ```compile_fail
/// use mentorship::policy::{Home, Permit, Sealed, acts::LoadFairness, counted_input};
/// use mentorship::fairness::group::model::GroupOfMember;
/// fn peek<R>(leave: &Permit<LoadFairness, R>, home: Home<GroupOfMember>, group: Sealed<GroupOfMember>) {
///     counted_input(leave, home, group);
/// }
/// ```
/// and what is not declared to be counted does not open at all:
/// ```compile_fail
/// use mentorship::policy::{Home, Permit, Sealed, acts::ReadFairness, counted_input};
/// use mentorship::sessions::note::model::NoteText;
/// fn peek<R>(leave: &Permit<ReadFairness, R>, home: Home<NoteText>, text: Sealed<NoteText>) {
///     counted_input(leave, home, text);
/// }
/// ```
/// The same without the forbidden does compile:
/// ```
/// use mentorship::policy::{Home, Permit, Sealed, acts::ReadFairness, counted_input};
/// use mentorship::fairness::group::model::GroupOfMember;
/// fn count<R>(leave: &Permit<ReadFairness, R>, home: Home<GroupOfMember>, group: Sealed<GroupOfMember>) {
///     counted_input(leave, home, group);
/// }
/// ```
pub fn counted_input<P: Counted, R>(_leave: &Permit<P::By, R>, home: Home<P>, field: Sealed<P>) -> Option<P::Value> {
    const { assert!(is_listed(P::TABLE, P::COLUMN, false), "not listed in INPUTS") };
    field.open(home).inspect_err(log_unless_erased).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_listed_by_its_whole_name_and_its_rule() {
        assert!(is_listed("people", "style_answers", true));
        assert!(!is_listed("people", "style_answers", false), "without consent");
        assert!(!is_listed("people", "style_answer", true) && !is_listed("people", "style_answers_", true));
        assert!(!is_listed("notes", "text", false));
    }

    /// The page that explains the list has a line for each.
    #[test]
    fn the_list_is_documented() {
        let page = include_str!("../../docs/confidentiality.md");
        for (table, column, _) in INPUTS {
            assert!(page.contains(&format!("`{table}.{column}`")), "{table}.{column}");
        }
    }
}
