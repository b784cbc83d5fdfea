//! What mentors are asked over HTTP: reading it.

use actix_web::get;
use actix_web::web::Data;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::MentorAsk;
use super::store;
use crate::http::{App, Count, Cursor, Limit, Page, Path, Query, page};
use crate::ids::MentorAskId;
use crate::matching::suggestion::assessment::SuggestionGrowthArea;
use crate::people::person::api::PersonRef;
use crate::policy::acts::ReadMentorAsk;
use crate::policy::{Clearance, Home, Shown, Viewed, Viewer, may_list, show, view};
use crate::problem::Problem;
use crate::programs::api::ProgramRef;
use crate::programs::model::Model;
use crate::text::Text;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list_mentor_asks).service(read_mentor_ask);
}

view! {
    /// That a mentee would like you as their mentor. For whoever is asked, while it waits for their answer.
    MentorAskView {
        /// Names it.
        public id: MentorAskId,
        /// Who asks.
        private mentee: PersonRef,
        /// In which program.
        private program: Option<ProgramRef>,
        /// For which way of mentoring.
        private model: Model,
        /// What the mentee writes.
        private message: Option<Text>,
        /// What the mentee wants to learn, most covered by you first.
        #[schema(max_items = 200)]
        private growth_areas: Vec<SuggestionGrowthArea>,
        /// Since when it waits for your answer.
        private asked_at: DateTime<Utc>,
        /// Until when you may answer; then it is gone.
        private answer_by: DateTime<Utc>,
    }
}

impl Viewed for MentorAsk {
    type View = MentorAskView;

    fn view(self, clearance: &Clearance) -> MentorAskView {
        let program = self.program_id.zip(self.program_name).map(|(id, name)| ProgramRef { id, name });
        let suggestion = Home::of_match(self.suggestion_id, self.mentee_id, self.mentor_id);
        let mentee = PersonRef { id: self.mentee_id, name: self.mentee_name, title: self.mentee_title };
        MentorAskView {
            id: self.id,
            mentee: clearance.plain(mentee),
            program: clearance.plain(program),
            model: clearance.plain(self.model),
            message: clearance.unseal(Home::of_person(self.request_id, self.mentee_id, 0), self.message),
            // Of the suggestion of this mentor to this mentee: whoever else is put there as the mentor reads nothing.
            growth_areas: clearance.unseal(suggestion, self.assessment).map(|findings| findings.growth_areas),
            asked_at: clearance.plain(self.asked_at),
            answer_by: clearance.plain(self.answer_by),
            withheld: clearance.withheld::<MentorAskView>(),
        }
    }
}

/// Which page to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListMentorAsks {
    /// Items on a page.
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    /// `next_cursor` of the page before.
    #[param(value_type = Option<String>, max_length = 500)]
    cursor: Option<Cursor<MentorAskId>>,
    /// `exact`: the page says how many there are in all, as `total`.
    #[serde(default)]
    #[param(inline, required = false)]
    count: Count,
}

/// Lists who asks you to be their mentor and waits for your answer.
///
/// In the order in which they asked you. What you answered, what you left until its time was over and what the mentee took
/// back is not in the list.
#[utoipa::path(tag = "suggestions", params(ListMentorAsks), responses((status = 200, body = Page<MentorAskView>)))]
#[get("/v1/mentor-asks")]
async fn list_mentor_asks(
    app: Data<App>,
    viewer: Viewer,
    query: Query<ListMentorAsks>,
) -> Result<Page<MentorAskView>, Problem> {
    may_list::<ReadMentorAsk>(&viewer)?;
    let Some(own) = viewer.person() else { return Ok(Page::empty(query.count)) };
    let (after, now) = (query.cursor.map_or(MentorAskId::first(), |cursor| cursor.0), app.clock.now());
    let mut tx = app.look().await?;
    let asks = store::list(&mut tx, own, now, after, query.limit.and_one()).await?;
    let total = query.count.of(store::count(&mut tx, own, now)).await?;
    page(&viewer, query.limit, asks, total, |ask| ask.id)
}

/// Reads what you are asked.
///
/// It is there while it waits for your answer.
#[utoipa::path(tag = "suggestions", params(("id" = MentorAskId, Path)), responses((status = 200, body = MentorAskView)))]
#[get("/v1/mentor-asks/{id}")]
async fn read_mentor_ask(
    app: Data<App>,
    viewer: Viewer,
    id: Path<MentorAskId>,
) -> Result<Shown<MentorAskView>, Problem> {
    let mut tx = app.look().await?;
    show(&viewer, store::find(&mut tx, *id, app.clock.now()).await?.ok_or_else(Problem::not_found)?)
}
