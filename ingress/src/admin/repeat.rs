//! Repeated requests: the same `Idempotency-Key` of the same token does its work once.

use record::audit::{self, KeyUse};
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
    match audit::claim_key(transaction, &admin.name, &key.0, &digest, subject).await? {
        KeyUse::First => Ok(Repeat::First),
        KeyUse::Before(subject) => Ok(Repeat::Of(subject)),
        KeyUse::Reused => Err(Kind::KeyReused.because("this key came before with another request")),
    }
}
