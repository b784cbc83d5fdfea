//! Preferences over HTTP.

use actix_web::web::Data;
use actix_web::{get, patch};
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::{ChangeNoticePreferencesInput, NoticeGroup, NoticePreferences, QuietHours};
use super::store;
use crate::http::{App, Json, Preconditions};
use crate::policy::acts::ChangePreferences;
use crate::policy::{Shown, Viewer, permit, show, view};
use crate::problem::Problem;
use crate::text::TimeZone;
use crate::time::TimeOfDay;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(read_notice_preferences).service(change_notice_preferences);
}

view! {
    /// Your notice preferences: which notices and mails you get, and when. Only you can read them.
    NoticePreferencesView of preferences: NoticePreferences, clearance {
        let quiet_hours = preferences.quiet_hours();
        /// Topics that you get no mail about. Empty: you get mail about every topic.
        public mail_off: Vec<NoticeGroup> = preferences.mail_off.0,
        /// Topics that you get no notices about. Empty: you get notices about every topic.
        public in_app_off: Vec<NoticeGroup> = preferences.in_app_off.0,
        /// Daily period without mail; mails wait until it ends. `null`: no quiet hours.
        public quiet_hours: Option<QuietHours> = quiet_hours,
        /// Time of the daily digest, in your time zone. The digest is one mail with all mails that can wait: started
        /// and ended pairs, decisions about enrolments, and reminders of check-ins and reviews. `null`: no digest; each
        /// mail is sent separately.
        public digest_at: Option<TimeOfDay>,
        /// Your time zone, for `quiet_hours` and `digest_at`. To change it, use `PATCH /v1/people/{id}/profile`.
        public time_zone: TimeZone,
    }
}

/// Read your notice preferences
///
/// By default you get notices and mails about every topic, at once. A service account has no preferences and gets 404.
#[utoipa::path(tag = "notices", responses((status = 200, body = NoticePreferencesView), (status = 404)))]
#[get("/v1/me/notice-preferences")]
async fn read_notice_preferences(app: Data<App>, viewer: Viewer) -> Result<Shown<NoticePreferencesView>, Problem> {
    let own = viewer.person().ok_or_else(Problem::not_found)?;
    let mut tx = app.read().await?;
    show(&viewer, store::find(&mut tx, own).await?.ok_or_else(Problem::not_found)?)
}

/// Change your notice preferences
///
/// Topics and the digest apply to later events; quiet hours apply at once. Times are in your time zone. During quiet
/// hours mails wait. With a digest, mails that can wait come together once a day. A mail that asks for an answer, or
/// that has the time of a session, is always sent separately.
#[utoipa::path(tag = "notices", request_body = ChangeNoticePreferencesInput, responses((status = 200, body = NoticePreferencesView), (status = 404)))]
#[patch("/v1/me/notice-preferences")]
async fn change_notice_preferences(
    app: Data<App>,
    viewer: Viewer,
    seen: Preconditions,
    input: Json<ChangeNoticePreferencesInput>,
) -> Result<Shown<NoticePreferencesView>, Problem> {
    let own = viewer.person().ok_or_else(Problem::not_found)?;
    let input = input.into_inner();
    let mut tx = app.write(&viewer).await?;
    let before = store::find(&mut tx, own).await?.ok_or_else(Problem::not_found)?;
    seen.check(&viewer, &before)?;
    if input.is_empty() {
        return show(&viewer, before);
    }
    let chosen = permit::<ChangePreferences, _>(&viewer, before)?.change(|chosen| chosen.choose(input))?;
    store::save(&mut tx, &chosen, app.clock.now()).await?;
    let chosen = store::find(&mut tx, own).await?.ok_or_else(Problem::not_found)?;
    tx.commit().await?;
    show(&viewer, chosen)
}
