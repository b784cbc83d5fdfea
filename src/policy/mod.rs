//! Who may see what and who may do what: three tables and the only code that uses them.
//!
//! Table 1 is [`Tier::audience`]: who sees which tier. Table 2 is [`acts`]: who may do what. Table 3 is [`Related`]:
//! how a viewer is related to a record. Every answer goes through [`show`], and every change through [`permit`].

pub mod acts;
mod declare_view;
mod guarded;
mod home;
mod inputs;
mod place;
mod related;
mod relations;
mod scope;
mod sealed;
mod show;
mod tiers;
mod view;
mod viewer;

pub use acts::{ACTS, Act, ByPerson, Takes};
pub(crate) use declare_view::view;
pub use guarded::{Bare, Confidential, Guarded, InTheOpen, ManagerVisible, NeverShared, Opened, Private, Showable};
pub use home::{Home, PairPeople};
pub use inputs::{
    Consent, Counted, INPUTS, InputCondition, Listed, MatchingInput, counted_input, input, matching_input,
    note_matching_run,
};
pub(crate) use place::places;
pub use place::{ForBoth, ForOneself, OfMatch, OfPerson, Ownership, Place};
pub use related::Related;
pub use relations::{Relation, Relations};
pub use scope::Scope;
pub use sealed::{Sealed, SealedField, carry, close, close_again};
pub(crate) use show::readable_as;
pub use show::{
    Changed, Clearance, Permit, Readable, Shown, Viewed, is_closed, may_list, may_read, permit, reachable, readable,
    show, show_all,
};
pub use tiers::Tier;
pub use view::View;
pub use viewer::{Subject, Viewer};
