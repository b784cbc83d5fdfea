//! The SQL of pairs.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::FromRow;

use super::model::{Pair, PairNote, PairNoteKind, PairStatus};
use crate::db::{Ids, Query, Tx, UNLIMITED, insert, query, save};
use crate::ids::{PairId, PersonId, ProgramId, TeamId};
use crate::policy::acts::ProposePair;
use crate::policy::{Changed, Guarded, PairPeople, Permit, Viewer, close, close_again};
use crate::problem::{Code, OnClash as _, Problem, is_missing, saved};

/// Selects pairs with the names that their view shows. `x` is the row of `pairs`.
const SELECT: &str = "select x.id, x.mentor_id, x.mentee_id, mentee.manager_id as mentee_manager_id, x.program_id,
        mentor.name as mentor_name, mentor.title as mentor_title, mentor.mentor_load,
        mentee.name as mentee_name, mentee.title as mentee_title, x.team_id, t.name as team_name,
        g.name as program_name, x.model, x.status, x.mentor_accepted, x.mentee_accepted, x.expires_on,
        x.goals_focus, x.active_since, x.starts_on, x.ends_on, x.ended_on, x.override_reason, x.end_reason,
        x.outcome_summary, x.ended_by_id, x.cadence, x.created_at, x.updated_at, x.revision, x.words_revision,
        (select 1 from pair_notes n where n.pair_id = x.id limit 1) is not null as has_notes
    from pairs x join people mentor on mentor.id = x.mentor_id join people mentee on mentee.id = x.mentee_id
    left join teams t on t.id = x.team_id left join programs g on g.id = x.program_id";

/// The ids of the pairs in which `:person` is mentor or mentee. Each half uses its own index.
pub const PAIRS_OF_PERSON: &str = "(select id from pairs where mentor_id = :person
    union all select id from pairs where mentee_id = :person)";

/// The filters of one page of pairs, which narrow the result; each filter with an index has its own SQL text before
/// them. An absent filter is written `coalesce(test, :value is null)`: for `:value is null or test` PostgreSQL would
/// expect few rows in a generic plan, and sort the whole table.
const FILTERED: &str = "and x.id > :after and coalesce(x.status = :status, :status is null)
    and coalesce(x.program_id = :program, :program is null) and coalesce(x.team_id = :team, :team is null)
    and coalesce(x.updated_at > :since, :since is null) order by x.id limit :limit";

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
    let found: Option<PairRow> = query!(tx, [SELECT, "where x.id = :id"], id).optional().await?;
    let Some(pair) = found else { return Ok(None) };
    Ok(with_notes(tx, viewer, vec![pair]).await?.pop())
}

/// One pair without its notes, for rules that do not need them.
pub async fn find_bare(tx: &mut Tx, id: PairId) -> sqlx::Result<Option<Pair>> {
    query!(tx, [SELECT, "where x.id = :id"], id).optional().await
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
    let Filter { status, program, team, updated_after: since, .. } = *only;
    macro_rules! list {
        ([$($indexed:expr),+] $(, $person:ident)?) => {
            query!(
                tx,
                [SELECT, "where", $($indexed,)+ FILTERED],
                after,
                status,
                program,
                team,
                since,
                limit
                $(, $person)?
            )
        };
    }
    match *only {
        Filter { member: Some((person, Role::Mentor)), .. } => list!(["x.mentor_id = :person"], person),
        Filter { member: Some((person, Role::Mentee)), .. } => list!(["x.mentee_id = :person"], person),
        Filter { member: Some((person, Role::Either)), .. } => list!(["x.id in", PAIRS_OF_PERSON], person),
        Filter { program: Some(_), .. } => list!(["x.program_id = :program"]),
        Filter { team: Some(_), .. } => list!(["x.team_id = :team"]),
        Filter { status: Some(_), .. } => list!(["x.status = :status"]),
        Filter { updated_after: Some(_), .. } => list!(["x.id in (select id from pairs where updated_at > :since)"]),
        Filter { .. } => list!(["x.id >= :after"]),
    }
}

/// Adds the notes to the pairs in which the viewer is mentor or mentee.
async fn with_notes(tx: &mut Tx, viewer: &Viewer, mut found: Vec<PairRow>) -> sqlx::Result<Vec<Pair>> {
    let own = found.iter_mut().filter(|found| found.has_notes && found.pair.standing.has(viewer));
    let mut own: Vec<_> = own.map(|found| &mut found.pair).collect();
    if own.is_empty() {
        return Ok(found.into_iter().map(|found| found.pair).collect());
    }
    let notes: Vec<PairNote> = query!(
        tx,
        "select id, pair_id, author_id, kind, text, created_at from pair_notes
         where pair_id = any(:own) order by created_at, author_id",
        own = own.iter().map(|pair| pair.id).collect::<Ids>()
    )
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
    let written = insert!(
        tx,
        "pairs",
        pair {
            id,
            team_id,
            model,
            status,
            mentor_accepted,
            mentee_accepted,
            expires_on,
            goals_focus,
            active_since,
            starts_on,
            ends_on,
            override_reason,
            created_at,
            updated_at
        },
        mentor_id = pair.standing.mentor_id,
        mentee_id = pair.standing.mentee_id,
        program_id = pair.standing.program_id,
        cadence,
        revision = 1_i64
    )
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
    saved(
        save!(
            tx,
            "update pairs set revision = revision + 1, words_revision = words_revision + 1",
            pair {
                team_id,
                status,
                mentor_accepted,
                mentee_accepted,
                expires_on,
                goals_focus,
                ends_on,
                ended_on,
                end_reason,
                outcome_summary,
                updated_at,
                ended_by_id,
                active_since
            },
            cadence
        )
        .run()
        .await
        .on_missing(|| Problem::invalid("/team_id", "must be the id of an existing team"))?,
    )
}

/// Writes a note. It replaces the note of the same kind and author.
pub async fn put_note(tx: &mut Tx, two: PairPeople, note: &PairNote) -> sqlx::Result<()> {
    let text = close(tx, note.home(two), &note.text).await?;
    query!(
        tx,
        "insert into pair_notes (id, pair_id, author_id, kind, text, created_at) values (:id, :pair_id,
            :author_id, :kind, :text, :created_at)
         on conflict (pair_id, kind, author_id)
         do update set id = excluded.id, text = excluded.text, created_at = excluded.created_at",
        id = note.id,
        pair_id = note.pair_id,
        author_id = note.author_id,
        kind = note.kind,
        text,
        created_at = note.created_at
    )
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
    query!(
        tx,
        "update pairs set status = 'declined', updated_at = :now, revision = revision + 1
         where status = 'proposed' and expires_on < :today
           and ((mentor_id = :mentor and mentee_id = :mentee) or (mentor_id = :mentee
               and mentee_id = :mentor))",
        mentor,
        mentee,
        today,
        now
    )
    .run()
    .await
}

/// Refuses to start a proposed pair if one person is not active any more, or if the mentor has no free place and no
/// lead overrode the rule.
pub async fn check_can_start(tx: &mut Tx, id: PairId) -> Result<(), Problem> {
    let (are_active, has_free_place): (bool, bool) = query!(
        tx,
        "select mentor.status = 'active' and mentee.status = 'active',
            mentor.mentor_load < mentor.mentor_capacity or x.override_reason is not null
         from pairs x join people mentor on mentor.id = x.mentor_id join people mentee on mentee.id = x.mentee_id
         where x.id = :id",
        id
    )
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
    let found = query!(tx, "select override_reason is not null from pairs where id = :id", id);
    found.one::<(bool,)>().await.map(|(is_overridden,)| is_overridden)
}

/// Ids of the proposed, active and paused pairs of a person. Always in the same order, so that two transactions that
/// lock them do not deadlock.
pub async fn list_live(tx: &mut Tx, person: PersonId) -> sqlx::Result<Vec<(PairId,)>> {
    let live = query!(
        tx,
        [
            "select id from pairs where id in",
            PAIRS_OF_PERSON,
            "and status in ('proposed', 'active', 'paused') order by id"
        ],
        person
    );
    live.all().await
}

/// Ends the active and paused pairs of a person, declines the proposed ones, and frees the places of the mentors.
pub async fn end_live(tx: &mut Tx, person: PersonId, at: DateTime<Utc>) -> sqlx::Result<Vec<(PairId, PairStatus)>> {
    let freed = query!(
        tx,
        "update people set mentor_load = mentor_load - (
            select count(*) from pairs x
            where x.mentor_id = people.id and :person in (x.mentor_id, x.mentee_id) and x.status in ('active', 'paused'))
         where id = :person
            or id in (select mentor_id from pairs where mentee_id = :person and status in ('active', 'paused'))",
        person
    );
    freed.run().await?;
    let ended = query!(
        tx,
        [
            "update pairs set status = case status when 'proposed' then 'declined' else 'ended' end,
                ended_on = case status when 'proposed' then null else :today end,
                end_reason = case status when 'proposed' then null else 'person_left' end,
                updated_at = :at, revision = revision + 1
             where id in",
            PAIRS_OF_PERSON,
            "and status in ('proposed', 'active', 'paused') returning id, status"
        ],
        person,
        at,
        today = at.date_naive()
    );
    ended.all().await
}
