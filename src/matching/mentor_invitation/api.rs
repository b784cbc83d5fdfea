//! HTTP operations that read mentor invitations.

use actix_web::get;
use actix_web::web::Data;
use chrono::{DateTime, Utc};
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::MentorInvitation;
use super::store;
use crate::http::{App, Page, Path, Query, list_query, page};
use crate::ids::MentorInvitationId;
use crate::matching::suggestion::assessment::SuggestionGrowthArea;
use crate::people::person::api::PersonRef;
use crate::policy::acts::ReadMentorInvitation;
use crate::policy::{Home, Shown, Viewer, may_list, show, view};
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
    MentorInvitationView of invitation: MentorInvitation, clearance {
        let program = invitation.program_id.zip(invitation.program_name).map(|(id, name)| ProgramRef { id, name });
        let suggestion = Home::of_match(invitation.suggestion_id, invitation.mentee_id, invitation.mentor_id);
        let mentee = PersonRef::new(invitation.mentee_id, invitation.mentee_name, invitation.mentee_title);
        /// Id of the mentor invitation.
        public id: MentorInvitationId,
        /// Mentee who asks.
        private mentee: PersonRef = clearance.show(mentee),
        /// Program of the pair. `null`: no program.
        private program: Option<ProgramRef> = clearance.show(program),
        /// Mentoring model of the pair.
        private model: ProgramModel,
        /// Message of the mentee. `null`: no message.
        private message: Option<Text> =
            clearance.unseal(Home::of_person(invitation.request_id, invitation.mentee_id, 0), invitation.message),
        /// Skills that the mentee wants to learn, those that you cover best first.
        #[schema(max_items = 200)]
        private growth_areas: Vec<SuggestionGrowthArea> =
            clearance.unseal(suggestion, invitation.assessment).map(|findings| findings.growth_areas),
        /// Time when you were invited.
        private asked_at: DateTime<Utc>,
        /// Time until which you may answer. After it the invitation can no longer be read.
        private answer_by: DateTime<Utc>,
    }
}

list_query! {
    /// Page of the list of mentor invitations.
    ListMentorInvitations from MentorInvitationId {}
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
