//! Telling what is in the outbox: commands to the line, news to the shoppers.
//!
//! Each is published with a confirm, then deleted; so it is told at least once. A line whose queue is gone (until its writer
//! declares it again) keeps its messages waiting, and nobody else's.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use broker::Topic;
use broker::topology::{OUTCOMES, line_queue};
use broker::{Broker, BrokerError, Publisher};
use record::outbox::{Kind, Message};
use retry::{Backoff, RECONNECT};
use sale::command::{Command, LineBatch};
use sale::ids::{DoorId, EventId};
use sale::wire::{self, WireError};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{Context, meters};

/// Messages told in one go at most.
const BATCH: i64 = 200;
const LOOK_EVERY: Duration = Duration::from_millis(25);
const CONFIRM_TIMEOUT: Duration = Duration::from_secs(5);
/// Before a line is told something again whose queue was gone.
const UNHEARD_FOR: Duration = Duration::from_secs(1);

#[derive(Debug, thiserror::Error)]
enum OutboxError {
    #[error(transparent)]
    Broker(#[from] BrokerError),
    #[error("database: {0}")]
    Database(#[from] record::Error),
    #[error("message: {0}")]
    Wire(#[from] WireError),
}

/// Tells what is in the outbox, until told to stop.
pub(crate) async fn run(context: Context, shutdown: CancellationToken) -> anyhow::Result<()> {
    let mut teller =
        Teller { broker: context.broker, publisher: None, door: DoorId(Uuid::now_v7()), unheard: HashMap::new() };
    let mut backoff = Backoff::new("outbox", RECONNECT);
    while !shutdown.is_cancelled() {
        match tell_some(&context.pool, &mut teller).await {
            Ok(told) => {
                backoff.reset();
                if told == 0 {
                    // Either there may be something by now, or it is time to stop.
                    let _ = tokio::time::timeout(LOOK_EVERY, shutdown.cancelled()).await;
                }
            }
            Err(error) => {
                tracing::warn!(%error, "outbox: will try again");
                teller.publisher = None;
                backoff.wait().await;
            }
        }
    }
    Ok(())
}

/// Takes messages, tells them, and forgets those that were told. Returns how many these were.
async fn tell_some(pool: &record::PgPool, teller: &mut Teller) -> Result<usize, OutboxError> {
    let taken = record::outbox::take(pool, BATCH).await?;
    if taken.messages.is_empty() {
        return Ok(0);
    }
    let unheard = teller.tell(&taken.messages).await?;
    let told = taken.forget_but(&unheard).await?;
    meters::TOLD.add(told as u64);
    Ok(told)
}

/// Who tells, on a channel that is opened when it is first needed.
struct Teller {
    broker: Broker,
    publisher: Option<Publisher>,
    /// Under which the line hears the commands.
    door: DoorId,
    /// Lines whose queue is gone, and when they are tried again.
    unheard: HashMap<EventId, Instant>,
}

impl Teller {
    /// Publishes messages, in their order, and waits until the broker has confirmed all of them; but for those of the events
    /// that it returns, whose line has no queue.
    async fn tell(&mut self, messages: &[Message]) -> Result<HashSet<EventId>, OutboxError> {
        self.unheard.retain(|_, again_at| *again_at > Instant::now());
        let publisher = match &mut self.publisher {
            Some(publisher) => publisher,
            None => self.publisher.insert(Publisher::open(&self.broker).await?),
        };
        let mut pending = Vec::with_capacity(messages.len());
        let mut unheard: HashSet<EventId> = self.unheard.keys().copied().collect();
        for Message { id, event, kind, bytes } in messages.iter().filter(|message| !unheard.contains(&message.event)) {
            let sent = match kind {
                Kind::Line => match wire::decode::<Command>(bytes) {
                    Ok(command) => {
                        let batch = as_batch(self.door, command)?;
                        publisher.send("", &line_queue(*event), &batch).await?
                    }
                    // It must not hold the others up, and nobody will ever be able to read it.
                    Err(error) => {
                        meters::TOLD_DROPPED.one();
                        tracing::error!(%error, id, "unreadable command in the outbox dropped");
                        continue;
                    }
                },
                // Whether any notifier listens is not ours to ask: the truth is in the tables.
                Kind::News => publisher.send_transient(OUTCOMES, &Topic::Orders.key(*event), bytes).await?,
            };
            pending.push((*event, sent));
        }
        for (event, sent) in pending {
            match sent.confirmed(CONFIRM_TIMEOUT).await {
                Ok(()) => {}
                Err(BrokerError::Unroutable(why)) => {
                    if unheard.insert(event) {
                        retry::again("outbox of a line");
                        tracing::warn!(%event, why, "a line has no queue: what it is to be told waits");
                        self.unheard.insert(event, Instant::now() + UNHEARD_FOR);
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(unheard)
    }
}

/// A command as the line takes it. It enters the line now, whenever it was meant to: now is what counts for deadlines.
fn as_batch(door: DoorId, command: Command) -> Result<Vec<u8>, WireError> {
    wire::encode(&LineBatch { door, door_attempts: 0, admitted_at: clock::now(), commands: vec![command] })
}
