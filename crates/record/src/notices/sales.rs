//! Notices of sales: of what organisers do, of what the line has come to, and of what follows from the clock alone.

use chrono::{DateTime, Utc};
use sale::ids::EventId;
use sale::notice::NoticeType;
use sale::report::RoundReport;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::write::{New, write};
use super::{Wanted, body, is_wanted};
use crate::word_column::Column;

/// Moments looked for in one go at most.
const MOMENTS_MAX: i64 = 50;
/// How long after its moment an opening or an end is still told, in hours: longer than no order-worker ran, it is no news.
const TOLD_WITHIN_HOURS: i32 = 24;
/// For so many seconds an opening or an end is news to an endpoint that begins to want it: somebody may be about to look.
const NEWS_FOR_S: f64 = 10.0;

/// What an organiser did to a sale.
#[derive(Clone, Copy, Debug)]
pub struct Done<'d> {
    /// What it is told as.
    pub kind: NoticeType,
    /// When.
    pub at: DateTime<Utc>,
    /// Why, where that was asked for.
    pub reason: Option<&'d str>,
}

/// Writes what an organiser did to a sale, in the transaction that does it, and before it what the clock has done to the
/// sale meanwhile; `version` is the sale's since then.
///
/// # Errors
/// When PostgreSQL refuses. Then the transaction is to be given up.
pub async fn tell(db: &mut PgConnection, event: EventId, version: i64, done: Done<'_>) -> sqlx::Result<()> {
    put_moments(db, event).await?;
    if is_wanted(db, done.kind).await? {
        put(db, done.kind, event, done.at, version, done.reason).await
    } else {
        Ok(())
    }
}

async fn put(
    db: &mut PgConnection,
    kind: NoticeType,
    event: EventId,
    at: DateTime<Utc>,
    occurrence: impl ToString,
    reason: Option<&str>,
) -> sqlx::Result<()> {
    let sale = sqlx::query!("SELECT name, opens_at, closes_at FROM sale_events WHERE id = $1", event.0);
    let sale = sale.fetch_one(&mut *db).await?;
    let data = body::WholeSale {
        sale: body::Sale { id: event.0, name: &sale.name },
        opens_at: sale.opens_at,
        closes_at: sale.closes_at,
        reason,
    };
    let body = body::written(kind, at, data)?;
    write(db, &[New { kind, sale: event.0, subject: event.0, occurrence: occurrence.to_string(), at, body }]).await
}

/// Writes each time that rounds leave a sale sold out which was not before. Returns whether the last one does.
///
/// # Errors
/// When PostgreSQL refuses. Then the transaction is to be given up.
pub async fn sold_out(
    db: &mut PgConnection,
    wanted: &Wanted,
    mut was: bool,
    rounds: &[RoundReport],
) -> sqlx::Result<bool> {
    for round in rounds {
        let is = round.head.is_sold_out();
        if is && !was && wanted.has(NoticeType::SaleSoldOut) {
            put_moments(db, round.event).await?;
            let at = clock::to_utc(round.decided_at);
            put(db, NoticeType::SaleSoldOut, round.event, at, round.head.seq, None).await?;
        }
        was = is;
    }
    Ok(was)
}

/// Writes of each sale that opened or ended by the database's clock, and was not told. Harmless to call anywhere, any
/// number of times. Returns how many there were.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn opened_and_ended(pool: &PgPool) -> sqlx::Result<usize> {
    let mut connection = pool.acquire().await?;
    let found = moments(&mut connection, None).await?;
    drop(connection);
    for (event, ..) in &found {
        let mut transaction = pool.begin().await?;
        // Whoever pauses, resumes or stops it locks it too: looked at again, it is as they left it.
        let locked = sqlx::query!("SELECT FROM sale_events WHERE id = $1 FOR NO KEY UPDATE", event.0);
        locked.execute(&mut *transaction).await?;
        put_moments(&mut transaction, *event).await?;
        transaction.commit().await?;
    }
    Ok(found.len())
}

/// Writes what the clock has done to a sale and nobody was told: whatever is told of it next comes after that.
async fn put_moments(db: &mut PgConnection, event: EventId) -> sqlx::Result<()> {
    for (event, kind, at) in moments(db, Some(event)).await? {
        put(db, kind, event, at, at.timestamp_millis(), None).await?;
    }
    Ok(())
}

/// Openings and ends that are to be told and were not, the earliest first; of one event, if so asked.
///
/// A pause over the opening puts it off to the resumption, and one over the end holds that: then `closes_at` itself moves.
async fn moments(
    db: &mut PgConnection,
    event: Option<EventId>,
) -> sqlx::Result<Vec<(EventId, NoticeType, DateTime<Utc>)>> {
    let rows = sqlx::query!(
        r#"SELECT m.id AS "id!: Uuid", m.type AS "kind!: Column<NoticeType>", m.at AS "at!"
           FROM (
             SELECT e.id, 'sale.opened' AS type, e.stopped_at,
                    greatest(e.scheduled_at, e.opens_at,
                             (SELECT max(p.resumed_at) FROM event_pauses p
                              WHERE p.event_id = e.id AND p.paused_at <= e.opens_at AND p.resumed_at > e.opens_at)) AS at
             FROM sale_events e
             WHERE e.scheduled AND e.closes_at > now() - make_interval(hours => $2)
               AND greatest(e.scheduled_at, e.opens_at) < e.closes_at
               AND NOT EXISTS (SELECT FROM event_pauses p
                               WHERE p.event_id = e.id AND p.resumed_at IS NULL AND p.paused_at <= e.opens_at)
             UNION ALL
             SELECT e.id, 'sale.ended', e.stopped_at, e.closes_at
             FROM sale_events e
             WHERE e.scheduled AND e.closes_at > now() - make_interval(hours => $2)
               AND NOT EXISTS (SELECT FROM event_pauses p WHERE p.event_id = e.id AND p.resumed_at IS NULL)
           ) m
           WHERE EXISTS (SELECT FROM endpoints WHERE types && ARRAY['sale.opened', 'sale.ended'])
             AND ($1::uuid IS NULL OR m.id = $1)
             AND m.at <= clock_timestamp() AND m.at > clock_timestamp() - make_interval(hours => $2)
             AND (m.stopped_at IS NULL OR m.stopped_at > m.at)
             AND EXISTS (SELECT FROM endpoints w
                         WHERE m.type = ANY(w.types) AND w.wants_since <= m.at + make_interval(secs => $4))
             AND NOT EXISTS (SELECT FROM notices n WHERE n.subject = m.id AND n.type = m.type AND n.at = m.at)
           ORDER BY m.at, m.type DESC LIMIT $3"#,
        event.map(|event| event.0),
        TOLD_WITHIN_HOURS,
        MOMENTS_MAX,
        NEWS_FOR_S
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (EventId(row.id), row.kind.0, row.at)).collect())
}
