//! HTTP handlers for reflections.

use actix_web::web::Data;
use actix_web::{get, put};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::{Rating, Reflection};
use super::store;
use crate::http::{App, Json, Path, Preconditions};
use crate::ids::{PairId, PersonId, ReflectionId, SessionId};
use crate::policy::acts::{ChangeReflection, ReadReflection, WriteInSession};
use crate::policy::{Sealed, Shown, Viewer, permit, readable_as, show, view};
use crate::problem::Problem;
use crate::sessions::session;
use crate::text::Text;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(read_reflection).service(put_reflection);
}

view! {
    /// Your own reflection on a session.
    ReflectionView of reflection: Reflection, clearance {
        let (what_went_well, what_to_change, what_i_learned) = (reflection.home(), reflection.home(), reflection.home());
        let (next_step, energy, talk_share) = (reflection.home(), reflection.home(), reflection.home());
        /// Id of the reflection.
        public id: ReflectionId,
        /// Id of the session.
        public session_id: SessionId,
        /// Id of the pair.
        public pair_id: PairId,
        /// Id of the author: you.
        public author_id: PersonId,
        /// What went well. `null`: no answer.
        never_shared what_went_well: Option<Text> = clearance.unseal(what_went_well, reflection.what_went_well),
        /// What to do differently. `null`: no answer.
        never_shared what_to_change: Option<Text> = clearance.unseal(what_to_change, reflection.what_to_change),
        /// What you learned. `null`: no answer.
        never_shared what_i_learned: Option<Text> = clearance.unseal(what_i_learned, reflection.what_i_learned),
        /// What you do next. `null`: no answer.
        never_shared next_step: Option<Text> = clearance.unseal(next_step, reflection.next_step),
        /// Your energy after the session, from 1 (exhausted) to 5 (full of energy). `null`: no answer.
        never_shared energy: Option<Rating> = clearance.unseal(energy, reflection.energy),
        /// How much you talked, from 1 (hardly at all) to 5 (nearly all the time). `null`: no answer.
        never_shared talk_share: Option<Rating> = clearance.unseal(talk_share, reflection.talk_share),
        /// Time of creation.
        public created_at: DateTime<Utc>,
        /// Time of the last change.
        public updated_at: DateTime<Utc>,
    }
}

readable_as!(Reflection: ReadReflection, "reflections");

/// Read your reflection on a session
///
/// You can read only your own reflection. While you have none, the problem is `not_found`, also if the other person has
/// one.
#[utoipa::path(tag = "sessions", params(("id" = SessionId, Path)), responses((status = 200, body = ReflectionView)))]
#[get("/v1/sessions/{id}/reflection")]
async fn read_reflection(
    app: Data<App>,
    viewer: Viewer,
    id: Path<SessionId>,
) -> Result<Shown<ReflectionView>, Problem> {
    let author = viewer.person().ok_or_else(Problem::not_found)?;
    let mut tx = app.read_one().await?;
    show(&viewer, store::find(&mut tx, author, *id).await?.ok_or_else(Problem::not_found)?)
}

/// Your reflection on a session. Answer the questions that help you and leave out the others.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"what_went_well": "I asked before I answered.", "next_step": "Book an hour on Thursday to think.", "energy": 4, "talk_share": 2})))]
pub struct ReflectionInput {
    /// What went well.
    #[schema(examples("I asked before I answered."))]
    what_went_well: Option<Text>,
    /// What to do differently.
    #[schema(examples("Come with one question instead of five."))]
    what_to_change: Option<Text>,
    /// What you learned.
    #[schema(examples("Silence is an answer, too."))]
    what_i_learned: Option<Text>,
    /// What you do next.
    #[schema(examples("Book an hour on Thursday to think."))]
    next_step: Option<Text>,
    /// Your energy after the session, from 1 (exhausted) to 5 (full of energy).
    energy: Option<Rating>,
    /// How much you talked, from 1 (hardly at all) to 5 (nearly all the time).
    talk_share: Option<Rating>,
}

/// Replace your reflection on a session
///
/// Creates the reflection or replaces all its answers. The mentor and the mentee may each do this, once the session has
/// started; otherwise the problem is `wrong_state`. No other person can read your reflection or learn that it exists,
/// not even an admin.
#[utoipa::path(tag = "sessions", params(("id" = SessionId, Path)), request_body = ReflectionInput, responses((status = 200, body = ReflectionView)))]
#[put("/v1/sessions/{id}/reflection")]
async fn put_reflection(
    app: Data<App>,
    viewer: Viewer,
    id: Path<SessionId>,
    seen: Preconditions,
    input: Json<ReflectionInput>,
) -> Result<Shown<ReflectionView>, Problem> {
    let (input, now) = (input.into_inner(), app.clock.now());
    let mut tx = app.write(&viewer).await?;
    let session = session::store::find_for_update(&mut tx, *id).await?.ok_or_else(Problem::not_found)?;
    let session = permit::<WriteInSession, _>(&viewer, session)?;
    session.check_has_begun(now)?;
    let author_id = session.person();
    let before = store::find(&mut tx, author_id, *id).await?;
    let fresh = Reflection {
        id: before.as_ref().map_or_else(|| ReflectionId::new(&app.clock), |before| before.id),
        session_id: session.id,
        pair_id: session.pair_id,
        author_id,
        what_went_well: input.what_went_well.map(|answer| Sealed::new(author_id, answer)),
        what_to_change: input.what_to_change.map(|answer| Sealed::new(author_id, answer)),
        what_i_learned: input.what_i_learned.map(|answer| Sealed::new(author_id, answer)),
        next_step: input.next_step.map(|answer| Sealed::new(author_id, answer)),
        energy: input.energy.map(|answer| Sealed::new(author_id, answer)),
        talk_share: input.talk_share.map(|answer| Sealed::new(author_id, answer)),
        created_at: before.as_ref().map_or(now, |before| before.created_at),
        updated_at: now,
        revision: before.as_ref().map_or(1, |before| before.revision),
        words_revision: before.as_ref().map_or(0, |before| before.words_revision),
    };
    if let Some(before) = before {
        seen.check(&viewer, &before)?;
        let changed = permit::<ChangeReflection, _>(&viewer, before)?.change(|reflection| {
            *reflection = fresh;
            Ok(())
        })?;
        store::save(&mut tx, &changed).await?;
    } else {
        seen.check_absent()?;
        store::insert(&mut tx, &session, &fresh).await?;
    }
    let written = store::find(&mut tx, author_id, *id).await?.ok_or_else(Problem::not_found)?;
    tx.commit().await?;
    show(&viewer, written)
}
