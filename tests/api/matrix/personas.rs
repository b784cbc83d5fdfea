//! Who asks, and a second, naive reading of who may learn what: from the prose of the design,
//! without a look at the policy.

use mentorship::policy::Scope;

/// People of the house, in the order of the table's first columns.
pub const PEOPLE: [&str; 8] =
    ["mentor", "mentee", "manager", "lead", "admin", "other_lead", "colleague", "other_mentee"];

/// Service accounts with their scopes, in the order of the table's second columns.
pub const SERVICES: [(&str, &[Scope]); 8] = [
    ("no_scope", &[]),
    ("people_read", &[Scope::PeopleRead]),
    ("people_write", &[Scope::PeopleWrite]),
    ("hris", &[Scope::PeopleRead, Scope::PeopleWrite]),
    ("programs_read", &[Scope::ProgramsRead]),
    ("pairs_read", &[Scope::PairsRead]),
    ("outcomes_read", &[Scope::OutcomesRead]),
    ("all_scopes", &Scope::ALL),
];

/// Everybody whom the table has a column for.
pub fn columns() -> impl Iterator<Item = &'static str> {
    PEOPLE.into_iter().chain(SERVICES.into_iter().map(|(name, _)| name))
}

/// What a secret, or a record, is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// The pair of these two, and all that hangs on it: `main` or `other`.
    Pair(&'static str),
    /// The pair of these two, made by chance: mentor, mentee, the mentee's manager and the
    /// coordinator of the program, if there are any.
    Two([String; 4]),
    /// What one of the main pair opened, for `manager` or `lead`.
    Opened(&'static str),
    /// A person as such.
    Person(&'static str),
    /// Suggestions for the mentee, in no program.
    Suggestion,
    /// Whom the mentee asks, in no program: the lead first.
    Asked,
    /// That somebody takes part in the club.
    Enrolment(&'static str),
    /// How the club is matched at once.
    MatchingRound,
    /// The one who asks.
    Oneself,
    /// Nobody's secret.
    Everybody,
}

/// How far something may travel, in the words of the design.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    Public,
    ManagerVisible,
    Private,
    NeverShared,
}

impl Reach {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::ManagerVisible => "manager_visible",
            Self::Private => "private",
            Self::NeverShared => "never_shared",
        }
    }
}

/// Mentor, mentee, the mentee's manager and the coordinator of the program.
fn around(pair: &str) -> [&'static str; 4] {
    match pair {
        "main" => ["mentor", "mentee", "manager", "lead"],
        // In no program, its mentee under nobody whom the table knows.
        "other" => ["mentor", "other_mentee", "", ""],
        // The one that the other coordinator leads.
        "foreign" => ["guide", "novice", "", "other_lead"],
        "proposal" => ["guide", "colleague", "", ""],
        "proposed" => ["mentor", "novice", "", ""],
        "asked" => ["lead", "mentee", "manager", ""],
        "suggested" => ["other_lead", "mentee", "manager", ""],
        // Made by the table's own rows, with their names.
        "made_alone" => ["colleague", "other_mentee", "", ""],
        "made_in_program" => ["mentor", "lead", "", "lead"],
        // Published by the table's own rows.
        "published_novice" => ["lead", "novice", "", "lead"],
        "published_other_mentee" => ["lead", "other_mentee", "", "lead"],
        "made_overriding" => ["colleague", "manager", "", ""],
        pair => panic!("no pair is called {pair}"),
    }
}

/// Whether `who` may learn something that `author` wrote about `about`, if it reaches that far.
pub fn may_learn(who: &str, reach: Reach, about: &About, author: Option<&str>) -> bool {
    let (inner, outer): ([&str; 2], Vec<&str>) = match about {
        About::Everybody | About::Oneself => return true,
        // To the mentee and, in no program, to the admin; not to the mentor.
        About::Suggestion => (["mentee", "admin"], Vec::new()),
        // To the mentee, the admin and whose turn it is.
        About::Asked => return ["mentee", "admin", "lead"].contains(&who),
        // To whoever it is, and to those who lead the club: no manager, and no service.
        About::Enrolment(person) => return [*person, "lead", "admin"].contains(&who),
        // To those who lead the club: not to those who are matched.
        About::MatchingRound => return ["lead", "admin"].contains(&who),
        About::Pair(pair) => {
            let [mentor, mentee, manager, lead] = around(pair);
            ([mentor, mentee], [manager, lead].to_vec())
        }
        About::Two([mentor, mentee, manager, lead]) => ([mentor, mentee], vec![manager, lead]),
        About::Opened(audience) => {
            if ["mentor", "mentee"].contains(&who) {
                return reach != Reach::NeverShared || author == Some(who);
            }
            return reach == Reach::Private && (who == *audience || (*audience == "lead" && who == "admin"));
        }
        // To self, manager, and the coordinators of programs in which the person has a pair.
        About::Person(person) => {
            let manager = if *person == "mentee" { "manager" } else { "" };
            let leads = match *person {
                // The last of them by what was published in the club.
                "mentor" | "mentee" | "other_mentee" => ["lead", ""],
                "guide" => ["other_lead", ""],
                "novice" => ["other_lead", "lead"],
                _ => ["", ""],
            };
            ([*person, *person], vec![manager, leads[0], leads[1]])
        }
    };
    let is_outcome_reader = ["outcomes_read", "all_scopes"].contains(&who);
    match reach {
        Reach::Public => true,
        Reach::ManagerVisible => inner.contains(&who) || outer.contains(&who) || who == "admin" || is_outcome_reader,
        Reach::Private => inner.contains(&who),
        Reach::NeverShared => author == Some(who),
    }
}

/// What the design closes, view by view. Everything else of a view is public.
pub const CLOSED: &[(&str, Reach, &[&str])] = &[
    ("PersonView", Reach::ManagerVisible, &["hired_on", "needs", "career_goals", "career_interest", "target_role_id"]),
    (
        "PersonView",
        Reach::Private,
        &["learning_style", "communication_style", "accommodations", "style_answers", "consents_to_personal_fit"],
    ),
    ("HistoryEntryView", Reach::ManagerVisible, &["starts_on", "status", "title", "team", "manager", "ladder_role"]),
    ("MeView", Reach::Private, &["roles", "scopes", "programs"]),
    ("BlockView", Reach::NeverShared, &["person"]),
    ("CalendarFeedView", Reach::NeverShared, &["path"]),
    ("AccessView", Reach::NeverShared, &["viewer", "relation", "record_kind", "record_ids", "fields"]),
    (
        "EnrolmentView",
        Reach::Private,
        &["program", "person", "role", "status", "capacity", "wishes", "created_at", "updated_at"],
    ),
    ("MatchingRoundView", Reach::Private, COHORT),
    ("MatchingDraftView", Reach::Private, COHORT_DRAFT),
    ("PairView", Reach::ManagerVisible, &["override_reason", "end_reason", "outcome_summary"]),
    ("PairView", Reach::Private, &["cadence", "agreement", "end_notes"]),
    ("PairHealthView", Reach::ManagerVisible, &["state", "findings"]),
    ("PairHealthView", Reach::Private, &["private_findings"]),
    ("PairHealthView", Reach::NeverShared, &["own_findings"]),
    ("PairHealthSummaryView", Reach::ManagerVisible, &["state", "findings"]),
    ("FairnessMembershipView", Reach::NeverShared, &["attribute", "group"]),
    ("NotebookEntryView", Reach::NeverShared, &["text"]),
    ("SessionView", Reach::ManagerVisible, SESSION_OUTCOME),
    ("SessionView", Reach::Private, &["place", "link", "cancellation_reason", "closed_by_id"]),
    ("SessionInFullView", Reach::ManagerVisible, SESSION_OUTCOME),
    (
        "SessionInFullView",
        Reach::Private,
        &[
            "place",
            "link",
            "cancellation_reason",
            "closed_by_id",
            "warnings",
            "agenda",
            "notes",
            "action_items",
            "carried_over",
        ],
    ),
    ("AgendaItemView", Reach::Private, &["author_id", "topic", "text", "position", "is_late"]),
    ("NoteView", Reach::Private, &["author_id", "text"]),
    (
        "ActionItemView",
        Reach::Private,
        &["author_id", "owner", "owner_id", "text", "due_on", "status", "closed_by_id", "closed_at"],
    ),
    (
        "ReflectionView",
        Reach::NeverShared,
        &["what_went_well", "what_to_change", "what_i_learned", "next_step", "energy", "talk_share"],
    ),
    ("GoalView", Reach::ManagerVisible, &["result", "outcome_summary"]),
    ("GoalView", Reach::Private, &["blockers"]),
    ("GoalSummaryView", Reach::ManagerVisible, &["result", "outcome_summary"]),
    ("BlockerView", Reach::Private, &["text"]),
    // Nobody reads the rest of it either who is not its audience.
    ("ExportView", Reach::NeverShared, EXPORT),
    ("DisclosureView", Reach::ManagerVisible, &["value"]),
    ("SuggestionRequestView", Reach::Private, &["mentee", "program", "model", "made_at", "suggestions", "excluded"]),
    ("SuggestionView", Reach::Private, SUGGESTION),
    (
        "MentorRequestView",
        Reach::Private,
        &["mentee", "program", "message", "days_to_answer", "status", "choices", "pair_id", "made_at", "updated_at"],
    ),
    (
        "MentorInvitationView",
        Reach::Private,
        &["mentee", "program", "model", "message", "growth_areas", "asked_at", "answer_by"],
    ),
];

/// All of a matching round but its id.
const COHORT: &[&str] = &[
    "program",
    "status",
    "step",
    "objective",
    "penalty",
    "seconds",
    "seed",
    "mentees",
    "capacity",
    "drafts",
    "certificate",
    "model_version",
    "failure_reason",
    "starts_on",
    "ends_on",
    "created_at",
    "planned_at",
    "published_at",
    "updated_at",
];

/// All of a draft but its id.
const COHORT_DRAFT: &[&str] = &[
    "matching_round_id",
    "mentee",
    "mentor",
    "status",
    "is_locked",
    "unmatched_reason",
    "problem",
    "score",
    "assessment",
    "pair_id",
    "updated_at",
];

/// All of an export, besides its index: it is for nobody but the person.
const EXPORT: &[&str] = &[
    "viewer",
    "profile",
    "history",
    "blocks",
    "enrolments",
    "suggestion_requests",
    "mentor_requests",
    "mentor_invitations",
    "pairs",
    "notebook_entries",
    "sessions",
    "agenda_items",
    "notes",
    "action_items",
    "reflections",
    "goals",
    "key_results",
    "plan_steps",
    "check_ins",
    "blockers",
    "celebrations",
    "notice_preferences",
    "notices",
    "fairness_groups",
    "disclosures",
];

/// All of a suggestion but its id.
const SUGGESTION: &[&str] = &[
    "request_id",
    "mentor",
    "mentee",
    "program",
    "model",
    "status",
    "score",
    "level",
    "percent",
    "advice",
    "cautions",
    "reasons",
    "strengths",
    "considerations",
    "growth_areas",
    "mentor_capacity",
    "model_version",
    "made_at",
    "updated_at",
    "pair_id",
    "dismissal",
];

/// That sessions took place, and what came of them: for the two, the manager and the leads.
const SESSION_OUTCOME: &[&str] = &[
    "starts_at",
    "time_zone",
    "length_minutes",
    "kind",
    "status",
    "outcome",
    "closed_at",
    "event_id",
    "sequence",
    "predecessor_id",
    "successor_id",
    "series_id",
    "occurrence_at",
];

/// How far a field of a view may travel.
pub fn reach_of(view: &str, field: &str) -> Reach {
    let view = bare(view);
    let closed = CLOSED.iter().find(|(name, _, fields)| *name == view && fields.contains(&field));
    closed.map_or(Reach::Public, |(_, reach, _)| *reach)
}

/// The view that has members of the answer beside it, such as the reasons why some were ignored.
pub fn bare(view: &str) -> &str {
    match view {
        "ReportedPersonView" => "PersonView",
        "ReportedAbsenceView" => "AbsenceView",
        view => view,
    }
}
