//! `Idempotency-Key`: a `POST` that is sent twice has one effect.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use aws_lc_rs::digest::{Context, SHA256};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::body::Raw;
use crate::db::{Tx, query};
use crate::policy::Viewer;
use crate::problem::{Code, Problem};

/// How long keys are kept, in hours.
pub const REMEMBERED_HOURS: i64 = 24;

/// The key of a `POST`, if it has one, and a fingerprint of the whole request. In a handler it comes after the body,
/// because the fingerprint includes the body.
#[derive(Debug)]
pub struct IdempotencyKey {
    key: Option<String>,
    request: HttpRequest,
}

impl IdempotencyKey {
    /// Claims the key for this request. `Some`: the same request was done before; this is the id of its record.
    pub(super) async fn claim(
        &self,
        tx: &mut Tx,
        viewer: &Viewer,
        now: DateTime<Utc>,
    ) -> Result<Option<Uuid>, Problem> {
        let Some(key) = &self.key else { return Ok(None) };
        let (subject, fingerprint) = (viewer.subject.uuid(), self.fingerprint());
        let taken = query!(
            tx,
            "insert into idempotency_keys (subject_id, key, fingerprint, created_at)
             values (:subject, :key, :fingerprint, :now) on conflict do nothing",
            subject,
            key,
            fingerprint = fingerprint.as_slice(),
            now
        )
        .run()
        .await?;
        if taken == 1 {
            return Ok(None);
        }
        let (before, record): (Vec<u8>, Option<Uuid>) = query!(
            tx,
            "select fingerprint, record_id from idempotency_keys where subject_id = :subject and key = :key",
            subject,
            key
        )
        .one()
        .await?;
        if before != fingerprint {
            return Err(Problem::new(
                Code::IdempotencyKeyReused,
                "This `Idempotency-Key` was used before with another request. Use a new key.",
            ));
        }
        Ok(record)
    }

    /// Stores the id of the record of the request.
    pub(super) async fn keep(&self, tx: &mut Tx, viewer: &Viewer, record: Uuid) -> Result<(), Problem> {
        let Some(key) = &self.key else { return Ok(()) };
        query!(
            tx,
            "update idempotency_keys set record_id = :record where subject_id = :subject and key = :key",
            subject = viewer.subject.uuid(),
            key,
            record
        )
        .run()
        .await?;
        Ok(())
    }

    fn fingerprint(&self) -> Vec<u8> {
        let mut hash = Context::new(&SHA256);
        hash.update(self.request.method().as_str().as_bytes());
        hash.update(self.request.uri().to_string().as_bytes());
        if let Some(Raw(body)) = self.request.extensions().get() {
            hash.update(body);
        }
        hash.finish().as_ref().to_vec()
    }
}

/// Deletes keys that were used before this time. Returns their number.
pub async fn forget_old_keys(tx: &mut Tx, before: DateTime<Utc>) -> sqlx::Result<u64> {
    query!(tx, "delete from idempotency_keys where created_at < :before", before).run().await
}

impl FromRequest for IdempotencyKey {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let mut sent = request.headers().get_all("idempotency-key");
        let key = match (sent.next(), sent.next()) {
            (None, _) => None,
            (Some(key), None) if (1..=200).contains(&key.len()) && key.as_bytes().iter().all(u8::is_ascii_graphic) => {
                key.to_str().ok().map(str::to_owned)
            }
            _ => {
                let detail = "`Idempotency-Key` must be sent once, with 1 to 200 visible ASCII characters.";
                return ready(Err(Problem::new(Code::InvalidRequest, detail)));
            }
        };
        ready(Ok(Self { key, request: request.clone() }))
    }
}
