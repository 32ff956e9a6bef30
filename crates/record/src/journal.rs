//! The journal: every round of every event's line, in order, and how far it is recorded. One part of recording a round:
//! the order-worker's ledger (`ledger/batch.rs`) does all of it in one transaction.

use chrono::{DateTime, Utc};
use sale::ids::EventId;
use sale::report::RoundReport;
use sqlx::PgConnection;
use sqlx::types::Json;

use crate::columns::columns;
use crate::decided::Decided;
use crate::granted::Granted;
use crate::notices::Wanted;
use crate::{message, to_i64, to_u64};

/// How far an event's journal has come.
#[derive(Clone, Debug)]
pub struct LockedLine {
    /// The greatest epoch whose barrier is recorded: rounds of lower epochs are refused.
    pub barrier_epoch: u64,
    /// The last round recorded; zero before the first.
    pub seq: u64,
    /// Whether orders of this event exist from the grant on.
    pub direct_order: bool,
    /// Whether it belongs to a series, in which its attempts may have claims.
    pub in_series: bool,
    /// Whether that round left the sale sold out.
    pub sold_out: bool,
    /// What any shop's endpoint wants to be told.
    pub wanted: Wanted,
    /// Whether any shopper wants to be told of the event while their page is closed.
    pub is_followed: bool,
    /// When it opens.
    pub opens_at: DateTime<Utc>,
    /// Units that it has granted since its beginning.
    pub granted: Granted,
    /// What is known to have had nothing left, by the number of the item: see [`crate::history::keep_sold_out`].
    pub sold_out_items: Vec<i32>,
    /// Between which times its next round was decided.
    pub decided: Decided,
    /// How far its history has come.
    pub history_until: Option<DateTime<Utc>>,
}

/// Locks an event's line until the transaction ends: one process at a time adds to its journal.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn lock(db: &mut PgConnection, event: EventId) -> sqlx::Result<Option<LockedLine>> {
    let row = sqlx::query!(
        "SELECT l.barrier_epoch, l.seq, e.checkout = 'direct_order' AS \"direct_order!\", l.sold_out,
                e.series_id IS NOT NULL AS \"in_series!\",
                ARRAY(SELECT DISTINCT unnest(types) FROM endpoints) AS \"wanted!\",
                EXISTS (SELECT FROM notification_subscriptions s WHERE s.event_id = $1) AS \"is_followed!\",
                ARRAY(SELECT m.item_no FROM sold_out_moments m WHERE m.event_id = $1) AS \"sold_out_items!\",
                l.decided_until, clock_timestamp() AS \"now!\", e.opens_at, l.granted_units,
                (SELECT max(h.at) FROM sale_history h WHERE h.event_id = $1) AS history_until
         FROM event_lines l JOIN sale_events e ON e.id = l.event_id WHERE l.event_id = $1 FOR UPDATE OF l",
        event.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| LockedLine {
        barrier_epoch: to_u64(row.barrier_epoch),
        seq: to_u64(row.seq),
        direct_order: row.direct_order,
        in_series: row.in_series,
        sold_out: row.sold_out,
        wanted: Wanted::of_words(&row.wanted),
        is_followed: row.is_followed,
        opens_at: row.opens_at,
        granted: Granted(to_u64(row.granted_units)),
        sold_out_items: row.sold_out_items,
        decided: Decided::after(row.decided_until, row.now),
        history_until: row.history_until,
    }))
}

columns! {
    /// Rounds by column.
    struct Rounds<'r> of round: RoundReport {
        seq: i64 = to_i64(round.head.seq),
        incarnation: i64 = to_i64(round.head.incarnation),
        epoch: i64 = to_i64(round.epoch),
        decided_at: DateTime<Utc> = clock::to_utc(round.decided_at),
        line_ms: i64 = to_i64(round.head.line.0),
        report: Vec<u8> = message::encode(round)?,
    }
}

/// Adds rounds to the journal of an event.
///
/// # Errors
/// When PostgreSQL refuses (a number is taken), or a round cannot be encoded. Then the transaction is to be given up:
/// an inventory that is lost is rebuilt from these bytes, so none may be missing or empty.
pub async fn append(db: &mut PgConnection, event: EventId, rounds: &[RoundReport]) -> sqlx::Result<()> {
    if rounds.is_empty() {
        return Ok(());
    }
    let rounds = Rounds::of(rounds)?;
    sqlx::query!(
        "INSERT INTO rounds (event_id, seq, incarnation, epoch, decided_at, line_ms, report)
         SELECT $1, * FROM UNNEST($2::bigint[], $3::bigint[], $4::bigint[], $5::timestamptz[], $6::bigint[], $7::bytea[])",
        event.0,
        &rounds.seq,
        &rounds.incarnation,
        &rounds.epoch,
        &rounds.decided_at,
        &rounds.line_ms,
        &rounds.report
    )
    .execute(db)
    .await?;
    Ok(())
}

/// A round as it was recorded; nothing when the journal no longer has it.
///
/// # Errors
/// When PostgreSQL does not answer; and with [`sqlx::Error::Decode`] when this version cannot read what is stored.
pub async fn round(db: &mut PgConnection, event: EventId, seq: u64) -> sqlx::Result<Option<RoundReport>> {
    let report =
        sqlx::query_scalar!("SELECT report FROM rounds WHERE event_id = $1 AND seq = $2", event.0, to_i64(seq))
            .fetch_optional(db)
            .await?;
    report.map(|bytes| message::decode(&bytes)).transpose()
}

/// Notes how far the journal has come, with the last round that is new, if any is; whether that left the sale sold out, and what it has
/// granted.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn advance(
    db: &mut PgConnection,
    event: EventId,
    barrier_epoch: u64,
    seq: u64,
    last: Option<&RoundReport>,
    sold_out: bool,
    granted: Granted,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE event_lines
         SET barrier_epoch = $2, seq = $3, head = COALESCE($4, head), sold_out = $5, granted_units = $6,
             decided_until = COALESCE($7, decided_until), updated_at = now(),
             moments_seq = CASE WHEN moments_seq = seq THEN $3 ELSE moments_seq END
         WHERE event_id = $1",
        event.0,
        to_i64(barrier_epoch),
        to_i64(seq),
        last.map(|round| Json(&round.head)) as _,
        sold_out,
        to_i64(granted.0),
        last.map(|round| clock::to_utc(round.decided_at))
    )
    .execute(db)
    .await?;
    Ok(())
}
