//! HTTP handlers for notebook entries.

use actix_web::web::Data;
use actix_web::{delete, get, patch, post};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::NotebookEntry;
use super::store;
use crate::db::Tx;
use crate::http::{App, Done, IdempotencyKey, Json, Page, Path, Preconditions, Query, list_query, merge_patch, page};
use crate::ids::{NotebookEntryId, PairId, PersonId};
use crate::pairs;
use crate::policy::acts::{ChangeNotebookEntry, ReadNotebookEntry, WriteNotebook};
use crate::policy::{Sealed, Shown, Viewer, may_read, permit, readable_as, show, view};
use crate::problem::Problem;
use crate::text::Text;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(list_notebook_entries)
        .service(create_notebook_entry)
        .service(read_notebook_entry)
        .service(change_notebook_entry)
        .service(delete_notebook_entry);
}

view! {
    /// An entry of your own notebook on a pair. Only you see it.
    NotebookEntryView of entry: NotebookEntry, clearance {
        let home = entry.home();
        /// Id of the entry.
        public id: NotebookEntryId,
        /// Id of the pair.
        public pair_id: PairId,
        /// Id of the author: you.
        public author_id: PersonId,
        /// Text of the entry.
        never_shared text: Text = clearance.unseal(home, entry.text),
        /// Time of creation.
        public created_at: DateTime<Utc>,
        /// Time of the last change.
        public updated_at: DateTime<Utc>,
    }
}

readable_as!(NotebookEntry: ReadNotebookEntry, "notebook_entries");

list_query! {
    /// Query parameters of the list of notebook entries.
    ListNotebookEntries from NotebookEntryId {}
}

/// List your notebook entries on a pair
///
/// Sorted by time of creation, oldest first. You get only your own entries. For people other than the mentor and the
/// mentee the list is empty.
#[utoipa::path(tag = "notebook", params(("id" = PairId, Path), ListNotebookEntries), responses((status = 200, body = Page<NotebookEntryView>)))]
#[get("/v1/pairs/{id}/notebook-entries")]
async fn list_notebook_entries(
    app: Data<App>,
    viewer: Viewer,
    id: Path<PairId>,
    query: Query<ListNotebookEntries>,
) -> Result<Page<NotebookEntryView>, Problem> {
    let mut tx = app.read().await?;
    let pair = pairs::store::find(&mut tx, &viewer, *id).await?.ok_or_else(Problem::not_found)?;
    may_read(&viewer, &pair)?;
    let after = query.cursor.map_or(NotebookEntryId::first(), |cursor| cursor.0);
    let Some(author) = viewer.person() else { return Ok(Page::empty(query.count)) };
    let entries = store::list(&mut tx, author, *id, after, query.limit.and_one()).await?;
    let total = query.count.of(store::count(&mut tx, author, *id)).await?;
    page(&viewer, query.limit, entries, total, |entry| entry.id)
}

/// A notebook entry to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"text": "I say yes before I have thought."})))]
pub struct CreateNotebookEntry {
    /// Text of the entry.
    text: Text,
}

/// Add an entry to your notebook on a pair
///
/// The mentor and the mentee may each add entries. Only the author can read an entry or learn that it exists. The other
/// person of the pair cannot, and an admin cannot.
#[utoipa::path(tag = "notebook", params(("id" = PairId, Path)), request_body = CreateNotebookEntry, responses((status = 201, body = NotebookEntryView)))]
#[post("/v1/pairs/{id}/notebook-entries")]
async fn create_notebook_entry(
    app: Data<App>,
    viewer: Viewer,
    id: Path<PairId>,
    input: Json<CreateNotebookEntry>,
    once: IdempotencyKey,
) -> Result<Shown<NotebookEntryView>, Problem> {
    let input = input.into_inner();
    app.once(
        &viewer,
        &once,
        async |tx| {
            let pair = pairs::store::find(tx, &viewer, *id).await?.ok_or_else(Problem::not_found)?;
            let pair = permit::<WriteNotebook, _>(&viewer, pair)?;
            let author_id = pair.person();
            let (id, now) = (NotebookEntryId::new(&app.clock), app.clock.now());
            let text = Sealed::new(author_id, input.text);
            let entry = NotebookEntry {
                id,
                pair_id: pair.id,
                author_id,
                text,
                created_at: now,
                updated_at: now,
                revision: 1,
                words_revision: 0,
            };
            store::insert(tx, &pair, &entry).await?;
            Ok(id)
        },
        async |tx, id| Ok(read(tx, &viewer, id).await?.created(format!("/v1/notebook-entries/{id}"))),
    )
    .await
}

/// Read your own notebook entry
///
/// For everyone except the author the problem is `not_found`.
#[utoipa::path(tag = "notebook", params(("id" = NotebookEntryId, Path)), responses((status = 200, body = NotebookEntryView)))]
#[get("/v1/notebook-entries/{id}")]
async fn read_notebook_entry(
    app: Data<App>,
    viewer: Viewer,
    id: Path<NotebookEntryId>,
) -> Result<Shown<NotebookEntryView>, Problem> {
    let mut tx = app.read_one().await?;
    read(&mut tx, &viewer, *id).await
}

merge_patch! {
    /// Changes to a notebook entry. Fields that are left out stay as they are.
    #[schema(examples(json!({"text": "I say yes before I have thought. Count to three."})))]
    ChangeNotebookEntryInput {
        /// Text of the entry.
        text: Text,
    }
}

/// Change your own notebook entry
///
/// For everyone except the author the problem is `not_found`.
#[utoipa::path(tag = "notebook", params(("id" = NotebookEntryId, Path)), request_body = ChangeNotebookEntryInput, responses((status = 200, body = NotebookEntryView)))]
#[patch("/v1/notebook-entries/{id}")]
async fn change_notebook_entry(
    app: Data<App>,
    viewer: Viewer,
    id: Path<NotebookEntryId>,
    seen: Preconditions,
    input: Json<ChangeNotebookEntryInput>,
) -> Result<Shown<NotebookEntryView>, Problem> {
    let input = input.into_inner();
    let mut tx = app.write(&viewer).await?;
    let entry = store::find(&mut tx, *id).await?.ok_or_else(Problem::not_found)?;
    seen.check(&viewer, &entry)?;
    let entry = permit::<ChangeNotebookEntry, _>(&viewer, entry)?;
    if input.is_empty() {
        return show(&viewer, entry.unchanged());
    }
    let entry = entry.change(|entry| {
        input.text.map(|text| Sealed::new(entry.author_id, text)).apply(&mut entry.text);
        entry.updated_at = app.clock.now();
        Ok(())
    })?;
    store::save(&mut tx, &entry).await?;
    let answer = read(&mut tx, &viewer, *id).await?;
    tx.commit().await?;
    Ok(answer)
}

/// Delete your own notebook entry
///
/// A deleted entry cannot be restored. For everyone except the author the problem is `not_found`.
#[utoipa::path(tag = "notebook", params(("id" = NotebookEntryId, Path)), responses((status = 204, description = "The notebook entry is deleted.")))]
#[delete("/v1/notebook-entries/{id}")]
async fn delete_notebook_entry(
    app: Data<App>,
    viewer: Viewer,
    id: Path<NotebookEntryId>,
    seen: Preconditions,
) -> Result<Done, Problem> {
    let mut tx = app.write(&viewer).await?;
    let entry = store::find(&mut tx, *id).await?.ok_or_else(Problem::not_found)?;
    seen.check(&viewer, &entry)?;
    let entry = permit::<ChangeNotebookEntry, _>(&viewer, entry)?;
    store::delete(&mut tx, entry).await?;
    tx.commit().await?;
    Ok(Done)
}

async fn read(tx: &mut Tx, viewer: &Viewer, id: NotebookEntryId) -> Result<Shown<NotebookEntryView>, Problem> {
    show(viewer, store::find(tx, id).await?.ok_or_else(Problem::not_found)?)
}
