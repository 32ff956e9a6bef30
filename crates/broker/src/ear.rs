//! Hearing what is said of all lines, as it counts: each round once, from the writer that is the writer, and a word where
//! something may have been missed.

use std::collections::HashMap;

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
    /// Starts to listen for some topics, of all events.
    pub fn open(broker: Broker, topics: &'static [Topic]) -> Self {
        let (say, said) = mpsc::channel(HEARD_MAX);
        Self { said, _task: AbortOnDropHandle::new(tokio::spawn(listen_for_ever(broker, topics, say))) }
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
async fn listen_for_ever(broker: Broker, topics: &'static [Topic], say: mpsc::Sender<Said>) {
    let (mut backoff, mut lines) = (Backoff::new("ear", RECONNECT), Lines::default());
    let keys: Vec<&str> = topics.iter().map(|topic| topic.of_all_events()).collect();
    while !say.is_closed() {
        match open(&broker, &keys).await {
            Ok(listener) => {
                backoff.reset();
                let error = listen(listener, &mut lines, &say).await;
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

async fn listen(mut listener: Listener, lines: &mut Lines, say: &mpsc::Sender<Said>) -> BrokerError {
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

/// What was heard of each line.
#[derive(Default)]
struct Lines(HashMap<EventId, position::Heard>);

impl Lines {
    /// What a message says that counts. `None` for what was heard before, and for what a writer says that was replaced.
    fn hear(&mut self, heard: Notice) -> Result<Option<Said>, WireError> {
        let Notice { topic, body, traces, awaited, .. } = heard;
        Ok(match topic {
            Some(Topic::Rounds) => match wire::decode(&body)? {
                Entry::Barrier(barrier) => {
                    self.of(barrier.event).note_writer(barrier.epoch);
                    None
                }
                Entry::Round(report) => {
                    self.novelty(&report).map(|after_a_gap| Said::Round { report, after_a_gap, traces, awaited })
                }
            },
            Some(Topic::Repeats) => {
                let repeats: Repeats = wire::decode(&body)?;
                let counts = self.of(repeats.event).note_writer(repeats.epoch);
                counts.then_some(Said::Repeats { repeats, traces, awaited })
            }
            Some(Topic::Progress) => {
                let progress: Progress = wire::decode(&body)?;
                self.of(progress.event).note_writer(progress.epoch).then_some(Said::Progress(progress))
            }
            Some(Topic::Orders) => Some(Said::Order(wire::decode(&body)?)),
            Some(Topic::Rules) | None => None,
        })
    }

    /// Whether a round counts, and then whether it follows a gap.
    fn novelty(&mut self, report: &RoundReport) -> Option<bool> {
        let line = self.of(report.event);
        if !line.note_writer(report.epoch) {
            return None;
        }
        match line.note_round(report.head.incarnation, report.head.seq) {
            Novelty::New => Some(false),
            Novelty::AfterAGap => Some(true),
            Novelty::Known => None,
        }
    }

    fn of(&mut self, event: EventId) -> &mut position::Heard {
        self.0.entry(event).or_default()
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
    fn heard(lines: &mut Lines, said: Notice) -> Option<(u64, bool)> {
        match lines.hear(said).expect("readable") {
            Some(Said::Round { report, after_a_gap, .. }) => Some((report.head.seq, after_a_gap)),
            _ => None,
        }
    }

    #[test]
    fn a_round_counts_once_a_gap_is_told_and_a_replaced_writer_is_not_listened_to() {
        let mut lines = Lines::default();
        let all: Vec<_> = [(1, 1), (1, 1), (1, 2), (1, 5), (1, 4)]
            .into_iter()
            .filter_map(|(epoch, seq)| heard(&mut lines, round(epoch, seq)))
            .collect();
        assert_eq!(all, [(1, false), (2, false), (5, true)]);
        let barrier = wire::encode(&Entry::Barrier(Barrier { event: EVENT, epoch: 2 })).expect("encodes");
        assert_eq!(heard(&mut lines, notice(Topic::Rounds, barrier)), None);
        assert_eq!(heard(&mut lines, round(1, 6)), None, "its writer is replaced");
        assert_eq!(heard(&mut lines, round(2, 6)), Some((6, false)));
        let late = Repeats { event: EVENT, epoch: 1, records: Vec::new() };
        let late = notice(Topic::Repeats, wire::encode(&late).expect("encodes"));
        assert!(lines.hear(late).expect("readable").is_none(), "nor does what it repeats count");
    }

    #[test]
    fn what_cannot_be_read_is_an_error_and_not_silence() {
        assert!(Lines::default().hear(notice(Topic::Rounds, vec![9])).is_err());
    }
}
