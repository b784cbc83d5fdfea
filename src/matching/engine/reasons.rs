//! A suggestion with its reasons: what a person needs in order to decide for themselves.
//!
//! Private features appear together, as one reason called `personal_fit` with a fixed sentence. It is the one declared
//! way in which a private answer may influence what another person sees. Where one side has not consented, its value is
//! the neutral one and nothing else differs.

use super::{
    evidence::Evidence,
    features::Features,
    growth::{GrowthArea, growth_areas},
    learn::Curve,
    level::{Caution, Level},
    names::Names,
    profile::{Offer, Profile},
    rules::Rules,
    score::Score,
    skills::SkillGraph,
    weights::{Factor, WHOLE},
};

/// The name of the one reason that stands for all private factors.
pub const PERSONAL_FIT: &str = "personal_fit";

/// What it takes to judge a pair.
#[derive(Debug, Clone, Copy)]
pub struct Judge<'a> {
    /// The conditions of the search.
    pub rules: &'a Rules<'a>,
    /// Which skills are related.
    pub graph: &'a SkillGraph,
    /// How scores become levels.
    pub calibration: &'a Curve,
    /// What to call things.
    pub names: &'a Names,
}

/// A pair, judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessment {
    /// 0 to 10 000: the sum of the reasons' contributions.
    pub score: u16,
    /// The level that the score alone stands for, as a chance in percent.
    pub percent: u8,
    /// What to make of it; `None`: not to be shown.
    pub level: Option<Level>,
    /// Why the level is lower than the score alone would give.
    pub cautions: Vec<Caution>,
    /// One for each public factor, then one for all private ones.
    pub reasons: Vec<Reason>,
    /// What the mentee wants to learn, most covered first.
    pub growth: Vec<GrowthArea>,
    /// The mentor's load before this pair.
    pub load: Offer,
    /// What the score is made of.
    pub features: Features,
}

/// What one factor adds, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The factor's name, or [`PERSONAL_FIT`].
    pub name: &'static str,
    /// 0 to 10 000.
    pub value: u16,
    /// Share of the score, of 10 000.
    pub weight: u16,
    /// What it adds to the score.
    pub contribution: u16,
    /// The facts behind it.
    pub evidence: Evidence,
    /// The facts in words.
    pub sentence: String,
}

impl Reason {
    /// Whether the reason may stand out: a remark that somebody's private answers fit ill would quote them.
    const fn may_stand_out(&self) -> bool {
        !matches!(self.evidence, Evidence::Withheld)
    }
}

impl Judge<'_> {
    /// The assessment of a pair, whether or not a hard constraint keeps the two apart.
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
            level: Caution::heeded(&cautions, self.calibration.level(score.total())),
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
            // The weighted mean; where nothing has weight, the plain one.
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
    /// The three reasons that add most, of those whose value is above the middle.
    #[must_use]
    pub fn strengths(&self) -> Vec<&Reason> {
        let good = |reason: &&Reason| reason.may_stand_out() && reason.value > WHOLE / 2;
        let mut strengths: Vec<_> = self.reasons.iter().filter(good).collect();
        strengths.sort_by_key(|reason| std::cmp::Reverse(reason.contribution));
        strengths.truncate(3);
        strengths
    }

    /// What to think about first: reasons of weight that speak against the pair.
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
        super::{Model, org::Organisation, weights::Weights},
        *,
    };

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn the_reasons_add_up_to_the_score(seed: u64, model in prop::sample::select(Model::ALL)) {
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
        fn private_answers_move_one_number_and_no_word(seed: u64, mine: Option<[u8; 4]>, yours: Option<[u8; 4]>) {
            let org = Organisation::new(12, seed);
            let (names, curve) = (Names::default(), Curve::default());
            let rules = Rules { weights: Weights::default(), ..Rules::of(Model::OneOnOne) };
            let judge = Judge { rules: &rules, graph: &org.graph, calibration: &curve, names: &names };
            let (mut mentee, mut mentor) = (org.people[11].clone(), org.people[3].clone());
            (mentee.person.style, mentor.person.style) = (None, None);
            let silent = judge.assess(&mentee, &mentor);
            (mentee.person.style, mentor.person.style) = (mine, yours);
            let told = judge.assess(&mentee, &mentor);

            let (fit, rest): (Vec<_>, Vec<_>) = told.reasons.iter().partition(|r| r.name == PERSONAL_FIT);
            prop_assert_eq!(fit.len(), 1);
            let before: Vec<_> = silent.reasons.iter().filter(|r| r.name != PERSONAL_FIT).collect();
            prop_assert_eq!(rest, before);
            let silent_fit = silent.reasons.last().unwrap();
            prop_assert_eq!((&fit[0].sentence, &fit[0].evidence), (&silent_fit.sentence, &Evidence::Withheld));
            prop_assert_eq!(&told.cautions, &silent.cautions);
            prop_assert_eq!(told.strengths(), silent.strengths());
            prop_assert_eq!(told.considerations(), silent.considerations());
            if mine.is_none() || yours.is_none() {
                prop_assert_eq!(told, silent);
            }
        }
    }
}
