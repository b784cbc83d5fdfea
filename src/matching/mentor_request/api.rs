//! HTTP operations that read mentor requests.

use actix_web::get;
use actix_web::web::Data;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::{MentorChoice, MentorChoiceStatus, MentorRequest, MentorRequestStatus};
use super::store::{self, Filter};
use crate::http::{App, Count, Cursor, Limit, Page, Path, Query, page};
use crate::ids::{MentorRequestId, PairId, PersonId, ProgramId, SuggestionId};
use crate::people::person::api::PersonRef;
use crate::policy::acts::ReadMentorRequest;
use crate::policy::{Clearance, Home, Shown, Viewed, Viewer, may_list, show, view};
use crate::problem::Problem;
use crate::programs::api::ProgramRef;
use crate::text::Text;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list_mentor_requests).service(read_mentor_request);
}

/// One choice of a mentor request.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MentorChoiceItem {
    /// Rank of the choice. The mentor with rank 1 is invited first.
    #[schema(minimum = 1, maximum = 5, examples(1))]
    rank: i64,
    /// Id of the suggestion that proposed the mentor.
    suggestion_id: SuggestionId,
    /// Mentor of this choice.
    mentor: PersonRef,
    /// Status of the choice.
    status: MentorChoiceStatus,
    /// Time when the mentor was invited. `null`: not invited.
    asked_at: Option<DateTime<Utc>>,
    /// Time until which the mentor may answer. `null`: not invited.
    answer_by: Option<DateTime<Utc>>,
    /// Time when the mentor answered, or when the choice ended without an answer. `null`: still open.
    closed_at: Option<DateTime<Utc>>,
}

impl From<MentorChoice> for MentorChoiceItem {
    fn from(choice: MentorChoice) -> Self {
        Self {
            rank: choice.rank,
            suggestion_id: choice.suggestion_id,
            mentor: PersonRef { id: choice.mentor_id, name: choice.mentor_name, title: choice.mentor_title },
            status: choice.status,
            asked_at: choice.asked_at,
            answer_by: choice.answer_by,
            closed_at: choice.closed_at,
        }
    }
}

view! {
    /// A mentor request: the mentors that a mentee asks, one after the other. The mentee, leads of the program and
    /// admins see it. An invited mentor sees a mentor invitation, which shows no other choice.
    MentorRequestView {
        /// Id of the mentor request.
        public id: MentorRequestId,
        /// Mentee who asks.
        private mentee: PersonRef,
        /// Program of the suggestions. `null`: no program.
        private program: Option<ProgramRef>,
        /// Message to the invited mentors. `null`: no message.
        private message: Option<Text>,
        /// Time that each mentor has to answer, in days.
        #[schema(minimum = 2, maximum = 14, examples(5))]
        private days_to_answer: i64,
        /// Status of the mentor request.
        private status: MentorRequestStatus,
        /// Choices, ordered by rank.
        #[schema(max_items = 5)]
        private choices: Vec<MentorChoiceItem>,
        /// Id of the pair that was created from it. `null`: no pair.
        private pair_id: Option<PairId>,
        /// Time when it was made.
        private made_at: DateTime<Utc>,
        /// Time of the last change.
        private updated_at: DateTime<Utc>,
    }
}

impl Viewed for MentorRequest {
    type View = MentorRequestView;

    fn view(self, clearance: &Clearance) -> MentorRequestView {
        let program = self.program_id.zip(self.program_name).map(|(id, name)| ProgramRef { id, name });
        let mentee = PersonRef { id: self.mentee_id, name: self.mentee_name, title: self.mentee_title };
        MentorRequestView {
            id: self.id,
            mentee: clearance.plain(mentee),
            program: clearance.plain(program),
            message: clearance.unseal(Home::of_person(self.id, self.mentee_id, 0), self.message),
            days_to_answer: clearance.plain(self.days_to_answer),
            status: clearance.plain(self.status),
            choices: clearance.plain(self.choices.into_iter().map(Into::into).collect()),
            pair_id: clearance.plain(self.pair_id),
            made_at: clearance.plain(self.created_at),
            updated_at: clearance.plain(self.updated_at),
            withheld: clearance.withheld::<MentorRequestView>(),
        }
    }
}

/// Filters of the list of mentor requests.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListMentorRequests {
    /// Only requests of this mentee.
    mentee_id: Option<PersonId>,
    /// Only requests in this program.
    program_id: Option<ProgramId>,
    /// Only requests with this status.
    #[param(inline)]
    status: Option<MentorRequestStatus>,
    /// Number of items on a page. Default: 50.
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    /// `next_cursor` of the previous page. Absent: the first page.
    #[param(value_type = Option<String>, max_length = 500)]
    cursor: Option<Cursor<MentorRequestId>>,
    /// `exact`: the page also has `total`, the number of items on all pages. Absent: no `total`.
    #[serde(default)]
    #[param(inline, required = false)]
    count: Count,
}

/// List mentor requests
///
/// Lists your own mentor requests and those in the programs that you lead. Sorted by time of creation, oldest first.
/// Admins see all. Filters do not show requests that you may not read. Invitations that you received are at
/// `/v1/mentor-invitations`.
#[utoipa::path(tag = "suggestions", params(ListMentorRequests), responses((status = 200, body = Page<MentorRequestView>)))]
#[get("/v1/mentor-requests")]
async fn list_mentor_requests(
    app: Data<App>,
    viewer: Viewer,
    query: Query<ListMentorRequests>,
) -> Result<Page<MentorRequestView>, Problem> {
    may_list::<ReadMentorRequest>(&viewer)?;
    let after = query.cursor.map_or(MentorRequestId::first(), |cursor| cursor.0);
    let only = Filter { mentee: query.mentee_id, program: query.program_id, status: query.status };
    let mut tx = app.read().await?;
    let requests = store::list(&mut tx, &viewer, &only, after, query.limit.and_one()).await?;
    let total = query.count.of(store::count(&mut tx, &viewer, &only)).await?;
    page(&viewer, query.limit, requests, total, |request| request.id)
}

/// Read a mentor request
///
/// The mentee, leads of the program and admins may read it.
#[utoipa::path(tag = "suggestions", params(("id" = MentorRequestId, Path)), responses((status = 200, body = MentorRequestView)))]
#[get("/v1/mentor-requests/{id}")]
async fn read_mentor_request(
    app: Data<App>,
    viewer: Viewer,
    id: Path<MentorRequestId>,
) -> Result<Shown<MentorRequestView>, Problem> {
    read_again(&app, &viewer, *id).await
}

pub(super) async fn read_again(
    app: &App,
    viewer: &Viewer,
    id: MentorRequestId,
) -> Result<Shown<MentorRequestView>, Problem> {
    let mut tx = app.read().await?;
    show(viewer, store::find(&mut tx, viewer, id).await?.ok_or_else(Problem::not_found)?)
}
