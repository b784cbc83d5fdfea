//! Tests that compare the engine, its index and the slow reference implementation on many small organisations.

use proptest::prelude::*;
use uuid::Uuid;

use super::{
    Exclusion, Factor, Features, Index, MentoringModel, Profile, Rules, Score, SkillGraph, Weights, brute, exclusion,
    org::Organisation, random::Random,
};

/// An organisation where nearly everyone takes part, many people are alike, and some have unusual links.
fn dense_organisation(size: usize, seed: u64) -> Organisation {
    let mut org = Organisation::new(size, seed);
    let mut random = Random::new(seed ^ 1);
    for i in 0..size {
        let other = random.index(size);
        let (other_id, twin) = (org.people[other].person.id, org.people[other].clone());
        let profile = &mut org.people[i];
        profile.person.wants_mentor |= random.percent(80);
        profile.person.offer.opted_in |= random.percent(70);
        match random.below(12) {
            // A copy of another person has the same score, unless one of the two is named.
            0..3 => *profile = Profile { person: super::Person { id: profile.person.id, ..twin.person }, ..twin },
            3 => profile.named.push(other_id),
            4 => profile.blocked.push(other_id),
            5 => (profile.person.team, profile.person.department) = (None, None),
            6 => profile.needs.clear(),
            7 => profile.person.experience_quarters = None,
            8 => profile.person.utc_offset_minutes = i16::try_from(random.below(1_700)).unwrap() - 800,
            _ => {}
        }
    }
    // There are few people and many skills, so some of the wanted skills are added to the offered ones.
    for i in 0..size {
        let wanted = org.people[random.index(size)].needs.clone();
        org.people[i].skills.extend(wanted.iter().map(|n| super::Offered { skill: n.skill, level: 1 + n.priority }));
    }
    org
}

fn any_rules() -> impl Strategy<Value = Rules<'static>> {
    let skewed = Weights::new([500, 500, 500, 500, 5_000, 500, 500, 500, 1_000, 500]).unwrap();
    (prop::sample::select(MentoringModel::ALL), any::<bool>(), prop::sample::select(vec![Weights::default(), skewed]))
        .prop_map(|(model, prefers_near_team, weights)| Rules { weights, prefers_near_team, ..Rules::of(model) })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn the_engine_agrees_with_the_reference_implementation(seed: u64, rules in any_rules()) {
        let org = dense_organisation(60, seed);
        for (mentee, mentor) in org.people.iter().flat_map(|a| org.people.iter().step_by(3).map(move |b| (a, b))) {
            let score = Score::of(Features::of(mentee, mentor, &rules, &org.graph), &rules.weights).total();
            prop_assert_eq!(score, brute::score(mentee, mentor, &rules, &org.graph));
            let why = exclusion(mentee, mentor, &rules).map(Exclusion::name);
            prop_assert_eq!(why, brute::excluded(mentee, mentor, &rules));
        }
    }

    #[test]
    fn the_index_finds_the_same_mentors_as_a_full_scan(
        seed: u64, size in 1_usize..400, limit in 0_usize..12, rules in any_rules(), changes in 0_usize..60, merges: bool,
    ) {
        let org = dense_organisation(size, seed);
        let (mut mentors, spare): (Vec<_>, Vec<_>) = org.people.iter().cloned().partition(|p| p.person.id.as_u128() % 8 != 0);
        let mut index = Index::build(mentors.clone(), org.graph.clone());
        apply_changes(&mut index, &mut mentors, spare, changes, &mut Random::new(seed));
        if merges {
            index = index.merged();
            prop_assert!(!index.is_due() || mentors.is_empty());
        }
        prop_assert_eq!(index.len(), mentors.len());
        for mentee in org.people.iter().step_by(1 + size / 12) {
            prop_assert_eq!(index.top(mentee, &rules, limit), brute::top(&mentors, mentee, &rules, &org.graph, limit));
        }
    }

    #[test]
    fn a_program_proposes_its_own_mentors(seed: u64, rules in any_rules()) {
        let org = dense_organisation(200, seed);
        let mut enrolled: Vec<Uuid> = org.people.iter().step_by(3).map(|p| p.person.id).collect();
        enrolled.sort_unstable();
        let rules = Rules { enrolled: Some(&enrolled), ..rules };
        let index = Index::build(org.people.clone(), org.graph.clone());
        for mentee in org.people.iter().step_by(17) {
            prop_assert_eq!(index.top(mentee, &rules, 5), brute::top(&org.people, mentee, &rules, &org.graph, 5));
        }
    }

    #[test]
    fn the_scores_of_all_are_those_of_each(seed: u64, size in 1_usize..300, threads in 1_usize..4, rules in any_rules()) {
        let org = dense_organisation(size, seed);
        let index = Index::build(org.people.clone(), org.graph.clone());
        let columns: Vec<Uuid> = index.columns().collect();
        let mentees: Vec<Profile> = org.people.iter().step_by(1 + size / 30).cloned().collect();
        let scores = index.scores(&mentees, &rules, threads);
        for (mentee, row) in mentees.iter().zip(scores.chunks(size)) {
            let picks = brute::top(&org.people, mentee, &rules, &org.graph, size);
            for (mentor, score) in columns.iter().zip(row) {
                let pick = picks.iter().find(|pick| pick.mentor == *mentor);
                prop_assert_eq!(pick.map_or(0, |pick| pick.score), *score);
            }
        }
    }

    #[test]
    fn the_excluded_are_counted_exactly(seed: u64, rules in any_rules(), changes in 0_usize..40) {
        let org = dense_organisation(200, seed);
        let mut mentors = org.people.clone();
        let mut index = Index::build(mentors.clone(), org.graph.clone());
        apply_changes(&mut index, &mut mentors, vec![], changes, &mut Random::new(seed));
        for mentee in org.people.iter().step_by(23) {
            let tally = index.excluded(mentee, &rules);
            for why in Exclusion::ALL {
                let count = mentors.iter().filter(|m| brute::excluded(mentee, m, &rules) == Some(why.name())).count();
                prop_assert_eq!(tally.count(why) as usize, count, "{}", why.name());
            }
        }
    }

    #[test]
    fn a_block_changes_no_published_count(seed: u64, rules in any_rules()) {
        let mut org = dense_organisation(120, seed);
        let mentee = org.people[7].clone();
        let counts = |people: &[Profile]| Index::build(people.to_vec(), SkillGraph::default()).excluded(&mentee, &rules).public_counts().collect::<Vec<_>>();
        let before = counts(&org.people);
        org.people.iter_mut().step_by(2).for_each(|mentor| mentor.blocked.push(mentee.person.id));
        prop_assert_eq!(counts(&org.people), before);
    }
}

/// Makes the same changes to an index and to a plain list.
fn apply_changes(
    index: &mut Index,
    mentors: &mut Vec<Profile>,
    mut spare: Vec<Profile>,
    changes: usize,
    random: &mut Random,
) {
    for _ in 0..changes {
        let Some(at) = (!mentors.is_empty()).then(|| random.index(mentors.len())) else { return };
        let id = mentors[at].person.id;
        match random.below(5) {
            0 => {
                mentors.swap_remove(at);
                assert!(index.remove(id) && !index.remove(id));
            }
            1 => {
                let offer = &mut mentors[at].person.offer;
                (offer.active, offer.capacity) = (u8::from(random.percent(50)), 1 + u8::from(random.percent(50)));
                assert!(index.set_load(id, offer.active, offer.capacity));
            }
            2 => {
                let opted_in = random.percent(50);
                mentors[at].person.offer.opted_in = opted_in;
                assert!(index.set_opted_in(id, opted_in));
            }
            3 => {
                mentors[at].person.level += 1;
                mentors[at].skills.truncate(3);
                index.put(mentors[at].clone());
            }
            _ => {
                if let Some(new) = spare.pop() {
                    index.put(new.clone());
                    mentors.push(new);
                }
            }
        }
    }
}

#[test]
fn the_same_seed_makes_the_same_people_everywhere() {
    let org = Organisation::new(2_000, 7);
    let sum = org
        .people
        .iter()
        .flat_map(|p| p.skills.iter().map(|s| s.skill.0 + u32::from(s.level)))
        .fold(0_u32, u32::wrapping_add);
    assert_eq!(
        (org.people[1_999].person.id.to_string().as_str(), sum),
        ("53807f99-bf9c-4543-942b-669c5ac2959d", 129_495_045)
    );
    assert!(org.mentors().count() > 200);
}

#[test]
fn no_factor_is_named_after_a_protected_attribute() {
    let protected = ["age", "gender", "sex", "origin", "nationality", "religion", "health", "disability", "birth"];
    for factor in Factor::ALL {
        assert!(factor.name().split('_').all(|word| !protected.contains(&word)), "{}", factor.name());
    }
}
