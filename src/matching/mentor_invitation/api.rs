//! HTTP operations that read mentor invitations.

use actix_web::get;
use actix_web::web::Data;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::MentorInvitation;
use super::store;
use crate::http::{App, Count, Cursor, Limit, Page, Path, Query, page};
use crate::ids::MentorInvitationId;
use crate::matching::suggestion::assessment::SuggestionGrowthArea;
use crate::people::person::api::PersonRef;
use crate::policy::acts::ReadMentorInvitation;
use crate::policy::{Clearance, Home, Shown, Viewed, Viewer, may_list, show, view};
use crate::problem::Problem;
use crate::programs::api::ProgramRef;
use crate::programs::model::ProgramModel;
use crate::text::Text;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list_mentor_invitations).service(read_mentor_invitation);
}

view! {
    /// A mentor invitation: a mentee asks you to become their mentor. Only the invited mentor sees it, until it is
    /// answered or its time is over.
    MentorInvitationView {
        /// Id of the mentor invitation.
        public id: MentorInvitationId,
        /// Mentee who asks.
        private mentee: PersonRef,
        /// Program of the pair. `null`: no program.
        private program: Option<ProgramRef>,
        /// Mentoring model of the pair.
        private model: ProgramModel,
        /// Message of the mentee. `null`: no message.
        private message: Option<Text>,
        /// Skills that the mentee wants to learn, those that you cover best first.
        #[schema(max_items = 200)]
        private growth_areas: Vec<SuggestionGrowthArea>,
        /// Time when you were invited.
        private asked_at: DateTime<Utc>,
        /// Time until which you may answer. After it the invitation can no longer be read.
        private answer_by: DateTime<Utc>,
    }
}

impl Viewed for MentorInvitation {
    type View = MentorInvitationView;

    fn view(self, clearance: &Clearance) -> MentorInvitationView {
        let program = self.program_id.zip(self.program_name).map(|(id, name)| ProgramRef { id, name });
        let suggestion = Home::of_match(self.suggestion_id, self.mentee_id, self.mentor_id);
        let mentee = PersonRef { id: self.mentee_id, name: self.mentee_name, title: self.mentee_title };
        MentorInvitationView {
            id: self.id,
            mentee: clearance.plain(mentee),
            program: clearance.plain(program),
            model: clearance.plain(self.model),
            message: clearance.unseal(Home::of_person(self.request_id, self.mentee_id, 0), self.message),
            // Sealed for this mentor and this mentee: with another mentor in the row, the value does not open.
            growth_areas: clearance.unseal(suggestion, self.assessment).map(|findings| findings.growth_areas),
            asked_at: clearance.plain(self.asked_at),
            answer_by: clearance.plain(self.answer_by),
            withheld: clearance.withheld::<MentorInvitationView>(),
        }
    }
}

/// Page of the list of mentor invitations.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListMentorInvitations {
    /// Number of items on a page. Default: 50.
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    /// `next_cursor` of the previous page. Absent: the first page.
    #[param(value_type = Option<String>, max_length = 500)]
    cursor: Option<Cursor<MentorInvitationId>>,
    /// `exact`: the page also has `total`, the number of items on all pages. Absent: no `total`.
    #[serde(default)]
    #[param(inline, required = false)]
    count: Count,
}

/// List mentor invitations
///
/// Lists your open mentor invitations. Sorted by time of creation, oldest first. Answered, expired and withdrawn
/// invitations are not listed.
#[utoipa::path(tag = "suggestions", params(ListMentorInvitations), responses((status = 200, body = Page<MentorInvitationView>)))]
#[get("/v1/mentor-invitations")]
async fn list_mentor_invitations(
    app: Data<App>,
    viewer: Viewer,
    query: Query<ListMentorInvitations>,
) -> Result<Page<MentorInvitationView>, Problem> {
    may_list::<ReadMentorInvitation>(&viewer)?;
    let Some(own) = viewer.person() else { return Ok(Page::empty(query.count)) };
    let (after, now) = (query.cursor.map_or(MentorInvitationId::first(), |cursor| cursor.0), app.clock.now());
    let mut tx = app.read_one().await?;
    let invitations = store::list(&mut tx, own, now, after, query.limit.and_one()).await?;
    let total = query.count.of(store::count(&mut tx, own, now)).await?;
    page(&viewer, query.limit, invitations, total, |invitation| invitation.id)
}

/// Read a mentor invitation
///
/// Only the invited mentor may read it, until it is answered, expired or withdrawn.
#[utoipa::path(tag = "suggestions", params(("id" = MentorInvitationId, Path)), responses((status = 200, body = MentorInvitationView)))]
#[get("/v1/mentor-invitations/{id}")]
async fn read_mentor_invitation(
    app: Data<App>,
    viewer: Viewer,
    id: Path<MentorInvitationId>,
) -> Result<Shown<MentorInvitationView>, Problem> {
    let mut tx = app.read_one().await?;
    show(&viewer, store::find(&mut tx, *id, app.clock.now()).await?.ok_or_else(Problem::not_found)?)
}
