//! What a reflection is.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize};
use sqlx::FromRow;
use utoipa::ToSchema;

use crate::ids::{PairId, PersonId, ReflectionId, SessionId};
use crate::number::whole;
use crate::policy::acts::{ChangeReflection, ReadReflection};
use crate::policy::{ForOneself, Home, Place, Related, Relation, Relations, Sealed, Takes, Viewer, places};
use crate::text::Text;

/// A step on a scale of 1 to 5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, sqlx::Type, ToSchema)]
#[sqlx(transparent)]
#[schema(minimum = 1, maximum = 5, examples(3))]
pub struct Step(i64);

impl Step {
    /// As a number.
    pub const fn get(self) -> i64 {
        self.0
    }
}

impl<'de> Deserialize<'de> for Step {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        whole(from)
    }
}

impl TryFrom<i64> for Step {
    type Error = &'static str;

    fn try_from(step: i64) -> Result<Self, Self::Error> {
        if (1..=5).contains(&step) { Ok(Self(step)) } else { Err("must be from 1 to 5") }
    }
}

places! {
    /// What went well.
    WhatWentWell = reflections.what_went_well of ReflectionId, ForOneself: NeverShared Text;
    /// What to do differently.
    WhatToChange = reflections.what_to_change of ReflectionId, ForOneself: NeverShared Text;
    /// What they take along.
    WhatILearned = reflections.what_i_learned of ReflectionId, ForOneself: NeverShared Text;
    /// What they do next.
    NextStep = reflections.next_step of ReflectionId, ForOneself: NeverShared Text;
    /// How they felt afterwards.
    Energy = reflections.energy of ReflectionId, ForOneself: NeverShared Step;
    /// How much they talked.
    TalkShare = reflections.talk_share of ReflectionId, ForOneself: NeverShared Step;
}

/// How a session went, for oneself: an answer to each prompt, or none.
#[derive(Clone, Debug, FromRow)]
pub struct Reflection {
    /// Names the reflection.
    pub id: ReflectionId,
    /// The session it looks back on.
    pub session_id: SessionId,
    /// The pair that talked.
    pub pair_id: PairId,
    /// Who looks back.
    pub author_id: PersonId,
    /// What went well.
    pub what_went_well: Option<Sealed<WhatWentWell>>,
    /// What to do differently.
    pub what_to_change: Option<Sealed<WhatToChange>>,
    /// What they take along.
    pub what_i_learned: Option<Sealed<WhatILearned>>,
    /// What they do next.
    pub next_step: Option<Sealed<NextStep>>,
    /// 1 (drained) to 5 (full of it).
    pub energy: Option<Sealed<Energy>>,
    /// 1 (hardly talked) to 5 (hardly listened).
    pub talk_share: Option<Sealed<TalkShare>>,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// When it changed last.
    pub updated_at: DateTime<Utc>,
    /// Counts changes.
    pub revision: i64,
    /// Counts how often its sealed words were written.
    pub words_revision: i64,
}

impl Reflection {
    /// Where its answers live.
    pub fn home<P: Place<Row = ReflectionId, Kin = ForOneself>>(&self) -> Home<P> {
        Home::for_oneself(self.id, self.pair_id, self.author_id, self.session_id, self.words_revision)
    }
}

/// Only the author stands to a reflection at all.
impl Related for Reflection {
    fn relations(&self, viewer: &Viewer) -> Relations {
        viewer.relations().and(Relation::Author, viewer.is(self.author_id))
    }
}

impl Takes<ReadReflection> for Reflection {}
impl Takes<ChangeReflection> for Reflection {}
