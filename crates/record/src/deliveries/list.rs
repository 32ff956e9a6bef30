//! Deliveries as organisers list them: the latest first.

use chrono::{DateTime, Utc};
use sale::notice::{DeliveryState, NoticeType};
use sqlx::PgPool;
use uuid::Uuid;

use crate::word_column::Column;

/// Tries that are shown of a delivery: the latest.
const TRIES_SHOWN: i64 = 100;

/// Which deliveries.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// To this endpoint.
    pub endpoint: Option<Uuid>,
    /// In this state.
    pub state: Option<DeliveryState>,
    /// Of this type.
    pub kind: Option<NoticeType>,
    /// About this reservation or sale.
    pub subject: Option<Uuid>,
    /// About this sale, or anything of it.
    pub sale: Option<Uuid>,
}

/// A place in the list: what comes after it is older.
#[derive(Clone, Copy, Debug)]
pub struct Cursor(i64);

/// A delivery in the list.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Which.
    pub id: Uuid,
    /// To which endpoint.
    pub endpoint: Uuid,
    /// Its notice: what the shop knows it by.
    pub notice: Uuid,
    /// What it tells.
    pub kind: NoticeType,
    /// About which reservation or sale.
    pub subject: Uuid,
    /// Where it stands.
    pub state: DeliveryState,
    /// Tries since it was last asked for.
    pub tries: i32,
    /// When what it tells happened.
    pub at: DateTime<Utc>,
    /// When it is tried next; one before it of the same subject may put that off.
    pub next_try_at: Option<DateTime<Utc>>,
    /// When it was accepted or given up.
    pub ended_at: Option<DateTime<Utc>>,
    /// The status that was answered last.
    pub last_status: Option<i32>,
    /// Why the last try came to nothing.
    pub last_error: Option<String>,
}

/// One try.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the columns of the table `delivery_tries`")]
pub struct Try {
    pub at: DateTime<Utc>,
    pub duration_ms: i64,
    pub status: Option<i32>,
    pub answer: Option<String>,
    pub error: Option<String>,
}

/// A delivery, with what was sent and what was answered.
#[derive(Clone, Debug)]
pub struct Shown {
    /// As it is listed.
    pub about: Listed,
    /// What is sent.
    pub body: String,
    /// The latest first.
    pub tries: Vec<Try>,
}

/// The place of a delivery in the list, if there is such a one.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn cursor_of(pool: &PgPool, delivery: Uuid) -> sqlx::Result<Option<Cursor>> {
    let number = sqlx::query_scalar!("SELECT number FROM deliveries WHERE id = $1", delivery);
    Ok(number.fetch_optional(pool).await?.map(Cursor))
}

/// One page of deliveries, `limit` at most, in the order in which they were written.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn page(pool: &PgPool, filter: &Filter, after: Option<Cursor>, limit: i64) -> sqlx::Result<Vec<Listed>> {
    select(pool, filter, None, after, limit).await
}

/// One delivery.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn show(pool: &PgPool, id: Uuid) -> sqlx::Result<Option<Shown>> {
    let Some(about) = select(pool, &Filter::default(), Some(id), None, 1).await?.pop() else { return Ok(None) };
    let body = sqlx::query_scalar!("SELECT body FROM notices WHERE id = $1", about.notice);
    let Some(body) = body.fetch_optional(pool).await? else { return Ok(None) };
    let tries = sqlx::query_as!(
        Try,
        "SELECT at, duration_ms, status, answer, error FROM delivery_tries
         WHERE delivery_id = $1 ORDER BY at DESC LIMIT $2",
        id,
        TRIES_SHOWN
    );
    Ok(Some(Shown { about, body, tries: tries.fetch_all(pool).await? }))
}

async fn select(
    pool: &PgPool,
    filter: &Filter,
    id: Option<Uuid>,
    after: Option<Cursor>,
    limit: i64,
) -> sqlx::Result<Vec<Listed>> {
    let rows = sqlx::query!(
        r#"SELECT d.id, d.endpoint_id, d.notice_id, n.type AS "kind: Column<NoticeType>", d.subject,
                  d.state AS "state: Column<DeliveryState>", d.tries, n.at,
                  CASE WHEN d.state = 'waiting' THEN d.next_try_at END AS next_try_at, d.ended_at,
                  t.status AS "last_status?", t.error AS "last_error?"
           FROM deliveries d JOIN notices n ON n.id = d.notice_id JOIN endpoints e ON e.id = d.endpoint_id
           LEFT JOIN LATERAL (
             SELECT status, error FROM delivery_tries WHERE delivery_id = d.id ORDER BY at DESC LIMIT 1) t ON true
           WHERE ($1::uuid IS NULL OR d.endpoint_id = $1)
             AND ($2::text IS NULL OR d.state = $2)
             AND ($3::text IS NULL OR n.type = $3)
             AND ($4::uuid IS NULL OR d.subject = $4)
             AND ($5::uuid IS NULL OR d.id = $5)
             AND ($6::bigint IS NULL OR d.number < $6)
             AND ($8::uuid IS NULL OR d.event_id = $8)
           ORDER BY d.number DESC LIMIT $7"#,
        filter.endpoint,
        filter.state.map(DeliveryState::word),
        filter.kind.map(NoticeType::word),
        filter.subject,
        id,
        after.map(|place| place.0),
        limit,
        filter.sale
    )
    .fetch_all(pool)
    .await?;
    let listed = rows.into_iter().map(|row| Listed {
        id: row.id,
        endpoint: row.endpoint_id,
        notice: row.notice_id,
        kind: row.kind.0,
        subject: row.subject,
        state: row.state.0,
        tries: row.tries,
        at: row.at,
        next_try_at: row.next_try_at,
        ended_at: row.ended_at,
        last_status: row.last_status,
        last_error: row.last_error,
    });
    Ok(listed.collect())
}
