//! The index of all mentors, in memory: made at the start or at first use, followed from then on, and made anew each day.
//!
//! Each request asks for the roster together with a snapshot of the database, and the roster is never older than the
//! snapshot: one indexed statement tells what changed, in this process or another one on the same database.

mod lines;
mod marks;
mod numbers;

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, NaiveDate, Utc};
use tokio::sync::{RwLock, RwLockReadGuard};

pub use lines::Lines;
pub use numbers::Numbers;

use self::marks::{Follower, Kind, News};
use super::engine::{Index, SkillGraph};
use super::profiles::{People, list_managers, list_related_skills};
use crate::db::{Asker, Ids, Tx};
use crate::http::App;
use crate::ids::PersonId;
use crate::policy::note_matching_run;
use crate::problem::Problem;

/// The one index of this process.
#[derive(Debug, Default)]
pub struct Roster(RwLock<Option<Mentors>>);

/// All mentors, as of one snapshot.
#[derive(Debug)]
pub struct Mentors {
    /// The engine's index.
    pub index: Index,
    /// Which skills are near each other.
    pub graph: SkillGraph,
    /// The reporting line.
    pub lines: Lines,
    numbers: Mutex<Numbers>,
    /// Mentors without a ladder role: nobody can say whether they are above or below a mentee.
    unplaced: HashSet<PersonId>,
    follower: Mutex<Follower>,
    /// Years at work and summer time are as of this day. Whom a request finds by them is judged as of its own.
    made_on: NaiveDate,
}

impl Roster {
    /// The mentors, and a snapshot in which they are as they are.
    ///
    /// The snapshot begins when nobody can take in news any more, so it is never older than the index. Ask before you
    /// hold a connection: whoever takes in news needs one. It speaks for the service, which alone knows all blocks.
    pub async fn current(&self, app: &App, now: DateTime<Utc>) -> Result<(RwLockReadGuard<'_, Mentors>, Tx), Problem> {
        {
            let roster = self.0.read().await;
            if let Some(mentors) = roster.as_ref().filter(|mentors| mentors.do_on(now)) {
                let mut tx = Asker::Service.scope(app.read()).await?;
                let news = mentors.look(&mut tx).await?;
                if news.is_empty() {
                    mentors.follower().take_in(news);
                    return Ok((ready(roster)?, tx));
                }
            }
        }
        let mut roster = self.0.write().await;
        let mut tx = Asker::Service.scope(app.read()).await?;
        let is_current = match roster.as_mut().filter(|mentors| mentors.do_on(now)) {
            Some(mentors) => mentors.follow(&mut tx, now).await?,
            None => false,
        };
        if !is_current {
            note_matching_run(app.trail(), &People::INPUTS)?;
            *roster = Some(Mentors::read(&mut tx, now).await?);
        }
        Ok((ready(roster.downgrade())?, tx))
    }

    /// Makes the index of a new day, beside those who go on with that of the day before.
    pub async fn renew(&self, app: &App, now: DateTime<Utc>) -> Result<(), Problem> {
        if self.0.read().await.as_ref().is_none_or(|mentors| mentors.made_on == now.date_naive()) {
            return Ok(());
        }
        note_matching_run(app.trail(), &People::INPUTS)?;
        let mentors = {
            let mut tx = Asker::Service.scope(app.read()).await?;
            Mentors::read(&mut tx, now).await?
        };
        // What changed meanwhile the next request takes in. The old one is let go when nobody waits for it.
        let old = self.0.write().await.replace(mentors);
        drop(old);
        Ok(())
    }
}

fn ready(roster: RwLockReadGuard<'_, Option<Mentors>>) -> Result<RwLockReadGuard<'_, Mentors>, Problem> {
    RwLockReadGuard::try_map(roster, Option::as_ref).map_err(|_| Problem::internal("the roster was not made"))
}

impl Mentors {
    /// Everything from the beginning.
    async fn read(tx: &mut Tx, now: DateTime<Utc>) -> Result<Self, Problem> {
        let follower = Follower::start(tx).await?;
        let people = People::mentors(tx).await?;
        let lines = Lines::of(list_managers(tx).await?);
        let related = list_related_skills(tx).await?;
        // Reading is the database's work, this is ours and may take a second: not where others wait.
        let made = tokio::task::spawn_blocking(move || {
            let mut numbers = Numbers::default();
            let graph: SkillGraph = related.into_iter().map(|(a, b)| (numbers.skill(a), numbers.skill(b))).collect();
            let (mut profiles, mut unplaced) = (Vec::with_capacity(people.facts.len()), HashSet::new());
            for facts in &people.facts {
                match people.mentor(facts, now, &mut numbers, &lines) {
                    Some(profile) => profiles.push(profile),
                    None => {
                        unplaced.insert(facts.id);
                    }
                }
            }
            let index = Index::build(profiles, graph.clone());
            Self {
                index,
                graph,
                lines,
                numbers: Mutex::new(numbers),
                unplaced,
                follower: Mutex::new(follower),
                made_on: now.date_naive(),
            }
        });
        made.await.map_err(Problem::internal)
    }

    /// Whether these do on this day: theirs, the next, until its own are made, or the one before, for whom midnight overtook.
    fn do_on(&self, now: DateTime<Utc>) -> bool {
        (now.date_naive() - self.made_on).num_days().abs() <= 1
    }

    async fn look(&self, tx: &mut Tx) -> sqlx::Result<News> {
        // Not held while waiting; nobody changes it but under the lock around us, or to the same effect.
        let follower = self.follower().clone();
        follower.look(tx).await
    }

    /// Takes in what is new; false where everything has to be read again. Undone halfway, it starts over: each step can
    /// be taken twice.
    async fn follow(&mut self, tx: &mut Tx, now: DateTime<Utc>) -> Result<bool, Problem> {
        let news = self.look(tx).await?;
        if news.asks_for_all() {
            return Ok(false);
        }
        let mut changed: HashMap<PersonId, Kind> = HashMap::new();
        for (person, kind) in news.people() {
            let known = changed.entry(person).or_insert(kind);
            if kind == Kind::Profile {
                *known = kind;
            }
        }
        let ids: Ids = changed.keys().copied().collect();
        let people = if changed.is_empty() { return Ok(true) } else { People::these(tx, &ids).await? };
        for facts in &people.facts {
            if !self.lines.fit(facts.id, facts.manager_id) {
                return Ok(false);
            }
            let (id, offer) = (facts.id.uuid(), facts.offer());
            let is_load = changed.get(&facts.id) == Some(&Kind::Load);
            if is_load && self.index.set_load(id, offer.active, offer.capacity) {
                continue;
            }
            self.unplaced.remove(&facts.id);
            let numbers = self.numbers.get_mut().unwrap_or_else(PoisonError::into_inner);
            match people.mentor(facts, now, numbers, &self.lines) {
                Some(profile) if facts.mentors() => self.index.put(profile),
                placed => {
                    self.index.remove(id);
                    if placed.is_none() && facts.mentors() {
                        self.unplaced.insert(facts.id);
                    }
                }
            }
        }
        if self.index.is_due() {
            self.index = self.index.merged();
        }
        self.follower().take_in(news);
        Ok(true)
    }

    /// The numbers of this index; not to be held while waiting.
    pub fn numbers(&self) -> MutexGuard<'_, Numbers> {
        self.numbers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many mentors have no ladder role, not counting `except`.
    pub fn unplaced(&self, except: PersonId) -> usize {
        self.unplaced.iter().filter(|person| **person != except).count()
    }

    fn follower(&self) -> MutexGuard<'_, Follower> {
        self.follower.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
