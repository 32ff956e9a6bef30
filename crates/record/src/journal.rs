//! The journal: every round of every event's line, in order, and how far it is recorded. One part of recording a round:
//! the order-worker's ledger (`ledger/batch.rs`) does all of it in one transaction.

use chrono::{DateTime, Utc};
use sale::ids::EventId;
use sale::record::Head;
use sale::report::RoundReport;
use sqlx::PgConnection;
use sqlx::types::Json;

use crate::columns::columns;
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
    /// Whether that round left the sale sold out.
    pub sold_out: bool,
    /// What any shop's endpoint wants to be told.
    pub wanted: Wanted,
}

/// Locks an event's line until the transaction ends: one process at a time adds to its journal.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn lock(db: &mut PgConnection, event: EventId) -> sqlx::Result<Option<LockedLine>> {
    let row = sqlx::query!(
        "SELECT l.barrier_epoch, l.seq, e.checkout = 'direct_order' AS \"direct_order!\", l.sold_out,
                ARRAY(SELECT DISTINCT unnest(types) FROM endpoints) AS \"wanted!\"
         FROM event_lines l JOIN sale_events e ON e.id = l.event_id WHERE l.event_id = $1 FOR UPDATE OF l",
        event.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| LockedLine {
        barrier_epoch: to_u64(row.barrier_epoch),
        seq: to_u64(row.seq),
        direct_order: row.direct_order,
        sold_out: row.sold_out,
        wanted: Wanted::of_words(&row.wanted),
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

/// Notes how far the journal has come, and whether that left the sale sold out. Without a head, the one before stays.
///
/// # Errors
/// When PostgreSQL does not answer.
pub async fn advance(
    db: &mut PgConnection,
    event: EventId,
    barrier_epoch: u64,
    seq: u64,
    head: Option<&Head>,
    sold_out: bool,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE event_lines
         SET barrier_epoch = $2, seq = $3, head = COALESCE($4, head), sold_out = $5, updated_at = now()
         WHERE event_id = $1",
        event.0,
        to_i64(barrier_epoch),
        to_i64(seq),
        head.map(Json) as _,
        sold_out
    )
    .execute(db)
    .await?;
    Ok(())
}
