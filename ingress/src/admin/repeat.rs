//! Repeated requests: the same `Idempotency-Key` of the same token does its work once.

use sha2::{Digest, Sha256};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::auth::Admin;
use crate::extract::MaybeIdempotencyKey;
use crate::problems::{ApiError, Kind};

/// Whether a request is the first of its key.
pub(super) enum Repeat {
    /// Do it.
    First,
    /// It was done: this came of it.
    Of(Uuid),
}

/// Claims the key of a request, within the transaction that does its work: two at the same time wait for
/// each other here. `what` and `body` are what must be the same.
pub(super) async fn claim(
    transaction: &mut PgConnection,
    admin: &Admin,
    key: &MaybeIdempotencyKey,
    what: &str,
    body: &[u8],
    subject: Uuid,
) -> Result<Repeat, ApiError> {
    let Some(key) = key else { return Ok(Repeat::First) };
    let digest: [u8; 32] = Sha256::new().chain_update(what).chain_update([0]).chain_update(body).finalize().into();
    let claimed = sqlx::query!(
        "INSERT INTO admin_requests (actor, key, body_sha256, subject_id) VALUES ($1, $2, $3, $4)
         ON CONFLICT (actor, key) DO NOTHING",
        admin.name,
        key.0,
        digest.as_slice(),
        subject
    )
    .execute(&mut *transaction)
    .await?;
    if claimed.rows_affected() == 1 {
        return Ok(Repeat::First);
    }
    let earlier = sqlx::query!(
        "SELECT body_sha256, subject_id FROM admin_requests WHERE actor = $1 AND key = $2",
        admin.name,
        key.0
    )
    .fetch_one(&mut *transaction)
    .await?;
    if earlier.body_sha256 == digest {
        Ok(Repeat::Of(earlier.subject_id))
    } else {
        Err(Kind::KeyReused.because("this key came before with another request"))
    }
}
