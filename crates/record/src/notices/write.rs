//! Notices into their tables, each with a delivery for every endpoint that wants it.

use chrono::{DateTime, Utc};
use sale::notice::NoticeType;
use sqlx::PgConnection;
use uuid::Uuid;

use super::body;
use crate::columns::columns;

/// A notice to be written.
#[derive(Debug)]
pub(super) struct New {
    pub(super) kind: NoticeType,
    pub(super) sale: Uuid,
    /// The reservation or the sale.
    pub(super) subject: Uuid,
    /// What tells it from others of this type about this subject.
    pub(super) occurrence: String,
    pub(super) at: DateTime<Utc>,
    pub(super) body: String,
}

columns! {
    /// Notices by column.
    struct Columns<'n> of notice: New {
        // In the order of the notices: these ids grow with time.
        id: Uuid = Uuid::now_v7(),
        kind: &'static str = notice.kind.word(),
        sale: Uuid = notice.sale,
        subject: Uuid = notice.subject,
        occurrence: &'n str = &notice.occurrence,
        at: DateTime<Utc> = notice.at,
        body: &'n str = &notice.body,
    }
}

/// Writes notices, in their order. One that is there already is not written again.
///
/// # Errors
/// When PostgreSQL refuses. Then the transaction is to be given up: what causes a notice must not be recorded without it.
pub(super) async fn write(db: &mut PgConnection, notices: &[New]) -> sqlx::Result<()> {
    if notices.is_empty() {
        return Ok(());
    }
    let columns = Columns::of(notices)?;
    sqlx::query!(
        "WITH written AS (
           INSERT INTO notices (id, type, subject, occurrence, at, body)
           SELECT * FROM UNNEST($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::timestamptz[], $6::text[])
           ON CONFLICT (subject, type, occurrence) DO NOTHING RETURNING id, type, subject)
         INSERT INTO deliveries (endpoint_id, notice_id, subject, event_id)
         SELECT e.id, w.id, w.subject, s.event_id FROM written w
         JOIN UNNEST($1::uuid[], $7::uuid[]) AS s (id, event_id) ON s.id = w.id
         JOIN endpoints e ON w.type = ANY(e.types) ORDER BY w.id",
        &columns.id,
        &columns.kind as _,
        &columns.subject,
        &columns.occurrence as _,
        &columns.at,
        &columns.body as _,
        &columns.sale
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Writes a notice of nothing, for one endpoint alone. Returns its delivery.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn test(db: &mut PgConnection, endpoint: Uuid, at: DateTime<Utc>) -> sqlx::Result<Uuid> {
    let id = Uuid::now_v7();
    sqlx::query_scalar!(
        "WITH written AS (
           INSERT INTO notices (id, type, subject, occurrence, at, body) VALUES ($1, $2, $3, $6, $4, $5)
           RETURNING id)
         INSERT INTO deliveries (endpoint_id, notice_id, subject) SELECT $3, id, $3 FROM written RETURNING id",
        id,
        NoticeType::EndpointTest.word(),
        endpoint,
        at,
        body::written(NoticeType::EndpointTest, at, body::Endpoint { endpoint_id: endpoint })?,
        id.to_string()
    )
    .fetch_one(db)
    .await
}
