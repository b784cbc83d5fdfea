//! The advice on each cadence.

use crate::pairs::model::Cadence;
use crate::policy::acts::ReadOrganisation;
use crate::policy::{Related, Relations, Takes, Viewer};

/// Advice on one cadence. It is the same for all viewers.
#[derive(Clone, Copy, Debug)]
pub struct CadenceAdvice {
    /// The cadence.
    pub cadence: Cadence,
}

impl CadenceAdvice {
    /// Advice on all cadences, from the shortest interval to the longest.
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

    /// The pairs that the cadence is suitable for.
    pub const fn suitable_for(self) -> &'static str {
        match self.cadence {
            Cadence::Weekly => "New hires and critical skill gaps.",
            Cadence::Biweekly => "Most pairs.",
            Cadence::Monthly => "Long-term pairs that know each other well.",
            Cadence::AsNeeded => "Pairs that already meet often. Other pairs often stop meeting.",
        }
    }

    /// Whether pairs with this cadence tend to stop meeting.
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
