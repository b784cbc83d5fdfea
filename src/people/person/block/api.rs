//! Blocks over HTTP.

use actix_web::web::Data;
use actix_web::{delete, get, put};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::model::Block;
use super::store;
use crate::http::{App, Count, Cursor, Done, Limit, Page, Path, Query, Seen, page};
use crate::ids::PersonId;
use crate::people::person::api::PersonRef;
use crate::policy::acts::{ChangeBlock, ReadBlock};
use crate::policy::{Clearance, Guarded, Readable, Shown, Viewed, Viewer, permit, show, view};
use crate::problem::{Code, Problem};

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list_blocks).service(read_block).service(put_block).service(delete_block);
}

view! {
    /// Somebody you never want to be paired with.
    BlockView {
        /// Who.
        never_shared person: PersonRef,
        /// Since when.
        public created_at: DateTime<Utc>,
    }
}

impl Readable for Block {
    type Read = ReadBlock;
    const KIND: &'static str = "person_blocks";

    // Whose list it is, and not who is on it: the log is no way to learn that.
    fn id(&self) -> Uuid {
        self.author_id.uuid()
    }
}

impl Viewed for Block {
    type View = BlockView;

    fn view(self, clearance: &Clearance) -> BlockView {
        let id = self.blocked_id;
        BlockView {
            person: clearance.open(self.blocked).map(|person| PersonRef { id, name: person.name, title: person.title }),
            created_at: self.created_at,
            withheld: clearance.withheld::<BlockView>(),
        }
    }
}

/// Which blocks to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListBlocks {
    /// Items on a page.
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    /// `next_cursor` of the page before.
    #[param(value_type = Option<String>, max_length = 500)]
    cursor: Option<Cursor<PersonId>>,
    /// `exact`: the page says how many there are in all, as `total`.
    #[serde(default)]
    #[param(inline, required = false)]
    count: Count,
}

/// Lists the people you never want to be paired with.
///
/// Nobody else can learn of this list: no manager, no lead, no admin, and not the people on it. You are not suggested to
/// them, nor they to you, and no plan pairs you. If one of them proposes a pair or asks you to be their mentor, you get no
/// notice, no mail and no reminder, and the proposal lapses like any other that nobody answers; a proposed pair is public,
/// so you find it in `GET /v1/pairs`. A lead can still assign a pair of you, which you are told of and can end: a refusal
/// would tell the lead of your list.
#[utoipa::path(tag = "viewer", params(ListBlocks), responses((status = 200, body = Page<BlockView>)))]
#[get("/v1/me/blocks")]
async fn list_blocks(app: Data<App>, viewer: Viewer, query: Query<ListBlocks>) -> Result<Page<BlockView>, Problem> {
    let after = query.cursor.map_or(PersonId::first(), |cursor| cursor.0);
    let Some(author) = viewer.person() else { return Ok(Page::empty(query.count)) };
    let mut tx = app.look().await?;
    let blocks = store::list(&mut tx, author, after, query.limit.and_one()).await?;
    let total = query.count.of(store::count(&mut tx, author)).await?;
    page(&viewer, query.limit, blocks, total, |block| block.blocked_id)
}

/// Reads whether a person is on your list.
///
/// Answers 404 if they are not.
#[utoipa::path(tag = "viewer", params(("person_id" = PersonId, Path)), responses((status = 200, body = BlockView)))]
#[get("/v1/me/blocks/{person_id}")]
async fn read_block(app: Data<App>, viewer: Viewer, person_id: Path<PersonId>) -> Result<Shown<BlockView>, Problem> {
    let author = viewer.person().ok_or_else(Problem::not_found)?;
    let block = store::find(&mut app.look().await?, author, *person_id).await?;
    show(&viewer, block.ok_or_else(Problem::not_found)?)
}

/// Puts a person on your list; sent twice, it stays as it was.
///
/// They do not learn of it, and pairs that you have stay as they are. Answers 201 if they were not on it yet.
#[utoipa::path(tag = "viewer", params(("person_id" = PersonId, Path)), responses((status = 200, body = BlockView), (status = 201, body = BlockView)))]
#[put("/v1/me/blocks/{person_id}")]
async fn put_block(
    app: Data<App>,
    viewer: Viewer,
    person_id: Path<PersonId>,
    seen: Seen,
) -> Result<Shown<BlockView>, Problem> {
    let nobody = || Problem::new(Code::NotAllowed, "A service account is never paired.");
    let author_id = viewer.person().ok_or_else(nobody)?;
    if author_id == *person_id {
        return Err(Problem::invalid("{person_id}", "nobody is paired with themselves anyway"));
    }
    let mut tx = app.write(&viewer).await?;
    let blocked = Guarded::new(store::find_blocked(&mut tx, *person_id).await?.ok_or_else(Problem::not_found)?);
    let block = Block { author_id, blocked_id: *person_id, blocked, created_at: app.clock.now() };
    let block = permit::<ChangeBlock, _>(&viewer, block)?;
    match store::find(&mut tx, author_id, *person_id).await? {
        Some(before) => seen.check(&viewer, &before)?,
        None => seen.check_absent()?,
    }
    let is_new = store::insert(&mut tx, &block).await?;
    let block = store::find(&mut tx, author_id, *person_id).await?.ok_or_else(Problem::not_found)?;
    tx.commit().await?;
    let shown = show(&viewer, block)?;
    Ok(if is_new { shown.created(format!("/v1/me/blocks/{}", *person_id)) } else { shown })
}

/// Takes a person off your list.
///
/// Answers 404 if they are not on it.
#[utoipa::path(tag = "viewer", params(("person_id" = PersonId, Path)), responses((status = 204, description = "Gone.")))]
#[delete("/v1/me/blocks/{person_id}")]
async fn delete_block(app: Data<App>, viewer: Viewer, person_id: Path<PersonId>, seen: Seen) -> Result<Done, Problem> {
    let author = viewer.person().ok_or_else(Problem::not_found)?;
    let mut tx = app.write(&viewer).await?;
    let block = store::find(&mut tx, author, *person_id).await?.ok_or_else(Problem::not_found)?;
    seen.check(&viewer, &block)?;
    store::delete(&mut tx, permit::<ChangeBlock, _>(&viewer, block)?).await?;
    tx.commit().await?;
    Ok(Done)
}
