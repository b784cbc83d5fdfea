//! Pairs over HTTP: reading them, and their life once they exist.

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
    App, Change, Count, Cursor, Json, Limit, MirroredPage, Path, Query, Seen, Walk, merge_patch, mirrored_page,
    reaching_back,
};
use crate::ids::{PairId, PersonId, ProgramId, TeamId};
use crate::outbox::{self, Event};
use crate::people::person::api::{PersonRef, TeamRef};
use crate::policy::acts::{ChangeAgreement, ChangePair, ReadPair};
use crate::policy::{Clearance, Readable, Sealed, Shown, Viewed, Viewer, may_list, permit, show, view};
use crate::problem::Problem;
use crate::programs::api::ProgramRef;
use crate::programs::model::Model;
use crate::text::{Sentence, Text};
use crate::time::{Day, Moment};

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list_pairs).service(read_pair).service(change_pair).service(put_agreement);
}

/// Text with its author.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AuthoredText {
    /// Who wrote it.
    pub author_id: PersonId,
    /// What it says.
    pub text: Text,
    /// When it was written.
    pub written_at: DateTime<Utc>,
}

view! {
    /// The relationship of a mentor and a mentee.
    PairView {
        /// Names the pair.
        public id: PairId,
        /// Who gives.
        public mentor: PersonRef,
        /// Who asks.
        public mentee: PersonRef,
        /// The team it is counted under.
        public team: Option<TeamRef>,
        /// The program it belongs to.
        public program: Option<ProgramRef>,
        /// Its way of mentoring.
        public model: Model,
        /// Where it is in its life.
        public status: PairStatus,
        /// Whether the mentor said yes.
        public mentor_accepted: bool,
        /// Whether the mentee said yes.
        public mentee_accepted: bool,
        /// A proposal lapses after this day.
        public expires_on: Option<NaiveDate>,
        /// What it is about.
        public goals_focus: Option<Sentence>,
        /// First day.
        public starts_on: NaiveDate,
        /// Planned last day; `null` while open.
        public ends_on: Option<NaiveDate>,
        /// Last day.
        public ended_on: Option<NaiveDate>,
        /// What a lead should know; never a refusal.
        public warnings: Vec<PairWarning>,
        /// Why a lead set a rule aside.
        manager_visible override_reason: Option<Sentence>,
        /// Why it ended.
        manager_visible end_reason: Option<EndReason>,
        /// What came of it.
        manager_visible outcome_summary: Option<Text>,
        /// How often they meet.
        private cadence: Option<Cadence>,
        /// What they expect of each other.
        private agreement: Option<AuthoredText>,
        /// A word at the end, each their own.
        private end_notes: Vec<AuthoredText>,
        /// When the record was made.
        public created_at: DateTime<Utc>,
        /// When its public part changed last.
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
        #[cfg(feature = "planted-leaks")]
        let is_empty = crate::leaks::Leak::WithheldByData.is_planted() && self.cadence.is_none();
        #[cfg(feature = "planted-leaks")]
        let withheld = if is_empty { Vec::new() } else { withheld };
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

/// Which part the person of `person_id` has; with no `person_id`, you.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RoleFilter {
    /// Mentor.
    Mentor,
    /// Mentee.
    Mentee,
    /// One or the other.
    Either,
}

/// Which pairs to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListPairs {
    /// Pairs of this person, in the part that `role` says (default: either).
    person_id: Option<PersonId>,
    /// Your own part, or that of `person_id`.
    #[param(inline)]
    role: Option<RoleFilter>,
    /// Pairs of this status.
    #[param(inline)]
    status: Option<PairStatus>,
    /// Pairs of this program.
    program_id: Option<ProgramId>,
    /// Pairs counted under this team.
    team_id: Option<TeamId>,
    /// Pairs whose public part changed after this, and some that changed up to five minutes earlier: see `next_updated_after`.
    updated_after: Option<Moment>,
    /// Items on a page.
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    /// `next_cursor` of the page before.
    #[param(value_type = Option<String>, max_length = 500)]
    cursor: Option<Cursor<Walk<PairId>>>,
    /// `exact`: the page says how many there are in all, as `total`.
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
                let own = viewer.person().ok_or_else(|| Problem::invalid("?role", "a service has no part in pairs"))?;
                Some((own, role))
            }
            (None, None) => None,
        };
        let (status, program, team, updated_after) =
            (self.status, self.program_id, self.team_id, self.updated_after.map(reaching_back));
        Ok(Filter { member, status, program, team, updated_after })
    }
}

/// Lists pairs, in the order they were made.
///
/// `?role=mentor` lists those in which you are the mentor.
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
    let mut tx = app.look().await?;
    let pairs = store::list(&mut tx, &viewer, &only, walk.after, query.limit.and_one()).await?;
    let total = query.count.of(store::count(&mut tx, &only)).await?;
    mirrored_page(&viewer, query.limit, pairs, total, &walk, |pair| pair.id)
}

/// Reads a pair.
///
/// Everybody in the organisation sees that it exists; `withheld` names what is hidden from you.
#[utoipa::path(tag = "pairs", params(("id" = PairId, Path)), responses((status = 200, body = PairView)))]
#[get("/v1/pairs/{id}")]
async fn read_pair(app: Data<App>, viewer: Viewer, id: Path<PairId>) -> Result<Shown<PairView>, Problem> {
    let mut tx = app.look().await?;
    let pair = store::find(&mut tx, &viewer, *id).await?.ok_or_else(Problem::not_found)?;
    show(&viewer, pair)
}

merge_patch! {
    /// What to change of a pair.
    #[schema(examples(json!({"goals_focus": "Growing into technical leadership", "ends_on": null, "cadence": "weekly"})))]
    ChangePairInput {
        /// What it is about.
        goals_focus: Option<Sentence>,
        /// The team it is counted under.
        team_id: Option<TeamId>,
        /// Planned last day; `null` leaves it open.
        ends_on: Option<Day>,
        /// How often they meet. For the two alone.
        cadence: Option<Cadence>,
    }
}

/// Changes a pair: focus, team, planned end, cadence.
///
/// The parties and the leads may; `cadence` is for the two alone.
#[utoipa::path(tag = "pairs", params(("id" = PairId, Path)), request_body = ChangePairInput, responses((status = 200, body = PairView)))]
#[patch("/v1/pairs/{id}")]
async fn change_pair(
    app: Data<App>,
    viewer: Viewer,
    id: Path<PairId>,
    seen: Seen,
    input: Json<ChangePairInput>,
) -> Result<Shown<PairView>, Problem> {
    let input = input.into_inner();
    let mut tx = app.write(&viewer).await?;
    tx.hold((*id).into()).await?;
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
    #[cfg(feature = "planted-leaks")]
    let is_public = is_public || crate::leaks::Leak::UpdatedAtFollowsCadence.is_planted();
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
    // Whoever hears of it hears of a public change: when the cadence changes is for the two alone.
    if is_public {
        outbox::add(&mut tx, &app.clock, Event::PairChanged(*id), Some(*id)).await?;
    }
    let pair = store::find(&mut tx, &viewer, *id).await?.ok_or_else(Problem::not_found)?;
    tx.commit().await?;
    show(&viewer, pair)
}

/// What the two expect of each other.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"text": "We meet every second Tuesday, come prepared, and keep to ourselves what is said."})))]
pub struct AgreementInput {
    /// Expectations, boundaries, how often, what stays between the two.
    text: Text,
}

/// Writes the pair's agreement, in place of the one before.
///
/// For the two alone. Both may edit it, so `If-Match` is required.
#[utoipa::path(tag = "pairs", params(("id" = PairId, Path)), request_body = AgreementInput, responses((status = 200, body = PairView), (status = 428)))]
#[put("/v1/pairs/{id}/agreement")]
async fn put_agreement(
    app: Data<App>,
    viewer: Viewer,
    id: Path<PairId>,
    seen: Seen,
    input: Json<AgreementInput>,
) -> Result<Shown<PairView>, Problem> {
    let mut tx = app.write(&viewer).await?;
    tx.hold((*id).into()).await?;
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

/// A pair as it is now, for the answer to what made or changed it.
pub async fn read_again(app: &App, viewer: &Viewer, id: PairId) -> Result<Shown<PairView>, Problem> {
    let mut tx = app.look().await?;
    let pair = store::find(&mut tx, viewer, id).await?.ok_or_else(Problem::not_found)?;
    show(viewer, pair)
}
