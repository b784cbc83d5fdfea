//! How a report is made: what happened, who belongs where, and the engine's figures about both.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::model::{
    FairnessExposure, FairnessFinding, FairnessGroupFigures, FairnessOfAttribute, FairnessProxy, FairnessReport,
    FairnessStage, FairnessUnmatched, FairnessUnmatchedReason, Slice,
};
use super::rounding::Rounding;
use super::store::{self, Planned, ShownMentor};
use super::words::{EXPOSURE, NOT_EXPOSURE, PROXIES};
use crate::db::Tx;
use crate::fairness::group::model::{FairnessAttribute, GroupName};
use crate::ids::PersonId;
use crate::matching::engine::fairness::{
    LEAST_PEOPLE, Member, Part, Proxy, Sight, exposures, gini, hidden, parity, proxies, share_never_shown,
};
use crate::matching::engine::{Calibration, Features, Level};
use crate::matching::suggestion::model::SuggestionStatus;
use crate::pairs::model::PairStatus;
use crate::people::organisation::Organisation;
use crate::policy::acts::ReadFairness;
use crate::policy::{Home, Permit, counted_input};

/// Numbers of people that are no group's are told in multiples of this.
const STEP: usize = 5;

/// What became of a mentee who asked or was in a cohort.
#[derive(Clone, Copy, Debug, Default)]
struct Outcome {
    /// The best level suggested or given to them.
    suggested: Option<Level>,
    /// The level of that which a pair came of.
    matched: Option<Level>,
    /// Why there is no pair, if there is none: the first reason of all that hold.
    reason: FairnessUnmatchedReason,
}

impl Outcome {
    fn unmatched(self) -> Option<FairnessUnmatchedReason> {
        self.matched.is_none().then_some(self.reason)
    }

    fn holds(&mut self, reason: FairnessUnmatchedReason) {
        self.reason = self.reason.min(reason);
    }

    /// What became of the pair that was made, if one was. One that never began is none.
    fn paired(&mut self, pair: Option<PairStatus>, level: Level) {
        match pair {
            Some(PairStatus::Active | PairStatus::Paused | PairStatus::Ended) => {
                self.matched = best(self.matched, level);
            }
            Some(PairStatus::Proposed) => self.holds(FairnessUnmatchedReason::Waiting),
            Some(PairStatus::Declined) => self.holds(FairnessUnmatchedReason::Declined),
            None => self.holds(FairnessUnmatchedReason::WentStale),
        }
    }
}

/// What happened in a slice, person by person.
struct Happened {
    mentees: BTreeMap<PersonId, Outcome>,
    /// With the best level at which each was suggested.
    mentors: BTreeMap<PersonId, Option<Level>>,
    /// Who was shown together, the best first.
    lists: Vec<Vec<PersonId>>,
    /// What the suggestions to each mentee rest on.
    features: Vec<(PersonId, Features)>,
}

/// Makes the report, from the snapshot `tx`.
pub async fn make(
    tx: &mut Tx,
    leave: &Permit<ReadFairness, Organisation>,
    slice: Slice,
    attributes: Vec<FairnessAttribute>,
) -> sqlx::Result<FairnessReport> {
    let asked = store::list_asked(tx, &slice).await?;
    let shown = store::list_shown(tx, &slice).await?;
    let planned = store::list_planned(tx, &slice).await?;
    let mentors = store::list_mentors(tx, slice.program).await?;
    let mut happened = Happened::of(leave, asked, shown, mentors);
    happened.add(planned);
    let people: BTreeSet<_> = happened.mentees.keys().chain(happened.mentors.keys()).copied().collect();
    let people: Vec<_> = people.into_iter().collect();
    let mut told = Vec::with_capacity(attributes.len());
    for attribute in attributes {
        let belongings = store::list_belongings(tx, attribute.id, &people).await?;
        let names: HashMap<_, _> = attribute.groups.iter().map(|group| (group.id, &group.name)).collect();
        let groups = belongings.into_iter().filter_map(|one| {
            let group = counted_input(leave, Home::of_person(one.id, one.person_id, 0), one.group_id)?;
            Some((one.person_id, *names.get(&group)?))
        });
        let groups: BTreeMap<_, _> = groups.collect();
        told.push(happened.told_of(&attribute, &groups));
    }
    Ok(FairnessReport { attributes: told, exposure: happened.exposure(), unmatched: happened.unmatched(), slice })
}

impl Happened {
    fn of(
        leave: &Permit<ReadFairness, Organisation>,
        asked: Vec<(PersonId,)>,
        shown: Vec<ShownMentor>,
        offering: Vec<PersonId>,
    ) -> Self {
        let mut happened = Self {
            mentees: asked.into_iter().map(|(mentee,)| (mentee, Outcome::default())).collect(),
            mentors: offering.into_iter().map(|mentor| (mentor, None)).collect(),
            lists: Vec::new(),
            features: Vec::with_capacity(shown.len()),
        };
        let mut lists: BTreeMap<_, Vec<PersonId>> = BTreeMap::new();
        for one in shown {
            let level = Level::from(one.level);
            let outcome = happened.meet(one.mentee_id, one.mentor_id, level);
            match one.status {
                SuggestionStatus::Accepted => outcome.paired(one.pair_status, level),
                SuggestionStatus::Open => outcome.holds(FairnessUnmatchedReason::Waiting),
                SuggestionStatus::Dismissed => outcome.holds(FairnessUnmatchedReason::Dismissed),
                SuggestionStatus::Stale => outcome.holds(FairnessUnmatchedReason::WentStale),
            }
            lists.entry(one.request_id).or_default().push(one.mentor_id);
            let findings = counted_input(leave, Home::of_match(one.id, one.mentee_id, one.mentor_id), one.assessment);
            happened.features.extend(findings.map(|findings| (one.mentee_id, findings.open_features())));
        }
        happened.lists = lists.into_values().collect();
        happened
    }

    /// Somebody was suggested to somebody, or given. Answers with what is known of the mentee.
    fn meet(&mut self, mentee: PersonId, mentor: PersonId, level: Level) -> &mut Outcome {
        let seen = self.mentors.entry(mentor).or_default();
        *seen = best(*seen, level);
        let outcome = self.mentees.entry(mentee).or_default();
        outcome.suggested = best(outcome.suggested, level);
        outcome
    }

    /// Cohorts give one mentor each, and keep no assessment: what their plans rest on is not looked at.
    fn add(&mut self, planned: Vec<Planned>) {
        for one in planned {
            if let Some(mentor) = one.mentor_id {
                let level = level_of(one.score);
                self.meet(one.mentee_id, mentor, level).paired(one.pair_status, level);
                self.lists.push(vec![mentor]);
            } else {
                self.mentees.entry(one.mentee_id).or_default().holds(FairnessUnmatchedReason::NonePlanned);
            }
        }
    }

    fn told_of(&self, attribute: &FairnessAttribute, groups: &BTreeMap<PersonId, &GroupName>) -> FairnessOfAttribute {
        let mentees =
            |of: fn(&Outcome) -> Option<Level>| self.mentees.iter().map(move |(id, outcome)| (*id, of(outcome)));
        let findings = vec![
            finding(attribute, FairnessStage::Suggested, groups, mentees(|outcome| outcome.suggested)),
            finding(attribute, FairnessStage::Matched, groups, mentees(|outcome| outcome.matched)),
            finding(attribute, FairnessStage::Shown, groups, self.mentors.iter().map(|(id, level)| (*id, *level))),
        ];
        let sights = self.features.iter().filter_map(|(mentee, features)| {
            Some(Sight { person: mentee.uuid(), group: *groups.get(mentee)?, features: *features })
        });
        let seen: BTreeMap<_, _> = self.features.iter().filter_map(|(id, _)| Some((*id, groups.get(id)?))).collect();
        let seen = seen.into_iter().map(|(id, group)| (id, Member { group: group.as_str(), selected: None }));
        let rounding = Rounding::of(attribute.salt, FairnessStage::Suggested, seen);
        let names: Vec<_> = attribute.groups.iter().map(|group| &group.name).collect();
        let proxies = proxies(&names, &sights.collect::<Vec<_>>(), |group, count| {
            rounding.count(group.as_str(), Part::People, count)
        });
        let proxies = proxies.into_iter().filter(Proxy::is_flagged).filter_map(|proxy| {
            Some(FairnessProxy {
                group: proxy.group.clone(),
                factor: proxy.factor.into(),
                correlation: rounded(proxy.correlation?, 10.0),
            })
        });
        FairnessOfAttribute {
            attribute: attribute.name.clone(),
            findings,
            proxies: proxies.collect(),
            proxies_mean: PROXIES,
        }
    }

    fn exposure(&self) -> FairnessExposure {
        let mentors: Vec<_> = self.mentors.keys().copied().collect();
        let exposures = exposures(&mentors, self.lists.iter().map(Vec::as_slice));
        let told =
            |figure: Option<f64>| figure.filter(|_| mentors.len() >= LEAST_PEOPLE).map(|figure| rounded(figure, 100.0));
        FairnessExposure {
            gini: told(gini(&exposures)),
            share_never_shown: told(share_never_shown(&exposures)),
            means: EXPOSURE,
            does_not_mean: NOT_EXPOSURE,
        }
    }

    fn unmatched(&self) -> Vec<FairnessUnmatched> {
        let mut counts: BTreeMap<_, usize> = BTreeMap::new();
        for reason in self.mentees.values().filter_map(|outcome| outcome.unmatched()) {
            *counts.entry(reason).or_default() += 1;
        }
        let counts: Vec<_> =
            counts.into_iter().map(|(reason, count)| (reason, (count + STEP / 2) / STEP * STEP)).collect();
        let hidden = hidden(&counts.iter().map(|(_, count)| *count).collect::<Vec<_>>());
        let told = counts.into_iter().zip(hidden).map(|((reason, count), is_hidden)| FairnessUnmatched {
            reason,
            people: (!is_hidden).then_some(count),
            means: reason.means(),
        });
        told.collect()
    }
}

fn finding(
    attribute: &FairnessAttribute,
    stage: FairnessStage,
    groups: &BTreeMap<PersonId, &GroupName>,
    people: impl Iterator<Item = (PersonId, Option<Level>)>,
) -> FairnessFinding {
    let members: Vec<_> = people
        .filter_map(|(person, selected)| Some((person, Member { group: groups.get(&person)?.as_str(), selected })))
        .collect();
    let rounding = Rounding::of(attribute.salt, stage, members.iter().copied());
    let members: Vec<_> = members.into_iter().map(|(_, member)| member).collect();
    let names: Vec<_> = attribute.groups.iter().map(|group| group.name.as_str()).collect();
    let parity = parity(&names, &members, |group, part, count| rounding.count(group, part, count));
    // Each group stands here, or who is named would tell that somebody is in it.
    let figures = attribute.groups.iter().zip(parity.groups).map(|(group, (_, figures))| FairnessGroupFigures {
        group: group.name.clone(),
        is_suppressed: figures.is_none(),
        people: figures.map(|figures| figures.people),
        selected: figures.map(|figures| figures.selected),
        selection_rate: figures.map(|figures| rounded(figures.selection_rate, 100.0)),
        mean_level: figures.and_then(|figures| figures.mean_level).map(|level| rounded(level, 100.0)),
    });
    FairnessFinding {
        stage,
        groups: figures.collect(),
        selection_ratio: parity.selection_ratio.map(|ratio| rounded(ratio, 100.0)),
        level_ratio: parity.level_ratio.map(|ratio| rounded(ratio, 100.0)),
        is_flagged: parity.is_flagged,
        means: stage.means(),
        does_not_mean: stage.does_not_mean(),
        look_next: parity.is_flagged.then(|| stage.look_next()),
    }
}

/// The level of a score that a plan rests on, as the first model has it; low where that would not show the mentor.
fn level_of(score: Option<i64>) -> Level {
    let score = score.and_then(|score| u16::try_from(score).ok());
    score.and_then(|score| Calibration::default().level(score)).unwrap_or(Level::Low)
}

/// The better of two levels.
fn best(before: Option<Level>, level: Level) -> Option<Level> {
    Level::ALL.into_iter().find(|known| before == Some(*known) || level == *known)
}

/// To one part of `parts`; never the zero that has a sign.
fn rounded(figure: f64, parts: f64) -> f64 {
    (figure * parts).round() / parts + 0.0
}
