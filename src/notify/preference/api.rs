//! Preferences over HTTP.

use actix_web::web::Data;
use actix_web::{get, patch};
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::{ChangeNoticePreferencesInput, NoticeGroup, NoticePreferences, QuietHours};
use super::store;
use crate::http::{App, Json, Seen};
use crate::policy::acts::ChangePreferences;
use crate::policy::{Clearance, Shown, Viewed, Viewer, permit, show, view};
use crate::problem::Problem;
use crate::text::TimeZone;
use crate::time::TimeOfDay;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(read_notice_preferences).service(change_notice_preferences);
}

view! {
    /// Of what you want to be told, by which way, and when. Only you see it.
    NoticePreferencesView {
        /// Of this you get no mail.
        public mail_off: Vec<NoticeGroup>,
        /// Of this you get no notice.
        public in_app_off: Vec<NoticeGroup>,
        /// When you get no mail: it waits until they are over. `null`: it may come at any time.
        public quiet_hours: Option<QuietHours>,
        /// When you get one mail a day with all that can wait; `null`: each comes by itself.
        public digest_at: Option<TimeOfDay>,
        /// Whose hours these are: your own clock's, as your record has it.
        public time_zone: TimeZone,
    }
}

impl Viewed for NoticePreferences {
    type View = NoticePreferencesView;

    fn view(self, clearance: &Clearance) -> NoticePreferencesView {
        NoticePreferencesView {
            quiet_hours: self.quiet_hours(),
            mail_off: self.mail_off.0,
            in_app_off: self.in_app_off.0,
            digest_at: self.digest_at,
            time_zone: self.time_zone,
            withheld: clearance.withheld::<NoticePreferencesView>(),
        }
    }
}

/// Reads of what you want to be told, by which way, and when.
///
/// Until you choose, you are told of everything, at once. A service account has no preferences.
#[utoipa::path(tag = "notices", responses((status = 200, body = NoticePreferencesView), (status = 404)))]
#[get("/v1/me/notice-preferences")]
async fn read_notice_preferences(app: Data<App>, viewer: Viewer) -> Result<Shown<NoticePreferencesView>, Problem> {
    let own = viewer.person().ok_or_else(Problem::not_found)?;
    let mut tx = app.read().await?;
    show(&viewer, store::find(&mut tx, own).await?.ok_or_else(Problem::not_found)?)
}

/// Changes of what you want to be told, by which way, and when.
///
/// It holds for what happens from then on. Hours are by your own clock. During quiet hours mails wait.
/// With a digest, mails that can wait come together once a day; what asks for an answer and what tells of
/// a session's time comes by itself all the same.
#[utoipa::path(tag = "notices", request_body = ChangeNoticePreferencesInput, responses((status = 200, body = NoticePreferencesView), (status = 404)))]
#[patch("/v1/me/notice-preferences")]
async fn change_notice_preferences(
    app: Data<App>,
    viewer: Viewer,
    seen: Seen,
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
