//! Adding what new rounds say.

use chrono::{DateTime, TimeDelta, Utc};
use sale::ids::EventId;
use sale::record::Head;
use sale::report::RoundReport;
use sqlx::PgConnection;

use super::{Point, interval};
use crate::columns::columns;
use crate::granted::Granted;
use crate::journal::LockedLine;
use crate::to_i64;

/// How long before the end of the first interval a history begins, with nothing in it: as long as the shortest one is.
const BEFORE: TimeDelta = TimeDelta::seconds(1);

columns! {
    /// Points by column.
    struct Points<'p> of point: Point {
        at: DateTime<Utc> = point.at,
        seq: i64 = point.seq,
        served: i64 = point.served,
        reserved: i64 = point.reserved,
        standby: i64 = point.standby,
        sold_out: i64 = point.sold_out,
        refused: i64 = point.refused,
        from_standby: i64 = point.from_standby,
        expired: i64 = point.expired,
        cancelled: i64 = point.cancelled,
        converted: i64 = point.converted,
        granted_units: i64 = point.granted_units,
        allocated_units: i64 = point.allocated_units,
        held_units: i64 = point.held_units,
        sold_units: i64 = point.sold_units,
        waiting: i64 = point.waiting,
        entered: i64 = point.entered,
        sold_minor: i64 = point.sold_minor,
    }
}

/// Adds what rounds left, which are new to the record of this line. Returns how many units it has granted since its beginning.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn write(
    db: &mut PgConnection,
    event: EventId,
    line: &LockedLine,
    rounds: &[RoundReport],
) -> sqlx::Result<Granted> {
    let (points, granted) = points(line, rounds);
    if !points.is_empty() {
        put(db, event, &Points::of(&points)?).await?;
    }
    Ok(granted)
}

/// The last round of each interval. The first of all points is one with nothing in it.
fn points(line: &LockedLine, rounds: &[RoundReport]) -> (Vec<Point>, Granted) {
    let (mut points, mut granted) = (Vec::<Point>::new(), line.granted);
    for report in rounds {
        granted = granted.and(report);
        let ends_at = interval::end(clock::to_utc(report.decided_at), line.opens_at);
        if line.seq == 0 && points.is_empty() {
            points.push(beginning(report, ends_at));
        }
        // Clocks of two writers may differ a little; what comes later in the line is never shown before.
        let at = ends_at.max(points.last().map(|point| point.at).or(line.history_until).unwrap_or(ends_at));
        let point = Point { at, ..left_by(&report.head, granted) };
        match points.last_mut() {
            Some(last) if last.at == at => *last = point,
            _ => points.push(point),
        }
    }
    (points, granted)
}

/// Before the first round.
fn beginning(report: &RoundReport, ends_at: DateTime<Utc>) -> Point {
    let at = ends_at - BEFORE;
    let allocated_units = report.head.items.iter().map(|item| i64::from(item.allocated)).sum();
    Point { at, allocated_units, ..Point::default() }
}

fn left_by(head: &Head, granted: Granted) -> Point {
    let (tally, units) = (&head.tally, |of: fn(&sale::record::ItemCounts) -> u32| {
        head.items.iter().map(|item| i64::from(of(item))).sum::<i64>()
    });
    let behind: i64 = head.behind.iter().map(|behind| i64::from(behind.waiting)).sum();
    Point {
        at: DateTime::default(),
        seq: to_i64(head.seq),
        served: to_i64(tally.served),
        reserved: to_i64(tally.reserved),
        standby: to_i64(tally.standby),
        sold_out: to_i64(tally.sold_out),
        refused: to_i64(tally.refused),
        from_standby: to_i64(tally.granted_from_standby),
        expired: to_i64(tally.expired),
        cancelled: to_i64(tally.cancelled),
        converted: to_i64(tally.converted),
        granted_units: to_i64(granted.0),
        allocated_units: units(|item| item.allocated),
        held_units: units(|item| item.held),
        sold_units: units(|item| item.sold),
        waiting: units(|item| item.standby_len) + behind,
        entered: i64::from(head.lobby.entered),
        sold_minor: head.items.iter().map(|item| item.revenue_minor).sum(),
    }
}

async fn put(db: &mut PgConnection, event: EventId, points: &Points<'_>) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO sale_history
           (event_id, at, seq, served, reserved, standby, sold_out, refused, from_standby, expired, cancelled, converted,
            granted_units, allocated_units, held_units, sold_units, waiting, entered, sold_minor)
         SELECT $1, * FROM UNNEST
           ($2::timestamptz[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[],
            $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[], $14::bigint[], $15::bigint[], $16::bigint[],
            $17::bigint[], $18::bigint[], $19::bigint[])
         ON CONFLICT (event_id, at) DO UPDATE SET
           (seq, served, reserved, standby, sold_out, refused, from_standby, expired, cancelled, converted,
            granted_units, allocated_units, held_units, sold_units, waiting, entered, sold_minor) =
           (EXCLUDED.seq, EXCLUDED.served, EXCLUDED.reserved, EXCLUDED.standby, EXCLUDED.sold_out, EXCLUDED.refused,
            EXCLUDED.from_standby, EXCLUDED.expired, EXCLUDED.cancelled, EXCLUDED.converted, EXCLUDED.granted_units,
            EXCLUDED.allocated_units, EXCLUDED.held_units, EXCLUDED.sold_units, EXCLUDED.waiting, EXCLUDED.entered,
            EXCLUDED.sold_minor)",
        event.0,
        &points.at,
        &points.seq,
        &points.served,
        &points.reserved,
        &points.standby,
        &points.sold_out,
        &points.refused,
        &points.from_standby,
        &points.expired,
        &points.cancelled,
        &points.converted,
        &points.granted_units,
        &points.allocated_units,
        &points.held_units,
        &points.sold_units,
        &points.waiting,
        &points.entered,
        &points.sold_minor
    )
    .execute(db)
    .await?;
    Ok(())
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
