//! The data to learn from: recorded proposals with a known result.

use std::fmt::Write as _;

use aws_lc_rs::digest::{Context, SHA256};
use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::case::{CaseFeatures, CaseStyle, home};
use crate::db::{Tx, query};
use crate::ids::PersonId;
use crate::matching::engine::learn::{Case, Dated, Ending, Reaction};
use crate::matching::engine::{FACTORS, Factor, Features};
use crate::matching::suggestion::model::{DismissReason, SuggestionDismissReason};
use crate::pairs::model::{EndReason, PairStatus};
use crate::policy::{Consent, Home, Listed, Sealed, input, matching_input};

/// Rows read by one statement.
const PAGE_SIZE: i64 = 1_000;
/// With fewer outcomes than this, confidential answers are not used.
const MIN_PRIVATE_OUTCOMES: usize = 20;

/// One proposal and its result.
#[derive(Clone, Debug)]
struct ProposalOutcome {
    id: Uuid,
    features: Features,
    ending: Option<(Ending, NaiveDate)>,
    reaction: Option<(Reaction, NaiveDate)>,
}

/// All proposals with a known result, ordered by id.
#[derive(Clone, Debug)]
pub struct TrainingSet {
    all: Vec<ProposalOutcome>,
    /// Too few pairs with the consent of both people have an outcome, so personal fit is left out.
    pub lacks_style: bool,
}

/// A proposal that became a pair.
#[derive(FromRow)]
struct Paired {
    id: Uuid,
    mentee_id: PersonId,
    mentor_id: PersonId,
    pair_id: Uuid,
    features: Sealed<CaseFeatures>,
    style: Sealed<CaseStyle>,
    both_agree: Consent,
    was_suggested: bool,
    status: PairStatus,
    end_reason: Option<EndReason>,
    ended_on: Option<NaiveDate>,
    created_at: DateTime<Utc>,
}

/// A suggestion that the mentee dismissed.
#[derive(FromRow)]
struct Dismissed {
    id: Uuid,
    mentee_id: PersonId,
    mentor_id: PersonId,
    features: Sealed<CaseFeatures>,
    style: Sealed<CaseStyle>,
    both_agree: Consent,
    dismiss_reason: Option<Sealed<SuggestionDismissReason>>,
    updated_at: DateTime<Utc>,
}

/// The features of a proposal. `None`: the mentee was erased.
fn features(
    (id, mentee, mentor): (Uuid, PersonId, PersonId),
    features: Sealed<CaseFeatures>,
    both_agree: Consent,
    style: Sealed<CaseStyle>,
) -> Option<Features> {
    let known = Features::from(matching_input(Listed, home(id, mentee, mentor), Some(features))?);
    Some(known.with(Factor::Style, matching_input(both_agree, home(id, mentee, mentor), Some(style)).flatten()))
}

/// How a pair ended, as far as the reason says whether the two people were a good match.
const fn ending(reason: Option<EndReason>) -> Ending {
    match reason {
        Some(EndReason::GoalsMet) => Ending::GoalsMet,
        Some(EndReason::PoorChemistry) => Ending::PoorChemistry,
        Some(EndReason::Mismatch) => Ending::Mismatch,
        Some(EndReason::MenteeDisengaged) => Ending::MenteeDisengaged,
        Some(
            EndReason::LifeChange
            | EndReason::MentorBurnout
            | EndReason::ProgramEnded
            | EndReason::PersonLeft
            | EndReason::Other,
        )
        | None => Ending::Censored,
    }
}

impl Paired {
    fn outcome(self) -> Option<ProposalOutcome> {
        let features = features((self.id, self.mentee_id, self.mentor_id), self.features, self.both_agree, self.style)?;
        let began = matches!(self.status, PairStatus::Active | PairStatus::Paused | PairStatus::Ended);
        let accepted = (began && self.was_suggested).then_some((Reaction::Accepted, self.created_at.date_naive()));
        let ended = self.ended_on.filter(|_| self.status == PairStatus::Ended);
        let ended = ended.map(|day| (ending(self.end_reason), day));
        Some(ProposalOutcome { id: self.id, features, ending: ended, reaction: accepted })
    }
}

impl Dismissed {
    fn outcome(self) -> Option<ProposalOutcome> {
        let features = features((self.id, self.mentee_id, self.mentor_id), self.features, self.both_agree, self.style)?;
        let home = Home::of_match(self.id.into(), self.mentee_id, self.mentor_id);
        let reason = matching_input(Listed, home, self.dismiss_reason)?;
        let reaction = (reason == DismissReason::NotRelevant).then_some(Reaction::NotRelevant)?;
        let reaction = Some((reaction, self.updated_at.date_naive()));
        Some(ProposalOutcome { id: self.id, features, ending: None, reaction })
    }
}

impl TrainingSet {
    /// The sealed values that are read to learn.
    pub const INPUTS: [(&'static str, &'static str); 3] =
        [input::<CaseFeatures>(), input::<CaseStyle>(), input::<SuggestionDismissReason>()];

    /// Reads all data to learn from in this snapshot. Ratings from the middle of a pair do not exist yet.
    pub async fn read(tx: &mut Tx) -> sqlx::Result<Self> {
        let mut all = Vec::new();
        let mut after = Uuid::nil();
        loop {
            let page: Vec<Paired> = query!(
                tx,
                "select c.id, c.mentee_id, c.mentor_id, c.pair_id, c.features, c.style,
                    c.id <> c.pair_id as was_suggested,
                    mentee.consents_to_personal_fit and mentor.consents_to_personal_fit as both_agree,
                    x.status, x.end_reason, x.ended_on, x.created_at
                 from match_cases c join pairs x on x.id = c.pair_id join people mentee on mentee.id = c.mentee_id
                 join people mentor on mentor.id = c.mentor_id
                 where c.pair_id > :after order by c.pair_id limit :page_size",
                after,
                page_size = PAGE_SIZE
            )
            .all()
            .await?;
            let Some(last) = page.last() else { break };
            after = last.pair_id;
            all.extend(page.into_iter().filter_map(Paired::outcome));
        }
        after = Uuid::nil();
        loop {
            let page: Vec<Dismissed> = query!(
                tx,
                "select c.id, c.mentee_id, c.mentor_id, c.features, c.style, x.dismiss_reason, x.updated_at,
                    mentee.consents_to_personal_fit and mentor.consents_to_personal_fit as both_agree
                 from suggestions x join match_cases c on c.id = x.id join people mentee on mentee.id = c.mentee_id
                 join people mentor on mentor.id = c.mentor_id
                 where x.status = 'dismissed' and x.id > :after order by x.id limit :page_size",
                after,
                page_size = PAGE_SIZE
            )
            .all()
            .await?;
            let Some(last) = page.last() else { break };
            after = last.id;
            all.extend(page.into_iter().filter_map(Dismissed::outcome));
        }
        all.sort_unstable_by_key(|outcome| outcome.id);
        Ok(Self::of(all))
    }

    fn of(mut all: Vec<ProposalOutcome>) -> Self {
        let known = all.iter().filter(|one| one.is_outcome() && one.features.is_known(Factor::Style)).count();
        let lacks_style = known < MIN_PRIVATE_OUTCOMES;
        if lacks_style {
            for one in &mut all {
                one.features = one.features.with(Factor::Style, None);
            }
        }
        Self { all, lacks_style }
    }

    /// Number of pairs that are known to have gone well or badly.
    pub fn outcomes(&self) -> i64 {
        i64::try_from(self.all.iter().filter(|one| one.is_outcome()).count()).unwrap_or(i64::MAX)
    }

    /// The cases for the engine, with ages in days counted to `today`.
    pub fn cases(&self, today: NaiveDate) -> Vec<Case> {
        self.all.iter().map(|outcome| outcome.case(today)).collect()
    }

    /// SHA-256 of the data to learn from, in hexadecimal. It is the same on every day and every machine, and changes
    /// when anything is added, changed or removed.
    pub fn hash(&self) -> String {
        let mut hash = Context::new(&SHA256);
        for outcome in &self.all {
            outcome.add_to(&mut hash);
        }
        hash.finish().as_ref().iter().fold(String::new(), |mut hex, byte| {
            // Writing to a string never fails.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }
}

impl ProposalOutcome {
    fn is_outcome(&self) -> bool {
        self.ending.is_some_and(|(ending, _)| ending != Ending::Censored)
    }

    fn case(&self, today: NaiveDate) -> Case {
        let days_ago = |day: NaiveDate| u32::try_from((today - day).num_days()).unwrap_or(0);
        Case {
            id: self.id,
            features: self.features,
            ending: self.ending.map(|(what, day)| Dated { what, days_ago: days_ago(day) }),
            midpoint: None,
            reaction: self.reaction.map(|(what, day)| Dated { what, days_ago: days_ago(day) }),
        }
    }

    fn add_to(&self, hash: &mut Context) {
        hash.update(self.id.as_bytes());
        let values: [Option<u16>; FACTORS] = self.features.into();
        for value in values {
            // No value is above 10 000, so `u16::MAX` can stand for an unknown value.
            hash.update(&value.unwrap_or(u16::MAX).to_be_bytes());
        }
        let ending = self.ending.map(|(ending, day)| (1 + ending as u8, day));
        let reaction = self.reaction.map(|(reaction, day)| (1 + reaction as u8, day));
        for (what, day) in [ending, reaction].map(Option::unwrap_or_default) {
            hash.update(&[what]);
            hash.update(&day.num_days_from_ce().to_be_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 3, day).unwrap()
    }

    fn outcomes(styles: usize) -> Vec<ProposalOutcome> {
        let outcome = |id: usize| {
            let style = (id < styles).then_some(9_000);
            let features = Features::from([Some(7_000); FACTORS]).with(Factor::Style, style);
            let ending = Some((Ending::GoalsMet, day(2)));
            ProposalOutcome { id: Uuid::from_u128(id as u128), features, ending, reaction: None }
        };
        (0..60).map(outcome).collect()
    }

    #[test]
    fn the_hash_depends_on_the_data_and_nothing_else() {
        let all = outcomes(0);
        let hash = |all: &[ProposalOutcome]| TrainingSet::of(all.to_vec()).hash();
        assert_eq!(hash(&all), hash(&all));
        assert_eq!(hash(&all).len(), 64);
        let mut changed = vec![hash(&all), hash(&all[1..])];
        for change in [
            |one: &mut ProposalOutcome| one.features = one.features.with(Factor::Format, Some(7_001)),
            |one: &mut ProposalOutcome| one.features = one.features.with(Factor::Format, None),
            |one: &mut ProposalOutcome| one.ending = Some((Ending::Mismatch, day(2))),
            |one: &mut ProposalOutcome| one.ending = Some((Ending::GoalsMet, day(3))),
            |one: &mut ProposalOutcome| one.ending = None,
            |one: &mut ProposalOutcome| one.reaction = Some((Reaction::Accepted, day(1))),
        ] {
            let mut other = all.clone();
            change(&mut other[7]);
            changed.push(hash(&other));
        }
        let different: std::collections::HashSet<_> = changed.iter().collect();
        assert_eq!(different.len(), changed.len());
    }

    #[test]
    fn confidential_answers_of_a_few_are_left_out() {
        let knows = |training_set: &TrainingSet| {
            training_set.all.iter().filter(|one| one.features.is_known(Factor::Style)).count()
        };
        let few = TrainingSet::of(outcomes(19));
        assert_eq!((few.lacks_style, knows(&few)), (true, 0));
        let enough = TrainingSet::of(outcomes(20));
        assert_eq!((enough.lacks_style, knows(&enough)), (false, 20));
        let mut censored = outcomes(20);
        censored[0].ending = Some((Ending::Censored, day(2)));
        let censored = TrainingSet::of(censored);
        assert!(censored.lacks_style);
        assert_eq!(censored.outcomes(), 59);
    }

    #[test]
    fn days_are_counted_to_today() {
        let cases = TrainingSet::of(outcomes(0)).cases(day(12));
        assert_eq!(cases[0].ending.map(|ending| ending.days_ago), Some(10));
        assert_eq!(TrainingSet::of(outcomes(0)).cases(day(1))[0].ending.map(|ending| ending.days_ago), Some(0));
    }
}
