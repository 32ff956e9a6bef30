//! The sender of one line: gathers, publishes, waits for confirms.

use std::sync::Arc;
use std::time::Duration;

use broker::{Broker, BrokerError, Message, Pending, Publisher, topology};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use meter::OfEvent;
use retry::{Backoff, RECONNECT};
use sale::ids::EventId;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use trace::Span;

use super::batch::{self, Replies};
use super::pace::Pace;
use super::{LineCounters, Lines, Opening, Queued};
use crate::meters::{self, SendFailure};
use crate::traced::Sending;

/// Commands in one message.
const BATCH_MAX: usize = 256;
/// Messages that wait for their confirm at once. While there are so many, attempts gather for the next.
const IN_FLIGHT_MAX: usize = 8;
/// How long attempts wait for a channel. After this, all are refused until one opens.
const OPEN_PATIENCE: Duration = Duration::from_secs(2);
/// A sender with nothing to do for this long ends.
const IDLE_AFTER: Duration = Duration::from_secs(60);

pub(super) struct Sender {
    lines: Arc<Lines>,
    broker: Broker,
    event: EventId,
    queue: String,
    inbox: mpsc::Receiver<Queued>,
    counts: Arc<LineCounters>,
    gathered: Vec<Queued>,
    backlog: OfEvent,
}

/// Why a sender stopped publishing.
enum End {
    /// Nothing to do, or shutdown: everything taken is confirmed.
    Done,
    /// The channel is of no use any more; what was unconfirmed is unknown.
    Failed(String),
}

impl Sender {
    pub(super) fn new(lines: Arc<Lines>, broker: Broker, opening: Opening) -> Self {
        let Opening { event, inbox, counts } = opening;
        let (gathered, backlog) = (Vec::with_capacity(BATCH_MAX), meters::LINE_BACKLOG.of(event));
        Self { lines, broker, event, queue: topology::line_queue(event), inbox, counts, gathered, backlog }
    }

    /// Publishes until there is nothing to do, over as many channels as it takes.
    pub(super) async fn run(mut self) {
        tracing::debug!(event = %self.event, "line opened");
        while let Some(publisher) = self.open_channel().await {
            match self.publish(publisher).await {
                End::Done => break,
                End::Failed(error) => {
                    tracing::warn!(event = %self.event, error, "line channel lost; what was unconfirmed is unknown");
                }
            }
        }
        tracing::debug!(event = %self.event, "line closed");
    }

    /// A new channel, however long it takes; `None` at shutdown. Whoever waits longer than
    /// [`OPEN_PATIENCE`] is refused meanwhile.
    async fn open_channel(&mut self) -> Option<Publisher> {
        let (broker, event) = (self.broker.clone(), self.event);
        let mut opening = std::pin::pin!(open_with_retries(&broker, event));
        let mut patience = std::pin::pin!(tokio::time::sleep(OPEN_PATIENCE));
        let mut refusing = false;
        loop {
            tokio::select! {
                publisher = &mut opening => return Some(publisher),
                () = &mut patience, if !refusing => refusing = true,
                taken = self.inbox.recv_many(&mut self.gathered, BATCH_MAX), if refusing => {
                    if taken == 0 {
                        return None;
                    }
                    batch::refuse(&self.counts, &self.lines.answers, &mut self.gathered);
                }
            }
        }
    }

    /// Publishes on one channel until it fails or there is nothing to do. A message takes whatever has
    /// gathered: alone when there is no other, full when the broker is the slower one.
    async fn publish(&mut self, mut publisher: Publisher) -> End {
        let confirm_within = self.lines.settings.confirm_within;
        let mut in_flight = FuturesUnordered::new();
        let mut not_before = Instant::now();
        let mut pace = Pace::new(Arc::clone(&self.lines.rate), not_before);
        loop {
            let gather = async {
                if self.inbox.len() < BATCH_MAX {
                    sleep_until(not_before).await;
                }
                self.inbox.recv_many(&mut self.gathered, BATCH_MAX).await
            };
            tokio::select! {
                biased;
                Some(settled) = confirm_some(&mut in_flight), if !in_flight.is_empty() => {
                    if let Err(error) = settled {
                        return failed(why(&error), &error);
                    }
                }
                taken = gather, if in_flight.len() < IN_FLIGHT_MAX => {
                    not_before = pace.next_after(taken, Instant::now());
                    if taken == 0 {
                        return finish(publisher, in_flight).await;
                    }
                    let spans = self.gathered.iter_mut().map(|entry| &mut entry.entering.span);
                    let Sending { carried, span } = Sending::begin(self.event, spans);
                    let (message, awaited, replies) = match batch::make(self.lines.door, &self.counts, &self.lines.answers, &mut self.gathered) {
                        Ok(made) => made,
                        Err(error) => return failed(SendFailure::Message, &error),
                    };
                    meters::BATCH_COMMANDS.record(taken as f64);
                    self.backlog.set(self.inbox.len() as f64);
                    // A blocked broker stops writes: bounded here too.
                    let message = Message::carrying(&message, &carried).awaited(&awaited);
                    match tokio::time::timeout(confirm_within, publisher.send("", &self.queue, message)).await {
                        Ok(Ok(pending)) => {
                            let settled = (replies, Arc::clone(&self.counts), span);
                            in_flight.push(confirmed_in_time(pending, settled, confirm_within));
                        }
                        Ok(Err(error)) => return failed(why(&error), &error),
                        Err(_) => return failed(SendFailure::Blocked, &"the broker takes nothing"),
                    }
                    meters::BATCHES_IN_FLIGHT.set(in_flight.len() as f64);
                }
                () = tokio::time::sleep(IDLE_AFTER), if in_flight.is_empty() => {
                    if self.lines.retire(self.event, &self.inbox) {
                        return finish(publisher, in_flight).await;
                    }
                }
            }
        }
    }
}

/// A channel to a line that exists: it is declared each time, in case it was lost or never made.
async fn open_with_retries(broker: &Broker, event: EventId) -> Publisher {
    let mut backoff = Backoff::new("line channel", RECONNECT);
    loop {
        let opened = async {
            topology::declare_line(broker, event).await?;
            Publisher::open(broker).await
        };
        match opened.await {
            Ok(publisher) => return publisher,
            Err(error) => tracing::warn!(%event, %error, "no way into the line, will try again"),
        }
        backoff.wait().await;
    }
}

/// Replies whose message is confirmed, and the counts of their line.
type Confirmed = (Replies, Arc<LineCounters>);

async fn confirmed_in_time(
    pending: Pending,
    (replies, counts, mut span): (Replies, Arc<LineCounters>, Span),
    within: Duration,
) -> Result<Confirmed, BrokerError> {
    let sent = Instant::now();
    pending.confirmed(within).await.inspect_err(|error| span.fail(error))?;
    meters::CONFIRM.took(sent.elapsed());
    Ok((replies, counts))
}

/// Waits for the next confirm, and takes all that have come by now: they succeed or fail together, because the library may
/// attach a message that came back to the wrong one of them.
async fn confirm_some<F>(in_flight: &mut FuturesUnordered<F>) -> Option<Result<(), BrokerError>>
where
    F: Future<Output = Result<Confirmed, BrokerError>>,
{
    let mut settled = vec![in_flight.next().await?];
    while let Some(Some(another)) = in_flight.next().now_or_never() {
        settled.push(another);
    }
    let confirmed: Result<Vec<Confirmed>, BrokerError> = settled.into_iter().collect();
    Some(confirmed.map(|all| all.into_iter().for_each(|(replies, counts)| replies.confirm(&counts))))
}

async fn finish<F>(publisher: Publisher, mut in_flight: FuturesUnordered<F>) -> End
where
    F: Future<Output = Result<Confirmed, BrokerError>>,
{
    while let Some(settled) = confirm_some(&mut in_flight).await {
        if let Err(error) = settled {
            return failed(why(&error), &error);
        }
    }
    publisher.close().await;
    End::Done
}

fn failed(why: SendFailure, error: &impl std::fmt::Display) -> End {
    meters::PUBLISH_FAILURES.one(why);
    End::Failed(error.to_string())
}

fn why(error: &BrokerError) -> SendFailure {
    match error {
        BrokerError::Connection(_) | BrokerError::NoChannel => SendFailure::Connection,
        BrokerError::Channel(_) => SendFailure::Channel,
        BrokerError::Unroutable(_) => SendFailure::Unroutable,
        BrokerError::Nacked => SendFailure::Nacked,
        BrokerError::Unconfirmed(_) => SendFailure::Unconfirmed,
        BrokerError::Ended => SendFailure::Ended,
    }
}

#[cfg(test)]
mod tests {
    use std::future::ready;

    use super::*;

    #[tokio::test]
    async fn confirms_that_come_together_with_a_returned_message_do_not_count() {
        let (mut in_flight, mut answers) = (FuturesUnordered::new(), Vec::new());
        for unroutable in [false, true, false] {
            let (replies, answer) = Replies::of_one();
            answers.push(answer);
            let returned = || BrokerError::Unroutable("NO_ROUTE".to_owned());
            in_flight.push(ready(if unroutable {
                Err(returned())
            } else {
                Ok((replies, Arc::<LineCounters>::default()))
            }));
        }
        assert!(matches!(confirm_some(&mut in_flight).await, Some(Err(BrokerError::Unroutable(_)))));
        assert!(in_flight.is_empty());
        assert!(answers.iter_mut().all(|answer| answer.try_recv().is_err()), "nobody is told that it is in the line");
    }

    #[tokio::test]
    async fn confirms_that_come_together_all_count() {
        let (mut in_flight, mut answers) = (FuturesUnordered::new(), Vec::new());
        for _ in 0..3 {
            let (replies, answer) = Replies::of_one();
            answers.push(answer);
            in_flight.push(ready(Ok::<_, BrokerError>((replies, Arc::<LineCounters>::default()))));
        }
        assert!(matches!(confirm_some(&mut in_flight).await, Some(Ok(()))));
        assert!(answers.iter_mut().all(|answer| matches!(answer.try_recv(), Ok(Ok(())))));
    }
}
