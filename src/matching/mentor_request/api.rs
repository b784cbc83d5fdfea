//! HTTP operations that read mentor requests.

use actix_web::get;
use actix_web::web::Data;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::{MentorChoice, MentorChoiceStatus, MentorRequest, MentorRequestStatus};
use super::store::{self, Filter};
use crate::db::Tx;
use crate::http::{App, Page, Path, Query, list_query, page};
use crate::ids::{MentorRequestId, PairId, PersonId, ProgramId, SuggestionId};
use crate::people::person::api::PersonRef;
use crate::policy::acts::ReadMentorRequest;
use crate::policy::{Home, Shown, Viewer, may_list, show, view};
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
            mentor: PersonRef::new(choice.mentor_id, choice.mentor_name, choice.mentor_title),
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
    MentorRequestView of request: MentorRequest, clearance {
        let program = request.program_id.zip(request.program_name).map(|(id, name)| ProgramRef { id, name });
        let mentee = PersonRef::new(request.mentee_id, request.mentee_name, request.mentee_title);
        /// Id of the mentor request.
        public id: MentorRequestId,
        /// Mentee who asks.
        private mentee: PersonRef = clearance.show(mentee),
        /// Program of the suggestions. `null`: no program.
        private program: Option<ProgramRef> = clearance.show(program),
        /// Message to the invited mentors. `null`: no message.
        private message: Option<Text> =
            clearance.unseal(Home::of_person(request.id, request.mentee_id, 0), request.message),
        /// Time that each mentor has to answer, in days.
        #[schema(minimum = 2, maximum = 14, examples(5))]
        private days_to_answer: i64,
        /// Status of the mentor request.
        private status: MentorRequestStatus,
        /// Choices, ordered by rank.
        #[schema(max_items = 5)]
        private choices: Vec<MentorChoiceItem> =
            clearance.show(request.choices.into_iter().map(MentorChoiceItem::from).collect::<Vec<_>>()),
        /// Id of the pair that was created from it. `null`: no pair.
        private pair_id: Option<PairId>,
        /// Time when it was made.
        private made_at: DateTime<Utc> = clearance.show(request.created_at),
        /// Time of the last change.
        private updated_at: DateTime<Utc>,
    }
}

list_query! {
    /// Filters of the list of mentor requests.
    ListMentorRequests from MentorRequestId {
        /// Only requests of this mentee.
        mentee_id: Option<PersonId>,
        /// Only requests in this program.
        program_id: Option<ProgramId>,
        /// Only requests with this status.
        #[param(inline)]
        status: Option<MentorRequestStatus>,
    }
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
    let mut tx = app.read().await?;
    read(&mut tx, &viewer, *id).await
}

pub(super) async fn read(
    tx: &mut Tx,
    viewer: &Viewer,
    id: MentorRequestId,
) -> Result<Shown<MentorRequestView>, Problem> {
    show(viewer, store::find(tx, viewer, id).await?.ok_or_else(Problem::not_found)?)
}
