//! What sales ask their buyers for, and what those give: personal, and in no other table (`docs/privacy.md`).

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sale::buyer::{Buyer, Fields};
use sale::ids::{AttemptId, EventId, OrderId};
use sqlx::types::Json;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

/// What is known of a buyer.
#[derive(Clone, Debug)]
pub struct Known {
    /// As it was given last.
    pub buyer: Buyer,
    /// When that was.
    pub given_at: DateTime<Utc>,
}

/// What a sale asks for.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn fields(db: &mut PgConnection, event: EventId) -> sqlx::Result<Fields> {
    let fields = sqlx::query_scalar!(
        r#"SELECT fields AS "fields: Json<Fields>" FROM buyer_fields WHERE event_id = $1"#,
        event.0
    );
    Ok(fields.fetch_optional(db).await?.map(|fields| fields.0).unwrap_or_default())
}

/// Replaces what a sale asks for.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn put_fields(db: &mut PgConnection, event: EventId, fields: &Fields) -> sqlx::Result<()> {
    if !fields.ask() {
        let nothing = sqlx::query!("DELETE FROM buyer_fields WHERE event_id = $1", event.0);
        return nothing.execute(db).await.map(drop);
    }
    sqlx::query!(
        "INSERT INTO buyer_fields (event_id, fields) VALUES ($1, $2)
         ON CONFLICT (event_id) DO UPDATE SET fields = excluded.fields",
        event.0,
        Json(fields) as _
    )
    .execute(db)
    .await
    .map(drop)
}

/// Keeps what the buyer of a reservation gives, in place of what they gave before, and the language that mail to them is in.
/// Returns when.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn give(
    pool: &PgPool,
    event: EventId,
    attempt: AttemptId,
    buyer: &Buyer,
    language: &str,
) -> sqlx::Result<DateTime<Utc>> {
    sqlx::query_scalar!(
        "INSERT INTO buyers (reservation_id, event_id, buyer, language) VALUES ($1, $2, $3, $4)
         ON CONFLICT (reservation_id)
           DO UPDATE SET buyer = excluded.buyer, language = excluded.language, given_at = now()
         RETURNING given_at",
        attempt.0,
        event.0,
        Json(buyer) as _,
        language
    )
    .fetch_one(pool)
    .await
}

/// What is known of the buyer of a reservation.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn of_attempt(pool: &PgPool, attempt: AttemptId) -> sqlx::Result<Option<Known>> {
    Ok(of_attempts(&mut *pool.acquire().await?, &[attempt]).await?.remove(&attempt))
}

/// What is known of the buyers of these reservations.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn of_attempts(db: &mut PgConnection, attempts: &[AttemptId]) -> sqlx::Result<HashMap<AttemptId, Known>> {
    let attempts: Vec<Uuid> = attempts.iter().map(|attempt| attempt.0).collect();
    let rows = sqlx::query!(
        r#"SELECT reservation_id, buyer AS "buyer: Json<Buyer>", given_at FROM buyers WHERE reservation_id = ANY($1)"#,
        &attempts
    );
    let known = rows.fetch_all(db).await?.into_iter();
    Ok(known.map(|row| (AttemptId(row.reservation_id), Known { buyer: row.buyer.0, given_at: row.given_at })).collect())
}

/// Of which sale and which reservation an order is, if there is such an order.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn of_order(db: &mut PgConnection, order: OrderId) -> sqlx::Result<Option<(EventId, AttemptId)>> {
    let row = sqlx::query!("SELECT event_id, reservation_id FROM orders WHERE id = $1", order.0);
    Ok(row.fetch_optional(db).await?.map(|row| (EventId(row.event_id), AttemptId(row.reservation_id))))
}

/// Whether there is such a sale.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn is_sale(db: &mut PgConnection, event: EventId) -> sqlx::Result<bool> {
    let found = sqlx::query_scalar!(r#"SELECT EXISTS (SELECT FROM sale_events WHERE id = $1) AS "is_there!""#, event.0);
    found.fetch_one(db).await
}

/// Deletes what is known of the buyer of a reservation; whether anything was.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn delete(db: &mut PgConnection, attempt: AttemptId) -> sqlx::Result<bool> {
    let deleted = sqlx::query!("DELETE FROM buyers WHERE reservation_id = $1", attempt.0);
    Ok(deleted.execute(db).await?.rows_affected() > 0)
}

/// Deletes what is known of the buyers of a sale; of how many.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn delete_of_sale(db: &mut PgConnection, event: EventId) -> sqlx::Result<u64> {
    Ok(sqlx::query!("DELETE FROM buyers WHERE event_id = $1", event.0).execute(db).await?.rows_affected())
}
