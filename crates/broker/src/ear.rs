//! Hearing what is said of all lines, as it counts: each round once, from the writer that is the writer, and a word where
//! something may have been missed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use retry::{Backoff, RECONNECT};
use sale::ids::EventId;
use sale::position::{self, Novelty};
use sale::report::{Entry, OrderNews, Progress, Repeats, RoundReport};
use sale::wire::{self, WireError};
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;
use trace::Carried;

use crate::{Awaited, Broker, BrokerError, Listener, Notice, Topic, meters, topology};

/// What is heard and not asked for yet.
const HEARD_MAX: usize = 64;

/// What is said of lines.
pub enum Said {
    /// Somebody listens from now on. What was said before may have been missed.
    Listening,
    /// Nobody listens any more, until they do again.
    Deaf,
    /// A round, for the first time.
    Round {
        /// What it decided.
        report: RoundReport,
        /// Rounds before it were missed.
        after_a_gap: bool,
        /// The traces of its outcomes.
        traces: Carried,
        /// Which of its outcomes are awaited at a door.
        awaited: Awaited,
    },
    /// Answers given again.
    Repeats {
        /// Where they stand.
        repeats: Repeats,
        /// Their traces.
        traces: Carried,
        /// Which of them are awaited at a door.
        awaited: Awaited,
    },
    /// How far a line has come.
    Progress(Progress),
    /// News of an order.
    Order(OrderNews),
}

/// Listens for as long as it is kept, over as many connections as it takes.
pub struct Ear {
    said: mpsc::Receiver<Said>,
    _task: AbortOnDropHandle<()>,
}

impl Ear {
    /// Starts to listen for some topics, of all events, and keeps `heard` up to date.
    pub fn open(broker: Broker, topics: &'static [Topic], heard: HeardLines) -> Self {
        let (say, said) = mpsc::channel(HEARD_MAX);
        Self { said, _task: AbortOnDropHandle::new(tokio::spawn(listen_for_ever(broker, topics, heard, say))) }
    }

    /// What is said next. Safe to cancel.
    ///
    /// # Errors
    /// When the task that listens died, of a bug.
    pub async fn next(&mut self) -> Result<Said, BrokerError> {
        self.said.recv().await.ok_or(BrokerError::Ended)
    }
}

/// Ends when nobody asks any more.
async fn listen_for_ever(broker: Broker, topics: &'static [Topic], lines: HeardLines, say: mpsc::Sender<Said>) {
    let mut backoff = Backoff::new("ear", RECONNECT);
    let keys: Vec<&str> = topics.iter().map(|topic| topic.of_all_events()).collect();
    while !say.is_closed() {
        match open(&broker, &keys).await {
            Ok(listener) => {
                backoff.reset();
                let error = listen(listener, &lines, &say).await;
                tracing::warn!(%error, "no longer hearing what is said of lines");
            }
            Err(error) => tracing::debug!(%error, "nothing to be heard of lines"),
        }
        backoff.wait().await;
    }
}

/// Whoever comes first makes what all share.
async fn open(broker: &Broker, keys: &[&str]) -> Result<Listener, BrokerError> {
    topology::declare_shared(broker).await?;
    Listener::open(broker, keys).await
}

async fn listen(mut listener: Listener, lines: &HeardLines, say: &mpsc::Sender<Said>) -> BrokerError {
    if say.send(Said::Listening).await.is_err() {
        return BrokerError::Ended;
    }
    loop {
        let heard = match listener.next().await {
            Ok(heard) => heard,
            Err(error) => {
                let _ = say.send(Said::Deaf).await;
                return error;
            }
        };
        let key = heard.key.clone();
        match lines.hear(heard) {
            Ok(None) => {}
            Ok(Some(said)) => {
                if say.send(said).await.is_err() {
                    return BrokerError::Ended;
                }
            }
            Err(error) => {
                meters::UNREADABLE.one();
                tracing::error!(key, %error, "unreadable message");
            }
        }
    }
}

/// What was heard of each line, for whoever wants to know whether what they read is older.
#[derive(Clone, Default)]
pub struct HeardLines(Arc<Mutex<HashMap<EventId, position::Heard>>>);

impl HeardLines {
    /// What was heard of a line.
    pub fn of(&self, event: EventId) -> position::Heard {
        self.lock().get(&event).copied().unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<EventId, position::Heard>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a message says that counts. `None` for what was heard before, and for what a writer says that was replaced.
    fn hear(&self, heard: Notice) -> Result<Option<Said>, WireError> {
        let Notice { topic, body, traces, awaited, .. } = heard;
        Ok(match topic {
            Some(Topic::Rounds) => match wire::decode(&body)? {
                Entry::Barrier(barrier) => {
                    self.note_writer(barrier.event, barrier.epoch);
                    None
                }
                Entry::Round(report) => {
                    self.novelty(&report).map(|after_a_gap| Said::Round { report, after_a_gap, traces, awaited })
                }
            },
            Some(Topic::Repeats) => {
                let repeats: Repeats = wire::decode(&body)?;
                self.note_writer(repeats.event, repeats.epoch).then_some(Said::Repeats { repeats, traces, awaited })
            }
            Some(Topic::Progress) => {
                let progress: Progress = wire::decode(&body)?;
                self.note_writer(progress.event, progress.epoch).then_some(Said::Progress(progress))
            }
            Some(Topic::Orders) => Some(Said::Order(wire::decode(&body)?)),
            Some(Topic::Rules) | None => None,
        })
    }

    /// Whether a round counts, and then whether it follows a gap.
    fn novelty(&self, report: &RoundReport) -> Option<bool> {
        let mut lines = self.lock();
        let line = lines.entry(report.event).or_default();
        if !line.note_writer(report.epoch) {
            return None;
        }
        match line.note_round(report.head.incarnation, report.head.seq) {
            Novelty::New => Some(false),
            Novelty::AfterAGap => Some(true),
            Novelty::Known => None,
        }
    }

    fn note_writer(&self, event: EventId, epoch: u64) -> bool {
        self.lock().entry(event).or_default().note_writer(epoch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sale::record::Head;
    use sale::report::Barrier;
    use sale::time::UnixMs;
    use uuid::Uuid;

    const EVENT: EventId = EventId(Uuid::nil());

    fn notice(topic: Topic, body: Vec<u8>) -> Notice {
        let (traces, awaited) = (Carried::default(), Awaited::default());
        Notice { topic: Some(topic), key: topic.key(EVENT), body, traces, awaited }
    }

    fn round(epoch: u64, seq: u64) -> Notice {
        let head = Head { incarnation: 1, seq, ..Head::default() };
        let report = RoundReport { event: EVENT, epoch, decided_at: UnixMs(0), outcomes: Vec::new(), head };
        notice(Topic::Rounds, wire::encode(&Entry::Round(report)).expect("encodes"))
    }

    /// The number of a round that counts, and whether it follows a gap.
    fn heard(lines: &HeardLines, said: Notice) -> Option<(u64, bool)> {
        match lines.hear(said).expect("readable") {
            Some(Said::Round { report, after_a_gap, .. }) => Some((report.head.seq, after_a_gap)),
            _ => None,
        }
    }

    #[test]
    fn a_round_counts_once_a_gap_is_told_and_a_replaced_writer_is_not_listened_to() {
        let lines = HeardLines::default();
        let all: Vec<_> = [(1, 1), (1, 1), (1, 2), (1, 5), (1, 4)]
            .into_iter()
            .filter_map(|(epoch, seq)| heard(&lines, round(epoch, seq)))
            .collect();
        assert_eq!(all, [(1, false), (2, false), (5, true)]);
        let barrier = wire::encode(&Entry::Barrier(Barrier { event: EVENT, epoch: 2 })).expect("encodes");
        assert_eq!(heard(&lines, notice(Topic::Rounds, barrier)), None);
        assert_eq!(heard(&lines, round(1, 6)), None, "its writer is replaced");
        assert_eq!(heard(&lines, round(2, 6)), Some((6, false)));
        let late = Repeats { event: EVENT, epoch: 1, records: Vec::new() };
        let late = notice(Topic::Repeats, wire::encode(&late).expect("encodes"));
        assert!(lines.hear(late).expect("readable").is_none(), "nor does what it repeats count");
    }

    #[test]
    fn what_cannot_be_read_is_an_error_and_not_silence() {
        assert!(HeardLines::default().hear(notice(Topic::Rounds, vec![9])).is_err());
    }
}
