//! Who may see and do what: three tables, and the only code that reads them.
//!
//! Table 1 is [`Tier::audience`] (who sees what), table 2 is [`acts`] (who does what), table 3 is
//! each record's [`Related`] (who is who). [`show`] is the one way out, [`permit`] the one way in.

pub mod acts;
mod guarded;
mod relations;
mod sealed;
mod show;
mod tiers;
mod view;
mod viewer;

pub use acts::{ACTS, Act, Takes};
pub use guarded::{Bare, Confidential, Guarded, InTheOpen, ManagerVisible, NeverShared, Opened, Private};
pub use relations::{Related, Relation, Relations};
pub(crate) use sealed::places;
pub use sealed::{Place, Sealed, SealedField, close};
pub use show::{
    Changed, Clearance, Counted, Permit, Readable, Shown, Viewed, counted_input, is_closed, matching_input, may_list,
    may_read, permit, reachable, readable, show, show_all,
};
pub use tiers::Tier;
pub use view::View;
pub(crate) use view::view;
pub use viewer::{Scope, Subject, Viewer};
