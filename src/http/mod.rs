//! The habits of every resource, once: bodies, pages, ETags, idempotency, limits, the document.

mod answer;
mod body;
mod etag;
mod figure;
mod guard;
mod once;
pub mod openapi;
mod page;
mod patch;
mod query;
mod report;
mod state;
mod stream;
mod strict;
pub mod system;
mod work;

pub use answer::{Beside, Done, Rendered};
pub use body::{Form, Json, Nothing, payload_limit};
pub use etag::Seen;
pub use guard::{Limits, dress, guard, unmatched};
pub use once::{Once, REMEMBERED_HOURS, forget_old_keys};
pub use page::{Count, Cursor, Limit, MirroredPage, OVERLAP, Page, Walk, mirrored_page, page, reaching_back};
pub use patch::Change;
pub(crate) use patch::merge_patch;
pub use query::{Path, Query};
pub use report::{Departure, Ignored, IgnoredCode, Report};
pub use state::App;
pub use stream::{EventStream, Events, Following, ServerSentEvent, event_stream};
pub use work::Work;
