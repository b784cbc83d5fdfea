//! HTTP handlers for notes.

use actix_web::web::Data;
use actix_web::{delete, get, patch, post};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::model::Note;
use super::store::{self, NewNote};
use crate::http::{
    App, Count, Cursor, Done, IdempotencyKey, Json, Limit, Page, Path, Preconditions, Query, merge_patch, page,
};
use crate::ids::{NoteId, PairId, PersonId, SessionId};
use crate::policy::acts::{ChangeNote, ReadNote, WriteInSession};
use crate::policy::{Clearance, Guarded, Readable, Sealed, Shown, Viewed, Viewer, permit, show, view};
use crate::problem::Problem;
use crate::sessions::session;
use crate::text::Text;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list_notes).service(create_note).service(read_note).service(change_note).service(delete_note);
}

view! {
    /// A note of a session. The mentor and the mentee read it.
    NoteView {
        /// Id of the note.
        public id: NoteId,
        /// Id of the session.
        public session_id: SessionId,
        /// Id of the pair.
        public pair_id: PairId,
        /// Id of the person who wrote the note.
        private author_id: PersonId,
        /// Text of the note.
        private text: Text,
        /// Time of creation.
        public created_at: DateTime<Utc>,
        /// Time of the last change.
        public updated_at: DateTime<Utc>,
    }
}

impl Readable for Note {
    type Read = ReadNote;
    const KIND: &'static str = "notes";

    fn id(&self) -> Uuid {
        self.id.uuid()
    }
}

impl Viewed for Note {
    type View = NoteView;

    fn view(self, clearance: &Clearance) -> NoteView {
        let home = self.home();
        NoteView {
            id: self.id,
            session_id: self.session_id,
            pair_id: self.pair_id,
            author_id: clearance.open(Guarded::new(self.author_id)),
            text: clearance.unseal(home, self.text),
            created_at: self.created_at,
            updated_at: self.updated_at,
            withheld: clearance.withheld::<NoteView>(),
        }
    }
}

/// Query parameters of the list of notes.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListNotes {
    /// Number of items on a page. Default: 50.
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    /// `next_cursor` of the previous page. Absent: the first page.
    #[param(value_type = Option<String>, max_length = 500)]
    cursor: Option<Cursor<NoteId>>,
    /// `exact`: the page also has `total`, the number of items on all pages. Absent: no `total`.
    #[serde(default)]
    #[param(inline, required = false)]
    count: Count,
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
    let id = app
        .once(&viewer, &once, async |tx| {
            let session = session::store::find_for_update(tx, *id).await?.ok_or_else(Problem::not_found)?;
            let session = permit::<WriteInSession, _>(&viewer, session)?;
            session.check_takes_place()?;
            let author_id = viewer.person().ok_or_else(Problem::not_found)?;
            let (id, created_at) = (NoteId::new(&app.clock), app.clock.now());
            let text = Sealed::new(author_id, input.text);
            store::insert(tx, &session, &NewNote { id, author_id, text, created_at }).await?;
            Ok(id)
        })
        .await?;
    Ok(read_again(&app, &viewer, id).await?.created(format!("/v1/notes/{id}")))
}

/// Read a note
///
/// Only the mentor and the mentee may do this.
#[utoipa::path(tag = "sessions", params(("id" = NoteId, Path)), responses((status = 200, body = NoteView)))]
#[get("/v1/notes/{id}")]
async fn read_note(app: Data<App>, viewer: Viewer, id: Path<NoteId>) -> Result<Shown<NoteView>, Problem> {
    read_again(&app, &viewer, *id).await
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
    tx.commit().await?;
    read_again(&app, &viewer, *id).await
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

async fn read_again(app: &App, viewer: &Viewer, id: NoteId) -> Result<Shown<NoteView>, Problem> {
    let mut tx = app.read_one().await?;
    show(viewer, store::find(&mut tx, id).await?.ok_or_else(Problem::not_found)?)
}
