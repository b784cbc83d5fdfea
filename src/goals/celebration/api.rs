//! Celebrations over HTTP.

use actix_web::web::Data;
use actix_web::{get, post};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::{Celebration, MOST};
use super::store;
use crate::db::Tx;
use crate::goals::goal::store as goals;
use crate::http::{App, IdempotencyKey, Json, Path};
use crate::ids::{CelebrationId, GoalId, PairId};
use crate::outbox::{self, Event};
use crate::people::person::api::PersonRef;
use crate::policy::acts::{CelebrateGoal, ReadGoal};
use crate::policy::{Shown, Viewer, permit, readable_as, show, view};
use crate::problem::Problem;
use crate::text::Prose;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(create_celebration).service(read_celebration);
}

view! {
    /// A success that the mentor or the mentee celebrates. Public.
    CelebrationView of celebration: Celebration, clearance {
        /// Id of the celebration.
        public id: CelebrationId,
        /// Id of the goal.
        public goal_id: GoalId,
        /// Id of the pair of the goal.
        public pair_id: PairId,
        /// Author of the celebration: the mentor or the mentee.
        public author: PersonRef =
            PersonRef::new(celebration.author_id, celebration.author_name, celebration.author_title),
        /// Text of the celebration. Everyone in the organisation can read it.
        public text: Prose<2000>,
        /// Time of creation.
        public created_at: DateTime<Utc>,
    }
}

readable_as!(Celebration: ReadGoal, "celebrations");

/// A new celebration.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"text": "She led her first review, and the room asked for a second one"})))]
pub struct CreateCelebration {
    /// Text of the celebration: the success, and who helped. **Public**: everyone in the organisation can read it.
    text: Prose<2000>,
}

/// Celebrate a goal
///
/// The mentor and the mentee of the pair may do this. The goal must be active or closed, and its pair must not have
/// ended (409 `wrong_state`). A goal has at most 50 celebrations. Everyone in the organisation can read them.
#[utoipa::path(tag = "goals", params(("id" = GoalId, Path)), request_body = CreateCelebration, responses((status = 201, body = CelebrationView)))]
#[post("/v1/goals/{id}/celebrations")]
async fn create_celebration(
    app: Data<App>,
    viewer: Viewer,
    id: Path<GoalId>,
    input: Json<CreateCelebration>,
    once: IdempotencyKey,
) -> Result<Shown<CelebrationView>, Problem> {
    let text = input.into_inner().text;
    app.once(
        &viewer,
        &once,
        async |tx| {
            let goal = goals::find_for_update(tx, *id).await?.ok_or_else(Problem::not_found)?;
            let goal = permit::<CelebrateGoal, _>(&viewer, goal)?;
            let author = goal.person();
            let (id, now) = (CelebrationId::new(&app.clock), app.clock.now());
            let goal = goal.change(|goal| goal.celebrate(now))?;
            if store::list(tx, goal.id).await?.len() >= MOST {
                return Err(Problem::wrong_state(format!(
                    "The goal has {MOST} celebrations already, and cannot have more."
                )));
            }
            store::insert(tx, &goal, id, author, &text, now).await?;
            goals::save(tx, &goal).await?;
            outbox::add(tx, &app.clock, Event::GoalCelebrated(goal.id), Some(goal.pair_id)).await?;
            Ok(id)
        },
        async |tx, id| Ok(read(tx, &viewer, id).await?.created(format!("/v1/celebrations/{id}"))),
    )
    .await
}

/// Read a celebration
///
/// The goal also contains its celebrations. They are public.
#[utoipa::path(tag = "goals", params(("id" = CelebrationId, Path)), responses((status = 200, body = CelebrationView)))]
#[get("/v1/celebrations/{id}")]
async fn read_celebration(
    app: Data<App>,
    viewer: Viewer,
    id: Path<CelebrationId>,
) -> Result<Shown<CelebrationView>, Problem> {
    let mut tx = app.read_one().await?;
    read(&mut tx, &viewer, *id).await
}

async fn read(tx: &mut Tx, viewer: &Viewer, id: CelebrationId) -> Result<Shown<CelebrationView>, Problem> {
    show(viewer, store::find(tx, id).await?.ok_or_else(Problem::not_found)?)
}
