//! Recording a batch of entries in one transaction.

use std::collections::BTreeMap;

use record::{to_i64, to_u64};
use sale::ids::EventId;
use sale::report::{Entry, RoundReport};
use sale::wire;
use sqlx::types::Json;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::LedgerError;
use super::columns::Columns;
use super::rows::{Row, Rows};
use crate::meters;

/// Records entries, in their order. Returns how many rounds were new.
pub(super) async fn record(pool: &PgPool, entries: Vec<Entry>) -> Result<u64, LedgerError> {
    let mut by_event: BTreeMap<EventId, Vec<Entry>> = BTreeMap::new();
    for entry in entries {
        let event = match &entry {
            Entry::Round(report) => report.event,
            Entry::Barrier(barrier) => barrier.event,
        };
        by_event.entry(event).or_default().push(entry);
    }
    let mut transaction = pool.begin().await?;
    let mut recorded = 0;
    for (event, entries) in by_event {
        recorded += record_event(&mut transaction, event, entries).await?;
    }
    transaction.commit().await?;
    Ok(recorded)
}

async fn record_event(db: &mut PgConnection, event: EventId, entries: Vec<Entry>) -> Result<u64, LedgerError> {
    let line = sqlx::query!(
        "SELECT l.barrier_epoch, l.seq, e.checkout = 'direct_order' AS \"direct_order!\"
         FROM event_lines l JOIN sale_events e ON e.id = l.event_id WHERE l.event_id = $1 FOR UPDATE OF l",
        event.0
    )
    .fetch_optional(&mut *db)
    .await?;
    let Some(line) = line else {
        alarm("unknown_event", event, 0);
        return Ok(0);
    };
    let (mut barrier, mut seq) = (to_u64(line.barrier_epoch), to_u64(line.seq));
    let (mut rows, mut rounds) = (Rows::default(), Vec::new());
    for entry in entries {
        match entry {
            Entry::Barrier(announced) => barrier = barrier.max(announced.epoch),
            // From a writer that has been replaced: if the round counts, its successor announces it again.
            Entry::Round(report) if report.epoch < barrier => {
                meters::LATE_ROUNDS.one();
            }
            Entry::Round(report) if report.head.seq <= seq => {
                // A repeat. Within this batch it needs no look-up: the first one has just been taken.
                if rounds.iter().all(|known: &RoundReport| known.head.seq != report.head.seq) {
                    check_repeat(db, &report).await?;
                }
            }
            Entry::Round(report) if report.head.seq == seq + 1 => {
                seq += 1;
                rows.add(&report);
                rounds.push(report);
            }
            // A gap is never skipped: the dispenser keeps every round until it is recorded, sees that the
            // record has stopped, and announces all of them again, in order.
            Entry::Round(report) => alarm("gap", event, report.head.seq),
        }
    }
    let new_rounds = rounds.len() as u64;
    write_rounds(db, event, &rounds).await?;
    write_reservations(db, event, &rows).await?;
    if line.direct_order {
        write_orders(db, &rows).await?;
    }
    write_payments(db, &rows).await?;
    let head = rounds.last().map(|report| Json(&report.head));
    sqlx::query!(
        "UPDATE event_lines
         SET barrier_epoch = $2, seq = $3, head = COALESCE($4, head), updated_at = now() WHERE event_id = $1",
        event.0,
        to_i64(barrier),
        to_i64(seq),
        head as _
    )
    .execute(&mut *db)
    .await?;
    Ok(new_rounds)
}

/// A round that comes again must be the round that is recorded.
async fn check_repeat(db: &mut PgConnection, report: &RoundReport) -> Result<(), LedgerError> {
    let seq = to_i64(report.head.seq);
    let known = sqlx::query_scalar!("SELECT report FROM rounds WHERE event_id = $1 AND seq = $2", report.event.0, seq)
        .fetch_optional(&mut *db)
        .await?;
    let known = known.and_then(|bytes| wire::decode::<RoundReport>(&bytes).ok());
    if known.is_some_and(|known| known.outcomes != report.outcomes) {
        alarm("mismatch", report.event, report.head.seq);
    }
    Ok(())
}

/// Something that must not happen happened: for a person to look at.
fn alarm(kind: &'static str, event: EventId, seq: u64) {
    meters::ALARMS.one(kind);
    tracing::error!(kind, %event, seq, "ledger alarm");
}

async fn write_rounds(db: &mut PgConnection, event: EventId, rounds: &[RoundReport]) -> Result<(), LedgerError> {
    if rounds.is_empty() {
        return Ok(());
    }
    let seqs: Vec<i64> = rounds.iter().map(|report| to_i64(report.head.seq)).collect();
    let incarnations: Vec<i64> = rounds.iter().map(|report| to_i64(report.head.incarnation)).collect();
    let epochs: Vec<i64> = rounds.iter().map(|report| to_i64(report.epoch)).collect();
    let decided: Vec<_> = rounds.iter().map(|report| clock::to_utc(report.decided_at)).collect();
    let lines: Vec<i64> = rounds.iter().map(|report| to_i64(report.head.line.0)).collect();
    let reports: Vec<Vec<u8>> = rounds.iter().map(|report| wire::encode(report).unwrap_or_default()).collect();
    sqlx::query!(
        "INSERT INTO rounds (event_id, seq, incarnation, epoch, decided_at, line_ms, report)
         SELECT $1, * FROM UNNEST($2::bigint[], $3::bigint[], $4::bigint[], $5::timestamptz[], $6::bigint[], $7::bytea[])",
        event.0,
        &seqs,
        &incarnations,
        &epochs,
        &decided,
        &lines,
        &reports
    )
    .execute(db)
    .await?;
    Ok(())
}

async fn write_reservations(db: &mut PgConnection, event: EventId, rows: &Rows) -> Result<(), LedgerError> {
    if !rows.new.is_empty() {
        let new = Columns::of(rows.new.values());
        // Taking one JSON document apart was a third of the server's work.
        sqlx::query!(
            "INSERT INTO reservations
               (event_id, id, item_no, shopper_id, quantity, state, answer, grant_, total_minor, deadline,
                standby_number, payment_id, ended_why, answered_seq, granted_seq, changed_seq,
                answered_at, granted_at, ended_at, settled_at)
             SELECT $1, * FROM UNNEST
               ($2::uuid[], $3::int[], $4::uuid[], $5::int[], $6::text[], $7::jsonb[], $8::jsonb[], $9::bigint[],
                $10::timestamptz[], $11::bigint[], $12::uuid[], $13::jsonb[], $14::bigint[], $15::bigint[],
                $16::bigint[], $17::timestamptz[], $18::timestamptz[], $19::timestamptz[],
                $20::timestamptz[])
             ON CONFLICT (id) DO NOTHING",
            event.0,
            &new.id,
            &new.item_no,
            &new.shopper_id,
            &new.quantity,
            &new.state as _,
            &new.answer as _,
            &new.grant as _,
            &new.total_minor as _,
            &new.deadline as _,
            &new.standby_number as _,
            &new.payment_id as _,
            &new.ended_why as _,
            &new.answered_seq,
            &new.granted_seq as _,
            &new.changed_seq,
            &new.answered_at,
            &new.granted_at as _,
            &new.ended_at as _,
            &new.settled_at as _
        )
        .execute(&mut *db)
        .await?;
    }
    if !rows.changed.is_empty() {
        let changed: Vec<&Row> = rows.changed.values().collect();
        sqlx::query!(
            "UPDATE reservations r SET
               state = row.state,
               grant_ = COALESCE(row.grant_, r.grant_),
               total_minor = COALESCE(row.total_minor, r.total_minor),
               deadline = COALESCE(to_timestamp(row.deadline_ms / 1000.0), r.deadline),
               payment_id = COALESCE(row.payment_id, r.payment_id),
               ended_why = COALESCE(row.ended_why, r.ended_why),
               granted_seq = COALESCE(row.granted_seq, r.granted_seq),
               granted_at = COALESCE(to_timestamp(row.granted_ms / 1000.0), r.granted_at),
               ended_at = COALESCE(to_timestamp(row.ended_ms / 1000.0), r.ended_at),
               settled_at = COALESCE(to_timestamp(row.settled_ms / 1000.0), r.settled_at),
               changed_seq = row.changed_seq
             FROM jsonb_to_recordset($1) AS row
               (id uuid, state text, grant_ jsonb, total_minor bigint, deadline_ms bigint, payment_id uuid,
                ended_why jsonb, granted_seq bigint, changed_seq bigint, granted_ms bigint, ended_ms bigint,
                settled_ms bigint)
             WHERE r.id = row.id",
            Json(changed) as _
        )
        .execute(&mut *db)
        .await?;
    }
    Ok(())
}

/// Of the direct-order model, where an order exists from the grant on; in the other one only once it is paid.
async fn write_orders(db: &mut PgConnection, rows: &Rows) -> Result<(), LedgerError> {
    let all = || rows.new.values().chain(rows.changed.values());
    let granted: Vec<Uuid> = all().filter(|row| row.granted_seq.is_some()).map(|row| row.id).collect();
    let ended: Vec<Uuid> = all().filter(|row| matches!(row.state, "expired" | "cancelled")).map(|row| row.id).collect();
    if !granted.is_empty() {
        // In the order of time, like every order's id.
        let ids: Vec<Uuid> = granted.iter().map(|_| Uuid::now_v7()).collect();
        sqlx::query!(
            "INSERT INTO orders (id, number, event_id, reservation_id, shopper_id, sku, quantity, total_minor, currency, state)
             SELECT ($2::uuid[])[row_number() OVER (ORDER BY r.granted_seq, r.id)], 'FL-' || nextval('order_numbers'), r.event_id, r.id, r.shopper_id, i.sku,
                    r.quantity, r.total_minor, e.currency, 'pending'
             FROM reservations r
             JOIN sale_events e ON e.id = r.event_id
             JOIN sale_items i ON i.event_id = r.event_id AND i.item_no = r.item_no
             WHERE r.id = ANY($1) ORDER BY r.granted_seq, r.id
             ON CONFLICT (reservation_id) DO NOTHING",
            &granted,
            &ids
        )
        .execute(&mut *db)
        .await?;
    }
    if !ended.is_empty() {
        sqlx::query!(
            "UPDATE orders SET state = 'cancelled', updated_at = now()
             WHERE reservation_id = ANY($1) AND state = 'pending'",
            &ended
        )
        .execute(&mut *db)
        .await?;
    }
    Ok(())
}

async fn write_payments(db: &mut PgConnection, rows: &Rows) -> Result<(), LedgerError> {
    if !rows.accepted.is_empty() {
        sqlx::query!(
            "UPDATE payments SET state = 'capturing', tries = 0, next_try_at = now(), updated_at = now()
             WHERE id = ANY($1) AND state IN ('authorised', 'confirming')",
            &rows.accepted
        )
        .execute(&mut *db)
        .await?;
    }
    for (payment, why) in &rows.refused {
        sqlx::query!(
            "UPDATE payments SET state = 'voiding', failure = $2, tries = 0, next_try_at = now(), updated_at = now()
             WHERE id = $1 AND state IN ('authorised', 'confirming')",
            payment,
            *why
        )
        .execute(&mut *db)
        .await?;
    }
    if !rows.accepted.is_empty() || !rows.refused.is_empty() {
        sqlx::query!("SELECT pg_notify('payments', '')").execute(&mut *db).await?;
    }
    Ok(())
}
