//! The SQL of signing out.

use chrono::{DateTime, Utc};

use crate::db::{Tx, query};
use crate::policy::Subject;

/// Ends every token that was issued up to `at`. A later sign-out is kept.
pub async fn sign_out(tx: &mut Tx, subject: &Subject, at: DateTime<Utc>) -> sqlx::Result<()> {
    let id = subject.uuid();
    let signed_out = match subject {
        Subject::Person(_) => query!(
            tx,
            "update people set signed_out_at = :at
             where id = :id and (signed_out_at is null or signed_out_at < :at)",
            id,
            at
        ),
        Subject::Service(..) => query!(
            tx,
            "update service_accounts set signed_out_at = :at
             where id = :id and (signed_out_at is null or signed_out_at < :at)",
            id,
            at
        ),
    };
    signed_out.run().await.map(drop)
}
