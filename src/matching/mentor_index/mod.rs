//! The index of all mentors, in memory. It is built at the start or at first use, then kept up to date, and built again
//! each day.
//!
//! Each request gets the index together with a snapshot of the database. The index is never older than the snapshot:
//! one indexed statement finds what changed, in this process or in another one on the same database.

mod marks;

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, NaiveDate, Utc};
use tokio::sync::{RwLock, RwLockReadGuard};

use self::marks::{ChangeFollower, Changes, Kind};
use super::engine::{Index, SkillGraph};
use super::profiles::{Numbers, People, ReportingLines, list_managers, list_related_skills};
use crate::db::{Ids, OnBehalfOf, Tx};
use crate::http::App;
use crate::ids::PersonId;
use crate::policy::note_matching_run;
use crate::problem::Problem;

/// The index of this process. `None`: not built yet.
#[derive(Debug, Default)]
pub struct MentorIndex(RwLock<Option<Mentors>>);

/// All mentors at one snapshot.
#[derive(Debug)]
pub struct Mentors {
    /// The engine's index.
    pub index: Index,
    /// Which skills are related.
    pub graph: SkillGraph,
    /// The reporting tree.
    pub lines: ReportingLines,
    numbers: Mutex<Numbers>,
    /// Mentors without a ladder role. Their level is unknown, so they are not in the index.
    without_ladder_role: HashSet<PersonId>,
    follower: Mutex<ChangeFollower>,
    /// Years at work and summer time are computed for this day. The mentors that a request finds are assessed again
    /// with the time of the request.
    built_on: NaiveDate,
}

impl MentorIndex {
    /// The mentors, and a read transaction whose snapshot matches them.
    ///
    /// The transaction begins while the index is locked, so the snapshot is never older than the index. Call this
    /// before you take a connection: bringing the index up to date needs one. The transaction acts for the service,
    /// because only the service may see all blocks.
    pub async fn current(&self, app: &App, now: DateTime<Utc>) -> Result<(RwLockReadGuard<'_, Mentors>, Tx), Problem> {
        {
            let slot = self.0.read().await;
            if let Some(mentors) = slot.as_ref().filter(|mentors| mentors.is_usable_on(now)) {
                let mut tx = OnBehalfOf::Service.scope(app.read()).await?;
                let changes = mentors.read_changes(&mut tx).await?;
                if changes.is_empty() {
                    mentors.follower().mark_seen(changes);
                    return Ok((ready(slot)?, tx));
                }
            }
        }
        let mut slot = self.0.write().await;
        let mut tx = OnBehalfOf::Service.scope(app.read()).await?;
        let is_current = match slot.as_mut().filter(|mentors| mentors.is_usable_on(now)) {
            Some(mentors) => mentors.apply_changes(&mut tx, now).await?,
            None => false,
        };
        if !is_current {
            note_matching_run(app.audit_log(), &People::INPUTS)?;
            *slot = Some(Mentors::read(&mut tx, now).await?);
        }
        Ok((ready(slot.downgrade())?, tx))
    }

    /// Builds the index for a new day. Until it is ready, requests use the index of the day before.
    pub async fn renew(&self, app: &App, now: DateTime<Utc>) -> Result<(), Problem> {
        if self.0.read().await.as_ref().is_none_or(|mentors| mentors.built_on == now.date_naive()) {
            return Ok(());
        }
        note_matching_run(app.audit_log(), &People::INPUTS)?;
        let mentors = {
            let mut tx = OnBehalfOf::Service.scope(app.read()).await?;
            Mentors::read(&mut tx, now).await?
        };
        // The next request applies the changes that happened during the build. The old index is freed after the lock is
        // released, so no request waits for it.
        let old = self.0.write().await.replace(mentors);
        drop(old);
        Ok(())
    }
}

fn ready(slot: RwLockReadGuard<'_, Option<Mentors>>) -> Result<RwLockReadGuard<'_, Mentors>, Problem> {
    RwLockReadGuard::try_map(slot, Option::as_ref).map_err(|_| Problem::internal("the index of mentors was not built"))
}

impl Mentors {
    /// Reads all mentors and builds the index.
    async fn read(tx: &mut Tx, now: DateTime<Utc>) -> Result<Self, Problem> {
        let follower = ChangeFollower::start(tx).await?;
        let people = People::mentors(tx).await?;
        let lines = ReportingLines::of(list_managers(tx).await?);
        let related = list_related_skills(tx).await?;
        // Building may take a second of processor time: not on a thread that serves requests.
        let made = tokio::task::spawn_blocking(move || {
            let mut numbers = Numbers::default();
            let graph: SkillGraph = related.into_iter().map(|(a, b)| (numbers.skill(a), numbers.skill(b))).collect();
            let (mut profiles, mut without_ladder_role) = (Vec::with_capacity(people.facts.len()), HashSet::new());
            for facts in &people.facts {
                match people.mentor(facts, now, &mut numbers, &lines) {
                    Some(profile) => profiles.push(profile),
                    None => {
                        without_ladder_role.insert(facts.id);
                    }
                }
            }
            let index = Index::build(profiles, graph.clone());
            Self {
                index,
                graph,
                lines,
                numbers: Mutex::new(numbers),
                without_ladder_role,
                follower: Mutex::new(follower),
                built_on: now.date_naive(),
            }
        });
        made.await.map_err(Problem::internal)
    }

    /// Whether this index may be used on a day: its own day, the next one (until the new index is ready), or the day
    /// before (for a request that started before midnight).
    fn is_usable_on(&self, now: DateTime<Utc>) -> bool {
        (now.date_naive() - self.built_on).num_days().abs() <= 1
    }

    async fn read_changes(&self, tx: &mut Tx) -> sqlx::Result<Changes> {
        // A copy, because the mutex must not be locked while waiting. Other requests change the original only under the
        // lock around this call, or to the same value.
        let follower = self.follower().clone();
        follower.read_changes(tx).await
    }

    /// Applies what is new. `false`: the index must be built again. If it is interrupted, the next call starts again:
    /// every step may run twice.
    async fn apply_changes(&mut self, tx: &mut Tx, now: DateTime<Utc>) -> Result<bool, Problem> {
        let changes = self.read_changes(tx).await?;
        if changes.requires_rebuild() {
            return Ok(false);
        }
        let mut kinds: HashMap<PersonId, Kind> = HashMap::new();
        for (person, kind) in changes.people() {
            let known = kinds.entry(person).or_insert(kind);
            if kind == Kind::Profile {
                *known = kind;
            }
        }
        let ids: Ids = kinds.keys().copied().collect();
        let people = if kinds.is_empty() { return Ok(true) } else { People::by_ids(tx, &ids).await? };
        for facts in &people.facts {
            if !self.lines.fit(facts.id, facts.manager_id) {
                return Ok(false);
            }
            let (id, offer) = (facts.id.uuid(), facts.offer());
            let is_load = kinds.get(&facts.id) == Some(&Kind::Load);
            if is_load && self.index.set_load(id, offer.active, offer.capacity) {
                continue;
            }
            self.without_ladder_role.remove(&facts.id);
            let numbers = self.numbers.get_mut().unwrap_or_else(PoisonError::into_inner);
            match people.mentor(facts, now, numbers, &self.lines) {
                Some(profile) if facts.mentors() => self.index.put(profile),
                placed => {
                    self.index.remove(id);
                    if placed.is_none() && facts.mentors() {
                        self.without_ladder_role.insert(facts.id);
                    }
                }
            }
        }
        if self.index.is_due() {
            self.index = self.index.merged();
        }
        self.follower().mark_seen(changes);
        Ok(true)
    }

    /// The numbers of this index. Do not keep the guard across an `await`.
    pub fn numbers(&self) -> MutexGuard<'_, Numbers> {
        self.numbers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Number of mentors without a ladder role, not counting `except`.
    pub fn count_without_ladder_role(&self, except: PersonId) -> usize {
        self.without_ladder_role.iter().filter(|person| **person != except).count()
    }

    fn follower(&self) -> MutexGuard<'_, ChangeFollower> {
        self.follower.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
