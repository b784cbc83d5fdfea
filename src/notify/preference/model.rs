//! The notice preferences of a person, and what they mean for one mail.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::FromRow;
use sqlx::types::Json;
use utoipa::ToSchema;

use crate::http::merge_patch;
use crate::ids::PersonId;
use crate::policy::acts::{ChangePreferences, ReadPreferences};
use crate::policy::{Related, Relation, Relations, Takes, Viewer, readable_as};
use crate::problem::Problem;
use crate::text::TimeZone;
use crate::time::TimeOfDay;

values! {
    /// Topic of notices and mails.
    #[derive(PartialOrd, Ord)]
    @may_grow pub enum NoticeGroup {
        /// Your pairs: proposed, started, declined, paused, resumed or ended; and invitations to mentor a person.
        Pairs,
        /// Your sessions, and action items of your pairs.
        Sessions,
        /// Goals of your pairs.
        Goals,
        /// Your enrolments; and enrolments and matching rounds of programs that you coordinate.
        Programs,
        /// Suggestions of mentors for you, and the progress of your mentor requests.
        Suggestions,
        /// Values that you or your partners disclosed to managers and leads.
        Disclosures,
        /// Reminders of sessions, agendas, action items, proposals, goals and pair reviews.
        Reminders,
    }
}

/// Daily period without mail, in your time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"from": "18:00", "to": "08:00"})))]
pub struct QuietHours {
    /// Start of the period.
    pub from: TimeOfDay,
    /// End of the period. If it is earlier than `from`: on the next day. It must differ from `from`.
    pub to: TimeOfDay,
}

/// The notice preferences of one person.
#[derive(Clone, Debug, FromRow)]
pub struct NoticePreferences {
    /// Id of the person.
    pub person_id: PersonId,
    /// Topics without mail.
    pub mail_off: Json<Vec<NoticeGroup>>,
    /// Topics without notices.
    pub in_app_off: Json<Vec<NoticeGroup>>,
    /// Start of the quiet hours.
    pub quiet_from: Option<TimeOfDay>,
    /// End of the quiet hours.
    pub quiet_to: Option<TimeOfDay>,
    /// Time of the daily digest. `None`: no digest.
    pub digest_at: Option<TimeOfDay>,
    /// Time zone of the person.
    pub time_zone: TimeZone,
}

merge_patch! {
    /// Changes to your notice preferences. Fields that are left out stay as they are.
    #[schema(examples(json!({"mail_off": ["goals"], "quiet_hours": {"from": "18:00", "to": "08:00"}, "digest_at": "08:30"})))]
    ChangeNoticePreferencesInput {
        /// Topics that you want no mail about. Empty: you get mail about every topic.
        mail_off: Vec<NoticeGroup>,
        /// Topics that you want no notices about. Empty: you get notices about every topic.
        in_app_off: Vec<NoticeGroup>,
        /// Daily period without mail; mails wait until it ends. `null`: no quiet hours.
        quiet_hours: Option<QuietHours>,
        /// Time of the daily digest, in your time zone. The digest is one mail with all mails that can wait: started
        /// and ended pairs, decisions about enrolments, and reminders of check-ins and reviews. `null`: no digest; each
        /// mail is sent separately.
        digest_at: Option<TimeOfDay>,
    }
}

impl NoticePreferences {
    /// The default: notices and mails about every topic, at once.
    pub fn default_for(person_id: PersonId, time_zone: TimeZone) -> Self {
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

    /// The daily period without mail.
    pub fn quiet_hours(&self) -> Option<QuietHours> {
        Some(QuietHours { from: self.quiet_from?, to: self.quiet_to? })
    }

    /// Changes the preferences that the input has.
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
                return Err(Problem::invalid(
                    "/quiet_hours/to",
                    "must differ from `from`; to get no mail at all, list the topics in `mail_off`",
                ));
            }
            (self.quiet_from, self.quiet_to) = (quiet.map(|quiet| quiet.from), quiet.map(|quiet| quiet.to));
        }
        input.digest_at.apply(&mut self.digest_at);
        Ok(())
    }

    /// The end of the quiet hours that mail has to wait for. `None`: mail may come now.
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
        // When clocks go back, an hour comes twice. It is quiet only once.
        ends_on.filter(|_| is_quiet).map(|day| quiet.to.on(day, zone)).filter(|end| *end > now)
    }

    /// Time of the next digest. `None`: the person wants no digest.
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

/// Only the person has a relation to their preferences.
impl Related for NoticePreferences {
    fn relations(&self, viewer: &Viewer) -> Relations {
        viewer.relations().and(Relation::Author, viewer.is(self.person_id))
    }
}

readable_as!(NoticePreferences: ReadPreferences, "notice_preferences", id person_id);

impl Takes<ReadPreferences> for NoticePreferences {}
impl Takes<ChangePreferences> for NoticePreferences {}

#[cfg(test)]
mod tests {
    use super::*;

    fn zurich(quiet: (&str, &str), digest: &str) -> NoticePreferences {
        let time = |text| Some(TimeOfDay::parse(text).expect("a time"));
        let zone = TimeZone::parse("Europe/Zurich").expect("a zone");
        let default_for = NoticePreferences::default_for(PersonId::first(), zone);
        NoticePreferences { quiet_from: time(quiet.0), quiet_to: time(quiet.1), digest_at: time(digest), ..default_for }
    }

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().expect("a moment")
    }

    #[test]
    fn quiet_hours_end_in_the_time_zone_of_the_person() {
        let night = zurich(("18:00", "08:00"), "08:00");
        for (now, until) in [
            ("2026-01-12T16:59:59Z", None),
            ("2026-01-12T17:00:00Z", Some("2026-01-13T07:00:00Z")),
            ("2026-01-13T06:59:59Z", Some("2026-01-13T07:00:00Z")),
            ("2026-01-13T07:00:00Z", None),
            // The night when clocks go forward, and the night when clocks go back.
            ("2026-03-28T17:00:00Z", Some("2026-03-29T06:00:00Z")),
            ("2026-10-24T16:00:00Z", Some("2026-10-25T07:00:00Z")),
        ] {
            assert_eq!(night.quiet_until(utc(now)), until.map(utc), "{now}");
        }
        let noon = zurich(("12:00", "13:00"), "08:00");
        assert_eq!(noon.quiet_until(utc("2026-01-12T11:30:00Z")), Some(utc("2026-01-12T12:00:00Z")));
        assert_eq!(noon.quiet_until(utc("2026-01-12T12:30:00Z")), None);
        // An hour that comes twice is quiet once; a skipped hour ends when clocks go forward.
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
