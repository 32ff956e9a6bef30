//! Recording a batch of entries in one transaction.

use std::collections::BTreeMap;

use meter::Label;
use record::reservations::Changes;
use record::{PgConnection, PgPool, history, journal, notices, notifications, orders, payments, reservations, series};
use sale::ids::EventId;
use sale::report::{Entry, RoundReport};

use crate::meters::{self, Alarm};

/// Records entries, in their order. Returns how many rounds were new.
///
/// # Errors
/// When PostgreSQL does not answer, or a round cannot be written as it is. Then nothing of the batch is recorded, and it
/// must not be acked: a round that is missing from the record can never be made up for.
pub(super) async fn record(pool: &PgPool, entries: Vec<Entry>) -> record::Result<u64> {
    let mut transaction = pool.begin().await?;
    let mut recorded = 0;
    // In the order of the events' ids, so that two processes never wait for each other in a circle.
    for (event, entries) in by_event(entries) {
        recorded += record_event(&mut transaction, event, entries).await?;
    }
    transaction.commit().await?;
    Ok(recorded)
}

fn by_event(entries: Vec<Entry>) -> BTreeMap<EventId, Vec<Entry>> {
    let mut by_event: BTreeMap<EventId, Vec<Entry>> = BTreeMap::new();
    for entry in entries {
        let event = match &entry {
            Entry::Round(report) => report.event,
            Entry::Barrier(barrier) => barrier.event,
        };
        by_event.entry(event).or_default().push(entry);
    }
    by_event
}

async fn record_event(db: &mut PgConnection, event: EventId, entries: Vec<Entry>) -> record::Result<u64> {
    let Some(line) = journal::lock(db, event).await? else {
        alarm(Alarm::UnknownEvent, event, 0);
        return Ok(0);
    };
    let (mut barrier, mut seq) = (line.barrier_epoch, line.seq);
    let mut decided = line.decided;
    let (mut changes, mut rounds) = (Changes::default(), Vec::new());
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
            Entry::Round(mut report) if report.head.seq == seq + 1 => {
                seq += 1;
                decided.put_right(&mut report);
                changes.add(&report)?;
                rounds.push(report);
            }
            // A gap is never skipped: the dispenser keeps every round until it is recorded, sees that the
            // record has stopped, and announces all of them again, in order.
            Entry::Round(report) => alarm(Alarm::Gap, event, report.head.seq),
        }
    }
    journal::append(db, event, &rounds).await?;
    reservations::write(db, event, &changes).await?;
    if line.in_series {
        let outcomes = rounds.iter().flat_map(|report| sale::series::ended(&report.outcomes));
        series::end(db, &outcomes.collect::<Vec<_>>()).await?;
    }
    if line.direct_order {
        orders::granted(db, &changes.granted()).await?;
        orders::cancelled(db, &changes.lost()).await?;
    }
    payments::lost(db, &changes.lost()).await?;
    payments::accepted(db, changes.accepted()).await?;
    payments::refused(db, changes.refused()).await?;
    notices::of_rounds(db, &line.wanted, &rounds).await?;
    notifications::of_rounds(db, event, line.is_followed, &rounds).await?;
    let sold_out = notices::sold_out(db, &line.wanted, line.sold_out, &rounds).await?;
    let granted = history::write(db, event, &line, &rounds).await?;
    history::keep_sold_out(db, event, &line, &rounds).await?;
    journal::advance(db, event, barrier, seq, rounds.last(), sold_out, granted).await?;
    Ok(rounds.len() as u64)
}

/// A round that comes again must be the round that is recorded.
async fn check_repeat(db: &mut PgConnection, report: &RoundReport) -> record::Result<()> {
    let (event, seq) = (report.event, report.head.seq);
    match journal::round(db, event, seq).await {
        // The journal of a sale that is cleared away is gone.
        Ok(None) => {}
        Ok(Some(known)) if known.outcomes == report.outcomes => {}
        Ok(Some(_)) => alarm(Alarm::Mismatch, event, seq),
        // Whether it is the same cannot be told: that is for a person too. It must not hold the rounds after it up.
        Err(error @ record::Error::Decode(_)) => {
            tracing::error!(%error, %event, seq, "a round that is recorded cannot be read");
            alarm(Alarm::Mismatch, event, seq);
        }
        Err(error) => return Err(error),
    }
    Ok(())
}

/// Something that must not happen happened: for a person to look at.
fn alarm(kind: Alarm, event: EventId, seq: u64) {
    meters::ALARMS.one(kind);
    tracing::error!(kind = kind.word(), %event, seq, "ledger alarm");
}
