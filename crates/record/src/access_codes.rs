//! Access codes: what lets shoppers into a sale that asks for one. Only digests are kept.

use anyhow::Context;
use sale::admission::AccessCode;
use sale::ids::{CodeNo, EventId};
use sqlx::PgConnection;

/// The codes of a sale.
pub(crate) async fn of(snapshot: &mut PgConnection, event: EventId) -> anyhow::Result<Vec<AccessCode>> {
    let rows = sqlx::query!("SELECT code_sha256, code_no, uses_max FROM access_codes WHERE event_id = $1", event.0);
    let codes = rows.fetch_all(snapshot).await?.into_iter().map(|row| {
        Ok(AccessCode {
            digest: row.code_sha256.try_into().ok().context("access code: 32 bytes")?,
            number: CodeNo(row.code_no.try_into().context("code_no")?),
            uses_max: row.uses_max.map(u32::try_from).transpose().context("uses_max")?,
        })
    });
    codes.collect()
}

/// Replaces the codes of a sale: digests, and how often each may be used. One that stays keeps its number, and so its uses.
///
/// # Errors
/// When the database does not answer.
pub async fn put(
    transaction: &mut PgConnection,
    event: EventId,
    codes: &[([u8; 32], Option<u32>)],
) -> sqlx::Result<()> {
    let digests: Vec<Vec<u8>> = codes.iter().map(|(digest, _)| digest.to_vec()).collect();
    let uses_max: Vec<Option<i32>> = codes.iter().map(|(_, max)| max.and_then(|max| i32::try_from(max).ok())).collect();
    sqlx::query!("DELETE FROM access_codes WHERE event_id = $1 AND NOT code_sha256 = ANY($2)", event.0, &digests)
        .execute(&mut *transaction)
        .await?;
    sqlx::query!(
        "INSERT INTO access_codes (event_id, code_sha256, uses_max)
         SELECT DISTINCT ON (digest) $1::uuid, digest, uses_max FROM UNNEST($2::bytea[], $3::int[]) code (digest, uses_max)
         ON CONFLICT (event_id, code_sha256) DO UPDATE SET uses_max = EXCLUDED.uses_max",
        event.0,
        &digests,
        &uses_max as _
    )
    .execute(&mut *transaction)
    .await?;
    Ok(())
}
