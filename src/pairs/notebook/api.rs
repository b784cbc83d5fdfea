//! Notebooks over HTTP.

use actix_web::web::Data;
use actix_web::{delete, get, patch, post};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::model::NotebookEntry;
use super::store;
use crate::http::{App, Count, Cursor, Done, Json, Limit, Once, Page, Path, Query, Seen, merge_patch, page};
use crate::ids::{NotebookEntryId, PairId, PersonId};
use crate::pairs;
use crate::policy::acts::{ChangeNotebookEntry, ReadNotebookEntry, WriteNotebook};
use crate::policy::{Clearance, Readable, Sealed, Shown, Viewed, Viewer, may_read, permit, show, view};
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
    /// An entry of your own notebook on a pair.
    NotebookEntryView {
        /// Names the entry.
        public id: NotebookEntryId,
        /// The pair it is about.
        public pair_id: PairId,
        /// Whose notebook it is.
        public author_id: PersonId,
        /// What it says.
        never_shared text: Text,
        /// When it was written.
        public created_at: DateTime<Utc>,
        /// When it changed last.
        public updated_at: DateTime<Utc>,
    }
}

impl Readable for NotebookEntry {
    type Read = ReadNotebookEntry;
    const KIND: &'static str = "notebook_entries";

    fn id(&self) -> Uuid {
        self.id.uuid()
    }
}

impl Viewed for NotebookEntry {
    type View = NotebookEntryView;

    fn view(self, clearance: &Clearance) -> NotebookEntryView {
        let home = self.home();
        NotebookEntryView {
            id: self.id,
            pair_id: self.pair_id,
            author_id: self.author_id,
            text: clearance.unseal(home, self.text),
            created_at: self.created_at,
            updated_at: self.updated_at,
            withheld: clearance.withheld::<NotebookEntryView>(),
        }
    }
}

/// Which entries to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListNotebookEntries {
    /// Items on a page.
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    /// `next_cursor` of the page before.
    #[param(value_type = Option<String>, max_length = 500)]
    cursor: Option<Cursor<NotebookEntryId>>,
    /// `exact`: the page says how many there are in all, as `total`.
    #[serde(default)]
    #[param(inline, required = false)]
    count: Count,
}

/// Lists your own notebook on a pair, in the order it was written.
///
/// Everybody has only their own: for anybody but the two the list is empty.
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

/// A new entry.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"text": "I say yes before I have thought."})))]
pub struct CreateNotebookEntry {
    /// What it says.
    text: Text,
}

/// Writes into your own notebook on a pair.
///
/// Nobody but you reads it, or learns that it exists: not the other, not an admin.
#[utoipa::path(tag = "notebook", params(("id" = PairId, Path)), request_body = CreateNotebookEntry, responses((status = 201, body = NotebookEntryView)))]
#[post("/v1/pairs/{id}/notebook-entries")]
async fn create_notebook_entry(
    app: Data<App>,
    viewer: Viewer,
    id: Path<PairId>,
    input: Json<CreateNotebookEntry>,
    once: Once,
) -> Result<Shown<NotebookEntryView>, Problem> {
    let input = input.into_inner();
    let id = app
        .once(&viewer, &once, async |tx| {
            let pair = pairs::store::find(tx, &viewer, *id).await?.ok_or_else(Problem::not_found)?;
            let pair = permit::<WriteNotebook, _>(&viewer, pair)?;
            let author_id = viewer.person().ok_or_else(Problem::not_found)?;
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
        })
        .await?;
    Ok(read_again(&app, &viewer, id).await?.created(format!("/v1/notebook-entries/{id}")))
}

/// Reads an entry of your own notebook.
///
/// For everybody else there is no such entry.
#[utoipa::path(tag = "notebook", params(("id" = NotebookEntryId, Path)), responses((status = 200, body = NotebookEntryView)))]
#[get("/v1/notebook-entries/{id}")]
async fn read_notebook_entry(
    app: Data<App>,
    viewer: Viewer,
    id: Path<NotebookEntryId>,
) -> Result<Shown<NotebookEntryView>, Problem> {
    #[cfg(feature = "planted-leaks")]
    if crate::leaks::Leak::RetentionTells.told().is_some_and(|gone| gone.contains(&id.to_string())) {
        return Err(Problem::wrong_state("It was deleted: its pair ended long ago."));
    }
    read_again(&app, &viewer, *id).await
}

merge_patch! {
    /// What to change of an entry.
    #[schema(examples(json!({"text": "I say yes before I have thought. Count to three."})))]
    ChangeNotebookEntryInput {
        /// What it says.
        text: Text,
    }
}

/// Changes an entry of your own notebook.
///
/// For everybody else there is no such entry.
#[utoipa::path(tag = "notebook", params(("id" = NotebookEntryId, Path)), request_body = ChangeNotebookEntryInput, responses((status = 200, body = NotebookEntryView)))]
#[patch("/v1/notebook-entries/{id}")]
async fn change_notebook_entry(
    app: Data<App>,
    viewer: Viewer,
    id: Path<NotebookEntryId>,
    seen: Seen,
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
    tx.commit().await?;
    read_again(&app, &viewer, *id).await
}

/// Removes an entry of your own notebook for good.
///
/// Nobody can bring it back.
#[utoipa::path(tag = "notebook", params(("id" = NotebookEntryId, Path)), responses((status = 204, description = "Gone.")))]
#[delete("/v1/notebook-entries/{id}")]
async fn delete_notebook_entry(
    app: Data<App>,
    viewer: Viewer,
    id: Path<NotebookEntryId>,
    seen: Seen,
) -> Result<Done, Problem> {
    let mut tx = app.write(&viewer).await?;
    let entry = store::find(&mut tx, *id).await?.ok_or_else(Problem::not_found)?;
    seen.check(&viewer, &entry)?;
    let entry = permit::<ChangeNotebookEntry, _>(&viewer, entry)?;
    store::delete(&mut tx, entry).await?;
    tx.commit().await?;
    Ok(Done)
}

async fn read_again(app: &App, viewer: &Viewer, id: NotebookEntryId) -> Result<Shown<NotebookEntryView>, Problem> {
    let mut tx = app.look().await?;
    show(viewer, store::find(&mut tx, id).await?.ok_or_else(Problem::not_found)?)
}
