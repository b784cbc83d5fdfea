//! The assessment of a pair: the score with its reasons, so that a person can decide.
//!
//! All private features together are one reason, `personal_fit`, with a fixed sentence. This is the only way in which a
//! private answer may influence what another person sees. Without the consent of both people its value is neutral, and
//! nothing else differs.

use super::{
    evidence::Evidence,
    features::Features,
    growth::{GrowthArea, growth_areas},
    learn::Curve,
    level::{Caution, Level},
    names::Names,
    profile::{MentoringOffer, Profile},
    rules::Rules,
    score::Score,
    skills::SkillGraph,
    weights::{Factor, WHOLE},
};

/// The name of the one reason that stands for all private factors.
pub const PERSONAL_FIT: &str = "personal_fit";

/// What is needed to assess a pair.
#[derive(Debug, Clone, Copy)]
pub struct Judge<'a> {
    /// The rules of the search.
    pub rules: &'a Rules<'a>,
    /// Which skills are related.
    pub graph: &'a SkillGraph,
    /// The chance that belongs to each score.
    pub calibration: &'a Curve,
    /// Names for the sentences.
    pub names: &'a Names,
}

/// The assessment of a pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessment {
    /// Score, 0 to 10 000: the sum of the contributions of all reasons.
    pub score: u16,
    /// Estimated chance that the pair does well, by the score alone, in percent.
    pub percent: u8,
    /// Level after cautions. `None`: too low to be shown.
    pub level: Option<Level>,
    /// Why the level is lower than the level of the score.
    pub cautions: Vec<Caution>,
    /// One reason for each public factor, then one for all private factors.
    pub reasons: Vec<Reason>,
    /// The skills the mentee wants to learn, best covered first.
    pub growth: Vec<GrowthArea>,
    /// Capacity and load of the mentor before this pair.
    pub load: MentoringOffer,
    /// The features behind the score.
    pub features: Features,
}

/// What one factor adds to the score, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The factor's name, or [`PERSONAL_FIT`].
    pub name: &'static str,
    /// Value, 0 to 10 000.
    pub value: u16,
    /// Weight, of 10 000.
    pub weight: u16,
    /// Points it adds to the score.
    pub contribution: u16,
    /// The facts behind it.
    pub evidence: Evidence,
    /// The facts in words.
    pub sentence: String,
}

impl Reason {
    /// Whether the reason may be named as a strength or a consideration. A private reason may not: it would reveal the
    /// private answers.
    const fn may_stand_out(&self) -> bool {
        !matches!(self.evidence, Evidence::Withheld)
    }
}

impl Judge<'_> {
    /// The assessment of a pair. Hard constraints are not checked.
    #[must_use]
    pub fn assess(&self, mentee: &Profile, mentor: &Profile) -> Assessment {
        let score = Score::of(Features::of(mentee, mentor, self.rules, self.graph), &self.rules.weights);
        let growth = growth_areas(mentee, mentor, self.graph);
        let cautions = Caution::of(&score, &self.rules.weights, mentor.person.offer);
        let (private, public): (Vec<_>, Vec<_>) = Factor::ALL.into_iter().partition(|factor| factor.is_private());
        let mut reasons: Vec<Reason> = public
            .into_iter()
            .map(|factor| {
                self.reason(&[factor], &score, factor.name(), Evidence::of(factor, mentee, mentor, &growth), mentor)
            })
            .collect();
        reasons.push(self.reason(&private, &score, PERSONAL_FIT, Evidence::Withheld, mentor));
        Assessment {
            score: score.total(),
            percent: self.calibration.percent(score.total()),
            level: Caution::after_cautions(&cautions, self.calibration.level(score.total())),
            cautions,
            reasons,
            growth,
            load: mentor.person.offer,
            features: *score.features(),
        }
    }

    fn reason(
        &self,
        factors: &[Factor],
        score: &Score,
        name: &'static str,
        evidence: Evidence,
        mentor: &Profile,
    ) -> Reason {
        let weigh = |factor: &Factor| u32::from(self.rules.weights.of(*factor));
        let weight: u32 = factors.iter().map(weigh).sum();
        let value: u32 = factors.iter().map(|f| weigh(f) * u32::from(score.features().value(*f))).sum();
        let plain: u32 = factors.iter().map(|f| u32::from(score.features().value(*f))).sum();
        Reason {
            name,
            // The weighted mean, or the plain mean if no factor has weight.
            value: value.checked_div(weight).or_else(|| plain.checked_div(count(factors))).map_or(0, whole),
            weight: whole(weight),
            contribution: factors.iter().map(|factor| score.part(*factor)).sum(),
            sentence: evidence.sentence(self.names.person(mentor.person.id), self.names),
            evidence,
        }
    }
}

fn count(factors: &[Factor]) -> u32 {
    u32::try_from(factors.len()).unwrap_or(u32::MAX)
}

fn whole(value: u32) -> u16 {
    u16::try_from(value).unwrap_or(WHOLE)
}

impl Assessment {
    /// The three reasons that add most, among those with a value above 5 000.
    #[must_use]
    pub fn strengths(&self) -> Vec<&Reason> {
        let good = |reason: &&Reason| reason.may_stand_out() && reason.value > WHOLE / 2;
        let mut strengths: Vec<_> = self.reasons.iter().filter(good).collect();
        strengths.sort_by_key(|reason| std::cmp::Reverse(reason.contribution));
        strengths.truncate(3);
        strengths
    }

    /// Reasons with some weight and a low value: they speak against the pair.
    #[must_use]
    pub fn considerations(&self) -> Vec<&Reason> {
        let weak = |reason: &&Reason| reason.may_stand_out() && reason.value < 3_000 && reason.weight >= 500;
        self.reasons.iter().filter(weak).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{
        super::{MentoringModel, org::Organisation, weights::Weights},
        *,
    };

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn the_reasons_add_up_to_the_score(seed: u64, model in prop::sample::select(MentoringModel::ALL)) {
            let org = Organisation::new(40, seed);
            let (names, curve) = (Names::default(), Curve::default());
            let judge = Judge { rules: &Rules::of(model), graph: &org.graph, calibration: &curve, names: &names };
            for (mentee, mentor) in org.people.iter().zip(org.people.iter().rev()) {
                let judged = judge.assess(mentee, mentor);
                prop_assert_eq!(judged.reasons.iter().map(|r| r.contribution).sum::<u16>(), judged.score);
                prop_assert_eq!(judged.reasons.iter().map(|r| r.weight).sum::<u16>(), WHOLE);
                prop_assert!(judged.strengths().len() <= 3);
                prop_assert!(judged.reasons.iter().all(|r| r.sentence.ends_with('.')));
            }
        }

        #[test]
        fn private_answers_change_one_number_and_no_text(seed: u64, mine: Option<[u8; 4]>, yours: Option<[u8; 4]>) {
            let org = Organisation::new(12, seed);
            let (names, curve) = (Names::default(), Curve::default());
            let rules = Rules { weights: Weights::default(), ..Rules::of(MentoringModel::OneOnOne) };
            let judge = Judge { rules: &rules, graph: &org.graph, calibration: &curve, names: &names };
            let (mut mentee, mut mentor) = (org.people[11].clone(), org.people[3].clone());
            (mentee.person.style, mentor.person.style) = (None, None);
            let silent = judge.assess(&mentee, &mentor);
            (mentee.person.style, mentor.person.style) = (mine, yours);
            let answered = judge.assess(&mentee, &mentor);

            let (fit, rest): (Vec<_>, Vec<_>) = answered.reasons.iter().partition(|r| r.name == PERSONAL_FIT);
            prop_assert_eq!(fit.len(), 1);
            let before: Vec<_> = silent.reasons.iter().filter(|r| r.name != PERSONAL_FIT).collect();
            prop_assert_eq!(rest, before);
            let silent_fit = silent.reasons.last().unwrap();
            prop_assert_eq!((&fit[0].sentence, &fit[0].evidence), (&silent_fit.sentence, &Evidence::Withheld));
            prop_assert_eq!(&answered.cautions, &silent.cautions);
            prop_assert_eq!(answered.strengths(), silent.strengths());
            prop_assert_eq!(answered.considerations(), silent.considerations());
            if mine.is_none() || yours.is_none() {
                prop_assert_eq!(answered, silent);
            }
        }
    }
}
