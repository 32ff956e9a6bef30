//! The way into the lines: one task per event with something to send, owning the one channel on which this
//! process publishes to that event's queue.
//!
//! ```text
//! handler ─▶ bounded inbox of the event ─▶ batch (whatever has gathered) ─▶ broker ─▶ confirm ─▶ handler
//! ```
//! Within this process the order of [`Lines::submit`] is the order in the queue. Nothing is said to be in
//! the line before the broker's confirm; after any failure everything unconfirmed is *unknown*, and the
//! shopper is told to come again with the same key.

mod batch;
mod oldest;
mod pace;
mod room;
mod sender;
mod undecided;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

use broker::Broker;
use sale::command::Command;
use sale::ids::{AttemptId, DoorId, EventId, ShopperId};
use sale::time::UnixMs;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use trace::Span;

use crate::awaited::AwaitedAnswers;
use crate::meters::LineRefusal;
use crate::problems::{ApiError, Kind};
use crate::{config, meters};
use pace::AttemptRate;
pub(crate) use room::Room;
use sender::Sender;
use undecided::Undecided;

/// Lines that may be opened at the same moment.
const OPENINGS_MAX: usize = 1_024;
/// How long, at shutdown, what is in the inboxes may take to be confirmed.
const FINISH_WITHIN: Duration = Duration::from_secs(10);

/// Why a command is not known to be in the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotInLine {
    /// The inbox is full: certainly not in the line.
    #[error("too many attempts are waiting to enter the line")]
    Full,
    /// The broker cannot be reached: certainly not in the line.
    #[error("the broker cannot be reached")]
    Down,
    /// The broker did not say: it may be in the line or not.
    #[error("the broker has not confirmed it")]
    Unknown,
}

impl NotInLine {
    fn label(self) -> LineRefusal {
        match self {
            NotInLine::Full => LineRefusal::Full,
            NotInLine::Down => LineRefusal::Down,
            NotInLine::Unknown => LineRefusal::Unknown,
        }
    }
}

impl From<NotInLine> for ApiError {
    fn from(error: NotInLine) -> Self {
        meters::LINE_REFUSALS.one(error.label());
        let advice = "send it again with the same Idempotency-Key: it never counts twice";
        Kind::LineUnavailable.because(format!("{error}; {advice}")).retry_after_s(2)
    }
}

/// A command that is to enter a line.
pub(crate) struct Entering {
    pub(crate) command: Command,
    pub(crate) admitted_at: UnixMs,
    /// Its answer goes into a response here.
    pub(crate) awaited: bool,
    /// Ends when it is in a message.
    pub(crate) span: Span,
}

impl Entering {
    /// Whose attempt it is, and which, if it is one.
    fn attempt(&self) -> Option<(ShopperId, AttemptId)> {
        self.command.attempt().map(|(attempt, _)| (attempt.shopper, attempt.id))
    }

    /// The attempt whose answer a request waits for here.
    fn awaited(&self) -> Option<AttemptId> {
        self.attempt().filter(|_| self.awaited).map(|(_, attempt)| attempt)
    }

    /// A command that nobody waits for, now.
    pub(crate) fn now(command: Command) -> Self {
        Self { command, admitted_at: clock::now(), awaited: false, span: Span::default() }
    }
}

/// One command on its way.
struct Queued {
    entering: Entering,
    reply: oneshot::Sender<Result<(), NotInLine>>,
}

/// What is counted of one line, for as long as the process lives.
#[derive(Debug, Default)]
struct LineCounters {
    /// Attempts taken into the inbox and not refused since.
    entered: AtomicU64,
    /// Attempts put into messages.
    sent: AtomicU64,
    /// The time of the last message; the next is no earlier.
    admitted_at: AtomicU64,
    /// Attempts of this door known to be served.
    served: AtomicU64,
    /// Samples of (time, attempts confirmed so far), for the age of the oldest that is not answered.
    marks: Mutex<oldest::Marks>,
    /// Whose attempts are not known to be answered.
    undecided: Mutex<Undecided>,
}

impl LineCounters {
    fn undecided(&self) -> MutexGuard<'_, Undecided> {
        self.undecided.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Attempts that wait, by what was last heard.
    fn waiting(&self) -> u64 {
        self.entered.load(Ordering::Relaxed).saturating_sub(self.served.load(Ordering::Relaxed))
    }
}

#[derive(Default)]
struct Line {
    /// There while a task runs for it.
    inbox: Option<mpsc::Sender<Queued>>,
    counts: Arc<LineCounters>,
}

struct Opening {
    event: EventId,
    inbox: mpsc::Receiver<Queued>,
    counts: Arc<LineCounters>,
}

struct Table {
    lines: HashMap<EventId, Line>,
    closing: bool,
}

/// All lines, as the handlers see them.
pub(crate) struct Lines {
    door: DoorId,
    settings: config::Line,
    /// Requests that wait for what is sent from here.
    answers: Arc<AwaitedAnswers>,
    table: RwLock<Table>,
    openings: mpsc::Sender<Opening>,
    /// At which all lines together fill.
    rate: Arc<Mutex<AttemptRate>>,
}

/// A command that was taken.
pub(crate) struct Submitted {
    confirmed: oneshot::Receiver<Result<(), NotInLine>>,
    within: Duration,
}

impl Submitted {
    /// Waits until the broker has it for good.
    ///
    /// # Errors
    /// When it is not known to be in the line.
    pub(crate) async fn confirmed(self) -> Result<(), NotInLine> {
        match tokio::time::timeout(self.within, self.confirmed).await {
            Ok(Ok(result)) => result,
            // The sender dropped the reply with its publisher, or is stuck.
            Ok(Err(_)) | Err(_) => Err(NotInLine::Unknown),
        }
    }
}

/// Prepares the lines. The returned task owns their senders; spawn it. It ends after `stop`, when all that
/// was taken is confirmed or refused, or after ten seconds, when the rest is unknown; so cancel `stop` after the last handler
/// has ended.
pub(crate) fn open(
    broker: Broker,
    settings: config::Line,
    answers: Arc<AwaitedAnswers>,
    stop: CancellationToken,
) -> (Arc<Lines>, impl Future<Output = anyhow::Result<()>> + Send + 'static) {
    let (openings, opened) = mpsc::channel(OPENINGS_MAX);
    let lines = Arc::new(Lines {
        door: DoorId(uuid::Uuid::now_v7()),
        settings,
        answers,
        table: RwLock::new(Table { lines: HashMap::new(), closing: false }),
        openings,
        rate: Arc::new(Mutex::new(AttemptRate::new(tokio::time::Instant::now()))),
    });
    let own = own(Arc::clone(&lines), broker, opened, stop);
    (lines, own)
}

impl Lines {
    /// This process, as the dispensers know it.
    pub(crate) fn door(&self) -> DoorId {
        self.door
    }

    /// Takes a command for an event's line. Its place among this process's commands is decided here.
    ///
    /// # Errors
    /// When it certainly is not in the line.
    pub(crate) fn submit(&self, event: EventId, entering: Entering) -> Result<Submitted, NotInLine> {
        {
            let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
            if let Some((inbox, counts)) =
                table.lines.get(&event).and_then(|line| Some((line.inbox.as_ref()?, &line.counts)))
            {
                return self.put(inbox, counts, entering);
            }
        }
        let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
        if table.closing {
            return Err(NotInLine::Down);
        }
        let line = table.lines.entry(event).or_default();
        if line.inbox.is_none() {
            let (inbox, receiver) = mpsc::channel(self.settings.backlog_max as usize);
            let opening = Opening { event, inbox: receiver, counts: Arc::clone(&line.counts) };
            self.openings.try_send(opening).map_err(|_| NotInLine::Down)?;
            line.inbox = Some(inbox);
        }
        match &line.inbox {
            Some(inbox) => self.put(inbox, &line.counts, entering),
            None => Err(NotInLine::Down),
        }
    }

    /// The line of an event has said how many attempts of this door it has served.
    pub(crate) fn note_served(&self, event: EventId, served: u64) {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        let Some(counts) = table.lines.get(&event).map(|line| &line.counts) else { return };
        if counts.served.fetch_max(served, Ordering::Relaxed) < served {
            counts.undecided().answered(served);
        }
    }

    /// Attempts of this door that are in an event's line, or on their way there.
    pub(crate) fn waiting(&self, event: EventId) -> u64 {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        table.lines.get(&event).map_or(0, |line| line.counts.waiting())
    }

    /// The age of the oldest attempt of this door that an event's line has not answered, by what was last said
    /// to be served.
    pub(crate) fn oldest(&self, event: EventId) -> Duration {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        let counts = table.lines.get(&event).map(|line| Arc::clone(&line.counts));
        drop(table);
        counts.map_or(Duration::ZERO, |counts| {
            let mut marks = counts.marks.lock().unwrap_or_else(PoisonError::into_inner);
            marks.oldest(counts.served.load(Ordering::Relaxed), Instant::now())
        })
    }

    /// Called with the table locked, for reading at least, so that `retire` misses nothing that is put in meanwhile.
    fn put(
        &self,
        inbox: &mpsc::Sender<Queued>,
        counts: &LineCounters,
        entering: Entering,
    ) -> Result<Submitted, NotInLine> {
        let sent = entering.attempt();
        let (reply, confirmed) = oneshot::channel();
        inbox.try_send(Queued { entering, reply }).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => NotInLine::Full,
            mpsc::error::TrySendError::Closed(_) => NotInLine::Down,
        })?;
        if let Some((shopper, attempt)) = sent {
            let number = counts.entered.fetch_add(1, Ordering::Relaxed) + 1;
            if self.settings.undecided_max > 0 {
                counts.undecided().add(shopper, attempt, number);
            }
        }
        // Three waits at most: for the message ahead, for a new channel, for its own confirm.
        Ok(Submitted { confirmed, within: self.settings.confirm_within * 3 })
    }

    /// Lets a sender with nothing to do end: true if its inbox was empty and has been removed.
    fn retire(&self, event: EventId, inbox: &mpsc::Receiver<Queued>) -> bool {
        let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
        let idle = inbox.is_empty();
        if idle && let Some(line) = table.lines.get_mut(&event) {
            line.inbox = None;
        }
        idle
    }

    /// Forgets inboxes whose sender is gone.
    fn forget_dead(&self) {
        let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
        for line in table.lines.values_mut() {
            line.inbox.take_if(|inbox| inbox.is_closed());
        }
    }

    fn close(&self) {
        let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
        table.closing = true;
        table.lines.values_mut().for_each(|line| line.inbox = None);
    }
}

/// Owns the senders: starts them, notices when one dies, and lets them finish at the end.
async fn own(
    lines: Arc<Lines>,
    broker: Broker,
    mut openings: mpsc::Receiver<Opening>,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let mut senders = JoinSet::new();
    loop {
        tokio::select! {
            Some(opening) = openings.recv() => {
                senders.spawn(Sender::new(Arc::clone(&lines), broker.clone(), opening).run());
            }
            Some(ended) = senders.join_next(), if !senders.is_empty() => {
                if let Err(error) = ended {
                    meters::SENDERS_DIED.one();
                    tracing::error!(%error, "a line's sender died; the next attempt starts another");
                    lines.forget_dead();
                }
            }
            () = stop.cancelled() => break,
        }
    }
    lines.close();
    openings.close();
    while let Some(opening) = openings.recv().await {
        senders.spawn(Sender::new(Arc::clone(&lines), broker.clone(), opening).run());
    }
    let finished = tokio::time::timeout(FINISH_WITHIN, async { while senders.join_next().await.is_some() {} });
    if finished.await.is_err() {
        tracing::warn!("attempts still unconfirmed at the end; their shoppers were told to come again");
    }
    Ok(())
}
