//! HTTP handlers for notes.

use actix_web::web::Data;
use actix_web::{delete, get, patch, post};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::Note;
use super::store::{self, NewNote};
use crate::db::Tx;
use crate::http::{App, Done, IdempotencyKey, Json, Page, Path, Preconditions, Query, list_query, merge_patch, page};
use crate::ids::{NoteId, PairId, PersonId, SessionId};
use crate::policy::acts::{ChangeNote, ReadNote, WriteInSession};
use crate::policy::{Guarded, Sealed, Shown, Viewer, permit, readable_as, show, view};
use crate::problem::Problem;
use crate::sessions::session;
use crate::text::Text;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list_notes).service(create_note).service(read_note).service(change_note).service(delete_note);
}

view! {
    /// A note of a session. The mentor and the mentee read it.
    NoteView of note: Note, clearance {
        let home = note.home();
        /// Id of the note.
        public id: NoteId,
        /// Id of the session.
        public session_id: SessionId,
        /// Id of the pair.
        public pair_id: PairId,
        /// Id of the person who wrote the note.
        private author_id: PersonId = clearance.open(Guarded::new(note.author_id)),
        /// Text of the note.
        private text: Text = clearance.unseal(home, note.text),
        /// Time of creation.
        public created_at: DateTime<Utc>,
        /// Time of the last change.
        public updated_at: DateTime<Utc>,
    }
}

readable_as!(Note: ReadNote, "notes");

list_query! {
    /// Query parameters of the list of notes.
    ListNotes from NoteId {}
}

/// List the notes of a session
///
/// Sorted by time of creation, oldest first. Only the mentor and the mentee get the notes; for other people who may
/// read the session the list is empty.
#[utoipa::path(tag = "sessions", params(("id" = SessionId, Path), ListNotes), responses((status = 200, body = Page<NoteView>)))]
#[get("/v1/sessions/{id}/notes")]
async fn list_notes(
    app: Data<App>,
    viewer: Viewer,
    id: Path<SessionId>,
    query: Query<ListNotes>,
) -> Result<Page<NoteView>, Problem> {
    let mut tx = app.read().await?;
    let session = session::store::find_bare(&mut tx, *id).await?.ok_or_else(Problem::not_found)?;
    let is_party = session.standing.has(&viewer);
    show(&viewer, session)?;
    let after = query.cursor.map_or(NoteId::first(), |cursor| cursor.0);
    if !is_party {
        return Ok(Page::empty(query.count));
    }
    let notes = store::list(&mut tx, *id, after, query.limit.and_one()).await?;
    let total = query.count.of(store::count(&mut tx, *id)).await?;
    page(&viewer, query.limit, notes, total, |note| note.id)
}

/// A note to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"text": "We practised the talk twice; the opening is still too long."})))]
pub struct CreateNote {
    /// Text of the note.
    #[schema(examples("We practised the talk twice; the opening is still too long."))]
    text: Text,
}

/// Add a note to a session
///
/// The mentor or the mentee may do this, while the session is `scheduled` or `completed`. Only the mentor and the
/// mentee read the note. A session has at most 100 notes. The problem is `wrong_state` if the session is `cancelled` or
/// `rescheduled`, or has 100 notes.
#[utoipa::path(tag = "sessions", params(("id" = SessionId, Path)), request_body = CreateNote, responses((status = 201, body = NoteView)))]
#[post("/v1/sessions/{id}/notes")]
async fn create_note(
    app: Data<App>,
    viewer: Viewer,
    id: Path<SessionId>,
    input: Json<CreateNote>,
    once: IdempotencyKey,
) -> Result<Shown<NoteView>, Problem> {
    let input = input.into_inner();
    app.once(
        &viewer,
        &once,
        async |tx| {
            let session = session::store::find_for_update(tx, *id).await?.ok_or_else(Problem::not_found)?;
            let session = permit::<WriteInSession, _>(&viewer, session)?;
            session.check_takes_place()?;
            let author_id = session.person();
            let (id, created_at) = (NoteId::new(&app.clock), app.clock.now());
            let text = Sealed::new(author_id, input.text);
            store::insert(tx, &session, &NewNote { id, author_id, text, created_at }).await?;
            Ok(id)
        },
        async |tx, id| Ok(read(tx, &viewer, id).await?.created(format!("/v1/notes/{id}"))),
    )
    .await
}

/// Read a note
///
/// Only the mentor and the mentee may do this.
#[utoipa::path(tag = "sessions", params(("id" = NoteId, Path)), responses((status = 200, body = NoteView)))]
#[get("/v1/notes/{id}")]
async fn read_note(app: Data<App>, viewer: Viewer, id: Path<NoteId>) -> Result<Shown<NoteView>, Problem> {
    let mut tx = app.read_one().await?;
    read(&mut tx, &viewer, *id).await
}

merge_patch! {
    /// Changes to a note. Fields that are left out stay as they are.
    #[schema(examples(json!({"text": "We practised the talk twice; the opening is short enough now."})))]
    ChangeNoteInput {
        /// Text of the note.
        text: Text,
    }
}

/// Change your own note
///
/// Only the author may do this. For the other person of the pair the problem is `not_allowed`.
#[utoipa::path(tag = "sessions", params(("id" = NoteId, Path)), request_body = ChangeNoteInput, responses((status = 200, body = NoteView)))]
#[patch("/v1/notes/{id}")]
async fn change_note(
    app: Data<App>,
    viewer: Viewer,
    id: Path<NoteId>,
    seen: Preconditions,
    input: Json<ChangeNoteInput>,
) -> Result<Shown<NoteView>, Problem> {
    let input = input.into_inner();
    let mut tx = app.write(&viewer).await?;
    let note = store::find(&mut tx, *id).await?.ok_or_else(Problem::not_found)?;
    seen.check(&viewer, &note)?;
    let note = permit::<ChangeNote, _>(&viewer, note)?;
    if input.is_empty() {
        return show(&viewer, note.unchanged());
    }
    let note = note.change(|note| {
        input.text.map(|text| Sealed::new(note.author_id, text)).apply(&mut note.text);
        note.updated_at = app.clock.now();
        Ok(())
    })?;
    store::save(&mut tx, &note).await?;
    let answer = read(&mut tx, &viewer, *id).await?;
    tx.commit().await?;
    Ok(answer)
}

/// Delete your own note
///
/// Only the author may do this. For the other person of the pair the problem is `not_allowed`. A deleted note cannot be
/// restored.
#[utoipa::path(tag = "sessions", params(("id" = NoteId, Path)), responses((status = 204, description = "The note is deleted.")))]
#[delete("/v1/notes/{id}")]
async fn delete_note(app: Data<App>, viewer: Viewer, id: Path<NoteId>, seen: Preconditions) -> Result<Done, Problem> {
    let mut tx = app.write(&viewer).await?;
    let note = store::find(&mut tx, *id).await?.ok_or_else(Problem::not_found)?;
    seen.check(&viewer, &note)?;
    let note = permit::<ChangeNote, _>(&viewer, note)?;
    store::delete(&mut tx, note).await?;
    tx.commit().await?;
    Ok(Done)
}

async fn read(tx: &mut Tx, viewer: &Viewer, id: NoteId) -> Result<Shown<NoteView>, Problem> {
    show(viewer, store::find(tx, id).await?.ok_or_else(Problem::not_found)?)
}
