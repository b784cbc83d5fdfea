//! What an export holds: a table of its sections, each with what it means.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::fairness::group::api::FairnessMembershipView;
use crate::goals::blocker::api::BlockerView;
use crate::goals::celebration::api::CelebrationView;
use crate::goals::check_in::api::CheckInView;
use crate::goals::goal::views::GoalSummaryView;
use crate::goals::key_result::api::KeyResultView;
use crate::goals::plan_step::api::PlanStepView;
use crate::ids::PersonId;
use crate::matching::mentor_ask::api::MentorAskView;
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
    Clearance, Guarded, NeverShared, Readable, Related, Relation, Relations, Takes, Viewed, Viewer, show_all, view,
};
use crate::privacy::disclosure::api::DisclosureView;
use crate::problem::Problem;
use crate::programs::enrolment::api::EnrolmentView;
use crate::sessions::action_item::api::ActionItemView;
use crate::sessions::agenda::api::AgendaItemView;
use crate::sessions::note::api::NoteView;
use crate::sessions::reflection::api::ReflectionView;
use crate::sessions::session::api::SessionView;

/// No section holds more records than this; the index says when there are more.
const AT_MOST: usize = 10_000;
/// What a section asks for: one more than it holds, to know whether there are more.
pub const LIMIT: i64 = 10_001;

/// A section as the index tells of it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ExportSection {
    /// What it is called here.
    #[schema(max_length = 50, examples("notes"))]
    pub name: &'static str,
    /// What it holds.
    #[schema(max_length = 300, examples("What you and your partners wrote down in sessions."))]
    pub means: &'static str,
    /// How many records.
    #[schema(minimum = 0, maximum = 10_000, examples(12))]
    pub count: usize,
    /// Whether these are all: a section holds at most 10,000, the oldest first. Read the rest in
    /// their own list.
    pub is_complete: bool,
}

/// Records as the person sees them each by itself.
#[derive(Debug)]
pub struct Section<V> {
    shown: Guarded<NeverShared, Vec<V>>,
    count: usize,
    is_complete: bool,
}

impl<V> Section<V> {
    /// Shows each record to the viewer, by how they stand to that one. `rows` holds one more than
    /// a section, if there is one.
    pub fn of<R: Viewed<View = V>>(viewer: &Viewer, mut rows: Vec<R>) -> Result<Self, Problem> {
        let is_complete = rows.len() <= AT_MOST;
        rows.truncate(AT_MOST);
        let count = rows.len();
        Ok(Self { shown: Guarded::new(show_all(viewer, rows)?), count, is_complete })
    }

    /// Counts what the partner keeps as well, if that leak is planted.
    #[cfg(feature = "planted-leaks")]
    pub async fn counting(mut self, tx: &mut crate::db::Tx, own: PersonId) -> sqlx::Result<Self> {
        if crate::leaks::Leak::ExportCountsPartner.is_planted() {
            let all = tx.query(
                "select count(*) from notebook_entries n join pairs p on p.id = n.pair_id
                 where p.mentor_id = $1 or p.mentee_id = $1",
            );
            self.count = all.bind(own).one::<(i64,)>().await?.0.unsigned_abs() as usize;
        }
        Ok(self)
    }

    const fn indexed(&self, name: &'static str, means: &'static str) -> ExportSection {
        ExportSection { name, means, count: self.count, is_complete: self.is_complete }
    }
}

/// A line a section: what it means, its name, what is seen of its records.
macro_rules! sections {
    ($($means:literal $name:ident: $view:ty;)+) => {
        /// Everything by a person and about them.
        #[derive(Debug)]
        pub struct Export {
            /// Whose it is.
            pub person_id: PersonId,
            /// As of when.
            pub exported_at: DateTime<Utc>,
            $(#[doc = $means] pub $name: Section<$view>,)+
        }

        view! {
            /// Everything that the service keeps of you and by you, as far as you may read it. What
            /// others keep for themselves alone is theirs and not in here.
            ExportView {
                /// You.
                public person_id: PersonId,
                /// As of when.
                public exported_at: DateTime<Utc>,
                /// What follows, section by section.
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
    "Who you are to this service now: roles, and programs you coordinate."
    viewer: MeView;
    "Your record: what HR keeps of you, and your profile with skills and needs."
    profile: PersonView;
    "Where you stood in the organisation, and since when."
    history: HistoryEntryView;
    "With whom you never want to be paired."
    blocks: BlockView;
    "In which programs you take part, or would like to."
    enrolments: EnrolmentView;
    "What was suggested to you, and how you answered."
    suggestion_requests: SuggestionRequestView;
    "Whom you asked to be your mentor, in which order, and what came of it."
    mentor_requests: MentorRequestView;
    "Who asks you to be their mentor and waits for your answer."
    mentor_asks: MentorAskView;
    "Your pairs, with agreement, cadence and the words at the end."
    pairs: PairView;
    "Your own notebooks."
    notebook_entries: NotebookEntryView;
    "When your pairs met or will meet, and what came of it."
    sessions: SessionView;
    "What you and your partners wanted to talk about."
    agenda_items: AgendaItemView;
    "What you and your partners wrote down in sessions."
    notes: NoteView;
    "What you and your partners were to do."
    action_items: ActionItemView;
    "How sessions went, for yourself."
    reflections: ReflectionView;
    "What your pairs work towards."
    goals: GoalSummaryView;
    "By what these goals are measured."
    key_results: KeyResultView;
    "The steps towards these goals."
    plan_steps: PlanStepView;
    "What you and your partners reported of these goals."
    check_ins: CheckInView;
    "What stood in the way of these goals."
    blockers: BlockerView;
    "What there was to be glad of."
    celebrations: CelebrationView;
    "Of what you want to be told, by which way, and when."
    notice_preferences: NoticePreferencesView;
    "What you were told of in the last months."
    notices: NoticeView;
    "Groups that your organisation counts you in, to find out whether suggestions treat groups alike."
    fairness_groups: FairnessMembershipView;
    "What you and your partners opened to managers and leads."
    disclosures: DisclosureView;
}

/// Nobody but the person stands to it at all.
impl Related for Export {
    fn relations(&self, viewer: &Viewer) -> Relations {
        viewer.relations().and(Relation::Author, viewer.is(self.person_id))
    }
}

impl Readable for Export {
    type Read = ReadExport;
    const KIND: &'static str = "exports";

    fn id(&self) -> Uuid {
        self.person_id.uuid()
    }
}

impl Takes<ReadExport> for Export {}
