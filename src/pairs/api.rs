//! HTTP handlers that list, read and change pairs, and write agreements.

use actix_web::web::Data;
use actix_web::{get, patch, put};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::model::{Cadence, EndReason, Pair, PairNote, PairNoteKind, PairStatus, PairWarning};
use super::store::{self, Filter, Role};
use crate::http::{
    App, Change, Count, Cursor, Json, Limit, MirroredPage, Path, Preconditions, Query, Walk, merge_patch,
    mirrored_page, reaching_back,
};
use crate::ids::{PairId, PersonId, ProgramId, TeamId};
use crate::outbox::{self, Event};
use crate::people::person::api::{PersonRef, TeamRef};
use crate::policy::acts::{ChangeAgreement, ChangePair, ReadPair};
use crate::policy::{Clearance, Readable, Sealed, Shown, Viewed, Viewer, may_list, permit, show, view};
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
    PairView {
        /// Id of the pair.
        public id: PairId,
        /// The mentor.
        public mentor: PersonRef,
        /// The mentee.
        public mentee: PersonRef,
        /// Team that the pair counts for. `null`: none.
        public team: Option<TeamRef>,
        /// Program of the pair. `null`: none.
        public program: Option<ProgramRef>,
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
        public warnings: Vec<PairWarning>,
        /// Reason why a lead overrode a rule. `null`: no rule was overridden.
        manager_visible override_reason: Option<Sentence>,
        /// Reason why the pair ended. `null`: it has not ended.
        manager_visible end_reason: Option<EndReason>,
        /// Outcome of the pair. `null`: not given.
        manager_visible outcome_summary: Option<Text>,
        /// How often the mentor and the mentee plan to meet. `null`: not agreed.
        private cadence: Option<Cadence>,
        /// Expectations and rules that the mentor and the mentee agreed on. `null`: not written.
        private agreement: Option<AuthoredText>,
        /// Closing notes, at most one each of the mentor and the mentee.
        private end_notes: Vec<AuthoredText>,
        /// Time of creation.
        public created_at: DateTime<Utc>,
        /// Time of the last change to a public field.
        public updated_at: DateTime<Utc>,
    }
}

impl Readable for Pair {
    type Read = ReadPair;
    const KIND: &'static str = "pairs";

    fn id(&self) -> Uuid {
        self.id.uuid()
    }
}

impl Viewed for Pair {
    type View = PairView;

    fn view(self, clearance: &Clearance) -> PairView {
        let warnings = self.warnings();
        let withheld = clearance.withheld::<PairView>();
        let (two, home) = (self.standing.two(self.id), self.home());
        let authored = |note: PairNote| {
            let (author_id, written_at) = (note.author_id, note.created_at);
            clearance.unseal(note.home(two), note.text).into_value().map(|text| AuthoredText {
                author_id,
                text,
                written_at,
            })
        };
        PairView {
            id: self.id,
            mentor: PersonRef { id: self.standing.mentor_id, name: self.mentor_name, title: self.mentor_title },
            mentee: PersonRef { id: self.standing.mentee_id, name: self.mentee_name, title: self.mentee_title },
            team: self.team_id.zip(self.team_name).map(|(id, name)| TeamRef { id, name }),
            program: self.standing.program_id.zip(self.program_name).map(|(id, name)| ProgramRef { id, name }),
            model: self.model,
            status: self.status,
            mentor_accepted: self.mentor_accepted,
            mentee_accepted: self.mentee_accepted,
            expires_on: self.expires_on,
            goals_focus: self.goals_focus,
            starts_on: self.starts_on,
            ends_on: self.ends_on,
            ended_on: self.ended_on,
            warnings,
            override_reason: clearance.open(self.override_reason),
            end_reason: clearance.open(self.end_reason),
            outcome_summary: clearance.open(self.outcome_summary),
            cadence: clearance.unseal(home, self.cadence),
            agreement: clearance.open(self.agreement).map(|note| note.and_then(authored)),
            end_notes: clearance.open(self.end_notes).map(|notes| notes.into_iter().filter_map(authored).collect()),
            created_at: self.created_at,
            updated_at: self.updated_at,
            withheld,
        }
    }
}

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

/// Query parameters of the list of pairs.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListPairs {
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
    /// Number of items on a page. Default: 50.
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    /// `next_cursor` of the previous page. Absent: the first page.
    #[param(value_type = Option<String>, max_length = 500)]
    cursor: Option<Cursor<Walk<PairId>>>,
    /// `exact`: the page also has `total`, the number of items on all pages. Absent: no `total`.
    #[serde(default)]
    #[param(inline, required = false)]
    count: Count,
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
    let pair = store::find(&mut tx, &viewer, *id).await?.ok_or_else(Problem::not_found)?;
    show(&viewer, pair)
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
    let by = viewer.person();
    let now = app.clock.now();
    let pair = permit::<ChangePair, _>(&viewer, pair)?;
    if input.is_empty() {
        return show(&viewer, pair.unchanged());
    }
    let is_public = input.goals_focus.set().is_some() || input.team_id.set().is_some() || input.ends_on.set().is_some();
    let pair = pair.change(|pair| {
        pair.check_is_live()?;
        input.goals_focus.apply(&mut pair.goals_focus);
        input.team_id.apply(&mut pair.team_id);
        input
            .cadence
            .map(|cadence| cadence.zip(by).map(|(cadence, by)| Sealed::new(by, cadence)))
            .apply(&mut pair.cadence);
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
    let author = viewer.person();
    let permitted = permit::<ChangeAgreement, _>(&viewer, pair.clone())?;
    seen.demand(&viewer, &pair)?;
    permitted.check_is_live()?;
    if let Some(author) = author {
        let text = input.into_inner().text;
        let note = PairNote::new(&app.clock, *id, author, PairNoteKind::Agreement, text);
        store::put_note(&mut tx, pair.standing.two(pair.id), &note).await?;
    }
    let pair = store::find(&mut tx, &viewer, *id).await?.ok_or_else(Problem::not_found)?;
    tx.commit().await?;
    show(&viewer, pair)
}

/// The answer with the current state of a pair, after it was created or changed.
pub async fn read_again(app: &App, viewer: &Viewer, id: PairId) -> Result<Shown<PairView>, Problem> {
    let mut tx = app.read_one().await?;
    let pair = store::find(&mut tx, viewer, id).await?.ok_or_else(Problem::not_found)?;
    show(viewer, pair)
}
