//! What is noted of two people when they are proposed to each other: later facts know too much.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::db::Tx;
use crate::ids::{PairId, PersonId, SuggestionId};
use crate::matching::engine::{FACTORS, Factor, Features};
use crate::policy::{Consent, Home, Listed, MatchingInput, OfMatch, Place, Sealed, close, places};

/// The features of a pair, in the order of [`Factor::ALL`]; `None` where nothing is known.
pub type Values = [Option<u16>; FACTORS];

// Sealed with the mentee's key, as the suggestion is, so that both go with them.
places! {
    /// How two people stood to each other, but for what needs the consent of both.
    CaseFeatures = match_cases.features of Uuid, OfMatch: Private Values;
    /// How alike they like to work. Apart, because it is opened for learning only while both agree.
    CaseStyle = match_cases.style of Uuid, OfMatch: Private Option<u16>;
}

/// Where what is noted of two people lives. It is written once.
pub fn home<P: Place<Row = Uuid, Kin = OfMatch>>(id: Uuid, mentee: PersonId, mentor: PersonId) -> Home<P> {
    Home::of_match(id, mentee, mentor)
}

impl MatchingInput for CaseFeatures {
    type Leave = Listed;
}

impl MatchingInput for CaseStyle {
    type Leave = Consent;
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
    /// By a suggestion. What comes of it is known later.
    pub fn by(
        suggestion: SuggestionId,
        mentee_id: PersonId,
        mentor_id: PersonId,
        features: Features,
        at: DateTime<Utc>,
    ) -> Self {
        Self { id: suggestion.uuid(), pair_id: None, mentee_id, mentor_id, features, at }
    }

    /// By making a pair of them that nobody was asked about, as a published cohort does.
    pub fn of(pair: PairId, mentee_id: PersonId, mentor_id: PersonId, features: Features, at: DateTime<Utc>) -> Self {
        Self { id: pair.uuid(), pair_id: Some(pair), mentee_id, mentor_id, features, at }
    }
}

/// Notes a proposal, in the unit of work that makes it.
pub async fn note(tx: &mut Tx, proposal: &Proposal) -> sqlx::Result<()> {
    let Proposal { id, pair_id, mentee_id, mentor_id, features, at } = *proposal;
    let style = features.is_known(Factor::Style).then(|| features.value(Factor::Style));
    let others: Values = features.with(Factor::Style, None).into();
    let others = close(tx, home(id, mentee_id, mentor_id), &Sealed::<CaseFeatures>::new(mentee_id, others)).await?;
    let style = close(tx, home(id, mentee_id, mentor_id), &Sealed::<CaseStyle>::new(mentee_id, style)).await?;
    let noted = tx.query(
        "insert into match_cases (id, mentee_id, mentor_id, pair_id, features, style, proposed_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
    );
    let noted = noted.bind(id).bind(mentee_id).bind(mentor_id).bind(pair_id).bind(others).bind(style);
    noted.bind(at).run().await.map(drop)
}

/// Notes that a pair came of a suggestion.
pub async fn became(tx: &mut Tx, suggestion: SuggestionId, pair: PairId) -> sqlx::Result<()> {
    let noted = tx.query("update match_cases set pair_id = $2 where id = $1");
    noted.bind(suggestion).bind(pair).run().await.map(drop)
}
