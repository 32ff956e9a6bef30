//! The audit log: who did what; and which requests of organisers were done, so that none is done twice.

use std::collections::HashMap;
use std::net::IpAddr;

use chrono::{DateTime, Utc};
use sale::ids::EventId;
use serde_json::Value;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::custom_plan;

/// Who did what, of what, and from where.
pub struct Deed<'a> {
    /// A token's or a person's name; empty for a stranger.
    pub actor: &'a str,
    /// Their role; empty for a stranger.
    pub role: &'a str,
    /// None for what a service did by itself.
    pub address: Option<IpAddr>,
    /// Such as `event.restock`.
    pub action: &'a str,
    /// What it was done to.
    pub subject: &'a str,
    /// What was changed.
    pub detail: Value,
}

/// Writes an entry.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn write(connection: &mut PgConnection, entry: Deed<'_>) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO audit_log (id, actor, role, address, action, subject, detail) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        Uuid::now_v7(),
        entry.actor,
        entry.role,
        entry.address.map(|address| address.to_string()),
        entry.action,
        entry.subject,
        entry.detail
    )
    .execute(connection)
    .await
    .map(drop)
}

/// An entry as it was written.
#[derive(Debug)]
#[expect(missing_docs, reason = "the fields of `Deed`")]
pub struct Written {
    /// Also its place in the list.
    pub id: Uuid,
    /// When it was written.
    pub at: DateTime<Utc>,
    pub actor: String,
    pub role: String,
    pub address: Option<String>,
    pub action: String,
    pub subject: String,
    /// The sale that it is about.
    pub event_id: Option<Uuid>,
    pub detail: Value,
}

/// Which entries.
#[derive(Clone, Debug, Default)]
pub struct Filter<'f> {
    /// What was done to this.
    pub subject: Option<&'f str>,
    /// By those whose name begins so, in whatever letters.
    pub actor: Option<&'f str>,
    /// This was done, such as `order.refund`; or, as `order`, whatever has a name that begins so.
    pub action: Option<&'f str>,
    /// About this sale, or its orders.
    pub event: Option<EventId>,
    /// At this moment or later.
    pub from: Option<DateTime<Utc>>,
    /// Before this moment.
    pub until: Option<DateTime<Utc>>,
}

/// Entries, the latest first; after `before` in that order, if so asked.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn list(pool: &PgPool, filter: &Filter<'_>, before: Option<Uuid>, limit: i64) -> sqlx::Result<Vec<Written>> {
    let mut db = custom_plan::begin(pool).await?;
    let entries = sqlx::query_as!(
        Written,
        r#"SELECT id, at, actor, role, address, action, subject, event_id, detail FROM audit_log
           WHERE ($1::uuid IS NULL OR id < $1)
             AND ($2::text IS NULL OR subject = $2)
             AND ($3::text IS NULL OR (lower(actor) COLLATE "C" >= lower($3) AND lower(actor) COLLATE "C" < lower($4)))
             AND ($5::text IS NULL OR action COLLATE "C" = $5
                  OR (action COLLATE "C" >= $5 || '.' AND action COLLATE "C" < $5 || '/'))
             AND ($6::uuid IS NULL OR event_id = $6)
             AND ($7::timestamptz IS NULL OR at >= $7)
             AND ($8::timestamptz IS NULL OR at < $8)
           ORDER BY id DESC LIMIT $9"#,
        before,
        filter.subject,
        filter.actor,
        filter.actor.map(custom_plan::end_of),
        filter.action,
        filter.event.map(|event| event.0),
        filter.from,
        filter.until,
        limit
    );
    entries.fetch_all(&mut *db).await
}

/// What was done to one thing, the latest first.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn of_subject(db: &mut PgConnection, subject: &str, limit: i64) -> sqlx::Result<Vec<Written>> {
    let entries = sqlx::query_as!(
        Written,
        "SELECT id, at, actor, role, address, action, subject, event_id, detail FROM audit_log
         WHERE subject = $1 ORDER BY id DESC LIMIT $2",
        subject,
        limit
    );
    entries.fetch_all(db).await
}

/// What things are called that entries speak of, by their ids: sales, series, API tokens and people by name, orders by number, products by SKU,
/// endpoints by address. What is there no longer is absent.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn names(pool: &PgPool, ids: &[Uuid]) -> sqlx::Result<HashMap<Uuid, String>> {
    let rows = sqlx::query!(
        r#"SELECT id AS "id!", name AS "name!" FROM sale_events WHERE id = ANY($1)
           UNION ALL SELECT id, number FROM orders WHERE id = ANY($1)
           UNION ALL SELECT id, name FROM products WHERE id = ANY($1)
           UNION ALL SELECT id, name FROM series WHERE id = ANY($1)
           UNION ALL SELECT id, name FROM api_tokens WHERE id = ANY($1)
           UNION ALL SELECT id, name FROM people WHERE id = ANY($1)
           UNION ALL SELECT id, url FROM endpoints WHERE id = ANY($1)"#,
        ids
    );
    Ok(rows.fetch_all(pool).await?.into_iter().map(|row| (row.id, row.name)).collect())
}

/// What products are called, by their SKUs.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn product_names(pool: &PgPool, skus: &[String]) -> sqlx::Result<HashMap<String, String>> {
    let rows = sqlx::query!("SELECT sku, name FROM products WHERE sku = ANY($1)", skus);
    Ok(rows.fetch_all(pool).await?.into_iter().map(|row| (row.sku, row.name)).collect())
}

/// Whether a request is the first of its key.
pub enum KeyUse {
    /// It is: do it.
    First,
    /// It was done: this came of it.
    Before(Uuid),
    /// The key came with another request.
    Reused,
}

/// Claims the key of a request, within the transaction that does its work: two at the same time wait for each other here.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn claim_key(
    transaction: &mut PgConnection,
    actor: &str,
    key: &str,
    digest: &[u8; 32],
    subject: Uuid,
) -> sqlx::Result<KeyUse> {
    let claimed = sqlx::query!(
        "INSERT INTO admin_requests (actor, key, body_sha256, subject_id) VALUES ($1, $2, $3, $4)
         ON CONFLICT (actor, key) DO NOTHING",
        actor,
        key,
        digest.as_slice(),
        subject
    );
    if claimed.execute(&mut *transaction).await?.rows_affected() == 1 {
        return Ok(KeyUse::First);
    }
    let earlier =
        sqlx::query!("SELECT body_sha256, subject_id FROM admin_requests WHERE actor = $1 AND key = $2", actor, key)
            .fetch_one(transaction)
            .await?;
    Ok(if earlier.body_sha256 == digest { KeyUse::Before(earlier.subject_id) } else { KeyUse::Reused })
}
