//! One round: what was taken from the line is read up, decided, committed and announced.

use std::time::Duration;

use broker::Delivery;
use inventory::Wanted;
use sale::report::{Entry, Progress, Repeats, RoundReport};
use sale::{Decision, WriteSet, decide, wire};
use tokio::time::Instant;

use crate::announcer::{Announcement, Receipt};
use crate::batch::{Batch, unpack};
use crate::error::LineError;
use crate::meters::{self, OutcomeCounts, Step};
use crate::steps::Steps;
use crate::writer::Writer;

/// Between two progress messages while the line moves.
const PROGRESS_EVERY: Duration = Duration::from_millis(200);

impl Writer {
    /// Decides what these messages hold. On an error nothing of it is acked, so all of it comes again.
    pub(crate) async fn round(&mut self, deliveries: Vec<Delivery>) -> Result<(), LineError> {
        let (began, now) = (Instant::now(), clock::now());
        let batch = unpack(deliveries);
        let mut steps = Steps::begin(self.event, &batch);

        let sale = self.sale.clone();
        let wanted = Wanted {
            head: &self.head,
            commands: &batch.commands,
            line: self.head.line.max(sale.rules.pauses.line_time(batch.latest().min(now))),
            read_standby: self.unfinished || self.head.is_behind(&sale.rules),
        };
        let found = steps.redis(Step::Read, self.inventory.read(wanted)).await?;
        let decision = steps.decide(|| decide(&sale.rules, found.read, batch.timed_commands(), now));
        self.unfinished = decision.standby_starved || found.more_due;
        meters::ROUND_COMMANDS.record(batch.commands.len() as f64);

        let Decision { outcomes, repeats, writes, line, .. } = decision;
        let report = match writes {
            Some(mut writes) => {
                let head = std::mem::take(&mut writes.head);
                let report = RoundReport { event: self.event, epoch: self.head.epoch, decided_at: now, outcomes, head };
                Some(self.commit(report, sale.rules.version, &writes, &batch, &mut steps).await?)
            }
            None => {
                batch.doors.iter().for_each(|(door, attempts)| self.head.note_door(*door, *attempts));
                self.head.line = line;
                None
            }
        };
        let repeats = Repeats { event: self.event, epoch: self.head.epoch, records: repeats };
        self.announce(report, repeats, batch, steps).await?;
        self.progress_due.get_or_insert(began + PROGRESS_EVERY);
        meters::ROUND_STEPS.took(Step::Whole, began.elapsed());
        Ok(())
    }

    /// Commits a round whole, or fails. Gives back what is to be announced of it.
    async fn commit(
        &mut self,
        mut report: RoundReport,
        rules: i64,
        writes: &WriteSet,
        batch: &Batch,
        steps: &mut Steps,
    ) -> Result<RoundReport, LineError> {
        batch.doors.iter().for_each(|(door, attempts)| report.head.note_door(*door, *attempts));
        let forget = self.outbox.forgettable();
        steps.redis(Step::Commit, self.inventory.commit(&self.head, rules, writes, &report, forget.clone())).await?;
        self.outbox.committed(report.head.seq, &forget);
        self.head = report.head.clone();
        OutcomeCounts::of(&report.outcomes).count();
        let committed = clock::now();
        for (admitted_at, attempts) in &batch.entered {
            self.waits.note(*admitted_at, committed, *attempts);
            meters::WAIT.record_many(committed.ms_since(*admitted_at) as f64 / 1_000.0, *attempts);
        }
        Ok(report)
    }

    /// Queues what a round has to say: the round itself, if it changed anything, and answers that are given again.
    async fn announce(
        &mut self,
        report: Option<RoundReport>,
        repeats: Repeats,
        batch: Batch,
        mut steps: Steps,
    ) -> Result<(), LineError> {
        let outcomes = || report.iter().flat_map(|report| &report.outcomes);
        let answered = steps.answer(outcomes().map(|outcome| (outcome.attempt, outcome.answer())));
        let repeated = steps.answer(repeats.records.iter().map(|record| (record.id, Some(&record.answer))));
        let awaited = (
            batch.awaited(outcomes().map(|outcome| outcome.answer().map(|_| outcome.attempt))),
            batch.awaited(repeats.records.iter().map(|record| Some(record.id))),
        );
        let oldest = batch.oldest();
        let announcement = Announcement {
            receipt: Receipt { seq: report.as_ref().map(|report| report.head.seq), delivery: batch.last_delivery },
            entry: report.map(|report| wire::encode(&Entry::Round(report))).transpose()?,
            repeats: if repeats.records.is_empty() { None } else { Some(wire::encode(&repeats)?) },
            parked: batch.parked,
            traced: steps.announce(answered, repeated),
            awaited,
            progress: None,
        };
        let said = Instant::now();
        self.announcer.announce(announcement).await?;
        meters::ROUND_STEPS.took(Step::Announce, said.elapsed());
        if let Some(oldest) = oldest {
            self.gauges.lag.set(clock::now().ms_since(oldest) as f64 / 1_000.0);
        }
        Ok(())
    }

    /// Says how far the line has come.
    pub(crate) async fn announce_progress(&mut self) -> Result<(), LineError> {
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
}
