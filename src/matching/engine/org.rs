//! A synthetic organisation for tests, the demo and benchmarks: a reporting tree of any size with realistic people. The
//! same seed gives the same people on every platform. Skills are plain numbers.

use uuid::{Builder, Uuid};

use super::{
    keys::{Department, Ladder, Language, Role, Skill, Team, Topic},
    org_tree::{Node, tree},
    profile::{MentoringOffer, Need, Offered, Person, Profile, Target},
    random::{Random, Zipf},
    skills::SkillGraph,
};

/// Number of career ladders.
pub const LADDERS: u32 = 12;
/// Number of skills of each ladder. The shared skills come after those of all ladders.
pub const LADDER_SKILLS: u32 = 900;
/// Number of skills that belong to no ladder.
pub const SHARED_SKILLS: u32 = 95;
/// Number of ladder roles on each ladder: four for specialists, then four for managers.
pub const LADDER_ROLES: u32 = 8;
/// Number of topics.
pub const TOPICS: u32 = 60;

/// UTC offsets of the sites in minutes, largest site first.
const SITES: [i16; 9] = [0, -300, 60, 330, -480, 480, 540, 120, -180];

/// A whole organisation.
#[derive(Debug, Clone)]
pub struct Organisation {
    /// All people. The first is the head of the organisation.
    pub people: Vec<Profile>,
    /// Which skills are related: neighbours in the list of a ladder.
    pub graph: SkillGraph,
}

impl Organisation {
    /// An organisation of `size` people.
    #[must_use]
    pub fn new(size: usize, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let shares = Shares::new();
        let nodes = tree(size, &mut random);
        let mut people: Vec<Profile> = Vec::with_capacity(size);
        let mut departments = 0;
        for node in &nodes {
            let manager = node.manager.map(|manager| &people[manager].person);
            let person = shares.person(node, manager, &mut departments, &mut random);
            people.push(shares.profile(person, &mut random));
        }
        add_links(&mut people, &mut random);
        Self { people, graph: graph() }
    }

    /// All people who want to mentor.
    pub fn mentors(&self) -> impl Iterator<Item = &Profile> {
        self.people.iter().filter(|profile| profile.person.offer.opted_in)
    }
}

/// How often each thing occurs.
struct Shares {
    ladders: Zipf,
    sites: Zipf,
    ladder_skills: Zipf,
    shared_skills: Zipf,
}

impl Shares {
    fn new() -> Self {
        Self {
            ladders: Zipf::new(LADDERS, 3),
            sites: Zipf::new(9, 4),
            ladder_skills: Zipf::new(LADDER_SKILLS, 4),
            shared_skills: Zipf::new(SHARED_SKILLS, 3),
        }
    }

    fn skill(&self, ladder: Ladder, random: &mut Random) -> Skill {
        Skill(ladder.0 * LADDER_SKILLS + self.ladder_skills.pick(random))
    }

    fn shared_skill(&self, random: &mut Random) -> Skill {
        Skill(LADDERS * LADDER_SKILLS + self.shared_skills.pick(random))
    }

    fn person(&self, node: &Node, manager: Option<&Person>, departments: &mut u32, random: &mut Random) -> Person {
        let (is_head, mut r) = (node.depth <= 2, |chance| random.percent(chance));
        let keeps_ladder = !is_head && r(90);
        let keeps_site = !is_head && r(70);
        let ladder = manager.filter(|_| keeps_ladder).map_or_else(|| Ladder(self.ladders.pick(random)), |m| m.ladder);
        let site = manager
            .filter(|_| keeps_site)
            .map_or_else(|| SITES[self.sites.pick(random) as usize], |m| m.utc_offset_minutes);
        *departments += u32::from(is_head);
        let level = level(node, manager.map(|m| m.level), random);
        let step = level.unsigned_abs().div_euclid(3).min(3);
        let capacity = 1 + u8::try_from(random.below(4)).unwrap_or(0);
        Person {
            id: id(random),
            is_active: !random.percent(1),
            level,
            ladder,
            role: Role(ladder.0 * LADDER_ROLES + u32::from(step) + if node.is_leaf { 0 } else { LADDER_ROLES / 2 }),
            team: manager.map(|_| Team(node.manager.map_or(0, number))),
            department: Some(
                manager.filter(|_| !is_head).and_then(|m| m.department).unwrap_or(Department(*departments)),
            ),
            leads: (!node.is_leaf).then(|| Team(number(node.number))),
            line: node.span,
            experience_quarters: (!random.percent(3)).then(|| experience(level, random)),
            utc_offset_minutes: site,
            style: random.percent(60).then(|| style(random)),
            formats: random.percent(90).then(|| (1 << random.below(6)) | (1 << random.below(6))),
            offer: MentoringOffer {
                opted_in: level >= 3 && random.percent(35),
                capacity,
                active: u8::try_from(random.below(u32::from(capacity) + 1)).unwrap_or(0),
            },
            wants_mentor: level <= 7 && random.percent(30),
        }
    }

    fn profile(&self, person: Person, random: &mut Random) -> Profile {
        let past_roles = if random.percent(30) { vec![Role(random.below(LADDERS * LADDER_ROLES))] } else { Vec::new() };
        let target = self.target(&person, random);
        let skills = self.skills(&person, random);
        let needs = self.needs(&person, target.ladder, &skills, random);
        let named_topics = if random.percent(30) { 1 + random.below(2) } else { 0 };
        Profile {
            languages: languages(random),
            past_roles,
            needs,
            skills,
            target: random.percent(85).then_some(target),
            topics: (0..named_topics).map(|_| Topic(random.below(TOPICS))).collect(),
            ..Profile::bare(person)
        }
    }

    /// Three of four people aim for the next step of their own ladder; a third of these as a manager.
    fn target(&self, person: &Person, random: &mut Random) -> Target {
        let (ladder, step) = if random.percent(75) {
            let next = u32::from(person.level.unsigned_abs() + 2).div_euclid(3).min(3);
            (person.ladder, next + if random.percent(35) { LADDER_ROLES / 2 } else { 0 })
        } else {
            (Ladder(self.ladders.pick(random)), random.below(LADDER_ROLES))
        };
        Target { role: Role(ladder.0 * LADDER_ROLES + step), ladder }
    }

    fn skills(&self, person: &Person, random: &mut Random) -> Vec<Offered> {
        let mut skills: Vec<Offered> = Vec::new();
        for _ in 0..6 + 2 * u32::from(person.level.unsigned_abs()) + random.below(6) {
            let skill = if random.percent(75) { self.skill(person.ladder, random) } else { self.shared_skill(random) };
            let level = rounded(900 + 420 * i32::from(person.level) + random.normal() * 4 / 5);
            if skills.iter().all(|s| s.skill != skill) {
                skills.push(Offered { skill, level });
            }
        }
        skills
    }

    fn needs(&self, person: &Person, aim: Ladder, skills: &[Offered], random: &mut Random) -> Vec<Need> {
        let mut needs: Vec<Need> = Vec::new();
        let wanted = 2 + random.index(4);
        while needs.len() < wanted {
            let skill = match random.below(10) {
                0..6 => self.skill(person.ladder, random),
                6..8 => self.skill(aim, random),
                _ => self.shared_skill(random),
            };
            let current = skills.iter().find(|s| s.skill == skill).map_or(0, |s| s.level);
            let priority = 1 + u8::try_from(random.below(3)).unwrap_or(0);
            let target = (current + 1 + u8::from(random.percent(50))).min(5);
            if current < 5 && needs.iter().all(|need| need.skill != skill) {
                needs.push(Need { skill, priority, current, target });
            }
        }
        needs
    }
}

fn level(node: &Node, manager: Option<i16>, random: &mut Random) -> i16 {
    let Some(above) = manager else { return 10 };
    if node.is_leaf {
        let usual = match random.below(100) {
            0..22 => 1,
            22..50 => 2,
            50..74 => 3,
            74..89 => 4,
            89..97 => 5,
            _ => 6,
        };
        usual.min(above - 1).max(1)
    } else {
        (above - 1 - i16::from(random.percent(30))).clamp(4, 10)
    }
}

/// About two years per level, with random variation.
fn experience(level: i16, random: &mut Random) -> u16 {
    (8 * level.unsigned_abs() + u16::try_from(random.geometric(10)).unwrap_or(0)).min(200)
}

fn style(random: &mut Random) -> [u8; 4] {
    [(); 4].map(|()| rounded(3_000 + random.normal() * 11 / 10))
}

/// From thousandths to a whole number from 1 to 5.
fn rounded(thousandths: i32) -> u8 {
    u8::try_from((thousandths + 500).div_euclid(1_000).clamp(1, 5)).unwrap_or(1)
}

/// Nearly all people speak the first language, and each person one of six others.
fn languages(random: &mut Random) -> Vec<Language> {
    let other = Language(u16::try_from(1 + random.below(6)).unwrap_or(1));
    if random.percent(4) { vec![other] } else { vec![Language(0), other] }
}

fn id(random: &mut Random) -> Uuid {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&random.next().to_be_bytes());
    bytes[8..].copy_from_slice(&random.next().to_be_bytes());
    Builder::from_random_bytes(bytes).into_uuid()
}

fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

/// Adds links between people: live pairs for the load of the mentors, and a few named people, blocks and pairs that
/// ended badly.
fn add_links(people: &mut [Profile], random: &mut Random) {
    for mentor in 0..people.len() {
        let offer = people[mentor].person.offer;
        let pairs = if offer.opted_in { offer.active } else { 0 };
        for _ in 0..pairs {
            let mentee = random.index(people.len());
            link(people, mentor, mentee, |profile| &mut profile.live);
        }
        let other = random.index(people.len());
        let id = people[other].person.id;
        match random.below(100) {
            0..5 => people[mentor].named.push(id),
            5..6 => people[mentor].blocked.push(id),
            6..8 => link(people, mentor, other, |profile| &mut profile.ended_badly),
            8..10 => people[mentor].dotted_manager = Some(id),
            _ => {}
        }
    }
}

fn link(people: &mut [Profile], one: usize, other: usize, list: fn(&mut Profile) -> &mut Vec<Uuid>) {
    let (a, b) = (people[one].person.id, people[other].person.id);
    list(&mut people[one]).push(b);
    list(&mut people[other]).push(a);
}

/// Each skill is related to its neighbours in the list of its ladder. The last skill is a neighbour of the first.
fn graph() -> SkillGraph {
    let rings = (0..LADDERS).map(|ladder| (ladder * LADDER_SKILLS, LADDER_SKILLS));
    let shared = std::iter::once((LADDERS * LADDER_SKILLS, SHARED_SKILLS));
    rings
        .chain(shared)
        .flat_map(|(from, len)| (0..len).map(move |i| (Skill(from + i), Skill(from + (i + 1) % len))))
        .collect()
}
