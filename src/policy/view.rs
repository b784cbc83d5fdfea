//! Views: the visible form of records. A view has the tier of each field; the OpenAPI document shows it.

use serde::Serialize;

use super::tiers::Tier;

/// The visible form of a record.
pub trait View: Serialize {
    /// The tier of each field, in order.
    const TIERS: &'static [(&'static str, Tier)];
}
