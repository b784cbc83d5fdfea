//! A second, slow implementation of the specification, for tests. It shares no code with the engine, only the plain
//! values. A change of a rule must be made in both; a test fails when they differ.

use uuid::Uuid;

use super::{Factor, MentoringModel, Need, Pick, Profile, Rules, Skill, SkillGraph};

/// The best mentors, found by scoring all of them.
pub(super) fn top(
    mentors: &[Profile],
    mentee: &Profile,
    rules: &Rules<'_>,
    graph: &SkillGraph,
    limit: usize,
) -> Vec<Pick> {
    let allowed = mentors.iter().filter(|mentor| excluded(mentee, mentor, rules).is_none());
    let mut picks: Vec<Pick> =
        allowed.map(|m| Pick { mentor: m.person.id, score: score(mentee, m, rules, graph) }).collect();
    picks.sort_by(|a, b| b.score.cmp(&a.score).then(a.mentor.cmp(&b.mentor)));
    picks.truncate(limit);
    picks
}

/// The first hard constraint that rules out the pair.
pub(super) fn excluded(mentee: &Profile, mentor: &Profile, rules: &Rules<'_>) -> Option<&'static str> {
    let (me, you) = (&mentee.person, &mentor.person);
    let (my_id, your_id) = (me.id, you.id);
    let said = |mine: &[Uuid], yours: &[Uuid]| mine.contains(&your_id) || yours.contains(&my_id);
    let below = |a: &Profile, b: &Profile| (b.person.line.enters..b.person.line.leaves).contains(&a.person.line.enters);
    let dotted = mentee.dotted_manager == Some(your_id) || mentor.dotted_manager == Some(my_id);
    let gap = i32::from(you.level) - i32::from(me.level);
    [
        (my_id == your_id, "same_person"),
        (!(me.is_active && you.is_active), "not_active"),
        (!(me.wants_mentor && you.offer.opted_in), "not_opted_in"),
        (rules.enrolled.is_some_and(|ids| !ids.contains(&your_id)), "not_enrolled"),
        (you.offer.active >= you.offer.capacity, "at_capacity"),
        (level_value(rules.model, gap).is_none(), "level_outside_window"),
        (below(mentee, mentor) || below(mentor, mentee) || dotted, "reporting_line"),
        (me.team.is_some_and(|team| you.leads == Some(team)), "leads_team"),
        (!mentee.languages.iter().any(|l| mentor.languages.contains(l)), "no_shared_language"),
        (said(&mentee.live, &mentor.live), "live_pair"),
        (said(&mentee.ended_badly, &mentor.ended_badly), "ended_badly"),
        (said(&mentee.blocked, &mentor.blocked), "blocked"),
    ]
    .into_iter()
    .find_map(|(broken, why)| broken.then_some(why))
}

/// The score, computed with large numbers.
pub(super) fn score(mentee: &Profile, mentor: &Profile, rules: &Rules<'_>, graph: &SkillGraph) -> u16 {
    let sum: i64 = Factor::ALL
        .into_iter()
        .map(|factor| {
            let value = value(factor, mentee, mentor, rules, graph).unwrap_or(5_000);
            assert!((0..=10_000).contains(&value), "{factor:?} {value}");
            (i64::from(rules.weights.of(factor)) * value + 5_000) / 10_000
        })
        .sum();
    u16::try_from(sum).unwrap()
}

fn value(factor: Factor, mentee: &Profile, mentor: &Profile, rules: &Rules<'_>, graph: &SkillGraph) -> Option<i64> {
    let (me, you) = (&mentee.person, &mentor.person);
    match factor {
        Factor::SkillCoverage => coverage(&mentee.needs, mentor, graph),
        Factor::LevelGap => Some(level_value(rules.model, i32::from(you.level) - i32::from(me.level)).unwrap_or(0)),
        Factor::Aspiration => mentee.target.map(|aim| {
            let held = if mentor.past_roles.contains(&aim.role) { 8_000 } else { 0 };
            let near = if you.ladder == aim.ladder { 5_000 } else { 0 };
            if you.role == aim.role { 10_000 } else { held.max(near) }
        }),
        Factor::Style => {
            let (mine, yours) = (me.style?, you.style?);
            let distance: i64 = (0..4).map(|i| (i64::from(mine[i]) - i64::from(yours[i])).abs()).sum();
            Some(10_000 - 625 * distance)
        }
        Factor::MutualInterest => {
            let named = i64::from(mentee.named.contains(&you.id)) + i64::from(mentor.named.contains(&me.id));
            let topic = mentee.topics.iter().any(|topic| mentor.topics.contains(topic));
            Some(if topic { 10_000 } else { 5_000 * named })
        }
        Factor::ExperienceGap => {
            let quarters = i64::from(you.experience_quarters?) - i64::from(me.experience_quarters?);
            Some(match quarters {
                ..=0 => 0,
                1..12 => 10_000 * quarters / 12,
                12..=48 => 10_000,
                _ => (10_000 - 400 * (quarters - 48) / 4).max(5_000),
            })
        }
        Factor::TeamDistance => {
            let nowhere = |p: &Profile| p.person.team.is_none() && p.person.department.is_none();
            let same_team = me.team.is_some() && me.team == you.team;
            let same_department = me.department.is_some() && me.department == you.department;
            let far = if same_team {
                0
            } else if same_department {
                6_000
            } else {
                10_000
            };
            let wanted = if rules.prefers_near_team { 10_000 - far } else { far };
            (!nowhere(mentee) && !nowhere(mentor)).then_some(wanted)
        }
        Factor::Availability => {
            // For each minute of a day: is it between nine and five for both?
            let at_work = |offset: i16, utc: i64| (540..1_020).contains(&(utc + i64::from(offset)).rem_euclid(1_440));
            let shared =
                (0..1_440).filter(|&utc| at_work(me.utc_offset_minutes, utc) && at_work(you.utc_offset_minutes, utc));
            Some((i64::try_from(shared.count()).unwrap() * 2_500 / 60).min(10_000))
        }
        Factor::Workload => {
            let (active, capacity) = (i64::from(you.offer.active), i64::from(you.offer.capacity));
            Some(if capacity == 0 { 0 } else { (capacity - active).max(0) * 10_000 / capacity })
        }
        Factor::Format => {
            let (mine, yours) = (me.formats?, you.formats?);
            let count = |test: &dyn Fn(bool, bool) -> bool| {
                (0..8).filter(|bit| test(mine >> bit & 1 == 1, yours >> bit & 1 == 1)).count()
            };
            let (both, either) = (count(&|a, b| a && b), count(&|a, b| a || b));
            (either > 0).then(|| i64::try_from(both * 10_000 / either).unwrap())
        }
    }
}

fn coverage(needs: &[Need], mentor: &Profile, graph: &SkillGraph) -> Option<i64> {
    let level =
        |skill: Skill| mentor.skills.iter().filter(|s| s.skill == skill).map(|s| i64::from(s.level)).max().unwrap_or(0);
    let (mut covered, mut all) = (0, 0);
    for need in needs.iter().filter(|need| need.target > need.current) {
        let (current, gap) = (i64::from(need.current), i64::from(need.target) - i64::from(need.current));
        let share = |skill| ((level(skill) - current) * 10_000 / gap).clamp(0, 10_000);
        let half = graph.related(need.skill).iter().map(|&skill| share(skill) / 2).max().unwrap_or(0);
        covered += i64::from(need.priority) * gap * share(need.skill).max(half);
        all += i64::from(need.priority) * gap;
    }
    (all > 0).then(|| covered / all)
}

/// The value of a level gap. `None`: the gap is outside the window of the model.
fn level_value(model: MentoringModel, gap: i32) -> Option<i64> {
    let (window, value) = match model {
        MentoringModel::OneOnOne | MentoringModel::Virtual => {
            (1..=4, [10_000, 10_000, 6_000, 3_000].get(at(gap - 1)).copied())
        }
        MentoringModel::Career => (1..=4, [8_000, 10_000, 8_000, 4_000].get(at(gap - 1)).copied()),
        MentoringModel::Rotational => (0..=4, [6_000, 10_000, 10_000, 6_000, 3_000].get(at(gap)).copied()),
        MentoringModel::Peer => (-1..=1, Some(if gap == 0 { 10_000 } else { 8_000 })),
        MentoringModel::Lateral => (-1..=2, [6_000, 10_000, 10_000, 6_000].get(at(gap + 1)).copied()),
        MentoringModel::Reverse => (
            -8..=-1,
            Some(match gap {
                -1 => 4_000,
                -2 => 7_000,
                _ => 10_000,
            }),
        ),
        MentoringModel::Group => (
            0..=99,
            Some(if gap == 0 {
                4_000
            } else if (2..=4).contains(&gap) {
                10_000
            } else {
                8_000
            }),
        ),
        MentoringModel::Flash => (
            0..=99,
            Some(if gap == 0 {
                6_000
            } else if gap <= 3 {
                10_000
            } else {
                8_000
            }),
        ),
        MentoringModel::SkillBased => (
            -99..=99,
            Some(match gap {
                0..=4 => 10_000,
                -2..=-1 => 8_000,
                _ => 5_000,
            }),
        ),
    };
    value.filter(|_| window.contains(&gap))
}

fn at(index: i32) -> usize {
    usize::try_from(index).unwrap_or(usize::MAX)
}
