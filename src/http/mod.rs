//! What all resources share: bodies, pages, ETags, idempotency keys, limits and the OpenAPI document.

mod answer;
mod body;
mod etag;
mod guard;
mod idempotency;
mod limits;
mod metric_labels;
pub mod openapi;
mod page;
mod patch;
mod query;
mod report;
mod state;
mod stream;
mod strict;
pub mod system;
mod write_tx;

pub use answer::{Beside, Done, Rendered};
pub use body::{EmptyBody, Form, Json, payload_limit};
pub use etag::Preconditions;
pub use guard::{complete, guard, unmatched};
pub use idempotency::{IdempotencyKey, REMEMBERED_HOURS, forget_old_keys};
pub use limits::Limits;
pub(crate) use page::list_query;
pub use page::{Count, Cursor, Limit, MirroredPage, OVERLAP, Page, Walk, mirrored_page, page, reaching_back};
pub use patch::Change;
pub(crate) use patch::merge_patch;
pub use query::{Path, Query};
pub use report::{Departure, IgnoredField, IgnoredFieldCode, Report};
pub use state::App;
pub use stream::{EventStream, Events, ServerSentEvent, StreamRequest, event_stream};
pub use write_tx::WriteTx;
