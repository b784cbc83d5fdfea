//! The habits of every resource: errors, limits, headers, idempotency.
