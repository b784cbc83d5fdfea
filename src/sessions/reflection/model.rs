//! The reflection record.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize};
use sqlx::FromRow;
use utoipa::ToSchema;

use crate::ids::{PairId, PersonId, ReflectionId, SessionId};
use crate::number::whole;
use crate::policy::acts::{ChangeReflection, ReadReflection};
use crate::policy::{ForOneself, Home, Place, Related, Relation, Relations, Sealed, Takes, Viewer, places};
use crate::text::Text;

/// A rating from 1 to 5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, sqlx::Type, ToSchema)]
#[sqlx(transparent)]
#[schema(minimum = 1, maximum = 5, examples(3))]
pub struct Rating(i64);

impl Rating {
    /// The number itself.
    pub const fn get(self) -> i64 {
        self.0
    }
}

impl<'de> Deserialize<'de> for Rating {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        whole(from)
    }
}

impl TryFrom<i64> for Rating {
    type Error = &'static str;

    fn try_from(rating: i64) -> Result<Self, Self::Error> {
        if (1..=5).contains(&rating) { Ok(Self(rating)) } else { Err("must be from 1 to 5") }
    }
}

places! {
    /// What went well.
    WhatWentWell = reflections.what_went_well of ReflectionId, ForOneself: NeverShared Text;
    /// What to do differently.
    WhatToChange = reflections.what_to_change of ReflectionId, ForOneself: NeverShared Text;
    /// What the author learned.
    WhatILearned = reflections.what_i_learned of ReflectionId, ForOneself: NeverShared Text;
    /// What the author does next.
    NextStep = reflections.next_step of ReflectionId, ForOneself: NeverShared Text;
    /// The author's energy after the session.
    Energy = reflections.energy of ReflectionId, ForOneself: NeverShared Rating;
    /// How much the author talked.
    TalkShare = reflections.talk_share of ReflectionId, ForOneself: NeverShared Rating;
}

/// A reflection on a session: an answer, or none, to each question.
#[derive(Clone, Debug, FromRow)]
pub struct Reflection {
    /// Id of the reflection.
    pub id: ReflectionId,
    /// Id of the session.
    pub session_id: SessionId,
    /// Id of the pair.
    pub pair_id: PairId,
    /// Id of the author.
    pub author_id: PersonId,
    /// What went well.
    pub what_went_well: Option<Sealed<WhatWentWell>>,
    /// What to do differently.
    pub what_to_change: Option<Sealed<WhatToChange>>,
    /// What the author learned.
    pub what_i_learned: Option<Sealed<WhatILearned>>,
    /// What the author does next.
    pub next_step: Option<Sealed<NextStep>>,
    /// From 1 (exhausted) to 5 (full of energy).
    pub energy: Option<Sealed<Energy>>,
    /// From 1 (hardly talked) to 5 (hardly listened).
    pub talk_share: Option<Sealed<TalkShare>>,
    /// Time of creation.
    pub created_at: DateTime<Utc>,
    /// Time of the last change.
    pub updated_at: DateTime<Utc>,
    /// Counts changes.
    pub revision: i64,
    /// Counts how often its sealed texts were written.
    pub words_revision: i64,
}

impl Reflection {
    /// The context that the answers are sealed for.
    pub fn home<P: Place<Row = ReflectionId, Ownership = ForOneself>>(&self) -> Home<P> {
        Home::for_oneself(self.id, self.pair_id, self.author_id, self.session_id, self.words_revision)
    }
}

/// Only the author has a relation to a reflection.
impl Related for Reflection {
    fn relations(&self, viewer: &Viewer) -> Relations {
        viewer.relations().and(Relation::Author, viewer.is(self.author_id))
    }
}

impl Takes<ReadReflection> for Reflection {}
impl Takes<ChangeReflection> for Reflection {}
