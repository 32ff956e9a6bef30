//! Series of sales, as organisers define them, and what shoppers claim in them.

mod claims;

pub use claims::{Turn, end, wait_for_turn};

use std::collections::HashMap;

use anyhow::Context;
use chrono::{DateTime, Utc};
use sale::ids::{EventId, SeriesId};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::to_u64;

/// A series.
pub struct Series {
    /// Which.
    pub id: SeriesId,
    /// What it is called.
    pub name: String,
    /// Units one shopper may have in all its sales together.
    pub per_shopper_max: i32,
    /// Raised by every change.
    pub version: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// Series, the latest first; those after `before` in that order, if there is one.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn list(pool: &PgPool, before: Option<Uuid>, limit: i64) -> sqlx::Result<Vec<Series>> {
    let series = sqlx::query_as!(
        Series,
        "SELECT id, name, per_shopper_max, version, created_at, updated_at
         FROM series WHERE $1::uuid IS NULL OR id < $1 ORDER BY id DESC LIMIT $2",
        before,
        limit
    );
    series.fetch_all(pool).await
}

/// One series.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn find(pool: &PgPool, id: SeriesId) -> sqlx::Result<Option<Series>> {
    let series = sqlx::query_as!(
        Series,
        "SELECT id, name, per_shopper_max, version, created_at, updated_at FROM series WHERE id = $1",
        id.0
    );
    series.fetch_optional(pool).await
}

/// A series, as the rules of its sales know it.
pub(crate) async fn of(snapshot: &mut PgConnection, id: SeriesId) -> anyhow::Result<sale::series::Series> {
    let row = sqlx::query!("SELECT name, per_shopper_max FROM series WHERE id = $1", id.0).fetch_one(snapshot).await?;
    let per_shopper_max = u32::try_from(row.per_shopper_max).context("per_shopper_max of a series")?;
    Ok(sale::series::Series { id, name: row.name, per_shopper_max })
}

/// Whether there is such a series; it stays there until the transaction ends.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn exists(transaction: &mut PgConnection, id: SeriesId) -> sqlx::Result<bool> {
    let found = sqlx::query_scalar!("SELECT id FROM series WHERE id = $1 FOR KEY SHARE", id.0);
    Ok(found.fetch_optional(transaction).await?.is_some())
}

/// A sale of a series.
pub struct Member {
    /// Of which series.
    pub series: SeriesId,
    /// Which sale.
    pub event: EventId,
    /// What it is called.
    pub name: String,
    /// No draft any more.
    pub scheduled: bool,
    /// First moment at which attempts are accepted.
    pub opens_at: DateTime<Utc>,
    /// Units that are held, bought or waited for in it, as far as they are claimed.
    pub claimed: u64,
}

/// The sales of some series, by series, in the order of their opening.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn members(pool: &PgPool, series: &[SeriesId]) -> sqlx::Result<HashMap<SeriesId, Vec<Member>>> {
    let ids: Vec<Uuid> = series.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"SELECT series_id AS "series_id!", id, name, scheduled, opens_at,
                  (SELECT coalesce(sum(units), 0) FROM series_claims c WHERE c.event_id = e.id) AS "claimed!"
           FROM sale_events e WHERE series_id = ANY($1) ORDER BY opens_at, id"#,
        &ids
    );
    let mut members: HashMap<SeriesId, Vec<Member>> = HashMap::new();
    for row in rows.fetch_all(pool).await? {
        let series = SeriesId(row.series_id);
        members.entry(series).or_default().push(Member {
            series,
            event: EventId(row.id),
            name: row.name,
            scheduled: row.scheduled,
            opens_at: row.opens_at,
            claimed: to_u64(row.claimed),
        });
    }
    Ok(members)
}

/// Makes a series.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn insert(
    transaction: &mut PgConnection,
    id: SeriesId,
    name: &str,
    per_shopper_max: i32,
) -> sqlx::Result<()> {
    sqlx::query!("INSERT INTO series (id, name, per_shopper_max) VALUES ($1, $2, $3)", id.0, name, per_shopper_max)
        .execute(transaction)
        .await
        .map(drop)
}

/// What a change must know of a series.
pub struct Present {
    /// Units one shopper may have.
    pub per_shopper_max: i32,
    /// Raised by every change.
    pub version: i64,
    /// Whether any of its sales is no draft any more: what was promised of them may have been read, and units be held.
    pub is_on: bool,
}

/// Locks a series and its sales: until the transaction ends, nobody claims in it, and no sale of it is scheduled or comes to
/// it. `None` when there is none.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn lock(transaction: &mut PgConnection, id: SeriesId) -> sqlx::Result<Option<Present>> {
    // Sales first, as whoever changes one of them does.
    sqlx::query_scalar!("SELECT id FROM sale_events WHERE series_id = $1 ORDER BY id FOR UPDATE", id.0)
        .fetch_all(&mut *transaction)
        .await?;
    let row = sqlx::query!("SELECT per_shopper_max, version FROM series WHERE id = $1 FOR UPDATE", id.0);
    let Some(row) = row.fetch_optional(&mut *transaction).await? else { return Ok(None) };
    let is_on = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM sale_events WHERE series_id = $1 AND scheduled) AS "is_on!""#,
        id.0
    );
    let is_on = is_on.fetch_one(transaction).await?;
    Ok(Some(Present { per_shopper_max: row.per_shopper_max, version: row.version, is_on }))
}

/// Changes a series that is locked; `None` stays. Returns its new version.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn update(
    transaction: &mut PgConnection,
    id: SeriesId,
    name: Option<&str>,
    per_shopper_max: Option<i32>,
) -> sqlx::Result<i64> {
    let updated = sqlx::query_scalar!(
        "UPDATE series SET name = coalesce($2, name), per_shopper_max = coalesce($3, per_shopper_max),
                version = version + 1, updated_at = now()
         WHERE id = $1 RETURNING version",
        id.0,
        name,
        per_shopper_max
    );
    updated.fetch_one(transaction).await
}

/// Raises the version of every sale of a series by which something may be owed: the series is part of it. Returns them with
/// their new versions.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn touch_sales(transaction: &mut PgConnection, id: SeriesId) -> sqlx::Result<Vec<(EventId, i64)>> {
    let sales = sqlx::query!(
        "UPDATE sale_events SET version = version + 1, updated_at = now()
         WHERE series_id = $1 AND settled_at IS NULL RETURNING id, version",
        id.0
    );
    Ok(sales.fetch_all(transaction).await?.into_iter().map(|sale| (EventId(sale.id), sale.version)).collect())
}
