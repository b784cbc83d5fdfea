//! The data of the benchmark: 2,000 people and 1,000 pairs. One pair has 50 notes.

use mentorship::clock::Clock;
use mentorship::db::{Db, Tx};
use mentorship::ids::{NoteId, PairId, PersonId, SessionId};
use mentorship::policy::{Home, PairPeople, Sealed, close};
use mentorship::sessions::note::model::NoteText;
use mentorship::text::Text;
use sqlx::types::Json;

/// The ids that the requests use.
pub struct World {
    pub mentor: PersonId,
    pub pair: PairId,
    /// More pairs of the same mentor, so that writing clients do not wait for each other.
    pub pairs: Vec<PairId>,
    /// A session of the pair, with 50 notes.
    pub session: SessionId,
    /// One of these notes.
    pub note: NoteId,
}

impl World {
    pub async fn build(db: &Db, clock: &Clock) -> Self {
        let mut tx = db.write().await.expect("a transaction");
        let mut people = Vec::new();
        for _ in 0..2000 {
            people.push(person(&mut tx, clock).await);
        }
        let mut pairs = Vec::new();
        for two in people.chunks(2) {
            pairs.push(pair(&mut tx, clock, two[0], two[1]).await);
        }
        let (mentor, chosen, mut own) = (people[1000], pairs[500], Vec::new());
        for mentee in &people[..64] {
            own.push(pair(&mut tx, clock, mentor, *mentee).await);
        }
        let two = PairPeople { pair_id: chosen, mentor_id: mentor, mentee_id: people[1001] };
        let (session, note) = session(&mut tx, clock, two).await;
        tx.commit().await.expect("it commits");
        Self { mentor, pair: chosen, pairs: own, session, note }
    }
}

async fn person(tx: &mut Tx, clock: &Clock) -> PersonId {
    let id = PersonId::new(clock);
    tx.query(
        "insert into people (id, name, name_folded, email, time_zone, languages, status, offers_mentoring, wants_mentoring,
            is_paused, mentor_capacity, mentor_load, formats, topics, consents_to_personal_fit, created_at, updated_at, revision)
         values ($1, $2, $2, $3, 'UTC', $4, 'active', true, true, false, 3, 0, $5, $5, false, $6, $6, 1)",
    )
    .bind(id)
    .bind(format!("person {id}"))
    .bind(format!("{id}@example.com"))
    .bind(Json(["en"]))
    .bind(Json::<[&str; 0]>([]))
    .bind(clock.now())
    .run()
    .await
    .expect("a person");
    id
}

async fn pair(tx: &mut Tx, clock: &Clock, mentor: PersonId, mentee: PersonId) -> PairId {
    let (id, now) = (PairId::new(clock), clock.now());
    tx.query(
        "insert into pairs (id, mentor_id, mentee_id, model, status, mentor_accepted, mentee_accepted, starts_on,
            goals_focus, active_since, created_at, updated_at, revision)
         values ($1, $2, $3, 'one_on_one', 'active', true, true, $4, 'Speaking up', $5, $5, $5, 1)",
    )
    .bind(id)
    .bind(mentor)
    .bind(mentee)
    .bind(now.date_naive())
    .bind(now)
    .run()
    .await
    .expect("a pair");
    id
}

/// The text of a note: three sentences.
pub fn words() -> Text {
    Text::parse(&"We practised the talk twice, and the opening is still too long. ".repeat(3)).expect("a text")
}

async fn session(tx: &mut Tx, clock: &Clock, two: PairPeople) -> (SessionId, NoteId) {
    let (pair, author) = (two.pair_id, two.mentor_id);
    let (id, now) = (SessionId::new(clock), clock.now());
    tx.query(
        "insert into sessions (id, pair_id, event_id, sequence, starts_at, ends_at, time_zone, length_minutes, kind,
            status, created_at, updated_at, revision)
         values ($1, $2, $1, 0, $3, $3, 'UTC', 45, 'regular', 'scheduled', $3, $3, 1)",
    )
    .bind(id)
    .bind(pair)
    .bind(now)
    .run()
    .await
    .expect("a session");
    let notes = [(); 50].map(|()| NoteId::new(clock));
    for note in notes {
        let home = Home::for_both(note, two, &author, id, 0);
        let text = close(tx, home, &Sealed::<NoteText>::new(author, words())).await.expect("it is sealed");
        tx.query(
            "insert into notes (id, session_id, pair_id, author_id, text, created_at, updated_at, revision)
             values ($1, $2, $3, $4, $5, $6, $6, 1)",
        )
        .bind(note)
        .bind(id)
        .bind(pair)
        .bind(author)
        .bind(text)
        .bind(now)
        .run()
        .await
        .expect("a note");
    }
    (id, notes[0])
}
