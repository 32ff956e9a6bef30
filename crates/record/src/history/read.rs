//! Reading it back.

use chrono::{DateTime, Utc};
use sale::ids::EventId;
use sqlx::PgPool;

use super::Point;

/// From when until when there is a history.
#[derive(Clone, Copy, Debug)]
pub struct Extent {
    /// The first point.
    pub from: DateTime<Utc>,
    /// The last one: the end of an interval that may still go on.
    pub until: DateTime<Utc>,
    /// Whether it begins before the first round. That of a sale which ran before histories were kept does not.
    pub is_whole: bool,
    /// The first interval after which no unit was left: its end, and its length in milliseconds at most.
    pub sold_out: Option<(DateTime<Utc>, i64)>,
}

/// From when until when there is a history of a sale; `None` where there is none.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn extent(pool: &PgPool, event: EventId) -> sqlx::Result<Option<Extent>> {
    let row = sqlx::query!(
        r#"SELECT first.at AS "from!", last.at AS "until!", first.seq = 0 AS "is_whole!", out.at AS "sold_out?",
                  (EXTRACT(EPOCH FROM out.at - (SELECT max(b.at) FROM sale_history b WHERE b.event_id = $1 AND b.at < out.at)) * 1000)::bigint
                    AS within_ms
           FROM (SELECT at, seq FROM sale_history WHERE event_id = $1 ORDER BY at LIMIT 1) AS first
           CROSS JOIN (SELECT at FROM sale_history WHERE event_id = $1 ORDER BY at DESC LIMIT 1) AS last
           LEFT JOIN (SELECT min(at) AS at FROM sale_history
                      WHERE event_id = $1 AND allocated_units > 0 AND held_units + sold_units >= allocated_units) AS out ON true"#,
        event.0
    );
    Ok(row.fetch_optional(pool).await?.map(|row| Extent {
        from: row.from,
        until: row.until,
        is_whole: row.is_whole,
        sold_out: row.sold_out.zip(row.within_ms),
    }))
}

/// What the line had come to, every `step_ms` from the one moment to the other. Nothing for moments before the first point.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn between(
    pool: &PgPool,
    event: EventId,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
    step_ms: i64,
) -> sqlx::Result<Vec<Point>> {
    // One look into the index for each, however much lies between.
    sqlx::query_as!(
        Point,
        r#"SELECT t.at AS "at!", p.seq AS "seq!", p.served AS "served!", p.reserved AS "reserved!", p.standby AS "standby!",
                  p.sold_out AS "sold_out!", p.refused AS "refused!", p.from_standby AS "from_standby!", p.expired AS "expired!",
                  p.cancelled AS "cancelled!", p.converted AS "converted!", p.granted_units AS "granted_units!",
                  p.allocated_units AS "allocated_units!", p.held_units AS "held_units!", p.sold_units AS "sold_units!",
                  p.waiting AS "waiting!", p.entered AS "entered!", p.sold_minor AS "sold_minor!"
           FROM generate_series($2::timestamptz, $3::timestamptz, $4::bigint * interval '1 millisecond') AS t(at)
           CROSS JOIN LATERAL (
             SELECT * FROM sale_history h WHERE h.event_id = $1 AND h.at <= t.at ORDER BY h.at DESC LIMIT 1) AS p
           ORDER BY t.at"#,
        event.0,
        from,
        until,
        step_ms
    )
    .fetch_all(pool)
    .await
}

/// The newest point, whose interval may still go on.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn newest(pool: &PgPool, event: EventId) -> sqlx::Result<Option<Point>> {
    sqlx::query_as!(
        Point,
        "SELECT at, seq, served, reserved, standby, sold_out, refused, from_standby, expired, cancelled, converted, granted_units,
                allocated_units, held_units, sold_units, waiting, entered, sold_minor
         FROM sale_history WHERE event_id = $1 ORDER BY at DESC LIMIT 1",
        event.0
    )
    .fetch_optional(pool)
    .await
}
