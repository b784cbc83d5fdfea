//! What is known about how often to meet.

use crate::pairs::model::Cadence;
use crate::policy::acts::ReadOrganisation;
use crate::policy::{Related, Relations, Takes, Viewer};

/// Advice on one cadence. The same for everybody.
#[derive(Clone, Copy, Debug)]
pub struct CadenceAdvice {
    /// Which.
    pub cadence: Cadence,
}

impl CadenceAdvice {
    /// All of it, most often first.
    pub const ALL: [Self; 4] = [
        Self { cadence: Cadence::Weekly },
        Self { cadence: Cadence::Biweekly },
        Self { cadence: Cadence::Monthly },
        Self { cadence: Cadence::AsNeeded },
    ];

    /// Days from one session to the next.
    pub const fn interval_days(self) -> Option<i64> {
        match self.cadence {
            Cadence::Weekly => Some(7),
            Cadence::Biweekly => Some(14),
            Cadence::Monthly => Some(30),
            Cadence::AsNeeded => None,
        }
    }

    /// Whom it suits.
    pub const fn suits(self) -> &'static str {
        match self.cadence {
            Cadence::Weekly => "New hires and critical skill gaps.",
            Cadence::Biweekly => "Most pairs.",
            Cadence::Monthly => "Long-term pairs that know each other well.",
            Cadence::AsNeeded => "Pairs that already meet often; others often fizzle out.",
        }
    }

    /// Whether pairs that choose it tend to stop meeting.
    pub const fn is_risky(self) -> bool {
        matches!(self.cadence, Cadence::AsNeeded)
    }
}

impl Related for CadenceAdvice {
    fn relations(&self, viewer: &Viewer) -> Relations {
        viewer.relations()
    }
}

impl Takes<ReadOrganisation> for CadenceAdvice {}
