//! Whom organisers put aside in their sales: others are served first.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use sale::ids::{EventId, ShopperId};
use sale::provenance::{Origin, Party};
use sqlx::{PgConnection, PgPool};

/// One who is put aside.
#[derive(Clone, Debug)]
pub struct PutAside {
    /// Who.
    pub party: Party,
    /// Why, in the organiser's words.
    pub reason: String,
    /// Since when.
    pub at: DateTime<Utc>,
}

/// Who is put aside in a sale.
pub(crate) async fn of(snapshot: &mut PgConnection, event: EventId) -> anyhow::Result<BTreeSet<Party>> {
    let rows = sqlx::query!("SELECT shopper_id, origin FROM put_aside WHERE event_id = $1", event.0);
    let rows = rows.fetch_all(snapshot).await?;
    Ok(rows.into_iter().filter_map(|row| party(row.shopper_id, row.origin)).collect())
}

/// Who is put aside in a sale, and why; the latest first.
///
/// # Errors
/// When the database does not answer.
pub async fn list(pool: &PgPool, event: EventId) -> sqlx::Result<Vec<PutAside>> {
    let rows = sqlx::query!(
        "SELECT shopper_id, origin, reason, at FROM put_aside WHERE event_id = $1 ORDER BY at DESC",
        event.0
    );
    let rows = rows.fetch_all(pool).await?.into_iter();
    let listed = rows
        .filter_map(|row| Some(PutAside { party: party(row.shopper_id, row.origin)?, reason: row.reason, at: row.at }));
    Ok(listed.collect())
}

/// How many are put aside in a sale.
///
/// # Errors
/// When the database does not answer.
pub async fn count(transaction: &mut PgConnection, event: EventId) -> sqlx::Result<i64> {
    sqlx::query_scalar!(r#"SELECT count(*) AS "count!" FROM put_aside WHERE event_id = $1"#, event.0)
        .fetch_one(transaction)
        .await
}

/// Puts somebody aside, or says anew why.
///
/// # Errors
/// When the database does not answer.
pub async fn put(transaction: &mut PgConnection, event: EventId, party: Party, reason: &str) -> sqlx::Result<()> {
    let (shopper, origin) = columns(party);
    sqlx::query!(
        "INSERT INTO put_aside (event_id, shopper_id, origin, reason) VALUES ($1, $2, $3, $4)
         ON CONFLICT (event_id, shopper_id, origin) DO UPDATE SET reason = EXCLUDED.reason",
        event.0,
        shopper,
        origin.as_deref(),
        reason
    )
    .execute(transaction)
    .await?;
    Ok(())
}

/// Puts somebody aside no longer; whether they were.
///
/// # Errors
/// When the database does not answer.
pub async fn remove(transaction: &mut PgConnection, event: EventId, party: Party) -> sqlx::Result<bool> {
    let (shopper, origin) = columns(party);
    let removed = sqlx::query!(
        "DELETE FROM put_aside WHERE event_id = $1 AND shopper_id IS NOT DISTINCT FROM $2 AND origin IS NOT DISTINCT FROM $3",
        event.0,
        shopper,
        origin.as_deref()
    );
    Ok(removed.execute(transaction).await?.rows_affected() > 0)
}

fn columns(party: Party) -> (Option<uuid::Uuid>, Option<Vec<u8>>) {
    match party {
        Party::Shopper(shopper) => (Some(shopper.0), None),
        Party::Origin(origin) => (None, Some(origin.0.to_vec())),
    }
}

fn party(shopper: Option<uuid::Uuid>, origin: Option<Vec<u8>>) -> Option<Party> {
    match (shopper, origin) {
        (Some(shopper), _) => Some(Party::Shopper(ShopperId(shopper))),
        (None, origin) => Some(Party::Origin(Origin(origin?.try_into().ok()?))),
    }
}
