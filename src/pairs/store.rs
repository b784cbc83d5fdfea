//! The SQL of pairs.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::FromRow;

use super::model::{Pair, PairNote, PairNoteKind, PairStatus};
use crate::db::{Ids, Query, Sql, Tx, UNLIMITED};
use crate::ids::{PairId, PersonId, ProgramId, TeamId};
use crate::policy::acts::ProposePair;
use crate::policy::{Changed, Guarded, PairPeople, Permit, Viewer, close, close_again};
use crate::problem::{Code, OnClash as _, Problem, is_missing};

/// Selects pairs with the names that their view shows. `x` is the row of `pairs`.
macro_rules! select_pair {
    ($($rest:literal),+) => {
        concat!(
            "select x.id, x.mentor_id, x.mentee_id, mentee.manager_id as mentee_manager_id, x.program_id,
                mentor.name as mentor_name, mentor.title as mentor_title, mentor.mentor_load, mentee.name as mentee_name,
                mentee.title as mentee_title, x.team_id, t.name as team_name, g.name as program_name, x.model, x.status,
                x.mentor_accepted, x.mentee_accepted, x.expires_on, x.goals_focus, x.active_since, x.starts_on, x.ends_on,
                x.ended_on, x.override_reason, x.end_reason, x.outcome_summary, x.ended_by_id, x.cadence, x.created_at, x.updated_at,
                x.revision, x.words_revision, (select 1 from pair_notes n where n.pair_id = x.id limit 1) is not null as has_notes
             from pairs x
             join people mentor on mentor.id = x.mentor_id
             join people mentee on mentee.id = x.mentee_id
             left join teams t on t.id = x.team_id
             left join programs g on g.id = x.program_id ",
            $($rest),+
        )
    };
}

/// Selects one page of pairs. Each filter with an index has its own SQL text, so that its index is used; `$2` and
/// higher only narrow the result. An absent filter is written `coalesce(test, $n is null)`: for `$n is null or test`
/// PostgreSQL would expect few rows in a generic plan, and sort the whole table.
macro_rules! list_pairs {
    ($indexed:literal) => {
        select_pair!(
            "where ",
            $indexed,
            " and x.id > $2 and coalesce(x.status = $3, $3 is null) and coalesce(x.program_id = $4, $4 is null)
             and coalesce(x.team_id = $5, $5 is null) and coalesce(x.updated_at > $6, $6 is null) order by x.id limit $7"
        )
    };
}

/// A pair, and whether it has notes. Most pairs have none and need no second query.
#[derive(FromRow)]
struct PairRow {
    #[sqlx(flatten)]
    pair: Pair,
    has_notes: bool,
}

/// Filter of a list of pairs.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only pairs in which this person has the role.
    pub member: Option<(PersonId, Role)>,
    /// Only pairs with this status.
    pub status: Option<PairStatus>,
    /// Only pairs of this program.
    pub program: Option<ProgramId>,
    /// Only pairs that count for this team.
    pub team: Option<TeamId>,
    /// Only pairs with a later `updated_at`.
    pub updated_after: Option<DateTime<Utc>>,
}

/// Role of a person in a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Mentor.
    Mentor,
    /// Mentee.
    Mentee,
    /// Mentor or mentee.
    Either,
}

/// One pair. The mentor and the mentee also get its notes.
pub async fn find(tx: &mut Tx, viewer: &Viewer, id: PairId) -> sqlx::Result<Option<Pair>> {
    let found: Option<PairRow> = tx.query(select_pair!("where x.id = $1")).bind(id).optional().await?;
    let Some(pair) = found else { return Ok(None) };
    Ok(with_notes(tx, viewer, vec![pair]).await?.pop())
}

/// One pair without its notes, for rules that do not need them.
pub async fn find_bare(tx: &mut Tx, id: PairId) -> sqlx::Result<Option<Pair>> {
    tx.query(select_pair!("where x.id = $1")).bind(id).optional().await
}

/// One page of pairs after `after`, by time of creation.
pub async fn list(tx: &mut Tx, viewer: &Viewer, only: &Filter, after: PairId, limit: i64) -> sqlx::Result<Vec<Pair>> {
    let pairs: Vec<PairRow> = listed(tx, only, after, limit).all().await?;
    with_notes(tx, viewer, pairs).await
}

/// Number of pairs on all pages.
pub async fn count(tx: &mut Tx, only: &Filter) -> sqlx::Result<i64> {
    listed(tx, only, PairId::first(), UNLIMITED).count().await
}

fn listed<'t>(tx: &'t mut Tx, only: &Filter, after: PairId, limit: i64) -> Query<'t> {
    let query = match *only {
        Filter { member: Some((person, Role::Mentor)), .. } => tx.query(list_pairs!("x.mentor_id = $1")).bind(person),
        Filter { member: Some((person, Role::Mentee)), .. } => tx.query(list_pairs!("x.mentee_id = $1")).bind(person),
        Filter { member: Some((person, Role::Either)), .. } => tx
            .query(list_pairs!(
                "x.id in (select id from pairs where mentor_id = $1 union all select id from pairs where mentee_id = $1)"
            ))
            .bind(person),
        Filter { program: Some(program), .. } => tx.query(list_pairs!("x.program_id = $1")).bind(program),
        Filter { team: Some(team), .. } => tx.query(list_pairs!("x.team_id = $1")).bind(team),
        Filter { status: Some(status), .. } => tx.query(list_pairs!("x.status = $1")).bind(status),
        Filter { updated_after: Some(since), .. } => tx.query(list_pairs!("x.id in (select id from pairs where updated_at > $1)")).bind(since),
        Filter { .. } => tx.query(list_pairs!("x.id >= $1")).bind(after),
    };
    let query = query.bind(after).bind(only.status).bind(only.program).bind(only.team).bind(only.updated_after);
    query.bind(limit)
}

/// Adds the notes to the pairs in which the viewer is mentor or mentee.
async fn with_notes(tx: &mut Tx, viewer: &Viewer, mut found: Vec<PairRow>) -> sqlx::Result<Vec<Pair>> {
    let own = found.iter_mut().filter(|found| found.has_notes && found.pair.standing.has(viewer));
    let mut own: Vec<_> = own.map(|found| &mut found.pair).collect();
    if own.is_empty() {
        return Ok(found.into_iter().map(|found| found.pair).collect());
    }
    let notes: Vec<PairNote> = tx
        .query(Sql {
            sqlite: "select id, pair_id, author_id, kind, text, created_at from pair_notes
                     where pair_id in (select unhex(value) from json_each($1)) order by created_at, author_id",
            postgres: "select id, pair_id, author_id, kind, text, created_at from pair_notes
                       where pair_id = any($1) order by created_at, author_id",
        })
        .bind(own.iter().map(|pair| pair.id).collect::<Ids>())
        .all()
        .await?;
    for pair in &mut own {
        let of = |kind| notes.iter().filter(move |note| note.kind == kind).cloned();
        let (id, mut agreement, end_notes) = (pair.id, of(PairNoteKind::Agreement), of(PairNoteKind::EndNote));
        pair.agreement = Guarded::new(agreement.rfind(|note| note.pair_id == id));
        pair.end_notes = Guarded::new(end_notes.filter(|note| note.pair_id == id).collect());
    }
    Ok(found.into_iter().map(|found| found.pair).collect())
}

/// Inserts a pair.
pub async fn insert(tx: &mut Tx, pair: Permit<ProposePair, Pair>) -> Result<(), Problem> {
    let cadence = close(tx, pair.home(), &pair.cadence).await?;
    let written = tx
        .query(
            "insert into pairs (id, mentor_id, mentee_id, team_id, program_id, model, status, mentor_accepted,
            mentee_accepted, expires_on, goals_focus, active_since, starts_on, ends_on, override_reason, cadence,
            created_at, updated_at, revision)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, 1)",
        )
        .bind(pair.id)
        .bind(pair.standing.mentor_id)
        .bind(pair.standing.mentee_id)
        .bind(pair.team_id)
        .bind(pair.standing.program_id)
        .bind(pair.model)
        .bind(pair.status)
        .bind(pair.mentor_accepted)
        .bind(pair.mentee_accepted)
        .bind(pair.expires_on)
        .bind(&pair.goals_focus)
        .bind(pair.active_since)
        .bind(pair.starts_on)
        .bind(pair.ends_on)
        .bind(&pair.override_reason)
        .bind(cadence)
        .bind(pair.created_at)
        .bind(pair.updated_at)
        .run()
        .await;
    // All other references were checked before, so the team is the one that is missing.
    if written.as_ref().is_err_and(is_missing) {
        return Err(Problem::invalid("/team_id", "must be the id of an existing team"));
    }
    written.on_unique(Code::PairExists, "These two people already have a live pair. End it or decline it first.")?;
    Ok(())
}

/// Saves a changed pair, unless another request changed it first.
pub async fn save(tx: &mut Tx, pair: &Changed<Pair>) -> Result<(), Problem> {
    let cadence = close_again(tx, pair.home(), &pair.cadence).await?;
    let touched = tx
        .query(
            "update pairs set team_id = $3, status = $4, mentor_accepted = $5, mentee_accepted = $6, expires_on = $7,
                goals_focus = $8, ends_on = $9, ended_on = $10, end_reason = $11, outcome_summary = $12, cadence = $13,
                updated_at = $14, ended_by_id = $15, active_since = $16, revision = revision + 1, words_revision = words_revision + 1
             where id = $1 and revision = $2",
        )
        .bind(pair.id)
        .bind(pair.revision)
        .bind(pair.team_id)
        .bind(pair.status)
        .bind(pair.mentor_accepted)
        .bind(pair.mentee_accepted)
        .bind(pair.expires_on)
        .bind(&pair.goals_focus)
        .bind(pair.ends_on)
        .bind(pair.ended_on)
        .bind(&pair.end_reason)
        .bind(&pair.outcome_summary)
        .bind(cadence)
        .bind(pair.updated_at)
        .bind(pair.ended_by_id)
        .bind(pair.active_since)
        .run()
        .await
        .on_missing(|| Problem::invalid("/team_id", "must be the id of an existing team"))?;
    if touched == 1 { Ok(()) } else { Err(Problem::changed_meanwhile()) }
}

/// Writes a note. It replaces the note of the same kind and author.
pub async fn put_note(tx: &mut Tx, two: PairPeople, note: &PairNote) -> sqlx::Result<()> {
    let text = close(tx, note.home(two), &note.text).await?;
    tx.query(
        "insert into pair_notes (id, pair_id, author_id, kind, text, created_at) values ($1, $2, $3, $4, $5, $6)
         on conflict (pair_id, kind, author_id)
         do update set id = excluded.id, text = excluded.text, created_at = excluded.created_at",
    )
    .bind(note.id)
    .bind(note.pair_id)
    .bind(note.author_id)
    .bind(note.kind)
    .bind(text)
    .bind(note.created_at)
    .run()
    .await?;
    Ok(())
}

/// Declines expired proposals of these two people, so that a new pair can be created.
pub async fn decline_expired(
    tx: &mut Tx,
    mentor: PersonId,
    mentee: PersonId,
    today: NaiveDate,
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    tx.query(
        "update pairs set status = 'declined', updated_at = $4, revision = revision + 1
         where status = 'proposed' and expires_on < $3
           and ((mentor_id = $1 and mentee_id = $2) or (mentor_id = $2 and mentee_id = $1))",
    )
    .bind(mentor)
    .bind(mentee)
    .bind(today)
    .bind(now)
    .run()
    .await
}

/// Refuses to start a proposed pair if one person is not active any more, or if the mentor has no free place and no
/// lead overrode the rule.
pub async fn check_can_start(tx: &mut Tx, id: PairId) -> Result<(), Problem> {
    let (are_active, has_free_place): (bool, bool) = tx
        .query(
            "select mentor.status = 'active' and mentee.status = 'active',
                mentor.mentor_load < mentor.mentor_capacity or x.override_reason is not null
             from pairs x join people mentor on mentor.id = x.mentor_id join people mentee on mentee.id = x.mentee_id
             where x.id = $1",
        )
        .bind(id)
        .one()
        .await?;
    if !are_active {
        return Err(Problem::new(
            Code::PersonNotActive,
            "The mentor or the mentee is not active any more. Decline the pair.",
        ));
    }
    if !has_free_place {
        let detail = "The mentor has no free place any more. The mentor ends another pair or raises `capacity` first.";
        return Err(Problem::new(Code::MentorAtCapacity, detail));
    }
    Ok(())
}

/// Whether the mentor of a pair has a free place in a program, not counting this pair.
pub async fn has_free_place_in(tx: &mut Tx, program: ProgramId, pair: &Pair) -> sqlx::Result<bool> {
    let has_free_place = tx.query(
        "select not exists (select 1 from enrolments e where e.program_id = $1 and e.person_id = $2 and e.role = 'mentor'
            and e.status = 'enrolled' and e.capacity <= (select count(*) from pairs x where x.mentor_id = $2
                and x.program_id = $1 and x.status in ('active', 'paused') and x.id <> $3))",
    );
    let has_free_place = has_free_place.bind(program).bind(pair.standing.mentor_id).bind(pair.id);
    has_free_place.one::<(bool,)>().await.map(|(has_free_place,)| has_free_place)
}

/// Whether a lead overrode a rule for a pair.
pub async fn is_overridden(tx: &mut Tx, id: PairId) -> sqlx::Result<bool> {
    let found = tx.query("select override_reason is not null from pairs where id = $1").bind(id);
    found.one::<(bool,)>().await.map(|(is_overridden,)| is_overridden)
}

/// Ids of the proposed, active and paused pairs of a person. Always in the same order, so that two transactions that
/// lock them do not deadlock.
pub async fn list_live(tx: &mut Tx, person: PersonId) -> sqlx::Result<Vec<(PairId,)>> {
    let live = tx.query(
        "select id from pairs
         where id in (select id from pairs where mentor_id = $1 union all select id from pairs where mentee_id = $1)
            and status in ('proposed', 'active', 'paused')
         order by id",
    );
    live.bind(person).all().await
}

/// Ends the active and paused pairs of a person, declines the proposed ones, and frees the places of the mentors.
pub async fn end_live(tx: &mut Tx, person: PersonId, at: DateTime<Utc>) -> sqlx::Result<Vec<(PairId, PairStatus)>> {
    let freed = tx.query(
        "update people set mentor_load = mentor_load
            - (select count(*) from pairs x where x.mentor_id = people.id and $1 in (x.mentor_id, x.mentee_id)
                and x.status in ('active', 'paused'))
         where id = $1 or id in (select mentor_id from pairs where mentee_id = $1 and status in ('active', 'paused'))",
    );
    freed.bind(person).run().await?;
    let ended = tx.query(
        "update pairs set status = case status when 'proposed' then 'declined' else 'ended' end,
            ended_on = case status when 'proposed' then null else $3 end,
            end_reason = case status when 'proposed' then null else 'person_left' end,
            updated_at = $2, revision = revision + 1
         where id in (select id from pairs where mentor_id = $1 union all select id from pairs where mentee_id = $1)
            and status in ('proposed', 'active', 'paused')
         returning id, status",
    );
    ended.bind(person).bind(at).bind(at.date_naive()).all().await
}
