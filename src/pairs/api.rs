//! HTTP handlers that list, read and change pairs, and write agreements.

use actix_web::web::Data;
use actix_web::{get, patch, put};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::{Cadence, EndReason, Pair, PairNote, PairNoteKind, PairStatus, PairWarning};
use super::store::{self, Filter, Role};
use crate::db::Tx;
use crate::http::{
    App, Change, Json, MirroredPage, Path, Preconditions, Query, Walk, list_query, merge_patch, mirrored_page,
    reaching_back,
};
use crate::ids::{PairId, PersonId, ProgramId, TeamId};
use crate::outbox::{self, Event};
use crate::people::person::api::{PersonRef, TeamRef};
use crate::policy::acts::{ChangeAgreement, ChangePair, ReadPair};
use crate::policy::{Sealed, Shown, Viewer, may_list, permit, readable_as, show, view};
use crate::problem::Problem;
use crate::programs::api::ProgramRef;
use crate::programs::model::ProgramModel;
use crate::text::{Sentence, Text};
use crate::time::{Day, Moment};

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list_pairs).service(read_pair).service(change_pair).service(put_agreement);
}

/// A text with its author.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AuthoredText {
    /// Id of the author.
    pub author_id: PersonId,
    /// The text.
    pub text: Text,
    /// Time of writing.
    pub written_at: DateTime<Utc>,
}

view! {
    /// A pair of a mentor and a mentee.
    PairView of pair: Pair, clearance {
        let warnings = pair.warnings();
        let (two, home) = (pair.standing.two(pair.id), pair.home());
        let authored = |note: PairNote| {
            let (author_id, written_at) = (note.author_id, note.created_at);
            clearance.unseal(note.home(two), note.text).into_value().map(|text| AuthoredText {
                author_id,
                text,
                written_at,
            })
        };
        /// Id of the pair.
        public id: PairId,
        /// The mentor.
        public mentor: PersonRef = PersonRef::new(pair.standing.mentor_id, pair.mentor_name, pair.mentor_title),
        /// The mentee.
        public mentee: PersonRef = PersonRef::new(pair.standing.mentee_id, pair.mentee_name, pair.mentee_title),
        /// Team that the pair counts for. `null`: none.
        public team: Option<TeamRef> = pair.team_id.zip(pair.team_name).map(|(id, name)| TeamRef { id, name }),
        /// Program of the pair. `null`: none.
        public program: Option<ProgramRef> =
            pair.standing.program_id.zip(pair.program_name).map(|(id, name)| ProgramRef { id, name }),
        /// Model of mentoring.
        public model: ProgramModel,
        /// Status of the pair.
        public status: PairStatus,
        /// Whether the mentor has accepted the pair.
        public mentor_accepted: bool,
        /// Whether the mentee has accepted the pair.
        public mentee_accepted: bool,
        /// Last day on which the proposal can be answered. `null`: the pair waits for no answer.
        public expires_on: Option<NaiveDate>,
        /// Focus of the pair. `null`: not given.
        public goals_focus: Option<Sentence>,
        /// First day.
        public starts_on: NaiveDate,
        /// Planned last day. `null`: no planned end.
        public ends_on: Option<NaiveDate>,
        /// Actual last day. `null`: the pair has not ended.
        public ended_on: Option<NaiveDate>,
        /// Things a lead should know about the pair. A warning never refuses a request.
        public warnings: Vec<PairWarning> = warnings,
        /// Reason why a lead overrode a rule. `null`: no rule was overridden.
        manager_visible override_reason: Option<Sentence>,
        /// Reason why the pair ended. `null`: it has not ended.
        manager_visible end_reason: Option<EndReason>,
        /// Outcome of the pair. `null`: not given.
        manager_visible outcome_summary: Option<Text>,
        /// How often the mentor and the mentee plan to meet. `null`: not agreed.
        private cadence: Option<Cadence> = clearance.unseal(home, pair.cadence),
        /// Expectations and rules that the mentor and the mentee agreed on. `null`: not written.
        private agreement: Option<AuthoredText> = clearance.open(pair.agreement).map(|note| note.and_then(authored)),
        /// Closing notes, at most one each of the mentor and the mentee.
        private end_notes: Vec<AuthoredText> =
            clearance.open(pair.end_notes).map(|notes| notes.into_iter().filter_map(authored).collect()),
        /// Time of creation.
        public created_at: DateTime<Utc>,
        /// Time of the last change to a public field.
        public updated_at: DateTime<Utc>,
    }
}

readable_as!(Pair: ReadPair, "pairs");

values! {
    /// Role in a pair of the person `person_id`. Without `person_id`: your own role.
    pub enum RoleFilter {
        /// The person is the mentor.
        Mentor,
        /// The person is the mentee.
        Mentee,
        /// The person is the mentor or the mentee.
        Either,
    }
}

list_query! {
    /// Query parameters of the list of pairs.
    ListPairs from Walk<PairId> {
        /// Only pairs of this person in the role `role`. Default role: `either`.
        person_id: Option<PersonId>,
        /// Role of `person_id`. Without `person_id`: only pairs in which you have this role.
        #[param(inline)]
        role: Option<RoleFilter>,
        /// Only pairs with this status.
        #[param(inline)]
        status: Option<PairStatus>,
        /// Only pairs of this program.
        program_id: Option<ProgramId>,
        /// Only pairs that count for this team.
        team_id: Option<TeamId>,
        /// Only pairs whose `updated_at` is later than this time. Pairs that changed up to five minutes earlier are listed
        /// too: see `next_updated_after`.
        updated_after: Option<Moment>,
    }
}

impl ListPairs {
    fn filter(&self, viewer: &Viewer) -> Result<Filter, Problem> {
        let role = match self.role {
            Some(RoleFilter::Mentor) => Role::Mentor,
            Some(RoleFilter::Mentee) => Role::Mentee,
            Some(RoleFilter::Either) | None => Role::Either,
        };
        let member = match (self.person_id, self.role) {
            (Some(person), _) => Some((person, role)),
            (None, Some(_)) => {
                let own = viewer.person().ok_or_else(|| {
                    Problem::invalid("?role", "must be absent for a service account: it has no role in a pair")
                })?;
                Some((own, role))
            }
            (None, None) => None,
        };
        let (status, program, team, updated_after) =
            (self.status, self.program_id, self.team_id, self.updated_after.map(reaching_back));
        Ok(Filter { member, status, program, team, updated_after })
    }
}

/// List pairs
///
/// Each person can list all pairs of the organisation. A service needs the scope `pairs:read`. Fields that you may not
/// see are absent, and `withheld` has their names. Sorted by time of creation, oldest first. `?role=mentor` lists the
/// pairs in which you are the mentor.
#[utoipa::path(tag = "pairs", params(ListPairs), responses((status = 200, body = MirroredPage<PairView>)))]
#[get("/v1/pairs")]
async fn list_pairs(
    app: Data<App>,
    viewer: Viewer,
    query: Query<ListPairs>,
) -> Result<MirroredPage<PairView>, Problem> {
    may_list::<ReadPair>(&viewer)?;
    let walk = Walk::of(query.cursor.as_ref(), &app.clock, PairId::first());
    let only = query.filter(&viewer)?;
    let mut tx = app.read_one().await?;
    let pairs = store::list(&mut tx, &viewer, &only, walk.after, query.limit.and_one()).await?;
    let total = query.count.of(store::count(&mut tx, &only)).await?;
    mirrored_page(&viewer, query.limit, pairs, total, &walk, |pair| pair.id)
}

/// Read a pair
///
/// Everyone in the organisation may read a pair. Fields that you may not see are absent, and `withheld` lists them.
#[utoipa::path(tag = "pairs", params(("id" = PairId, Path)), responses((status = 200, body = PairView)))]
#[get("/v1/pairs/{id}")]
async fn read_pair(app: Data<App>, viewer: Viewer, id: Path<PairId>) -> Result<Shown<PairView>, Problem> {
    let mut tx = app.read_one().await?;
    read(&mut tx, &viewer, *id).await
}

merge_patch! {
    /// Changes to a pair. Fields that are left out stay as they are.
    #[schema(examples(json!({"goals_focus": "Growing into technical leadership", "ends_on": null, "cadence": "weekly"})))]
    ChangePairInput {
        /// Focus of the pair, in one sentence. `null` removes it.
        goals_focus: Option<Sentence>,
        /// Id of the team that the pair counts for. `null` removes the team.
        team_id: Option<TeamId>,
        /// Planned last day. `null`: no planned end.
        ends_on: Option<Day>,
        /// How often the mentor and the mentee plan to meet. Only these two people may change it. `null` removes it.
        cadence: Option<Cadence>,
    }
}

/// Change a pair
///
/// Changes focus, team, planned last day and cadence. The mentor, the mentee and the leads may do this; only the mentor
/// and the mentee may change `cadence`. The problem is `wrong_state` if the pair has ended or was declined.
#[utoipa::path(tag = "pairs", params(("id" = PairId, Path)), request_body = ChangePairInput, responses((status = 200, body = PairView)))]
#[patch("/v1/pairs/{id}")]
async fn change_pair(
    app: Data<App>,
    viewer: Viewer,
    id: Path<PairId>,
    seen: Preconditions,
    input: Json<ChangePairInput>,
) -> Result<Shown<PairView>, Problem> {
    let input = input.into_inner();
    let mut tx = app.write(&viewer).await?;
    tx.lock((*id).into()).await?;
    let pair = store::find(&mut tx, &viewer, *id).await?.ok_or_else(Problem::not_found)?;
    seen.check(&viewer, &pair)?;
    if input.cadence.set().is_some() {
        permit::<ChangeAgreement, _>(&viewer, pair.clone())?;
    }
    let now = app.clock.now();
    let pair = permit::<ChangePair, _>(&viewer, pair)?;
    if input.is_empty() {
        return show(&viewer, pair.unchanged());
    }
    let is_public = input.goals_focus.set().is_some() || input.team_id.set().is_some() || input.ends_on.set().is_some();
    let by = pair.person();
    let pair = pair.change(|pair| {
        pair.check_is_live()?;
        input.goals_focus.apply(&mut pair.goals_focus);
        input.team_id.apply(&mut pair.team_id);
        input.cadence.map(|cadence| cadence.map(|cadence| Sealed::new(by, cadence))).apply(&mut pair.cadence);
        if let Change::Set(ends_on) = input.ends_on.date() {
            pair.plan_end(ends_on)?;
        }
        if is_public {
            pair.updated_at = now;
        }
        Ok(())
    })?;
    store::save(&mut tx, &pair).await?;
    // The event is only about public changes: only the mentor and the mentee may know when the cadence changes.
    if is_public {
        outbox::add(&mut tx, &app.clock, Event::PairChanged(*id), Some(*id)).await?;
    }
    let pair = store::find(&mut tx, &viewer, *id).await?.ok_or_else(Problem::not_found)?;
    tx.commit().await?;
    show(&viewer, pair)
}

/// The agreement of a pair.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"text": "We meet every second Tuesday, come prepared, and keep to ourselves what is said."})))]
pub struct AgreementInput {
    /// Text of the agreement: expectations, boundaries, cadence, and what stays confidential.
    text: Text,
}

/// Replace the agreement of a pair
///
/// Only the mentor and the mentee may do this and read it. Both may edit the same text, so `If-Match` with the
/// `ETag` of the pair is required; without it the problem is `precondition_required`. The problem is `wrong_state` if
/// the pair has ended or was declined.
#[utoipa::path(tag = "pairs", params(("id" = PairId, Path)), request_body = AgreementInput, responses((status = 200, body = PairView), (status = 428)))]
#[put("/v1/pairs/{id}/agreement")]
async fn put_agreement(
    app: Data<App>,
    viewer: Viewer,
    id: Path<PairId>,
    seen: Preconditions,
    input: Json<AgreementInput>,
) -> Result<Shown<PairView>, Problem> {
    let mut tx = app.write(&viewer).await?;
    tx.lock((*id).into()).await?;
    let pair = store::find(&mut tx, &viewer, *id).await?.ok_or_else(Problem::not_found)?;
    let permitted = permit::<ChangeAgreement, _>(&viewer, pair.clone())?;
    seen.demand(&viewer, &pair)?;
    permitted.check_is_live()?;
    let text = input.into_inner().text;
    let note = PairNote::new(&app.clock, *id, permitted.person(), PairNoteKind::Agreement, text);
    store::put_note(&mut tx, pair.standing.two(pair.id), &note).await?;
    let pair = store::find(&mut tx, &viewer, *id).await?.ok_or_else(Problem::not_found)?;
    tx.commit().await?;
    show(&viewer, pair)
}

/// The answer with the current state of a pair.
pub async fn read(tx: &mut Tx, viewer: &Viewer, id: PairId) -> Result<Shown<PairView>, Problem> {
    let pair = store::find(tx, viewer, id).await?.ok_or_else(Problem::not_found)?;
    show(viewer, pair)
}
