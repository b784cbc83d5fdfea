//! A crowd: of every record as many as there are people, each with the id of a person, so that one
//! id names one of each kind.

use mentorship::db::Db;
use mentorship::ids::{NoteId, PairId, PersonId, SessionId};
use mentorship::notify::calendar::feed::model::Token;
use mentorship::policy::{Home, PairPeople, Scope, Sealed, close};
use mentorship::sessions::note::model::NoteText;
use mentorship::text::Text;
use mentorship::vault::{Address, Bound, Envelope, Owner};
use sqlx::Executor as _;
use sqlx::types::Json;
use uuid::Uuid;

use crate::harness::TestApp;

/// How many people.
const PEOPLE: usize = 8000;
/// How many report to each manager; the first person is above all.
pub const REPORTS: usize = 8;

/// Of every kind of record one a person. A team, a program and a department belong to a manager.
const RECORDS: [&str; 59] = [
    "insert into departments (id, name, name_folded, created_at, updated_at, revision)
     select id, email, email, created_at, created_at, 1 from people",
    "insert into teams (id, name, name_folded, department_id, lead_id, created_at, updated_at, revision)
     select id, email, email, coalesce(manager_id, id), id, created_at, created_at, 1 from people",
    "insert into career_ladders (id, name, name_folded, track, created_at, updated_at, revision)
     select id, email, email, 'individual', created_at, created_at, 1 from people",
    "insert into ladder_roles (id, ladder_id, name, name_folded, level)
     select id, coalesce(manager_id, id), email, email, 5 from people",
    "insert into skills (id, name, name_folded, created_at, updated_at, revision)
     select id, email, email, created_at, created_at, 1 from people",
    "insert into skill_synonyms (name_folded, name, skill_id) select name_folded, name, id from people",
    "insert into skill_relations (skill_id, related_id) select id, manager_id from people where manager_id is not null",
    "insert into service_accounts (id, name, name_folded, scopes, is_enabled, created_at, updated_at, revision)
     select id, email, email, $1, true, created_at, created_at, 1 from people",
    "update people set team_id = manager_id, ladder_role_id = manager_id, target_role_id = manager_id",
    "insert into person_skills (person_id, skill_id, level)
     select id, manager_id, 3 from people where manager_id is not null",
    "insert into person_needs (person_id, skill_id, priority, current_level, target_level)
     select id, manager_id, 1, 1, 3 from people where manager_id is not null",
    "insert into person_history (id, person_id, starts_on, status, team_id, manager_id, ladder_role_id, level, created_at)
     select id, id, '2026-01-05', status, manager_id, manager_id, manager_id, 5, created_at from people",
    "insert into person_blocks (person_id, blocked_id, created_at)
     select id, id, created_at from people",
    "insert into programs (id, name, name_folded, model, stage, is_formal, requires_acceptance, enrolling, created_at,
        updated_at, revision)
     select id, email, email, 'one_on_one', 'mentoring', true, false, 'open', created_at, created_at, 1 from people",
    "insert into program_coordinators (program_id, person_id)
     select id, manager_id from people where manager_id is not null",
    "insert into program_weights (program_id, prefers_near_team, version, updated_at)
     select id, true, 1, created_at from people",
    "insert into enrolments (id, program_id, person_id, role, status, created_at, updated_at, revision)
     select id, id, id, 'mentee', 'enrolled', created_at, created_at, 1 from people",
    "insert into pairs (id, mentor_id, mentee_id, team_id, program_id, model, status, mentor_accepted, mentee_accepted,
        active_since, starts_on, created_at, updated_at, revision)
     select id, manager_id, id, manager_id, manager_id, 'one_on_one', 'active', true, true, created_at, '2026-01-05', created_at,
        created_at, 1
     from people where manager_id is not null",
    "insert into pair_notes (id, pair_id, author_id, kind, text, created_at)
     select id, id, mentee_id, 'agreement', $1, created_at from pairs",
    "insert into notebook_entries (id, pair_id, author_id, text, created_at, updated_at, revision)
     select id, id, mentee_id, $1, created_at, created_at, 1 from pairs",
    "insert into sessions (id, pair_id, event_id, sequence, starts_at, ends_at, time_zone, length_minutes, kind, status,
        created_at, updated_at, revision)
     select id, id, id, 0, created_at, created_at, 'UTC', 45, 'regular', 'scheduled', created_at, created_at, 1
     from pairs",
    "insert into agenda_items (id, session_id, pair_id, author_id, topic, text, position, created_at, updated_at, revision)
     select id, id, id, mentee_id, $1, $1, 1, created_at, created_at, 1 from pairs",
    "insert into notes (id, session_id, pair_id, author_id, text, created_at, updated_at, revision)
     select id, id, id, mentee_id, $1, created_at, created_at, 1 from pairs",
    "insert into action_items (id, session_id, pair_id, author_id, owner_id, text, status, created_at, updated_at, revision)
     select id, id, id, mentor_id, mentee_id, $1, 'open', created_at, created_at, 1 from pairs",
    "insert into reflections (id, session_id, pair_id, author_id, next_step, created_at, updated_at, revision)
     select id, id, id, mentee_id, $1, created_at, created_at, 1 from pairs",
    "insert into goals (id, pair_id, owner_id, author_id, title, status, progress, activated_at, created_at, updated_at,
        revision)
     select id, id, mentee_id, mentee_id, 'x', 'active', 0, created_at, created_at, created_at, 1 from pairs",
    "insert into key_results (id, goal_id, pair_id, title, kind, start_value, target_value, current_value, weight,
        created_at, updated_at, revision)
     select id, id, id, 'x', 'number', 0, 1000, 0, 1, created_at, created_at, 1 from pairs",
    "insert into check_ins (id, goal_id, pair_id, author_id, confidence, progress_before, progress_after, key_results, created_at)
     select id, id, id, mentee_id, 'on_track', 0, 0, '[]', created_at from pairs",
    "insert into blockers (id, goal_id, pair_id, author_id, text, created_at, updated_at, revision)
     select id, id, id, mentee_id, $1, created_at, created_at, 1 from pairs",
    "insert into celebrations (id, goal_id, pair_id, author_id, text, created_at)
     select id, id, id, mentee_id, 'x', created_at from pairs",
    "insert into plan_steps (id, goal_id, pair_id, text, resources, is_done, created_at, updated_at, revision)
     select id, id, id, 'x', '[]', false, created_at, created_at, 1 from pairs",
    "insert into suggestion_requests (id, mentee_id, program_id, model, excluded, created_at)
     select id, mentee_id, program_id, model, $1, created_at from pairs",
    "insert into suggestions (id, request_id, mentee_id, mentor_id, program_id, model, status, score, level, assessment,
        model_version, created_at, updated_at, revision)
     select id, id, mentee_id, mentor_id, program_id, model, 'open', 5000, 'medium', $1, 'x', created_at, created_at, 1
     from pairs",
    "insert into matching_rounds (id, program_id, lead_id, status, objective, seconds, seed, claims, attempts, created_at, updated_at,
        revision)
     select id, id, id, 'drafted', 'total', 30, 0, 1, 1, created_at, created_at, 1 from people",
    "insert into matching_drafts (id, matching_round_id, mentee_id, mentor_id, status, score, is_locked, updated_at, revision)
     select id, id, mentee_id, mentor_id, 'drafted', 5000, false, created_at, 1 from pairs",
    "insert into matching_round_refusals (matching_round_id, mentee_id, mentor_id) select id, mentee_id, mentor_id from pairs",
    "insert into fairness_attributes (id, name, name_folded, salt, updated_at)
     select id, email, email, id, created_at from people",
    "insert into fairness_groups (id, attribute_id, name) select id, id, 'x' from people",
    "insert into fairness_members (id, attribute_id, person_id, group_id) select id, id, id, $1 from people",
    "insert into match_cases (id, mentee_id, mentor_id, pair_id, features, style, proposed_at)
     select id, mentee_id, mentor_id, id, $1, $1, created_at from pairs",
    "insert into match_models (version, status, base, seed, attempts, created_at, promoted_by_id, revision)
     select row_number() over (order by id), 'retired', 0, 1, 1, created_at, id, 1 from people",
    "insert into match_shadows (version, requests, shown, stayed, shifted, told_requests, told_shown, told_stayed,
        told_shifted)
     select version, 0, 0, 0, 0, 0, 0, 0, 0 from match_models",
    "insert into mentor_requests (id, mentee_id, program_id, message, days_to_answer, status, due_at, created_at,
        updated_at, revision)
     select id, mentee_id, program_id, $1, 5, 'open', '2030-01-01T00:00:00Z', created_at, created_at, 1 from pairs",
    "insert into mentor_request_choices (request_id, rank, suggestion_id, mentor_id, status, ask_id, asked_at, answer_by)
     select id, 1, id, mentor_id, 'asked', id, created_at, '2030-01-01T00:00:00Z' from pairs",
    "insert into disclosures (id, pair_id, field, record_id, audience, disclosed_by_id, voucher, created_at)
     select id, id, 'note.text', id, 'manager', mentee_id, $1, created_at
     from pairs",
    "insert into retention_runs (kind, ran_at) select email, created_at from people",
    "insert into events (id, kind, record_id, pair_id, created_at) select id, 'pair_created', id, id, created_at from pairs",
    "insert into deliveries (id, event_id, number, kind, record_id, pair_id, channel, recipient_id, status, attempts,
        created_at, updated_at)
     select id, id, (select number from events where events.id = pairs.id), 'pair.started', id, id, 'mail', mentee_id, 'delivered', 1, created_at, created_at from pairs",
    "insert into notice_preferences (person_id, mail_off, in_app_off, updated_at)
     select id, '[]', '[]', created_at from people",
    "insert into reminders (kind, record_id, due_at) select 'pair.review_due', id, created_at from pairs",
    "insert into notices (id, event_id, kind, record_id, pair_id, recipient_id, created_at)
     select id, id, 'pair.started', id, id, mentee_id, created_at from pairs",
    "insert into audit_events (id, at, request_id, actor_id, actor_kind, relation, kind, record_kind, record_ids, fields,
        author_id, writer_id, number, mac, seq, hash)
     select id, created_at, id, mentor_id, 'person', 'party', 'read', 'notes', '[]', '[]', mentee_id, id, 1, $1, 1, $1
     from pairs",
    "insert into audit_records (record_id, event_id) select id, id from pairs",
    "insert into identity_bindings (id, person_id, issuer, subject, bound_at)
     select id, id, 'https://id.example.com', email, created_at from people",
    "insert into identity_rebinds (person_id, opened_at, binding_id) select id, created_at, id from people",
    "insert into revoked_tokens (id, expires_at) select id, created_at from people",
    "insert into audit_chains (writer_id, seq, hash, settled, signed_seq, chained_at, mac)
     select id, 1, $1, 1, 1, created_at, $1 from pairs",
    "insert into audit_checkpoints (place, previous, writer_id, seq, hash, at, signature)
     select row_number() over (order by id), $1, id, 1, $1, created_at, $1 from pairs",
    "insert into idempotency_keys (subject_id, key, fingerprint, record_id, created_at)
     select mentee_id, 'x', $1, id, created_at from pairs",
];

/// Writes the crowd, and lets the engine count it.
pub async fn settle(app: &TestApp) -> Vec<PersonId> {
    let people: Vec<_> = (0..PEOPLE).map(|_| PersonId::new(&app.clock)).collect();
    let mut tx = app.db.write().await.expect("a unit of work");
    for (place, id) in people.iter().enumerate() {
        let name = format!("person {place}");
        tx.query(
            "insert into people (id, name, name_folded, email, manager_id, time_zone, languages, status, offers_mentoring,
                wants_mentoring, is_paused, mentor_capacity, mentor_load, formats, topics, consents_to_personal_fit,
                created_at, updated_at, revision)
             values ($1, $2, $2, $2, $3, 'UTC', '[]', 'active', $4, true, false, 3, 0, '[]', '[]', false, $5, $5, 1)",
        )
        .bind(id)
        .bind(name)
        .bind((place > 0).then(|| people[place / REPORTS]))
        .bind(place % 3 == 0)
        .bind(app.clock.now())
        .run()
        .await
        .expect("a person");
    }
    let words = erased_words(app).await;
    for text in RECORDS {
        let query = tx.query(text);
        let query = match text {
            _ if text.contains("scopes") => query.bind(Json(Scope::ALL)),
            _ if text.contains("fingerprint") || text.contains("voucher") => query.bind(vec![0_u8; 32]),
            _ if text.contains("$1") => query.bind(words.clone()),
            _ => query,
        };
        query.run().await.unwrap_or_else(|error| panic!("{error}: {text}"));
    }
    for person in &people {
        tx.query("insert into calendar_feeds (person_id, hash, created_at) values ($1, $2, $3)")
            .bind(person)
            .bind(Token::given(person.to_string()).hash())
            .bind(app.clock.now())
            .run()
            .await
            .expect("a feed");
        let Owner { scope_id, author_id } = Owner::SERVICE;
        let bound = Bound { scope_id, author_id: Some(author_id), around: [Uuid::nil(); 4], revision: 0 };
        let place = Address { table: "webhooks", row: person.uuid(), column: "url", tier: "never_shared", bound };
        let key = tx.key_of(Owner::SERVICE).await.expect("the service's key");
        tx.query(
            "insert into webhooks (id, url, format, kinds, scopes, is_enabled, secrets, created_at, updated_at, revision)
             values ($1, $2, 'standard', '[]', $3, false, $4, $5, $5, 1)",
        )
        .bind(person)
        .bind(key.seal(br#""https://example.com/""#.to_vec(), place))
        .bind(Json(Scope::ALL))
        .bind(words.clone())
        .bind(app.clock.now())
        .run()
        .await
        .expect("a webhook");
    }
    tx.commit().await.expect("it commits");
    match &app.db {
        Db::Sqlite { .. } => {
            let mut tx = app.db.write().await.expect("a unit of work");
            tx.query("analyze").run().await.expect("it counts");
            tx.commit().await.expect("it commits");
        }
        Db::Postgres { pool, .. } => {
            pool.execute("insert into keys.data_keys (id, scope_id, author_id) select id, id, id from people")
                .await
                .expect("keys");
            pool.execute("vacuum analyze").await.expect("it counts");
        }
    }
    people
}

/// What somebody wrote who was erased since: one envelope for every place, because none opens.
async fn erased_words(app: &TestApp) -> Option<Envelope> {
    let author = PersonId::new(&app.clock);
    let words = Sealed::<NoteText>::new(author, Text::parse("gone").expect("a text"));
    let tx = app.db.read_one().await.expect("a look");
    let two = PairPeople { pair_id: PairId::first(), mentor_id: author, mentee_id: author };
    let home = Home::for_both(NoteId::first(), two, &author, SessionId::first(), 0);
    let sealed = close(&tx, home, &words).await.expect("it is sealed");
    app.db.keys().destroy(author, app.clock.now()).await.expect("the key is destroyed");
    sealed
}

/// Who coordinates the program of the pairs of `mentor`.
pub fn coordinator_of(people: &[PersonId], mentor: PersonId) -> PersonId {
    let place = people.iter().position(|person| *person == mentor).expect("one of the crowd");
    people[place / REPORTS]
}
