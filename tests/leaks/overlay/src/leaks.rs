//! Leaks for the check of the proofs: mistakes that are easily made, each at the place where it would be made. The check
//! plants them one at a time and expects the proofs of confidentiality to find each.
//!
//! This file and `planted.patch` are applied to a copy of the sources. The product holds no trace of them.

use std::fmt::Display;
use std::sync::{Mutex, PoisonError};

macro_rules! leaks {
    ($($(#[doc = $meaning:literal])+ $leak:ident,)+) => {
        /// A mistake, and where it shows.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Leak { $($(#[doc = $meaning])+ $leak),+ }

        impl Leak {
            /// Every leak.
            pub const ALL: &[Self] = &[$(Self::$leak),+];

            /// What goes wrong.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$leak => concat!($($meaning),+)),+ }
            }
        }
    };
}

leaks! {
    // First: the audit log is not taken back, and holds each read once.
    /// The access log lists what partners read of their own.
    PartnersReads,
    /// A tier is lowered: colleagues see outcomes.
    OutcomesToColleagues,
    /// A tier is lowered: the mentee's manager sees what is private.
    PrivateToManager,
    /// Mediation: coordinators and admins see what is private.
    PrivateToLead,
    /// What only its author may read, everybody may.
    AnybodyIsAuthor,
    /// 403 instead of 404 for a record that one may not know of.
    ForbiddenForAbsent,
    /// If-Match is compared before it is known whether one may read: 412 instead of 404.
    PreconditionFirst,
    /// `withheld` names hidden fields only where they hold something.
    WithheldByData,
    /// The pair's `updated_at` follows its private cadence.
    UpdatedAtFollowsCadence,
    /// The session's `updated_at` follows its private place.
    UpdatedAtFollowsPlace,
    /// The ETag is that of the whole record: it counts its private changes.
    EtagFollowsRevision,
    /// A problem quotes how often the record changed, privately, too.
    ProblemQuotesRevision,
    /// A header counts the whole list, hidden notes and all.
    CountInHeader,
    /// The cursor holds how often the listed records changed, privately, too.
    CursorHoldsRevision,
    /// A filter asks a hidden column: pairs without a cadence are found by no filter.
    FilterOnHidden,
    /// The list is in the order of a hidden column: pairs by their cadence.
    SortOnHidden,
    /// An idempotency key belongs to whoever used it first.
    KeysOfAll,
    /// The list of sessions is cut down to what one may read after it was cut into pages.
    SessionsOfAll,
    /// The list of a session's notes leaves out who may read them.
    NotesOfAll,
    /// A refusal counts what is refused.
    RefusalCounts,
    /// A person is found by the address in the token, though a subject is tied to them.
    FoundByAddress,
    /// A new sign-in that nobody confirmed opens sealed words.
    UnconfirmedOpens,
    /// A webhook hears that a session's place changed, which is for the two alone.
    WebhookOfPrivate,
    /// The mentee's manager gets a notice of each action item.
    NoticeToManager,
    /// The coordinators get the mail about a cancelled session, and it holds the private reason.
    MailToLead,
    /// The index of an export counts what the partner keeps for themselves.
    ExportCountsPartner,
    /// Nobody is suggested whom anybody blocks.
    BlockOfThird,
    /// A notebook entry touches the `updated_at` of its pair.
    UpdatedAtFollowsNotebook,
    /// The pair is reminded of its review unless its notebooks are full.
    ReminderAsksNotebook,
    /// The state of a pair's health follows the private cadence, for whoever reads it.
    HealthAtWrongTier,
    /// What retention deleted is answered otherwise than what never was.
    RetentionTells,
    /// Figures for operators count each private route by itself.
    FigurePerPrivateRoute,
    /// A manager's calendar feed tells of the private places of their reports.
    FeedTellsPlaces,
    /// The ids of streamed notices count the notices of all.
    StreamCountsNotices,
    /// `Last-Modified` of the list of pairs follows the notes.
    LastModifiedFollowsNotes,
    /// The `ETag` of the list of pairs follows the notes.
    ListEtagFollowsNotes,
    /// The `Link` to the next page counts the notes.
    LinkCountsNotes,
    /// A refused session points at the pair and quotes its cadence.
    PointerQuotesCadence,
    /// The same request under the same idempotency key answers with what another viewer made.
    ReplayForOthers,
    /// The count of deliveries to a recipient includes their notices.
    DeliveriesCountNotices,
    /// What was opened for the lead is open for the manager.
    DisclosureTooFar,
    /// Your own record counts all notebook entries of your pairs.
    MeCountsHidden,
    /// A matching round draft names a reason where the mentee blocks, or is blocked.
    DraftNamesBlock,
}

impl Leak {
    /// Mistakes that take a token of an identity provider to show: worlds have none, and directed tests plant these.
    pub const DIRECTED: &[Self] = &[Self::FoundByAddress, Self::UnconfirmedOpens];
}

/// The one that is planted, and what it has to tell.
static PLANTED: Mutex<Option<(Leak, String)>> = Mutex::new(None);

/// Plants a leak in place of the one before, or none.
pub fn plant(leak: Option<Leak>) {
    *PLANTED.lock().unwrap_or_else(PoisonError::into_inner) = leak.map(|leak| (leak, String::new()));
}

impl Leak {
    /// Whether this is the one.
    pub fn is_planted(self) -> bool {
        self.told().is_some()
    }

    /// Carries something from where it is read to where it gets out.
    pub fn tell(self, hidden: impl Display) {
        if self.is_planted() {
            *PLANTED.lock().unwrap_or_else(PoisonError::into_inner) = Some((self, hidden.to_string()));
        }
    }

    /// What was told, if this is the one.
    pub fn told(self) -> Option<String> {
        let planted = PLANTED.lock().unwrap_or_else(PoisonError::into_inner);
        planted.as_ref().filter(|(leak, _)| *leak == self).map(|(_, hidden)| hidden.clone())
    }
}
