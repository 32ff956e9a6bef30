//! One round: what was taken from the line is read up, decided, committed and announced.

use std::time::Duration;

use inventory::Wanted;
use record::series::Turn;
use sale::ids::{AttemptKey, SeriesId};
use sale::report::{Entry, Progress, Repeats, RoundReport};
use sale::time::UnixMs;
use sale::{Decision, ReadSet, WriteSet, came_at, decide, series, wire};
use tokio::time::{Instant, timeout};

use crate::announcer::{Announcement, Receipt};
use crate::batch::Batch;
use crate::error::LineError;
use crate::meters::{self, OutcomeCounts, Step};
use crate::steps::Steps;
use crate::writer::Writer;

/// Between two progress messages while the line moves.
const PROGRESS_EVERY: Duration = Duration::from_millis(200);
/// How long a round waits until this process may take another turn in a series.
const TURN_WITHIN: Duration = Duration::from_secs(5);

impl Writer {
    /// Decides what these messages hold; or, once the opening has come, these entries. On an error nothing of it is acked, so
    /// all of it comes again.
    pub(crate) async fn round(&mut self, batch: Batch, drawn: Option<&[AttemptKey]>) -> Result<(), LineError> {
        let began = Instant::now();
        let now = self.time_for(&batch).await;
        let mut steps = Steps::begin(self.event, &batch);

        let sale = self.sale.clone();
        let wanted = Wanted {
            head: &self.head,
            commands: &batch.commands,
            line: self.head.line.max(sale.rules.pauses.line_time(batch.latest().min(now))),
            read_standby: self.unfinished || self.head.is_behind(&sale.rules),
            read_lobby: sale.rules.lobby.is_some() && !self.head.lobby.closed,
            drawn,
        };
        let found = steps.on("redis", Step::Read, self.inventory.read(wanted)).await?;
        let decide = |read| decide(&sale.rules, read, batch.timed_commands(), now);
        let decision = match &sale.rules.series {
            // Apart, so that the other rounds need not have the room for it.
            Some(series) => Box::pin(self.decide_in(series.id, found.read, decide, &steps)).await?,
            None => steps.decide(|| decide(found.read)),
        };
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

    /// Now; where a message says that it was sent later than that, as the database knows it: a door's clock is wrong, or this one.
    async fn time_for(&self, batch: &Batch) -> UnixMs {
        let now = clock::now();
        if came_at(batch.latest(), now) == batch.latest() {
            return now;
        }
        if let Err(error) = record::follow_clock(&self.context.pool).await {
            tracing::warn!(%error, "a message comes from the future, and nobody says what time it is: going by this machine's clock");
        }
        clock::now()
    }

    /// Decides a round of a sale in a series: what it gives is claimed there before it is committed here. As long as PostgreSQL
    /// does not answer, nobody gets anything: what they have in other sales is not known.
    async fn decide_in(
        &self,
        series: SeriesId,
        read: ReadSet,
        decide: impl Fn(ReadSet) -> Decision,
        steps: &Steps,
    ) -> Result<Decision, LineError> {
        let alone = steps.decide(|| decide(read.clone()));
        if series::claims(&alone.outcomes).is_empty() {
            return Ok(alone); // most rounds: whatever is claimed elsewhere, nobody would get less than nothing
        }
        let Ok(Ok(_place)) = timeout(TURN_WITHIN, self.context.turns.acquire()).await else {
            return Err(LineError::Series(sqlx::Error::PoolTimedOut));
        };
        let claimed = steps.on("postgresql", Step::Claim, async {
            let mut turn = Turn::begin(&self.context.pool, series, self.event).await?;
            let shoppers = series::answered(&alone.outcomes);
            let Some(elsewhere) = turn.elsewhere(self.head.epoch, &shoppers).await? else { return Ok(None) };
            let decision = steps.decide(|| decide(ReadSet { elsewhere: Some(elsewhere), ..read }));
            turn.claim(&series::claims(&decision.outcomes)).await?;
            Ok(Some(decision))
        });
        claimed.await.map_err(LineError::Series)?.ok_or(LineError::Superseded)
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
        steps
            .on("redis", Step::Commit, self.inventory.commit(&self.head, rules, writes, &report, forget.clone()))
            .await?;
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
