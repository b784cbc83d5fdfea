//! Requests for a mentor over HTTP: reading them.

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

/// One mentor whom the mentee would like.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MentorChoiceItem {
    /// 1 is asked first.
    #[schema(minimum = 1, maximum = 5, examples(1))]
    rank: i64,
    /// The suggestion that named the mentor.
    suggestion_id: SuggestionId,
    /// Who is asked when their turn comes.
    mentor: PersonRef,
    /// What became of it.
    status: MentorChoiceStatus,
    /// When their turn came.
    asked_at: Option<DateTime<Utc>>,
    /// Until when they may answer.
    answer_by: Option<DateTime<Utc>>,
    /// When it was answered, or fell.
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
    /// That a mentee asks for a mentor, and whom. For the mentee and the leads; whoever is asked sees a mentor ask, which
    /// tells of no other choice.
    MentorRequestView {
        /// Names the request.
        public id: MentorRequestId,
        /// Who asks.
        private mentee: PersonRef,
        /// The program that the suggestions are of.
        private program: Option<ProgramRef>,
        /// A word to those who are asked.
        private message: Option<Text>,
        /// How many days each has to answer.
        #[schema(minimum = 2, maximum = 14, examples(5))]
        private days_to_answer: i64,
        /// Where it is in its life.
        private status: MentorRequestStatus,
        /// Whom, the first one first.
        #[schema(max_items = 5)]
        private choices: Vec<MentorChoiceItem>,
        /// The pair that came of it.
        private pair_id: Option<PairId>,
        /// When it was made.
        private made_at: DateTime<Utc>,
        /// When it changed last.
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

/// Which requests for a mentor to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListMentorRequests {
    /// Requests of this mentee.
    mentee_id: Option<PersonId>,
    /// Requests in this program.
    program_id: Option<ProgramId>,
    /// Requests of this status.
    #[param(inline)]
    status: Option<MentorRequestStatus>,
    /// Items on a page.
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    /// `next_cursor` of the page before.
    #[param(value_type = Option<String>, max_length = 500)]
    cursor: Option<Cursor<MentorRequestId>>,
    /// `exact`: the page says how many there are in all, as `total`.
    #[serde(default)]
    #[param(inline, required = false)]
    count: Count,
}

/// Lists requests for a mentor: your own, and those in the programs that you lead.
///
/// In the order they were made. Requests of others, outside the programs you lead, are not in the list, whatever the
/// filter says; what you are asked yourself is under `/v1/mentor-asks`.
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

/// Reads a request for a mentor.
///
/// For the mentee, and the leads of the program.
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
