//! Blocks over HTTP.

use actix_web::web::Data;
use actix_web::{delete, get, put};
use chrono::{DateTime, Utc};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::model::Block;
use super::store;
use crate::http::{App, Done, Page, Path, Preconditions, Query, list_query, page};
use crate::ids::PersonId;
use crate::people::person::api::PersonRef;
use crate::policy::acts::{ChangeBlock, ReadBlock};
use crate::policy::{Guarded, Readable, Shown, Viewer, permit, show, view};
use crate::problem::{Code, Problem};

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list_blocks).service(read_block).service(put_block).service(delete_block);
}

view! {
    /// A person you never want to be paired with.
    BlockView of block: Block, clearance {
        let id = block.blocked_id;
        /// The blocked person.
        never_shared person: PersonRef =
            clearance.open(block.blocked).map(|person| PersonRef::new(id, person.name, person.title)),
        /// Time at which the person was blocked.
        public created_at: DateTime<Utc>,
    }
}

impl Readable for Block {
    type Read = ReadBlock;
    const KIND: &'static str = "person_blocks";

    // The id is that of the author: the audit log must not reveal who is blocked.
    fn id(&self) -> Uuid {
        self.author_id.uuid()
    }
}

list_query! {
    /// Paging of the list of blocks.
    ListBlocks from PersonId {}
}

/// List your blocks
///
/// Ordered by the id of the blocked person. The list has the people you never want to be paired with. Only you
/// can see it: no manager, lead or admin, and not the blocked people.
///
/// - The service never suggests you to each other, and no matching round pairs you.
/// - If a blocked person proposes a pair or sends you a mentor request, you get no notice, mail or reminder. The
///   proposal expires like one that is not answered.
/// - A proposed pair is public, so `GET /v1/pairs` lists it.
/// - A lead can still create a pair of you two. A refusal would reveal your list. You are notified, and you can end the
///   pair.
#[utoipa::path(tag = "viewer", params(ListBlocks), responses((status = 200, body = Page<BlockView>)))]
#[get("/v1/me/blocks")]
async fn list_blocks(app: Data<App>, viewer: Viewer, query: Query<ListBlocks>) -> Result<Page<BlockView>, Problem> {
    let after = query.cursor.map_or(PersonId::first(), |cursor| cursor.0);
    let Some(author) = viewer.person() else { return Ok(Page::empty(query.count)) };
    let mut tx = app.read_one().await?;
    let blocks = store::list(&mut tx, author, after, query.limit.and_one()).await?;
    let total = query.count.of(store::count(&mut tx, author)).await?;
    page(&viewer, query.limit, blocks, total, |block| block.blocked_id)
}

/// Read a block
///
/// If you have not blocked the person, the answer is 404.
#[utoipa::path(tag = "viewer", params(("person_id" = PersonId, Path)), responses((status = 200, body = BlockView)))]
#[get("/v1/me/blocks/{person_id}")]
async fn read_block(app: Data<App>, viewer: Viewer, person_id: Path<PersonId>) -> Result<Shown<BlockView>, Problem> {
    let author = viewer.person().ok_or_else(Problem::not_found)?;
    let block = store::find(&mut app.read_one().await?, author, *person_id).await?;
    show(&viewer, block.ok_or_else(Problem::not_found)?)
}

/// Block a person
///
/// The person does not learn about it. Existing pairs do not change. A new block gives 201, an existing one 200. You
/// cannot block yourself (422).
#[utoipa::path(tag = "viewer", params(("person_id" = PersonId, Path)), responses((status = 200, body = BlockView), (status = 201, body = BlockView)))]
#[put("/v1/me/blocks/{person_id}")]
async fn put_block(
    app: Data<App>,
    viewer: Viewer,
    person_id: Path<PersonId>,
    seen: Preconditions,
) -> Result<Shown<BlockView>, Problem> {
    let refusal = || Problem::new(Code::NotAllowed, "A service account cannot block people. Sign in as a person.");
    let author_id = viewer.person().ok_or_else(refusal)?;
    if author_id == *person_id {
        return Err(Problem::invalid("{person_id}", "must be the id of another person than you"));
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

/// Unblock a person
///
/// If you have not blocked the person, the answer is 404.
#[utoipa::path(tag = "viewer", params(("person_id" = PersonId, Path)), responses((status = 204, description = "The block is deleted.")))]
#[delete("/v1/me/blocks/{person_id}")]
async fn delete_block(
    app: Data<App>,
    viewer: Viewer,
    person_id: Path<PersonId>,
    seen: Preconditions,
) -> Result<Done, Problem> {
    let author = viewer.person().ok_or_else(Problem::not_found)?;
    let mut tx = app.write(&viewer).await?;
    let block = store::find(&mut tx, author, *person_id).await?.ok_or_else(Problem::not_found)?;
    seen.check(&viewer, &block)?;
    store::delete(&mut tx, permit::<ChangeBlock, _>(&viewer, block)?).await?;
    tx.commit().await?;
    Ok(Done)
}
