//! The SQL of signing out.

use chrono::{DateTime, Utc};

use crate::db::Tx;
use crate::policy::Subject;

/// Ends every token that was issued up to `at`. A later sign-out is kept.
pub async fn sign_out(tx: &mut Tx, subject: &Subject, at: DateTime<Utc>) -> sqlx::Result<()> {
    let signed_out = match subject {
        Subject::Person(_) => tx.query(
            "update people set signed_out_at = $2
             where id = $1 and (signed_out_at is null or signed_out_at < $2)",
        ),
        Subject::Service(..) => tx.query(
            "update service_accounts set signed_out_at = $2
             where id = $1 and (signed_out_at is null or signed_out_at < $2)",
        ),
    };
    signed_out.bind(subject.uuid()).bind(at).run().await.map(drop)
}
