//! The content of an export: a table of its sections, each with its meaning.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::fairness::group::api::FairnessMembershipView;
use crate::goals::blocker::api::BlockerView;
use crate::goals::celebration::api::CelebrationView;
use crate::goals::check_in::api::CheckInView;
use crate::goals::goal::views::GoalSummaryView;
use crate::goals::key_result::api::KeyResultView;
use crate::goals::plan_step::api::PlanStepView;
use crate::ids::PersonId;
use crate::matching::mentor_invitation::api::MentorInvitationView;
use crate::matching::mentor_request::api::MentorRequestView;
use crate::matching::suggestion::request::SuggestionRequestView;
use crate::notify::notice::api::NoticeView;
use crate::notify::preference::api::NoticePreferencesView;
use crate::pairs::api::PairView;
use crate::pairs::notebook::api::NotebookEntryView;
use crate::people::person::api::PersonView;
use crate::people::person::block::api::BlockView;
use crate::people::person::history::api::HistoryEntryView;
use crate::people::person::me::api::MeView;
use crate::policy::acts::ReadExport;
use crate::policy::{
    Clearance, Guarded, NeverShared, Related, Relation, Relations, Takes, Viewed, Viewer, readable_as, show_all, view,
};
use crate::privacy::disclosure::api::DisclosureView;
use crate::problem::Problem;
use crate::programs::enrolment::api::EnrolmentView;
use crate::sessions::action_item::api::ActionItemView;
use crate::sessions::agenda::api::AgendaItemView;
use crate::sessions::note::api::NoteView;
use crate::sessions::reflection::api::ReflectionView;
use crate::sessions::session::views::SessionView;

/// Maximum number of records in a section. The index says if there are more.
const AT_MOST: usize = 10_000;
/// Number of records that a section reads: one more than it shows, to know whether there are more.
pub const LIMIT: i64 = 10_001;

/// A section of the export, in the index.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ExportSection {
    /// Name of the section: the field of this document.
    #[schema(max_length = 50, examples("notes"))]
    pub name: &'static str,
    /// Meaning of the section.
    #[schema(max_length = 300, examples("Notes that you and your partners wrote in sessions."))]
    pub means: &'static str,
    /// Number of records in the section.
    #[schema(minimum = 0, maximum = 10_000, examples(12))]
    pub count: usize,
    /// Whether the section is complete. A section contains at most 10,000 records, the oldest first. Read the others in
    /// their own list.
    pub is_complete: bool,
}

/// Records, each as the person sees it.
#[derive(Debug)]
pub struct Section<V> {
    shown: Guarded<NeverShared, Vec<V>>,
    count: usize,
    is_complete: bool,
}

impl<V> Section<V> {
    /// Shows each record to the viewer according to their relation to it. `rows` has one more record than a section, if
    /// there are more.
    pub fn of<R: Viewed<View = V>>(viewer: &Viewer, mut rows: Vec<R>) -> Result<Self, Problem> {
        let is_complete = rows.len() <= AT_MOST;
        rows.truncate(AT_MOST);
        let count = rows.len();
        Ok(Self { shown: Guarded::new(show_all(viewer, rows)?), count, is_complete })
    }

    const fn indexed(&self, name: &'static str, means: &'static str) -> ExportSection {
        ExportSection { name, means, count: self.count, is_complete: self.is_complete }
    }
}

/// One line per section: meaning, name, and view of its records.
macro_rules! sections {
    ($($means:literal $name:ident: $view:ty;)+) => {
        /// Everything that a person wrote or that is about them.
        #[derive(Debug)]
        pub struct Export {
            /// Id of the person.
            pub person_id: PersonId,
            /// Time of the snapshot.
            pub exported_at: DateTime<Utc>,
            $(#[doc = $means] pub $name: Section<$view>,)+
        }

        view! {
            /// Everything that you wrote or that the service keeps about you, as far as you may read it. Private texts
            /// of others are not included.
            ExportView {
                /// Your id.
                public person_id: PersonId,
                /// Time of the snapshot.
                public exported_at: DateTime<Utc>,
                /// Index of the sections.
                #[schema(max_items = 50)]
                public index: Vec<ExportSection>,
                $(#[doc = $means] #[schema(max_items = 10_000)] never_shared $name: Vec<$view>,)+
            }
        }

        impl Viewed for Export {
            type View = ExportView;

            fn view(self, clearance: &Clearance) -> ExportView {
                ExportView {
                    person_id: self.person_id,
                    exported_at: self.exported_at,
                    index: vec![$(self.$name.indexed(stringify!($name), $means)),+],
                    $($name: clearance.open(self.$name.shown),)+
                    withheld: clearance.withheld::<ExportView>(),
                }
            }
        }
    };
}

sections! {
    "Your roles in this service, and the programs you coordinate."
    viewer: MeView;
    "Your record: data from HR, and your profile with skills and needs."
    profile: PersonView;
    "Your positions in the organisation, with dates."
    history: HistoryEntryView;
    "People you do not want to be paired with."
    blocks: BlockView;
    "Your enrolments in programs."
    enrolments: EnrolmentView;
    "Mentors that were suggested to you, and your answers."
    suggestion_requests: SuggestionRequestView;
    "Your mentor requests: the mentors you asked, in order, with the results."
    mentor_requests: MentorRequestView;
    "Mentor invitations that wait for your answer."
    mentor_invitations: MentorInvitationView;
    "Your pairs, with agreement, cadence and closing notes."
    pairs: PairView;
    "Your own notebook entries."
    notebook_entries: NotebookEntryView;
    "Past and future sessions of your pairs, with outcomes."
    sessions: SessionView;
    "Agenda items of you and your partners."
    agenda_items: AgendaItemView;
    "Notes that you and your partners wrote in sessions."
    notes: NoteView;
    "Action items of you and your partners."
    action_items: ActionItemView;
    "Your own reflections on sessions."
    reflections: ReflectionView;
    "Goals of your pairs."
    goals: GoalSummaryView;
    "Key results of these goals."
    key_results: KeyResultView;
    "Plan steps of these goals."
    plan_steps: PlanStepView;
    "Check-ins of these goals, by you and your partners."
    check_ins: CheckInView;
    "Blockers of these goals."
    blockers: BlockerView;
    "Celebrations of these goals."
    celebrations: CelebrationView;
    "Your notice preferences: topics without notices or mail, quiet hours, and the time of the digest."
    notice_preferences: NoticePreferencesView;
    "Your notices of the last months."
    notices: NoticeView;
    "Groups that your organisation assigned you to, to check whether suggestions are fair."
    fairness_groups: FairnessMembershipView;
    "Private values that you and your partners disclosed to managers and leads."
    disclosures: DisclosureView;
}

/// Only the person has a relation to their export.
impl Related for Export {
    fn relations(&self, viewer: &Viewer) -> Relations {
        viewer.relations().and(Relation::Author, viewer.is(self.person_id))
    }
}

readable_as!(Export: ReadExport, "exports", id person_id);

impl Takes<ReadExport> for Export {}
