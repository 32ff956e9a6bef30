//! The time during which this process is an event's writer: gather, read, decide, commit, announce, ack.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use broker::{Delivery, Subscription};
use catalogue::Sale;
use meter::OfEvent;
use record::to_u64;
use sale::ids::EventId;
use sale::record::Head;
use sale::report::{Entry, Progress, Repeats, RoundReport};
use sale::rules::SaleRules;
use sale::time::UnixMs;
use sale::{Decision, decide, wire};
use sqlx::PgPool;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use trace::Carried;

use crate::Context;
use crate::announcer::{Announcement, Announcer, Receipt, encode_some};
use crate::batch::{Batch, COMMAND_BYTES, unpack};
use crate::line::LineError;
use crate::looks::{Outranked, Standstill};
use crate::meters::{self, Tally};
use crate::settle::Settling;
use crate::takeover::Claimed;
use crate::traced::TracedRound;
use crate::waits::Waits;
use inventory::{Inventory, Wanted};

/// Between two progress messages while the line moves.
const PROGRESS_EVERY: Duration = Duration::from_millis(200);
/// How often to look how far the record has come, and whether another process should serve this line.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long a process that leaves waits for the last confirms.
const LEAVE_TIMEOUT: Duration = Duration::from_secs(5);
/// Rounds kept in the outbox at most while the record is away; older ones are safe with the broker.
const OUTBOX_MAX: u64 = 10_000;
/// Rounds forgotten in one commit at most.
const FORGET_MAX: u64 = 500;

/// Why a tenure ended in good order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// The process shuts down, or the event is no longer its share.
    Told,
    /// The organiser paused the sale.
    Paused,
    /// Another process is first in rank for this event.
    HandedOver,
}

/// How far the record has come.
struct Recorded {
    /// Through this round, as last read.
    seq: AtomicU64,
    /// How often it was read.
    reads: AtomicU64,
}

pub(crate) struct Tenure {
    context: Context,
    event: EventId,
    sale: Option<Arc<Sale>>,
    subscription: Subscription,
    announcer: Announcer,
    waits: Waits,
    inventory: Inventory,
    head: Head,
    /// Announced and confirmed through this round.
    confirmed_seq: u64,
    /// The oldest round still in the outbox.
    kept_from: u64,
    recorded: Arc<Recorded>,
    _recorded_watch: AbortOnDropHandle<()>,
    /// Run another round at once: more to expire, or standby to be served.
    unfinished: bool,
    progress_due: Option<Instant>,
    settling: Settling,
    shown: Shown,
}

impl Tenure {
    pub(crate) fn new(context: Context, event: EventId, subscription: Subscription, claimed: Claimed) -> Self {
        let recorded = Arc::new(Recorded { seq: AtomicU64::new(claimed.recorded_seq), reads: AtomicU64::new(0) });
        let watch = watch_recorded(context.pool.clone(), event, Arc::clone(&recorded));
        Self {
            event,
            sale: context.catalogue.get(event),
            subscription,
            announcer: claimed.announcer,
            waits: Waits::default(),
            inventory: claimed.inventory,
            confirmed_seq: claimed.head.seq,
            head: claimed.head,
            kept_from: claimed.recorded_seq + 1,
            recorded,
            _recorded_watch: AbortOnDropHandle::new(tokio::spawn(watch)),
            // A predecessor may have died with work in hand.
            unfinished: true,
            progress_due: None,
            settling: Settling::default(),
            shown: Shown::of(event),
            context,
        }
    }

    /// Serves the line until there is a reason to stop. On an error the deliveries in hand go back.
    pub(crate) async fn serve(mut self, first: Delivery, leave: &CancellationToken) -> Result<Ended, LineError> {
        let mut looks = interval(LOOK_EVERY);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut outranked = Outranked::default();
        let mut stands = Standstill::default();
        self.round(vec![first]).await?;
        let why = loop {
            while let Some(receipt) = self.announcer.confirmed_by_now() {
                self.settle(receipt).await?;
            }
            if leave.is_cancelled() {
                break Ended::Told;
            }
            let progress_due = self.progress_due;
            let progress = async {
                match progress_due {
                    Some(at) => sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                () = std::future::ready(()), if self.unfinished => self.round(Vec::new()).await?,
                receipt = self.announcer.confirmed() => self.settle(receipt?).await?,
                () = self.context.catalogue.changed() => {
                    self.sale = self.context.catalogue.get(self.event).or(self.sale.take());
                    if self.rules().is_some_and(|rules| rules.stopped_at.is_none() && rules.pauses.is_paused()) {
                        break Ended::Paused;
                    }
                    self.unfinished = self.rules().is_some_and(|rules| self.head.is_behind(rules));
                }
                _ = looks.tick() => {
                    self.shown.rounds(self.head.seq, self.confirmed_seq, self.recorded.seq.load(Ordering::Relaxed));
                    let (recorded, reads) =
                        (self.recorded.seq.load(Ordering::Relaxed), self.recorded.reads.load(Ordering::Relaxed));
                    if outranked.long_enough(self.context.roster.my_rank(self.event.0.as_bytes()), reads) {
                        break Ended::HandedOver;
                    }
                    // Units that are put back open a settled sale again.
                    if let Some(sale) = self.sale.as_ref().filter(|sale| !sale.settled) {
                        self.settling.look(&self.context.pool, &sale.rules, &self.head, recorded, clock::now()).await;
                    }
                    if stands.too_long(recorded, reads, self.confirmed_seq) {
                        self.announce_again(recorded).await?;
                    }
                }
                () = progress => self.announce_progress().await?,
                delivery = self.subscription.next() => {
                    let deliveries = self.gather(delivery?)?;
                    self.round(deliveries).await?;
                }
                () = leave.cancelled() => break Ended::Told,
            }
        };
        self.leave().await?;
        Ok(why)
    }

    /// Takes whatever else is ready, up to a bound; does not wait for more.
    fn gather(&mut self, first: Delivery) -> Result<Vec<Delivery>, LineError> {
        // A message holds a command at least, so this many messages are enough for a round; how many
        // commands they hold is known once they are decoded.
        let mut bytes_left = self.context.settings.round_commands as usize * COMMAND_BYTES;
        let mut deliveries = vec![first];
        while let Some(left) = bytes_left.checked_sub(deliveries.last().map_or(0, |last| last.body.len()))
            && let Some(delivery) = self.subscription.next_ready()?
        {
            bytes_left = left;
            deliveries.push(delivery);
        }
        Ok(deliveries)
    }

    async fn round(&mut self, deliveries: Vec<Delivery>) -> Result<(), LineError> {
        let Some(sale) = self.sale.clone() else { return Err(LineError::NoSale) };
        let started = Instant::now();
        let now = clock::now();
        let delivery = deliveries.last().map(|delivery| delivery.tag);
        let Batch { commands, times, parked, doors, entered, traces } = unpack(deliveries);
        let mut traced = TracedRound::begin(self.event, &commands, &traces);

        let oldest = times.iter().copied().min();
        let latest = times.iter().copied().max().unwrap_or(UnixMs(0)).min(now);
        let wanted = Wanted {
            head: &self.head,
            commands: &commands,
            line: self.head.line.max(sale.rules.pauses.line_time(latest)),
            standby: self.unfinished || self.head.is_behind(&sale.rules),
        };
        let found = traced.redis("read", self.inventory.read(wanted)).await?;
        meters::ROUND_STEPS.took("read", started.elapsed());
        let Decision { outcomes, repeats, writes, line, standby_starved } =
            traced.step("decide", || decide(&sale.rules, found.read, times.into_iter().zip(&commands), now));
        self.unfinished = standby_starved || found.more_due;

        meters::ROUND_COMMANDS.record(commands.len() as f64);
        let mut announcement = Announcement { parked, ..Default::default() };
        announcement.receipt.delivery = delivery;
        let mut answered = Carried::default();
        if let Some(mut writes) = writes {
            let mut head = std::mem::take(&mut writes.head);
            doors.iter().for_each(|(door, attempts)| head.note_door(*door, *attempts));
            let tally = Tally::of(&outcomes);
            let report = RoundReport { event: self.event, epoch: self.head.epoch, decided_at: now, outcomes, head };
            let forget = self.forgettable();
            let decided = Instant::now();
            traced.redis("commit", self.inventory.commit(&self.head, &writes, &report, forget.clone())).await?;
            meters::ROUND_STEPS.took("commit", decided.elapsed());
            tally.count();
            answered = traced.answer(report.outcomes.iter().map(|outcome| (outcome.attempt, outcome.answer())));
            self.kept_from = self.kept_from.max(forget.end() + 1);
            self.head = report.head.clone();
            let committed = clock::now();
            for (sent_at, attempts) in entered {
                self.waits.note(sent_at, committed, attempts);
                let waited_s = committed.ms_since(sent_at) as f64 / 1_000.0;
                meters::WAIT.record_many(waited_s, usize::try_from(attempts).unwrap_or(0));
            }
            announcement.receipt.seq = Some(self.head.seq);
            announcement.entry = Some(wire::encode(&Entry::Round(report))?);
        } else {
            doors.iter().for_each(|(door, attempts)| self.head.note_door(*door, *attempts));
            self.head.line = line;
        }
        let repeats = Repeats { event: self.event, epoch: self.head.epoch, records: repeats };
        let repeated = traced.answer(repeats.records.iter().map(|record| (record.id, Some(&record.answer))));
        announcement.traced = traced.announce(answered, repeated);
        announcement.repeats = encode_some(Some(&repeats).filter(|repeats| !repeats.records.is_empty()))?;
        let said = Instant::now();
        self.announcer.announce(announcement).await?;
        meters::ROUND_STEPS.took("announce", said.elapsed());
        if let Some(oldest) = oldest {
            self.shown.lag.set(clock::now().ms_since(oldest) as f64 / 1_000.0);
        }
        self.progress_due.get_or_insert(started + PROGRESS_EVERY);
        meters::ROUND_STEPS.took("whole", started.elapsed());
        Ok(())
    }

    /// Rounds that were confirmed but do not come to be recorded were lost on the way, or wait for a record that is
    /// away: all that are kept go again, and the record tells repeats. The sale goes on meanwhile.
    async fn announce_again(&mut self, recorded: u64) -> Result<(), LineError> {
        let kept = self.inventory.outbox_after(recorded, &self.head).await?;
        meters::ANNOUNCED_AGAIN.add(kept.len() as u64);
        tracing::warn!(event = %self.event, recorded, rounds = kept.len(), "the record stands still, announcing again");
        for mut report in kept {
            while let Some(receipt) = self.announcer.confirmed_by_now() {
                self.settle(receipt).await?;
            }
            report.epoch = self.head.epoch;
            let entry = Some(wire::encode(&Entry::Round(report))?);
            self.announcer.announce(Announcement { entry, ..Default::default() }).await?;
        }
        Ok(())
    }

    async fn settle(&mut self, receipt: Receipt) -> Result<(), LineError> {
        if let Some(seq) = receipt.seq {
            self.confirmed_seq = seq;
        }
        if let Some(delivery) = receipt.delivery {
            self.subscription.ack_through(delivery).await?;
        }
        Ok(())
    }

    /// Rounds that need not stay in the outbox: recorded, or (when the record is long away) confirmed.
    fn forgettable(&self) -> std::ops::RangeInclusive<u64> {
        let recorded = self.recorded.seq.load(Ordering::Relaxed);
        let through = recorded.max(self.confirmed_seq.saturating_sub(OUTBOX_MAX));
        self.kept_from
            ..=through.min(self.head.seq).min(self.kept_from.saturating_add(FORGET_MAX) - 1).max(self.kept_from - 1)
    }

    async fn announce_progress(&mut self) -> Result<(), LineError> {
        self.progress_due = None;
        let now = clock::now();
        let progress = Progress {
            event: self.event,
            incarnation: self.head.incarnation,
            epoch: self.head.epoch,
            seq: self.head.seq,
            at: now,
            line: self.head.line,
            served: self.head.tally.served,
            items: self.head.items.clone(),
            doors: self.head.doors.clone(),
            answer_times: self.waits.times(now),
        };
        let progress = Some(wire::encode(&progress)?);
        self.announcer.announce(Announcement { progress, ..Default::default() }).await?;
        Ok(())
    }

    /// Finishes what is in hand: everything decided is confirmed and acked; the rest goes back in order.
    async fn leave(mut self) -> Result<(), LineError> {
        // What was said last stands for as long as nobody serves the line.
        self.announce_progress().await?;
        let give_up = Instant::now() + LEAVE_TIMEOUT;
        while self.announcer.is_awaited() {
            match tokio::time::timeout_at(give_up, self.announcer.confirmed()).await {
                Ok(receipt) => self.settle(receipt?).await?,
                Err(_) => break, // unknown, not lost: the outbox keeps it
            }
        }
        self.subscription.close().await;
        Ok(())
    }

    fn rules(&self) -> Option<&SaleRules> {
        self.sale.as_ref().map(|sale| &sale.rules)
    }
}

/// What operators see of the line while it is served here.
struct Shown {
    lag: OfEvent,
    outbox: OfEvent,
    unconfirmed: OfEvent,
    _writer: OfEvent,
}

impl Shown {
    fn of(event: EventId) -> Self {
        let writer = meters::LINE_WRITER.of(event);
        writer.set(1.0);
        Self {
            lag: meters::LINE_LAG.of(event),
            outbox: meters::OUTBOX.of(event),
            unconfirmed: meters::UNCONFIRMED.of(event),
            _writer: writer,
        }
    }

    fn rounds(&self, committed: u64, confirmed: u64, recorded: u64) {
        self.outbox.set(committed.saturating_sub(recorded) as f64);
        self.unconfirmed.set(committed.saturating_sub(confirmed) as f64);
    }
}

async fn watch_recorded(pool: PgPool, event: EventId, recorded: Arc<Recorded>) {
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let seq = sqlx::query_scalar!("SELECT seq FROM event_lines WHERE event_id = $1", event.0);
        // While PostgreSQL is away sales go on, and the outbox keeps more.
        if let Ok(Some(seq)) = seq.fetch_optional(&pool).await {
            recorded.seq.fetch_max(to_u64(seq), Ordering::Relaxed);
            recorded.reads.fetch_add(1, Ordering::Relaxed);
        }
    }
}
