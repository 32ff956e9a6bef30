//! Consuming a durable queue, in order.

use std::time::Duration;

use futures_util::{FutureExt, StreamExt};
use lapin::options::{BasicAckOptions, BasicConsumeOptions, BasicQosOptions};
use lapin::types::FieldTable;
use lapin::{Channel, Consumer};
use tokio::time::{Instant, timeout_at};
use trace::Carried;
use uuid::Uuid;

use crate::{Awaited, Broker, BrokerError, topology, traces};

/// After so long without a message the broker is asked whether the queue still has a consumer.
const SILENCE: Duration = Duration::from_secs(5);

/// A message that waits for its ack.
pub struct Delivery {
    /// For [`Subscription::ack_through`].
    pub tag: u64,
    /// The message.
    pub body: Vec<u8>,
    /// It was delivered before, to somebody who did not ack it.
    pub redelivered: bool,
    /// The traces of what it holds.
    pub traces: Carried,
    /// Which of what it holds is awaited at a door.
    pub awaited: Awaited,
}

/// A consumer of one queue on a channel of its own.
///
/// Work is given back only by closing the channel: then unacked messages return in order. (Requeueing,
/// cancelling, or dropping the consumer while the channel lives scrambles them on a quorum queue.) So
/// there is no way here to do anything else; dropping a subscription closes its channel too.
///
/// A quorum queue that is deleted in haste, since its broker is slow or has too few nodes, does not tell its consumers: made
/// anew, it has none, and they would wait for ever. So whoever hears nothing asks.
///
/// After any error, drop it and open another.
pub struct Subscription {
    broker: Broker,
    queue: String,
    channel: Option<Channel>,
    consumer: Option<Consumer>,
    ask_at: Instant,
}

impl Subscription {
    /// Subscribes, with at most `prefetch` unacked messages under way.
    ///
    /// # Errors
    /// When the broker cannot be reached or the queue does not exist.
    pub async fn open(broker: &Broker, queue: &str, prefetch: u16) -> Result<Self, BrokerError> {
        let channel = broker.consuming_channel().await?;
        // Without it the client buffers without bound.
        channel.basic_qos(prefetch, BasicQosOptions::default()).await?;
        // A fresh tag each time: a reused one confuses a single active consumer (rabbitmq-server 9158).
        let tag = Uuid::now_v7().to_string();
        let options = BasicConsumeOptions::default();
        let consumer = channel.basic_consume(queue.into(), tag.as_str().into(), options, FieldTable::default()).await?;
        Ok(Self {
            broker: broker.clone(),
            queue: queue.to_owned(),
            channel: Some(channel),
            consumer: Some(consumer),
            ask_at: Instant::now() + SILENCE,
        })
    }

    /// The next message. Safe to cancel.
    ///
    /// # Errors
    /// When the channel failed, or the queue has no consumer any more.
    pub async fn next(&mut self) -> Result<Delivery, BrokerError> {
        loop {
            let consumer = self.consumer.as_mut().ok_or(BrokerError::Ended)?;
            let next = timeout_at(self.ask_at, consumer.next()).await;
            if next.is_err() && !topology::has_consumer(&self.broker, &self.queue).await? {
                return Err(BrokerError::Ended);
            }
            self.ask_at = Instant::now() + SILENCE;
            if let Ok(next) = next {
                return delivery(next);
            }
        }
    }

    /// The next message, if one is here already.
    ///
    /// # Errors
    /// When the channel failed.
    pub fn next_ready(&mut self) -> Result<Option<Delivery>, BrokerError> {
        let consumer = self.consumer.as_mut().ok_or(BrokerError::Ended)?;
        consumer.next().now_or_never().map(delivery).transpose()
    }

    /// Acks every message up to this one.
    ///
    /// # Errors
    /// When the channel failed; the messages then come again.
    pub async fn ack_through(&self, tag: u64) -> Result<(), BrokerError> {
        let channel = self.channel.as_ref().ok_or(BrokerError::Ended)?;
        // Through the channel, which fails when it is dead; a delivery's own acker says Ok(false) then.
        Ok(channel.basic_ack(tag, BasicAckOptions { multiple: true }).await?)
    }

    /// Gives everything unacked back to the queue, in order.
    pub async fn close(mut self) {
        if let (Some(channel), Some(consumer)) = (self.channel.take(), self.consumer.take()) {
            close_in_order(channel, consumer).await;
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        if let (Some(channel), Some(consumer)) = (self.channel.take(), self.consumer.take())
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(close_in_order(channel, consumer));
        }
    }
}

/// First the channel, then the consumer: the other way round scrambles what goes back.
async fn close_in_order(channel: Channel, consumer: Consumer) {
    if let Err(error) = channel.close(200, "done".into()).await {
        tracing::debug!(%error, "subscription close");
    }
    drop(consumer);
}

fn delivery(next: Option<lapin::Result<lapin::message::Delivery>>) -> Result<Delivery, BrokerError> {
    match next {
        Some(Ok(delivery)) => Ok(Delivery {
            tag: delivery.delivery_tag,
            redelivered: delivery.redelivered,
            traces: traces::read(&delivery.properties),
            awaited: Awaited::read(&delivery.properties),
            body: delivery.data,
        }),
        Some(Err(error)) => Err(error.into()),
        None => Err(BrokerError::Ended),
    }
}
