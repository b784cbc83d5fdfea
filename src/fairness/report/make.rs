//! Makes the report from the outcomes, the memberships and the figures of the engine.

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
    LEAST_PEOPLE, Member, Observation, Part, Proxy, exposures, gini, hidden, parity, proxies, share_never_shown,
};
use crate::matching::engine::{Calibration, Features, Level};
use crate::matching::suggestion::model::SuggestionStatus;
use crate::pairs::model::PairStatus;
use crate::people::organisation::Organisation;
use crate::policy::acts::ReadFairness;
use crate::policy::{Home, Permit, counted_input};

/// Numbers of people without a group are rounded to multiples of this.
const STEP: usize = 5;

/// Outcome of a mentee who requested suggestions or was in a matching round.
#[derive(Clone, Copy, Debug, Default)]
struct Outcome {
    /// Best level of a mentor who was suggested or planned.
    suggested: Option<Level>,
    /// Level of the suggestion or draft that became a pair.
    matched: Option<Level>,
    /// Reason for having no pair: the first one that applies.
    reason: FairnessUnmatchedReason,
}

impl Outcome {
    fn unmatched(self) -> Option<FairnessUnmatchedReason> {
        self.matched.is_none().then_some(self.reason)
    }

    fn holds(&mut self, reason: FairnessUnmatchedReason) {
        self.reason = self.reason.min(reason);
    }

    /// Notes the status of the pair, if one was made. A pair that never began does not count.
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

/// Outcomes of a slice, per person.
struct Outcomes {
    mentees: BTreeMap<PersonId, Outcome>,
    /// Mentors with the best level at which each was suggested.
    mentors: BTreeMap<PersonId, Option<Level>>,
    /// Mentors that were suggested together, best first.
    lists: Vec<Vec<PersonId>>,
    /// Features of the suggestions of each mentee.
    features: Vec<(PersonId, Features)>,
}

/// Makes the report from the read transaction `tx`.
pub async fn make(
    tx: &mut Tx,
    permit: &Permit<ReadFairness, Organisation>,
    slice: Slice,
    attributes: Vec<FairnessAttribute>,
) -> sqlx::Result<FairnessReport> {
    let asked = store::list_asked(tx, &slice).await?;
    let shown = store::list_shown(tx, &slice).await?;
    let planned = store::list_planned(tx, &slice).await?;
    let mentors = store::list_mentors(tx, slice.program).await?;
    let mut outcomes = Outcomes::of(permit, asked, shown, mentors);
    outcomes.add(planned);
    let people: BTreeSet<_> = outcomes.mentees.keys().chain(outcomes.mentors.keys()).copied().collect();
    let people: Vec<_> = people.into_iter().collect();
    let mut figures = Vec::with_capacity(attributes.len());
    for attribute in attributes {
        let memberships = store::list_memberships(tx, attribute.id, &people).await?;
        let names: HashMap<_, _> = attribute.groups.iter().map(|group| (group.id, &group.name)).collect();
        let groups = memberships.into_iter().filter_map(|one| {
            let group = counted_input(permit, Home::of_person(one.id, one.person_id, 0), one.group_id)?;
            Some((one.person_id, *names.get(&group)?))
        });
        let groups: BTreeMap<_, _> = groups.collect();
        figures.push(outcomes.figures_of(&attribute, &groups));
    }
    Ok(FairnessReport { attributes: figures, exposure: outcomes.exposure(), unmatched: outcomes.unmatched(), slice })
}

impl Outcomes {
    fn of(
        permit: &Permit<ReadFairness, Organisation>,
        asked: Vec<(PersonId,)>,
        shown: Vec<ShownMentor>,
        mentors: Vec<PersonId>,
    ) -> Self {
        let mut outcomes = Self {
            mentees: asked.into_iter().map(|(mentee,)| (mentee, Outcome::default())).collect(),
            mentors: mentors.into_iter().map(|mentor| (mentor, None)).collect(),
            lists: Vec::new(),
            features: Vec::with_capacity(shown.len()),
        };
        let mut lists: BTreeMap<_, Vec<PersonId>> = BTreeMap::new();
        for one in shown {
            let level = Level::from(one.level);
            let outcome = outcomes.meet(one.mentee_id, one.mentor_id, level);
            match one.status {
                SuggestionStatus::Accepted => outcome.paired(one.pair_status, level),
                SuggestionStatus::Open => outcome.holds(FairnessUnmatchedReason::Waiting),
                SuggestionStatus::Dismissed => outcome.holds(FairnessUnmatchedReason::Dismissed),
                SuggestionStatus::Stale => outcome.holds(FairnessUnmatchedReason::WentStale),
            }
            lists.entry(one.request_id).or_default().push(one.mentor_id);
            let findings = counted_input(permit, Home::of_match(one.id, one.mentee_id, one.mentor_id), one.assessment);
            outcomes.features.extend(findings.map(|findings| (one.mentee_id, findings.open_features())));
        }
        outcomes.lists = lists.into_values().collect();
        outcomes
    }

    /// Notes a suggested or planned mentor. Returns the outcome of the mentee.
    fn meet(&mut self, mentee: PersonId, mentor: PersonId, level: Level) -> &mut Outcome {
        let seen = self.mentors.entry(mentor).or_default();
        *seen = best(*seen, level);
        let outcome = self.mentees.entry(mentee).or_default();
        outcome.suggested = best(outcome.suggested, level);
        outcome
    }

    /// Adds published matching rounds. They propose one mentor per mentee and store no assessment, so they have no
    /// features.
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

    fn figures_of(
        &self,
        attribute: &FairnessAttribute,
        groups: &BTreeMap<PersonId, &GroupName>,
    ) -> FairnessOfAttribute {
        let mentees =
            |of: fn(&Outcome) -> Option<Level>| self.mentees.iter().map(move |(id, outcome)| (*id, of(outcome)));
        let findings = vec![
            finding(attribute, FairnessStage::Suggested, groups, mentees(|outcome| outcome.suggested)),
            finding(attribute, FairnessStage::Matched, groups, mentees(|outcome| outcome.matched)),
            finding(attribute, FairnessStage::Shown, groups, self.mentors.iter().map(|(id, level)| (*id, *level))),
        ];
        let observations = self.features.iter().filter_map(|(mentee, features)| {
            Some(Observation { person: mentee.uuid(), group: *groups.get(mentee)?, features: *features })
        });
        let seen: BTreeMap<_, _> = self.features.iter().filter_map(|(id, _)| Some((*id, groups.get(id)?))).collect();
        let seen = seen.into_iter().map(|(id, group)| (id, Member { group: group.as_str(), selected: None }));
        let rounding = Rounding::of(attribute.salt, FairnessStage::Suggested, seen);
        let names: Vec<_> = attribute.groups.iter().map(|group| &group.name).collect();
        let proxies = proxies(&names, &observations.collect::<Vec<_>>(), |group, count| {
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
        let shown =
            |figure: Option<f64>| figure.filter(|_| mentors.len() >= LEAST_PEOPLE).map(|figure| rounded(figure, 100.0));
        FairnessExposure {
            gini: shown(gini(&exposures)),
            share_never_shown: shown(share_never_shown(&exposures)),
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
        let unmatched = counts.into_iter().zip(hidden).map(|((reason, count), is_hidden)| FairnessUnmatched {
            reason,
            people: (!is_hidden).then_some(count),
            means: reason.means(),
        });
        unmatched.collect()
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
    // Every group is listed, because its presence must not reveal that it has members.
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
        next_step: parity.is_flagged.then(|| stage.next_step()),
    }
}

/// Level of a planned score by the initial model; `Low` for scores below all levels.
fn level_of(score: Option<i64>) -> Level {
    let score = score.and_then(|score| u16::try_from(score).ok());
    score.and_then(|score| Calibration::default().level(score)).unwrap_or(Level::Low)
}

/// The better of two levels.
fn best(before: Option<Level>, level: Level) -> Option<Level> {
    Level::ALL.into_iter().find(|known| before == Some(*known) || level == *known)
}

/// Rounds to one part of `parts`; never to negative zero.
fn rounded(figure: f64, parts: f64) -> f64 {
    (figure * parts).round() / parts + 0.0
}
