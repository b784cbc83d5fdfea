//! The features of two people at the time when they are proposed to each other. Later facts may already depend on how
//! the pair went.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::db::{Tx, insert, query};
use crate::ids::{PairId, PersonId, SuggestionId};
use crate::matching::engine::{FACTORS, Factor, Features};
use crate::policy::{Consent, Home, Listed, MatchingInput, OfMatch, Place, Sealed, close, places};

/// The features of a pair, in the order of [`Factor::ALL`]. `None`: the value is unknown.
pub type Values = [Option<u16>; FACTORS];

// Sealed with the key of the mentee, like the suggestion: erasing the mentee makes both unreadable.
places! {
    /// The features of the two people, without those that need the consent of both.
    CaseFeatures = match_cases.features of Uuid, OfMatch: Private Values;
    /// How similar their working styles are. A column of its own, because it is opened for learning only while both
    /// consent.
    CaseStyle = match_cases.style of Uuid, OfMatch: Private Option<u16>;
}

/// The sealing context of the features of two people. They are written once.
pub fn home<P: Place<Row = Uuid, Ownership = OfMatch>>(id: Uuid, mentee: PersonId, mentor: PersonId) -> Home<P> {
    Home::of_match(id, mentee, mentor)
}

impl MatchingInput for CaseFeatures {
    type Condition = Listed;
}

impl MatchingInput for CaseStyle {
    type Condition = Consent;
}

/// Two people who are proposed to each other.
#[derive(Clone, Copy, Debug)]
pub struct Proposal {
    id: Uuid,
    pair_id: Option<PairId>,
    mentee_id: PersonId,
    mentor_id: PersonId,
    features: Features,
    at: DateTime<Utc>,
}

impl Proposal {
    /// A suggestion. Whether it becomes a pair is known later.
    pub fn from_suggestion(
        suggestion: SuggestionId,
        mentee_id: PersonId,
        mentor_id: PersonId,
        features: Features,
        at: DateTime<Utc>,
    ) -> Self {
        Self { id: suggestion.uuid(), pair_id: None, mentee_id, mentor_id, features, at }
    }

    /// A pair without a suggestion, as a published matching round makes it.
    pub fn from_pair(
        pair: PairId,
        mentee_id: PersonId,
        mentor_id: PersonId,
        features: Features,
        at: DateTime<Utc>,
    ) -> Self {
        Self { id: pair.uuid(), pair_id: Some(pair), mentee_id, mentor_id, features, at }
    }
}

/// Records a proposal, in the transaction that creates it.
pub async fn record(tx: &mut Tx, proposal: &Proposal) -> sqlx::Result<()> {
    let Proposal { id, pair_id, mentee_id, mentor_id, features, at } = *proposal;
    let style = features.is_known(Factor::Style).then(|| features.value(Factor::Style));
    let others: Values = features.with(Factor::Style, None).into();
    let others = close(tx, home(id, mentee_id, mentor_id), &Sealed::<CaseFeatures>::new(mentee_id, others)).await?;
    let style = close(tx, home(id, mentee_id, mentor_id), &Sealed::<CaseStyle>::new(mentee_id, style)).await?;
    insert!(tx, "match_cases", id, mentee_id, mentor_id, pair_id, features = others, style, proposed_at = at)
        .run()
        .await
        .map(drop)
}

/// Records which pair a suggestion became.
pub async fn set_pair(tx: &mut Tx, suggestion: SuggestionId, pair: PairId) -> sqlx::Result<()> {
    query!(tx, "update match_cases set pair_id = :pair where id = :suggestion", suggestion, pair).run().await.map(drop)
}
