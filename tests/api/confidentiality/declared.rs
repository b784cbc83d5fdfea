//! The declared ways in which a hidden act shows to somebody: which request, by whom, about which two people. A world
//! never holds both the act and the request.

use std::collections::BTreeMap;

use serde_json::Value;

use super::acts::Act;
use super::asks::Request;
use super::ground::{Step, World};
use crate::matrix::house::Ids;
use crate::matrix::personas::{About, Reach};

/// Whom the suggestions of the house propose as mentors: nobody else has the level for it.
const MENTORS: [&str; 4] = ["guide", "elder", "lead", "other_lead"];

/// The mentees of the matching round of the house; its mentor is the lead.
const ENTRANTS: [&str; 3] = ["mentee", "novice", "other_mentee"];

/// What the test knows of the organisation, to say whom a request is about.
pub struct Known {
    /// People by their id.
    people: BTreeMap<String, String>,
    /// Mentor and mentee of each suggestion, by its id.
    suggestions: BTreeMap<String, [String; 2]>,
}

impl Known {
    pub fn new(ids: &Ids) -> Self {
        let people = ids.iter().map(|(name, id)| (id.clone(), name.clone())).collect();
        let of = |suggestion: &str, mentor: &str| (ids[suggestion].clone(), [mentor.to_owned(), "mentee".to_owned()]);
        let suggestions = [
            of("suggestion", "other_lead"),
            of("other_suggestion", "guide"),
            of("spare_suggestion", "elder"),
            of("asked_suggestion", "lead"),
        ];
        Self { people, suggestions: suggestions.into() }
    }
}

/// A declared way.
struct Way {
    operations: &'static [&'static str],
    /// None named: everybody.
    viewers: &'static [&'static str],
    /// Whether the request tells of the act, or another request of the same kind does.
    tells: fn(&Known, &str, &Request, &Act) -> bool,
}

const DECLARED: &[Way] = &[
    // Two of whom one blocks the other are not newly offered to each other: by suggestions, and by the plan of a matching round.
    Way {
        operations: &["request_suggestions"],
        viewers: &[],
        tells: |known, viewer, request, act| {
            two_of(known, viewer, request).iter().any(|[mentor, mentee]| is_block_between(act, mentor, mentee))
        },
    },
    Way {
        operations: &["plan_matching_round", "plan_matching_round_again"],
        viewers: &["lead", "admin"],
        tells: |_, _, _, act| ENTRANTS.iter().any(|mentee| is_block_between(act, "lead", mentee)),
    },
    // Needs, aims and, with consent, answers about style enter the score: of the mentee whom suggestions are for, and of the
    // mentors whom they name.
    Way {
        operations: &[
            "request_suggestions",
            "create_pair_of_suggestion",
            "create_mentor_request",
            "accept_mentor_invitation",
        ],
        viewers: &[],
        tells: |known, viewer, request, act| {
            let two = two_of(known, viewer, request);
            two.iter().any(|[mentor, mentee]| enters_score(act, mentor, mentee))
        },
    },
    // Who makes a pair in their own program leads its two people from then on.
    Way {
        operations: &["create_pair", "create_pair_of_suggestion"],
        viewers: &["lead", "other_lead"],
        tells: |known, viewer, request, act| {
            let About::Person(person) = &act.about else { return false };
            let two = two_of(known, viewer, request);
            act.reach == Reach::ManagerVisible && two.iter().flatten().any(|one| one == person)
        },
    },
    // A lead who plans a matching round, or moves its drafts, learns whether two fit: by all that enters their score.
    Way {
        operations: &[
            "plan_matching_round",
            "plan_matching_round_again",
            "swap_matching_drafts",
            "change_matching_draft",
            "publish_matching_round",
        ],
        viewers: &["lead", "admin"],
        tells: |_, _, _, act| ENTRANTS.iter().any(|mentee| enters_score(act, "lead", mentee)),
    },
    // The audit log tells an admin that something was done, and authors who read their words. It is not taken back with a
    // world. What stands in it for authors the directed pass compares; the rest has tests of its own.
    Way { operations: &["list_audit_events"], viewers: &["admin"], tells: |_, _, _, _| true },
    Way { operations: &["list_accesses"], viewers: &[], tells: |_, _, _, _| true },
];

/// Mentor and mentee that a request could make a pair of.
fn two_of<'k>(known: &'k Known, viewer: &'k str, request: &Request) -> Vec<[&'k str; 2]> {
    let body: Value = request.body.as_deref().and_then(|body| serde_json::from_slice(body).ok()).unwrap_or_default();
    let person = |member: &str| {
        let id = body[member].as_str()?;
        known.people.get(id).map(String::as_str)
    };
    let suggested = |id: &str| known.suggestions.get(id).map(|[mentor, mentee]| [mentor.as_str(), mentee.as_str()]);
    match request.operation.as_str() {
        "request_suggestions" => {
            let mentee = person("mentee_id").unwrap_or(viewer);
            MENTORS.map(|mentor| [mentor, mentee]).to_vec()
        }
        "create_pair_of_suggestion" => {
            let parts = request.path.split('/');
            parts.filter_map(suggested).collect()
        }
        "create_mentor_request" => {
            let choices = body["choices"].as_array().into_iter().flatten();
            choices.filter_map(|choice| suggested(choice.as_str()?)).collect()
        }
        // The one who is asked in the house.
        "accept_mentor_invitation" => vec![["lead", "mentee"]],
        "create_pair" => [person("mentor_id").zip(person("mentee_id"))]
            .into_iter()
            .flatten()
            .map(|(mentor, mentee)| [mentor, mentee])
            .collect(),
        _ => Vec::new(),
    }
}

/// Whether the act is a block between these two.
fn is_block_between(act: &Act, mentor: &str, mentee: &str) -> bool {
    let blocked = act.path.strip_prefix("/v1/me/blocks/{").map(|blocked| blocked.trim_end_matches('}'));
    blocked.is_some_and(|blocked| {
        let two = [act.actor.as_str(), blocked];
        two == [mentor, mentee] || two == [mentee, mentor]
    })
}

/// Whether the act is an input of what suggestions say of these two.
fn enters_score(act: &Act, mentor: &str, mentee: &str) -> bool {
    let About::Person(person) = &act.about else { return false };
    let has = |members: &[&str]| members.iter().any(|member| act.body.get(member).is_some());
    let of_both = has(&["style_answers", "consents_to_personal_fit", "hired_on"]);
    let of_mentee = act.path.ends_with("/needs") || has(&["target_role_id"]);
    (of_both && (*person == mentor || *person == mentee)) || (of_mentee && *person == mentee)
}

/// Whether a request by the viewer has a declared way to tell of the act.
pub fn is_way(known: &Known, viewer: &str, request: &Request, act: &Act) -> bool {
    DECLARED.iter().any(|way| {
        let is_meant = way.viewers.is_empty() || way.viewers.contains(&viewer);
        is_meant && way.operations.contains(&request.operation.as_str()) && (way.tells)(known, viewer, request, act)
    })
}

/// Whether something asked before has a declared way to learn of the act.
pub fn is_declared(known: &Known, world: &World, act: &Act) -> bool {
    let asked = world.steps.iter().filter_map(|step| match step {
        Step::Asked(request) => Some(request),
        Step::Hidden(_) | Step::Worked(_) => None,
    });
    asked.into_iter().any(|request| is_way(known, &world.viewer, request, act))
}
