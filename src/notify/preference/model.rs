//! What a person may choose, and what follows from it for one mail.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::FromRow;
use sqlx::types::Json;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::merge_patch;
use crate::ids::PersonId;
use crate::policy::acts::{ChangePreferences, ReadPreferences};
use crate::policy::{Readable, Related, Relation, Relations, Takes, Viewer};
use crate::problem::Problem;
use crate::text::TimeZone;
use crate::time::TimeOfDay;

/// What notices and mails are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoticeGroup {
    /// Your pairs: proposed, begun, paused, ended.
    Pairs,
    /// Your sessions, and what is to be done after them.
    Sessions,
    /// Goals of your pairs.
    Goals,
    /// Programs in which you take part or that you coordinate: enrolments.
    Programs,
    /// Who might mentor you.
    Suggestions,
    /// What you and your partners opened to managers and leads.
    Disclosures,
    /// What is due.
    Reminders,
}

/// When a person wants no mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"from": "18:00", "to": "08:00"})))]
pub struct QuietHours {
    /// From then on, by their own clock.
    pub from: TimeOfDay,
    /// Until then, of the next day if it is earlier.
    pub to: TimeOfDay,
}

/// What one person wants to be told of.
#[derive(Clone, Debug, FromRow)]
pub struct NoticePreferences {
    /// Whose they are.
    pub person_id: PersonId,
    /// Of this no mail.
    pub mail_off: Json<Vec<NoticeGroup>>,
    /// Of this no notice.
    pub in_app_off: Json<Vec<NoticeGroup>>,
    /// No mail from then on.
    pub quiet_from: Option<TimeOfDay>,
    /// And until then.
    pub quiet_to: Option<TimeOfDay>,
    /// What can wait comes in one mail a day, then.
    pub digest_at: Option<TimeOfDay>,
    /// Where their clock stands.
    pub time_zone: TimeZone,
}

merge_patch! {
    /// Which of your notice preferences to change.
    #[schema(examples(json!({"mail_off": ["goals"], "quiet_hours": {"from": "18:00", "to": "08:00"}, "digest_at": "08:30"})))]
    ChangeNoticePreferencesInput {
        /// Of this you want no mail. `[]`: of all.
        mail_off: Vec<NoticeGroup>,
        /// Of this you want no notice. `[]`: of all.
        in_app_off: Vec<NoticeGroup>,
        /// When you want no mail; `null`: mail may come at any time.
        quiet_hours: Option<QuietHours>,
        /// When you want one mail a day with all that can wait; `null`: each mail by itself.
        digest_at: Option<TimeOfDay>,
    }
}

impl NoticePreferences {
    /// Until somebody says otherwise: told of everything, at once.
    pub fn usual(person_id: PersonId, time_zone: TimeZone) -> Self {
        let none = || Json(Vec::new());
        Self {
            person_id,
            mail_off: none(),
            in_app_off: none(),
            quiet_from: None,
            quiet_to: None,
            digest_at: None,
            time_zone,
        }
    }

    /// When they want no mail.
    pub fn quiet_hours(&self) -> Option<QuietHours> {
        Some(QuietHours { from: self.quiet_from?, to: self.quiet_to? })
    }

    /// Changes what the input names.
    pub fn choose(&mut self, input: ChangeNoticePreferencesInput) -> Result<(), Problem> {
        let sorted = |mut groups: Vec<NoticeGroup>| {
            groups.sort_unstable();
            groups.dedup();
            Json(groups)
        };
        input.mail_off.map(sorted).apply(&mut self.mail_off);
        input.in_app_off.map(sorted).apply(&mut self.in_app_off);
        if let Some(quiet) = input.quiet_hours.set() {
            if quiet.is_some_and(|quiet| quiet.from == quiet.to) {
                return Err(Problem::invalid("/quiet_hours/to", "must differ from `from`; switch groups off instead"));
            }
            (self.quiet_from, self.quiet_to) = (quiet.map(|quiet| quiet.from), quiet.map(|quiet| quiet.to));
        }
        input.digest_at.apply(&mut self.digest_at);
        Ok(())
    }

    /// Until when mail has to wait. `None`: it may come now.
    pub fn quiet_until(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let (quiet, zone) = (self.quiet_hours()?, self.time_zone.rules());
        let local = now.with_timezone(&zone);
        let (time, today) = (TimeOfDay::of(local.time()), local.date_naive());
        let is_quiet = if quiet.from < quiet.to {
            quiet.from <= time && time < quiet.to
        } else {
            quiet.from <= time || time < quiet.to
        };
        let ends_on = if time < quiet.to { Some(today) } else { today.succ_opt() };
        // Where clocks go back, the same hour comes twice, and is quiet once.
        ends_on.filter(|_| is_quiet).map(|day| quiet.to.on(day, zone)).filter(|end| *end > now)
    }

    /// When the next mail with all that can wait goes out, if they want one.
    pub fn next_digest(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let (at, zone) = (self.digest_at?, self.time_zone.rules());
        let today = now.with_timezone(&zone).date_naive();
        [Some(today), today.succ_opt(), today.succ_opt().and_then(|day| day.succ_opt())]
            .into_iter()
            .flatten()
            .map(|day| at.on(day, zone))
            .find(|at| *at > now)
    }
}

/// Only the person stands to their preferences at all.
impl Related for NoticePreferences {
    fn relations(&self, viewer: &Viewer) -> Relations {
        viewer.relations().and(Relation::Author, viewer.is(self.person_id))
    }
}

impl Readable for NoticePreferences {
    type Read = ReadPreferences;
    const KIND: &'static str = "notice_preferences";

    fn id(&self) -> Uuid {
        self.person_id.uuid()
    }
}

impl Takes<ReadPreferences> for NoticePreferences {}
impl Takes<ChangePreferences> for NoticePreferences {}

#[cfg(test)]
mod tests {
    use super::*;

    fn zurich(quiet: (&str, &str), digest: &str) -> NoticePreferences {
        let time = |text| Some(TimeOfDay::parse(text).expect("a time"));
        let zone = TimeZone::parse("Europe/Zurich").expect("a zone");
        let usual = NoticePreferences::usual(PersonId::first(), zone);
        NoticePreferences { quiet_from: time(quiet.0), quiet_to: time(quiet.1), digest_at: time(digest), ..usual }
    }

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().expect("a moment")
    }

    #[test]
    fn quiet_hours_end_by_the_persons_own_clock() {
        let night = zurich(("18:00", "08:00"), "08:00");
        for (now, until) in [
            ("2026-01-12T16:59:59Z", None),
            ("2026-01-12T17:00:00Z", Some("2026-01-13T07:00:00Z")),
            ("2026-01-13T06:59:59Z", Some("2026-01-13T07:00:00Z")),
            ("2026-01-13T07:00:00Z", None),
            // The night in which clocks go forward, and the one in which they go back.
            ("2026-03-28T17:00:00Z", Some("2026-03-29T06:00:00Z")),
            ("2026-10-24T16:00:00Z", Some("2026-10-25T07:00:00Z")),
        ] {
            assert_eq!(night.quiet_until(utc(now)), until.map(utc), "{now}");
        }
        let noon = zurich(("12:00", "13:00"), "08:00");
        assert_eq!(noon.quiet_until(utc("2026-01-12T11:30:00Z")), Some(utc("2026-01-12T12:00:00Z")));
        assert_eq!(noon.quiet_until(utc("2026-01-12T12:30:00Z")), None);
        // An hour that comes twice is quiet once; one that is leapt over ends with the leap.
        let odd = zurich(("01:00", "02:30"), "08:00");
        assert_eq!(odd.quiet_until(utc("2026-10-25T01:10:00Z")), None);
        assert_eq!(odd.quiet_until(utc("2026-03-29T00:30:00Z")), Some(utc("2026-03-29T01:30:00Z")));
    }

    #[test]
    fn there_is_one_digest_a_day() {
        let early = zurich(("18:00", "08:00"), "02:30");
        let mut now = utc("2026-03-01T00:00:00Z");
        let mut days = Vec::new();
        while now < utc("2026-11-30T00:00:00Z") {
            now = early.next_digest(now).expect("there is one");
            days.push(now.with_timezone(&early.time_zone.rules()).date_naive());
        }
        assert!(days.windows(2).all(|two| two[0].succ_opt() == Some(two[1])), "{days:?}");
    }
}
