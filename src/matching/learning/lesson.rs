//! What is learnt from: the noted proposals of which something is known, and what became of them.

use std::fmt::Write as _;

use aws_lc_rs::digest::{Context, SHA256};
use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::case::{CaseFeatures, CaseStyle, home};
use crate::db::Tx;
use crate::ids::PersonId;
use crate::matching::engine::learn::{Case, Dated, Ending, Reaction};
use crate::matching::engine::{FACTORS, Factor, Features};
use crate::matching::suggestion::model::{DismissReason, SuggestionDismissReason};
use crate::pairs::model::{EndReason, PairStatus};
use crate::policy::{Consent, Home, Listed, Sealed, input, matching_input};

/// So many are read by one statement.
const AT_ONCE: i64 = 1_000;
/// With fewer outcomes than this behind it, nothing is learnt of what people told in confidence.
const LEAST_PRIVATE: usize = 20;

/// One proposal and what became of it.
#[derive(Clone, Debug)]
struct Lesson {
    id: Uuid,
    features: Features,
    ending: Option<(Ending, NaiveDate)>,
    reaction: Option<(Reaction, NaiveDate)>,
}

/// All of them, by id.
#[derive(Clone, Debug)]
pub struct Lessons {
    all: Vec<Lesson>,
    /// Too few of those who agreed have an outcome, so that how alike people like to work is left out.
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

/// A proposal that somebody said no to.
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

/// The features of a proposal; `None` once the mentee is erased.
fn features(
    (id, mentee, mentor): (Uuid, PersonId, PersonId),
    features: Sealed<CaseFeatures>,
    both_agree: Consent,
    style: Sealed<CaseStyle>,
) -> Option<Features> {
    let known = Features::from(matching_input(Listed, home(id, mentee, mentor), Some(features))?);
    Some(known.with(Factor::Style, matching_input(both_agree, home(id, mentee, mentor), Some(style)).flatten()))
}

/// How a pair ended, as far as it tells whether the two were well put together.
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
    fn lesson(self) -> Option<Lesson> {
        let features = features((self.id, self.mentee_id, self.mentor_id), self.features, self.both_agree, self.style)?;
        let began = matches!(self.status, PairStatus::Active | PairStatus::Paused | PairStatus::Ended);
        let accepted = (began && self.was_suggested).then_some((Reaction::Accepted, self.created_at.date_naive()));
        let ended = self.ended_on.filter(|_| self.status == PairStatus::Ended);
        let ended = ended.map(|day| (ending(self.end_reason), day));
        Some(Lesson { id: self.id, features, ending: ended, reaction: accepted })
    }
}

impl Dismissed {
    fn lesson(self) -> Option<Lesson> {
        let features = features((self.id, self.mentee_id, self.mentor_id), self.features, self.both_agree, self.style)?;
        let home = Home::of_match(self.id.into(), self.mentee_id, self.mentor_id);
        let reason = matching_input(Listed, home, self.dismiss_reason)?;
        let reaction = (reason == DismissReason::NotRelevant).then_some(Reaction::NotRelevant)?;
        let reaction = Some((reaction, self.updated_at.date_naive()));
        Some(Lesson { id: self.id, features, ending: None, reaction })
    }
}

impl Lessons {
    /// The sealed values that are read for it.
    pub const INPUTS: [(&'static str, &'static str); 3] =
        [input::<CaseFeatures>(), input::<CaseStyle>(), input::<SuggestionDismissReason>()];

    /// Everything there is to learn from in this snapshot. Nobody is asked half-way yet, so no ratings are among it.
    pub async fn read(tx: &mut Tx) -> sqlx::Result<Self> {
        let mut all = Vec::new();
        let mut after = Uuid::nil();
        loop {
            let found = tx.query(
                "select c.id, c.mentee_id, c.mentor_id, c.pair_id, c.features, c.style, c.id <> c.pair_id as was_suggested,
                    mentee.consents_to_personal_fit and mentor.consents_to_personal_fit as both_agree,
                    x.status, x.end_reason, x.ended_on, x.created_at
                 from match_cases c join pairs x on x.id = c.pair_id join people mentee on mentee.id = c.mentee_id
                 join people mentor on mentor.id = c.mentor_id
                 where c.pair_id > $1 order by c.pair_id limit $2",
            );
            let page: Vec<Paired> = found.bind(after).bind(AT_ONCE).all().await?;
            let Some(last) = page.last() else { break };
            after = last.pair_id;
            all.extend(page.into_iter().filter_map(Paired::lesson));
        }
        after = Uuid::nil();
        loop {
            let found = tx.query(
                "select c.id, c.mentee_id, c.mentor_id, c.features, c.style, x.dismiss_reason, x.updated_at,
                    mentee.consents_to_personal_fit and mentor.consents_to_personal_fit as both_agree
                 from suggestions x join match_cases c on c.id = x.id join people mentee on mentee.id = c.mentee_id
                 join people mentor on mentor.id = c.mentor_id
                 where x.status = 'dismissed' and x.id > $1 order by x.id limit $2",
            );
            let page: Vec<Dismissed> = found.bind(after).bind(AT_ONCE).all().await?;
            let Some(last) = page.last() else { break };
            after = last.id;
            all.extend(page.into_iter().filter_map(Dismissed::lesson));
        }
        all.sort_unstable_by_key(|lesson| lesson.id);
        Ok(Self::of(all))
    }

    fn of(mut all: Vec<Lesson>) -> Self {
        let known = all.iter().filter(|one| one.is_outcome() && one.features.is_known(Factor::Style)).count();
        let lacks_style = known < LEAST_PRIVATE;
        if lacks_style {
            for one in &mut all {
                one.features = one.features.with(Factor::Style, None);
            }
        }
        Self { all, lacks_style }
    }

    /// How many pairs are known to have gone well or badly.
    pub fn outcomes(&self) -> i64 {
        i64::try_from(self.all.iter().filter(|one| one.is_outcome()).count()).unwrap_or(i64::MAX)
    }

    /// As the engine wants them, as of a day.
    pub fn cases(&self, today: NaiveDate) -> Vec<Case> {
        self.all.iter().map(|lesson| lesson.case(today)).collect()
    }

    /// Names what there is to learn from: the same on every day and every machine, another as soon as anything is added,
    /// changed or taken away.
    pub fn hash(&self) -> String {
        let mut hash = Context::new(&SHA256);
        for lesson in &self.all {
            lesson.tell(&mut hash);
        }
        hash.finish().as_ref().iter().fold(String::new(), |mut hex, byte| {
            // Writing to a string never fails.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }
}

impl Lesson {
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

    fn tell(&self, hash: &mut Context) {
        hash.update(self.id.as_bytes());
        let values: [Option<u16>; FACTORS] = self.features.into();
        for value in values {
            // No value is above 10 000.
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

    fn lessons(styles: usize) -> Vec<Lesson> {
        let lesson = |id: usize| {
            let style = (id < styles).then_some(9_000);
            let features = Features::from([Some(7_000); FACTORS]).with(Factor::Style, style);
            let ending = Some((Ending::GoalsMet, day(2)));
            Lesson { id: Uuid::from_u128(id as u128), features, ending, reaction: None }
        };
        (0..60).map(lesson).collect()
    }

    #[test]
    fn the_hash_follows_what_there_is_to_learn_from_and_nothing_else() {
        let all = lessons(0);
        let hash = |all: &[Lesson]| Lessons::of(all.to_vec()).hash();
        assert_eq!(hash(&all), hash(&all));
        assert_eq!(hash(&all).len(), 64);
        let mut changed = vec![hash(&all), hash(&all[1..])];
        for change in [
            |one: &mut Lesson| one.features = one.features.with(Factor::Format, Some(7_001)),
            |one: &mut Lesson| one.features = one.features.with(Factor::Format, None),
            |one: &mut Lesson| one.ending = Some((Ending::Mismatch, day(2))),
            |one: &mut Lesson| one.ending = Some((Ending::GoalsMet, day(3))),
            |one: &mut Lesson| one.ending = None,
            |one: &mut Lesson| one.reaction = Some((Reaction::Accepted, day(1))),
        ] {
            let mut other = all.clone();
            change(&mut other[7]);
            changed.push(hash(&other));
        }
        let different: std::collections::HashSet<_> = changed.iter().collect();
        assert_eq!(different.len(), changed.len());
    }

    #[test]
    fn what_few_told_in_confidence_is_left_out() {
        let knows = |lessons: &Lessons| lessons.all.iter().filter(|one| one.features.is_known(Factor::Style)).count();
        let few = Lessons::of(lessons(19));
        assert_eq!((few.lacks_style, knows(&few)), (true, 0));
        let enough = Lessons::of(lessons(20));
        assert_eq!((enough.lacks_style, knows(&enough)), (false, 20));
        let mut censored = lessons(20);
        censored[0].ending = Some((Ending::Censored, day(2)));
        let censored = Lessons::of(censored);
        assert!(censored.lacks_style);
        assert_eq!(censored.outcomes(), 59);
    }

    #[test]
    fn days_are_counted_to_today() {
        let cases = Lessons::of(lessons(0)).cases(day(12));
        assert_eq!(cases[0].ending.map(|ending| ending.days_ago), Some(10));
        assert_eq!(Lessons::of(lessons(0)).cases(day(1))[0].ending.map(|ending| ending.days_ago), Some(0));
    }
}
